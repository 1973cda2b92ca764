#pragma once

#include "change/batch.hpp"
#include "sqlite/api.hpp"
#include "sqlite/statement.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tidemark::destination {

/// tidemark's bookkeeping in a disk database: the table `_tidemark_state(name, value)`. Its format
/// is described in docs/file-format.md.
struct FileState {
    int format_version = 0;
    std::uint64_t mark = 0;
    std::string strategy;
    std::string writer_version;
    /// Of the history that belongs to the file; empty when there has never been one.
    std::string history_id{};
    /// When the last batch was committed, in milliseconds of Unix time; 0 before the first, and when
    /// what is stored is no time between 1970 and 2262.
    std::int64_t last_sync_ms = 0;
};

constexpr const char* state_table = change::bookkeeping_table;
constexpr int state_format_version = 1;
/// A higher mark is not believed: the numbers after it have to fit into SQLite's integers.
constexpr std::int64_t mark_max = std::int64_t{1} << 62U;

/// Empty when the database has no such table. Throws Error when it has one that tidemark did not
/// make, that something hangs on (a trigger, an index), that a newer tidemark wrote, or that does
/// not hold what it must. Runs nothing of the schema of the file.
[[nodiscard]] std::optional<FileState> read_state(sqlite3* connection, const std::string& path);

/// Creates the table if it is missing and writes all of it. Inside the caller's transaction, if
/// there is one.
void write_state(sqlite3* connection, const FileState& state);

/// Writes what changes with every batch, with a statement that is kept.
class StateWriter {
public:
    explicit StateWriter(sqlite3* connection);
    void advance(std::uint64_t mark, std::int64_t now_ms);

private:
    sqlite::Statement update_;
};

}  // namespace tidemark::destination
