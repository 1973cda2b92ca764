#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

/// The little of SQLite that the benchmark needs, without a layer that could cost time.
namespace bench {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

/// Throws std::runtime_error with SQLite's message unless `rc` is OK, ROW or DONE.
void check(sqlite3* db, int rc);

void execute(sqlite3* db, const std::string& sql);

/// The first column of the first row.
[[nodiscard]] std::int64_t query_integer(sqlite3* db, const std::string& sql);

struct Closer {
    void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
};
using Connection = std::unique_ptr<sqlite3, Closer>;

/// Serialized, with a busy timeout of a minute.
[[nodiscard]] Connection open_connection(const std::string& path);

/// Copies the whole content with sqlite3_backup.
void copy_database(sqlite3* from, sqlite3* to);

/// Holds the connection's own mutex.
class ConnectionLock {
public:
    explicit ConnectionLock(sqlite3* db) : mutex_(sqlite3_db_mutex(db)) {
        sqlite3_mutex_enter(mutex_);
    }
    ~ConnectionLock() { sqlite3_mutex_leave(mutex_); }
    ConnectionLock(const ConnectionLock&) = delete;
    ConnectionLock& operator=(const ConnectionLock&) = delete;

private:
    sqlite3_mutex* const mutex_;
};

/// A prepared statement. What is bound must live until the next step.
class Statement {
public:
    Statement(sqlite3* db, std::string_view sql);

    void bind(int position, std::int64_t value);
    void bind(int position, std::string_view text);
    void bind(int position, std::span<const unsigned char> blob);
    void bind_null(int position);

    /// True as long as there are rows.
    [[nodiscard]] bool step();
    void reset() noexcept { sqlite3_reset(statement_.get()); }
    /// Steps once and resets; SQLite's code, for callers that know what to do about it.
    [[nodiscard]] int try_run() noexcept;
    void run() { check(db_, try_run()); }

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string_view text(int column) const;

private:
    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
    };
    sqlite3* db_;
    std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

}  // namespace bench
