#include "sqlite/connection.hpp"

#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

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

bool at_transaction_boundary(sqlite3* connection) noexcept {
    return sqlite3_get_autocommit(connection) != 0 &&
           sqlite3_txn_state(connection, nullptr) != SQLITE_TXN_WRITE;
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

void copy_database(sqlite3* source, sqlite3* target, const char* operation,
                   const CopyProgress& progress) {
    constexpr int pages_per_step = 2048;
    sqlite3_backup* backup = sqlite3_backup_init(target, "main", source, "main");
    if (backup == nullptr) {
        throw make_error(target, sqlite3_extended_errcode(target), operation);
    }
    int rc = SQLITE_OK;
    do {
        rc = sqlite3_backup_step(backup, progress ? pages_per_step : -1);
        if (progress && (rc == SQLITE_OK || rc == SQLITE_DONE)) {
            const auto total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup));
            const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(backup));
            progress(total - left, total);
        }
    } while (rc == SQLITE_OK);
    const int finish_rc = sqlite3_backup_finish(backup);
    if (rc != SQLITE_DONE) throw make_error(target, rc, operation);
    check(target, finish_rc, operation);
}

}  // namespace tidemark::sqlite
