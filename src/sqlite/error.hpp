#pragma once

#include "sqlite/api.hpp"

#include <tidemark/error.hpp>

#include <string>

namespace tidemark::sqlite {

/// Whether the cause of this result code can go away without anybody changing the program or the
/// data: a lock, a full disk, an I/O error, a lack of memory.
[[nodiscard]] bool is_retryable(int rc) noexcept;

/// What to do about this result code, or an empty string where SQLite's own message says it all.
[[nodiscard]] std::string advice_for(int rc);

/// An Error of the failure that `connection` reports for `rc`. A null connection is allowed: then
/// the reason is SQLite's general text for the code.
[[nodiscard]] Error make_error(sqlite3* connection, int rc, std::string operation,
                               std::string object = {});

/// The same Error, `retryable()`: whose cause passes, although its code does not say so.
[[nodiscard]] Error as_retryable(const Error& error);

/// Throws `make_error(...)` unless `rc` is SQLITE_OK.
void check(sqlite3* connection, int rc, const char* operation, const std::string& object = {});

}  // namespace tidemark::sqlite
