#pragma once

/// What a query returns, written as the logic tests of SQLite write it.

#include "logic/script.hpp"

#include <string>
#include <vector>

struct sqlite3;

namespace tidemark::tests::logic {

/// One string per value: NULL as `NULL`, an empty text as `(empty)`, what does not print as `@`,
/// reals with three digits; sorted as the record asks. Throws SqlError, also when the query has
/// another number of columns than the record.
[[nodiscard]] std::vector<std::string> run_query(sqlite3* db, const std::string& sql,
                                                 const QueryRecord& query);

/// `N values hashing to MD5`: how a long result stands in a file.
[[nodiscard]] std::string hashed(const std::vector<std::string>& values);

/// Whether these values are what the lines of a file say, one by one or hashed.
[[nodiscard]] bool matches(const std::vector<std::string>& values,
                           const std::vector<std::string>& expected);

}  // namespace tidemark::tests::logic
