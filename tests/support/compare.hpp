#pragma once

/// The oracle: is the disk database what the RAM database is?

#include <gtest/gtest.h>

#include <iosfwd>
#include <string>
#include <vector>

struct sqlite3;

namespace tidemark::tests {

/// What two databases differ in, one sentence each; empty when they are equal.
struct Difference {
    std::vector<std::string> found;

    [[nodiscard]] bool empty() const noexcept { return found.empty(); }
    friend std::ostream& operator<<(std::ostream& out, const Difference& difference);
};

struct CompareOptions {
    /// Tables whose rows are not compared.
    std::vector<std::string> rows_ignored_of;
};

/// Compares everything that a database holds: encoding, `user_version`, `application_id`, the
/// schema with its SQL, and of every table the rows, bit by bit, with their storage classes and,
/// where one can name it, the rowid. Tables of SQLite itself (`sqlite_sequence`, `sqlite_stat1`) are
/// compared without rowid. tidemark's bookkeeping is expected in `second` only: in `first` it is a
/// difference.
[[nodiscard]] Difference compare(sqlite3* first, sqlite3* second,
                                 const CompareOptions& options = {});

/// Compares a RAM database with its file, read through a fresh, separate connection, on which
/// `PRAGMA integrity_check` must have nothing to say.
[[nodiscard]] ::testing::AssertionResult same_on_disk(sqlite3* ram, const std::string& path,
                                                      const CompareOptions& options = {});

/// Compares two databases that are open already.
[[nodiscard]] ::testing::AssertionResult same(sqlite3* first, sqlite3* second,
                                              const CompareOptions& options = {});

/// What `PRAGMA integrity_check` says: "ok".
[[nodiscard]] std::string integrity(sqlite3* db);

}  // namespace tidemark::tests
