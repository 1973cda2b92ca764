#include "sqlite/connection.hpp"

#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace tidemark::sqlite {

Connection& Connection::operator=(Connection&& other) noexcept {
    if (this != &other) {
        close();
        handle_ = other.release();
    }
    return *this;
}

Connection Connection::open(const std::string& path, int flags) {
    sqlite3* handle = nullptr;
    const int rc = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    Connection connection(handle);
    if (rc != SQLITE_OK) throw make_error(handle, rc, "open the database", path);
    sqlite3_extended_result_codes(handle, 1);
    return connection;
}

Connection Connection::open_in_memory(int flags) {
    sqlite3* handle = nullptr;
    const int rc = sqlite3_open_v2(":memory:", &handle,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | flags, nullptr);
    Connection connection(handle);
    check(handle, rc, "open a database in RAM");
    return connection;
}

sqlite3* Connection::release() noexcept { return std::exchange(handle_, nullptr); }

void Connection::close() noexcept { sqlite3_close_v2(release()); }

// The mutex is not fair. Who waits in it for a connection that another thread uses all the time makes
// that thread wake it up at each of its calls, and mostly comes too late. So for some microseconds it is
// tried to meet a moment between two calls first.
ConnectionLock::ConnectionLock(sqlite3* connection) noexcept
    : mutex_(sqlite3_db_mutex(connection)) {
    constexpr int tries = 128;
    for (int i = 0; i < tries; ++i) {
        if (sqlite3_mutex_try(mutex_) == SQLITE_OK) return;
    }
    sqlite3_mutex_enter(mutex_);
}

bool is_closed(sqlite3* connection) noexcept {
    sqlite3_stmt* probe = nullptr;
    const int rc = sqlite3_prepare_v2(connection, "SELECT 0", -1, &probe, nullptr);
    sqlite3_finalize(probe);
    return rc == SQLITE_MISUSE;
}

bool at_transaction_boundary(sqlite3* connection) noexcept {
    return sqlite3_get_autocommit(connection) != 0 &&
           sqlite3_txn_state(connection, nullptr) != SQLITE_TXN_WRITE;
}

std::size_t count_running_statements(sqlite3* connection) noexcept {
    std::size_t count = 0;
    sqlite3_stmt* statement = nullptr;
    while ((statement = sqlite3_next_stmt(connection, statement)) != nullptr) {
        if (sqlite3_stmt_busy(statement) != 0) ++count;
    }
    return count;
}

bool has_running_statements(sqlite3* connection) noexcept {
    return count_running_statements(connection) > 0;
}

bool has_running_writes(sqlite3* connection) noexcept {
    sqlite3_stmt* statement = nullptr;
    while ((statement = sqlite3_next_stmt(connection, statement)) != nullptr) {
        if (sqlite3_stmt_busy(statement) != 0 && sqlite3_stmt_readonly(statement) == 0) return true;
    }
    return false;
}

std::uint64_t database_bytes(sqlite3* connection) {
    return static_cast<std::uint64_t>(query_integer(connection, "PRAGMA main.page_count") *
                                      query_integer(connection, "PRAGMA main.page_size"));
}

void execute(sqlite3* connection, const std::string& sql, const char* operation) {
    check(connection, sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr), operation);
}

std::int64_t query_integer(sqlite3* connection, const std::string& sql) {
    Statement statement(connection, sql);
    return statement.step() ? statement.integer(0) : 0;
}

std::string query_text(sqlite3* connection, const std::string& sql) {
    Statement statement(connection, sql);
    return statement.step() ? std::string(statement.text(0)) : std::string();
}

namespace {

std::string between(char quote, std::string_view text) {
    std::string result(1, quote);
    for (const char character : text) {
        if (character == quote) result += quote;
        result += character;
    }
    return result += quote;
}

}  // namespace

std::string quoted(std::string_view identifier) { return between('"', identifier); }

std::string literal(std::string_view text) { return between('\'', text); }

bool same_name(const std::string& left, const std::string& right) noexcept {
    return sqlite3_stricmp(left.c_str(), right.c_str()) == 0;
}

