#pragma once

/// What a database may look like after a crash: the states that it was in.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;

namespace tidemark::tests {

/// A fingerprint of everything that an application can read in a database, tidemark's bookkeeping
/// left out: header values, schema, rows with rowids and storage classes. Throws SqlError.
[[nodiscard]] std::uint64_t fingerprint(sqlite3* db);

/// The mark that the bookkeeping holds; empty when there is no bookkeeping. Throws SqlError.
[[nodiscard]] std::optional<std::uint64_t> mark_on_disk(sqlite3* db);

/// How a run without any fault went.
struct History {
    /// Of the RAM database after each transaction, the first one at the start.
    std::vector<std::uint64_t> boundaries;
    /// Of the disk database when it got to each mark, 0 at the start.
    std::map<std::uint64_t, std::uint64_t> marks;
    /// How many operations there were of all kinds, how many changed files, and of some kinds.
    std::uint64_t operations = 0;
    std::uint64_t changes = 0;
    std::uint64_t writes = 0;
    std::uint64_t syncs = 0;
    std::uint64_t locks = 0;
    std::uint64_t whole_copies = 0;

    [[nodiscard]] bool has_boundary(std::uint64_t fingerprint) const;
};

}  // namespace tidemark::tests
