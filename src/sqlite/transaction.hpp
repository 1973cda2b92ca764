#pragma once

#include "sqlite/connection.hpp"

namespace tidemark::sqlite {

/// While it lives, the connection sees the main database as it stood when this was made, and in a
/// journal mode other than WAL nobody else can commit. The connection must be between transactions.
class ReadTransaction {
public:
    /// Throws Error that says it could not `operation`.
    ReadTransaction(sqlite3* connection, const char* operation) : connection_(connection) {
        execute(connection_, "BEGIN", operation);
        try {
            // The BEGIN alone reads nothing.
            execute(connection_, "SELECT 1 FROM main.sqlite_schema LIMIT 1", operation);
        } catch (...) {
            end();
            throw;
        }
    }
    ReadTransaction(const ReadTransaction&) = delete;
    ReadTransaction& operator=(const ReadTransaction&) = delete;
    ~ReadTransaction() { end(); }

private:
    void end() noexcept { sqlite3_exec(connection_, "ROLLBACK", nullptr, nullptr, nullptr); }

    sqlite3* connection_;
};

/// Begins a write transaction, which is rolled back unless it is committed.
class WriteTransaction {
public:
    /// Throws Error that says it could not `operation`, which must outlive this object; so does
    /// `commit`. `*lost_cache` becomes true when the ROLLBACK has made SQLite throw its page cache
    /// away. That is all there is to be seen of a ROLLBACK that met an error of the disk: it returns
    /// SQLITE_OK.
    WriteTransaction(sqlite3* connection, const char* operation, bool* lost_cache = nullptr)
        : connection_(connection), operation_(operation), lost_cache_(lost_cache) {
        execute(connection_, "BEGIN IMMEDIATE", operation_);
    }
    WriteTransaction(const WriteTransaction&) = delete;
    WriteTransaction& operator=(const WriteTransaction&) = delete;
    ~WriteTransaction() {
        if (sqlite3_get_autocommit(connection_) != 0) return;
        const unsigned before = cache_version();
        sqlite3_exec(connection_, "ROLLBACK", nullptr, nullptr, nullptr);
        if (lost_cache_ != nullptr && cache_version() != before) *lost_cache_ = true;
    }
    void commit() { execute(connection_, "COMMIT", operation_); }

private:
    /// Without a look at the file, which PRAGMA data_version takes.
    [[nodiscard]] unsigned cache_version() const noexcept {
        unsigned version = 0;
        sqlite3_file_control(connection_, "main", SQLITE_FCNTL_DATA_VERSION, &version);
        return version;
    }

    sqlite3* connection_;
    const char* operation_;
    bool* lost_cache_;
};

}  // namespace tidemark::sqlite
