#pragma once

#include "sqlite/api.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tidemark::sqlite {

/// Owns a connection; closed by `sqlite3_close_v2`.
class Connection {
public:
    Connection() noexcept = default;
    explicit Connection(sqlite3* owned) noexcept : handle_(owned) {}
    Connection(Connection&& other) noexcept : handle_(other.release()) {}
    Connection& operator=(Connection&& other) noexcept;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { close(); }

    /// `flags` as for `sqlite3_open_v2`. Throws Error.
    [[nodiscard]] static Connection open(const std::string& path, int flags);
    /// A private RAM database. `flags`: SQLITE_OPEN_FULLMUTEX or SQLITE_OPEN_NOMUTEX.
    [[nodiscard]] static Connection open_in_memory(int flags);

    [[nodiscard]] sqlite3* get() const noexcept { return handle_; }
    explicit operator bool() const noexcept { return handle_ != nullptr; }
    sqlite3* release() noexcept;
    void close() noexcept;

private:
    sqlite3* handle_ = nullptr;
};

/// Holds `sqlite3_db_mutex()`: nobody else uses the connection meanwhile.
class ConnectionLock {
public:
    explicit ConnectionLock(sqlite3* connection) noexcept;
    ConnectionLock(const ConnectionLock&) = delete;
    ConnectionLock& operator=(const ConnectionLock&) = delete;
    ~ConnectionLock() { sqlite3_mutex_leave(mutex_); }

private:
    sqlite3_mutex* mutex_;
};

/// True once `sqlite3_close_v2` has been called: what is left waits for its last statement to be
/// finalized, or is being torn down. No SQL can be run any more, and no function be registered.
[[nodiscard]] bool is_closed(sqlite3* connection) noexcept;

/// True between two transactions. Autocommit alone is no proof: a half-stepped `INSERT …
/// RETURNING` has autocommit on and a write transaction open.
[[nodiscard]] bool at_transaction_boundary(sqlite3* connection) noexcept;

/// How many statements, of anybody's, are between their first step and their end.
[[nodiscard]] std::size_t count_running_statements(sqlite3* connection) noexcept;

/// True while a statement of anybody's is between its first step and its end. A change of the TEMP
/// schema or of a function would end it with SQLITE_ABORT as soon as it opens another cursor.
[[nodiscard]] bool has_running_statements(sqlite3* connection) noexcept;

/// True while a statement that may write is between its first step and its end, also when a ROLLBACK has
/// ended its transaction: SQLite lets nobody open a savepoint then.
[[nodiscard]] bool has_running_writes(sqlite3* connection) noexcept;

/// Runs one or more statements that return nothing of interest. Throws Error that says it could
/// not `operation`.
void execute(sqlite3* connection, const std::string& sql, const char* operation);
/// The first column of the first row, 0 or "" when there is none. Throws Error.
[[nodiscard]] std::int64_t query_integer(sqlite3* connection, const std::string& sql);
[[nodiscard]] std::string query_text(sqlite3* connection, const std::string& sql);

/// How much the main database takes, in bytes. Throws Error.
[[nodiscard]] std::uint64_t database_bytes(sqlite3* connection);

/// The name between double quotes, as an identifier in SQL.
[[nodiscard]] std::string quoted(std::string_view identifier);
/// The text between single quotes, as a literal in SQL.
[[nodiscard]] std::string literal(std::string_view text);
/// As SQLite compares names: the case of ASCII letters does not matter.
[[nodiscard]] bool same_name(const std::string& left, const std::string& right) noexcept;

/// Is told `done` of `total` pages.
using CopyProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Copies all pages of the main database of `source` over that of `target`, in one transaction of
/// each. Without `progress` in one step, with it in steps of some megabytes during which both are
/// locked. `before_end` is called when all pages but one have been copied. Throws Error, and what the
/// two throw; the target is unchanged then.
void copy_database(sqlite3* source, sqlite3* target, const char* operation,
                   const CopyProgress& progress = {}, const std::function<void()>& before_end = {});

/// A RAM database with the main database of `source` as it stands in the middle of a transaction,
/// which `copy_database` cannot do. Throws Error, also for more than 2 GB.
[[nodiscard]] Connection copy_uncommitted(sqlite3* source, const char* operation);

}  // namespace tidemark::sqlite
