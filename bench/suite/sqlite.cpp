#include "sqlite.hpp"

#include <stdexcept>

namespace bench {

void check(sqlite3* db, int rc) {
    if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW) {
        throw std::runtime_error(db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
    }
}

void execute(sqlite3* db, const std::string& sql) {
    check(db, sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr));
}

std::int64_t query_integer(sqlite3* db, const std::string& sql) {
    Statement query{db, sql};
    return query.step() ? query.integer(0) : 0;
}

Connection open_connection(const std::string& path) {
    sqlite3* db = nullptr;
    const int rc = sqlite3_open_v2(
        path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
        nullptr);
    Connection connection{db};
    check(db, rc);
    sqlite3_busy_timeout(db, 60'000);
    return connection;
}

void copy_database(sqlite3* from, sqlite3* to) {
    sqlite3_backup* backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == nullptr) {
        check(to, sqlite3_errcode(to));
    }
    const int rc = sqlite3_backup_step(backup, -1);
    check(to, sqlite3_backup_finish(backup));
    check(nullptr, rc);
}

Statement::Statement(sqlite3* db, std::string_view sql) : db_(db) {
    sqlite3_stmt* statement = nullptr;
    check(db,
          sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement, nullptr));
    statement_.reset(statement);
}

void Statement::bind(int position, std::int64_t value) {
    check(db_, sqlite3_bind_int64(statement_.get(), position, value));
}

void Statement::bind(int position, std::string_view text) {
    check(db_, sqlite3_bind_text(statement_.get(), position, text.data(),
                                 static_cast<int>(text.size()), SQLITE_STATIC));
}

void Statement::bind(int position, std::span<const unsigned char> blob) {
    check(db_, sqlite3_bind_blob(statement_.get(), position, blob.data(),
                                 static_cast<int>(blob.size()), SQLITE_STATIC));
}

void Statement::bind_null(int position) {
    check(db_, sqlite3_bind_null(statement_.get(), position));
}

bool Statement::step() {
    const int rc = sqlite3_step(statement_.get());
    check(db_, rc);
    return rc == SQLITE_ROW;
}

int Statement::try_run() noexcept {
    sqlite3_step(statement_.get());
    return sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
    const void* data = sqlite3_column_text(statement_.get(), column);
    return {static_cast<const char*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

}  // namespace bench
