#pragma once

/// The records of a logic-test file of SQLite (sqllogictest, `.test`), as they stand in the file.

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidemark::tests::logic {

enum class Sort : std::uint8_t { none, rows, values };

/// `statement ok` or `statement error`.
struct StatementRecord {
    bool succeeds = true;
};

/// `query <types> [nosort|rowsort|valuesort] [label]`
struct QueryRecord {
    std::string types;  // one letter per column: T(ext), I(nteger), R(eal)
    Sort sort = Sort::none;
    std::string label;  // queries of one label have one result; may be empty
    /// The lines below `----`. Without that line nothing is expected but success.
    std::optional<std::vector<std::string>> expected;
};

struct Record {
    int line = 0;  // of the first word, counted from 1
    std::string sql;
    std::variant<StatementRecord, QueryRecord> kind;
};

struct Script {
    std::string file;
    std::vector<Record> records;  // those that are meant for SQLite, as far as `halt`
};

/// What is no logic test. The message begins with file and line.
class ScriptError : public std::runtime_error {
public:
    ScriptError(const std::string& file, int line, const std::string& message);
};

/// Throws ScriptError.
[[nodiscard]] Script parse_script(const std::string& file, std::string_view text);
/// Throws ScriptError, also when the file cannot be read.
[[nodiscard]] Script read_script(const std::string& file);

}  // namespace tidemark::tests::logic
