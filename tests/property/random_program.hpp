#pragma once

/// Random programs of SQL for the property test: a schema out of a set, and statements that know it.

#include <rapidcheck.h>

#include <iosfwd>
#include <string>
#include <vector>

namespace tidemark::tests {

/// Two steps that are no SQL.
inline constexpr const char* flush_step = "-- flush";
inline constexpr const char* reopen_step = "-- close and reopen";

struct Program {
    std::string schema;
    std::vector<std::string> steps;

    /// As a script that can be pasted into a test.
    friend std::ostream& operator<<(std::ostream& out, const Program& program);
};

/// Any program. Shrinks by leaving out steps and tables.
[[nodiscard]] rc::Gen<Program> any_program();

}  // namespace tidemark::tests
