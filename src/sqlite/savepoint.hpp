#pragma once

#include "sqlite/connection.hpp"

namespace tidemark::sqlite {

/// Several statements, all or none: rolled back unless it is released.
class Savepoint {
public:
    /// Throws Error that says it could not `operation`.
    Savepoint(sqlite3* connection, const char* operation)
        : connection_(connection), operation_(operation) {
        execute(connection_, "SAVEPOINT _tidemark", operation_);
    }
    Savepoint(const Savepoint&) = delete;
    Savepoint& operator=(const Savepoint&) = delete;
    ~Savepoint() {
        // Autocommit: a grave error (disk full, out of memory) has rolled everything back already.
        if (released_ || sqlite3_get_autocommit(connection_) != 0) return;
        sqlite3_exec(connection_, "ROLLBACK TO _tidemark; RELEASE _tidemark", nullptr, nullptr,
                     nullptr);
    }

    void release() {
        execute(connection_, "RELEASE _tidemark", operation_);
        released_ = true;
    }

private:
    sqlite3* connection_;
    const char* operation_;
    bool released_ = false;
};

}  // namespace tidemark::sqlite
