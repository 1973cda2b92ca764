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
    /// When the last batch was committed, in milliseconds of Unix time; 0 before the first.
    std::int64_t last_sync_ms = 0;
};

constexpr const char* state_table = change::bookkeeping_table;
constexpr int state_format_version = 1;

/// Empty when the database has no such table. Throws Error when it has one that tidemark did not
/// write, or a newer tidemark did.
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
