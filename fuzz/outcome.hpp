#pragma once

#include "support/sql.hpp"

#include <cstdint>
#include <string>

namespace tidemark::fuzz {

/// What an application can see of one step.
struct Outcome {
    int rc = 0;  // extended
    std::string message{};
    tests::Rows rows{};
    std::int64_t changes = 0;
    std::int64_t total_changes = 0;
    std::int64_t last_insert_rowid = 0;
    bool in_transaction = false;
    /// A statement that writes was begun and not ended: no flush can come to an end.
    bool writing = false;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// What differs, for people; empty when nothing does.
[[nodiscard]] std::string describe_difference(const Outcome& plain, const Outcome& kept);

}  // namespace tidemark::fuzz