namespace {

class Backup {
public:
    /// Throws Error.
    Backup(sqlite3* source, sqlite3* target, const char* operation)
        : backup_(sqlite3_backup_init(target, "main", source, "main")) {
        if (backup_ == nullptr) {
            throw make_error(target, sqlite3_extended_errcode(target), operation);
        }
    }
    Backup(const Backup&) = delete;
    Backup& operator=(const Backup&) = delete;
    ~Backup() { finish(); }

    int step(int pages) noexcept { return sqlite3_backup_step(backup_, pages); }
    /// Pages, as the last step has found them.
    [[nodiscard]] int total() const noexcept { return sqlite3_backup_pagecount(backup_); }
    [[nodiscard]] int left() const noexcept { return sqlite3_backup_remaining(backup_); }
    int finish() noexcept { return sqlite3_backup_finish(std::exchange(backup_, nullptr)); }

private:
    sqlite3_backup* backup_;
};

constexpr int pages_per_step = 2048;

int step(Backup& backup, int pages, const CopyProgress& progress) {
    const int rc = backup.step(pages);
    if (progress && (rc == SQLITE_OK || rc == SQLITE_DONE)) {
        progress(static_cast<std::uint64_t>(backup.total() - backup.left()),
                 static_cast<std::uint64_t>(backup.total()));
    }
    return rc;
}

int copy_all_but_one_page(Backup& backup, const CopyProgress& progress) {
    // A step of no pages only counts them.
    int rc = backup.step(0);
    while (rc == SQLITE_OK && backup.left() > 1) {
        const int pages = backup.left() - 1;
        rc = step(backup, progress ? std::min(pages, pages_per_step) : pages, progress);
    }
    return rc;
}

int copy_the_rest(Backup& backup, const CopyProgress& progress) {
    int rc = SQLITE_OK;
    while (rc == SQLITE_OK) rc = step(backup, progress ? pages_per_step : -1, progress);
    return rc;
}

}  // namespace

void copy_database(sqlite3* source, sqlite3* target, const char* operation,
                   const CopyProgress& progress, const std::function<void()>& before_end) {
    Backup backup(source, target, operation);
    int rc = SQLITE_OK;
    if (before_end) {
        rc = copy_all_but_one_page(backup, progress);
        if (rc == SQLITE_OK) before_end();
    }
    if (rc == SQLITE_OK) rc = copy_the_rest(backup, progress);
    const int finish_rc = backup.finish();
    if (rc != SQLITE_DONE) throw make_error(target, rc, operation);
    check(target, finish_rc, operation);
}

Connection copy_uncommitted(sqlite3* source, const char* operation) {
    // SQLite takes at least a limit for its copy that may be too low for the copy itself.
    constexpr sqlite3_int64 room_to_grow_bytes = 256LL << 20U;
    sqlite3_int64 size_bytes = 0;
    unsigned char* const image = sqlite3_serialize(source, "main", &size_bytes, 0);
    if (image == nullptr) throw make_error(nullptr, SQLITE_NOMEM, operation);
    // A database that was loaded from a file in WAL mode says in its header that it has a WAL: SQLite
    // would look for that.
    constexpr sqlite3_int64 write_version_at = 18;
    constexpr sqlite3_int64 read_version_at = 19;
    constexpr unsigned char without_wal = 1;
    if (size_bytes > read_version_at) {
        image[write_version_at] = without_wal;
        image[read_version_at] = without_wal;
    }
    Connection copy;
    try {
        copy = Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    } catch (...) {
        sqlite3_free(image);
        throw;
    }
    check(copy.get(),
          sqlite3_deserialize(copy.get(), "main", image, size_bytes, size_bytes,
                              SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE),
          operation);
    sqlite3_int64 limit_bytes = size_bytes + room_to_grow_bytes;
    sqlite3_file_control(copy.get(), "main", SQLITE_FCNTL_SIZE_LIMIT, &limit_bytes);
    return copy;
}

}  // namespace tidemark::sqlite
