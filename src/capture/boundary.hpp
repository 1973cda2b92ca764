#pragma once

#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace tidemark::capture {

/// What the header of the database says at a transaction boundary.
struct Boundary {
    /// Changed by every change of the main schema, also by DROP and CREATE of the same text.
    std::int64_t schema_version = 0;
    /// Of the texts in sqlite_schema: `PRAGMA writable_schema` changes them without a new version.
    std::size_t schema_fingerprint = 0;
    /// The same for TEMP objects, ours among them.
    std::int64_t temp_schema_version = 0;
    /// A statement has failed after it had changed the TEMP schema, which SQLite has not read again
    /// since: a DROP TABLE that met a half-read SELECT, and has taken our triggers along in SQLite's
    /// memory although the table is still there.
    bool temp_schema_stale = false;
    /// Changed by commits of other connections to a shared cache.
    std::int64_t data_version = 0;
    std::int32_t user_version = 0;
    std::int32_t application_id = 0;
};

/// Reads it with statements that are kept. Under the lock of the connection.
class BoundaryReader {
public:
    explicit BoundaryReader(sqlite3* connection)
        : connection_(connection),
          schema_version_(connection, "PRAGMA main.schema_version"),
          data_version_(connection, "PRAGMA main.data_version"),
          user_version_(connection, "PRAGMA main.user_version"),
          application_id_(connection, "PRAGMA main.application_id"),
          schema_(connection, "SELECT type, name, tbl_name, sql FROM main.sqlite_schema") {}

    [[nodiscard]] Boundary read() {
        // First, before another statement makes SQLite read the TEMP schema.
        const bool stale = temp_schema_is_stale();
        return {.schema_version = value(schema_version_),
                .schema_fingerprint = fingerprint(schema_),
                .temp_schema_version = temp_schema_version(),
                .temp_schema_stale = stale,
                .data_version = value(data_version_),
                .user_version = static_cast<std::int32_t>(value(user_version_)),
                .application_id = static_cast<std::int32_t>(value(application_id_))};
    }

    /// What is left to look at when only rows can have changed since `known`, as far as the
    /// connection's own statements go.
    [[nodiscard]] Boundary read_versions(Boundary known) {
        known.schema_version = value(schema_version_);
        known.data_version = value(data_version_);
        return known;
    }

    /// SQLite does not close a connection that has statements.
    void release_statements() noexcept {
        schema_version_.release();
        data_version_.release();
        user_version_.release();
        application_id_.release();
        schema_.release();
    }

    // Prepared each time, as the next one: after `PRAGMA temp_store` an older statement crashes inside
    // SQLite, because the database that it was prepared for is gone (3.40.1, 3.53.2).
    [[nodiscard]] std::int64_t temp_schema_version() const {
        sqlite::Statement read(connection_, "PRAGMA temp.schema_version");
        return read.step() ? read.integer(0) : 0;
    }

private:
    // That PRAGMA does not look whether what SQLite remembers is what is there; a SELECT does.
    [[nodiscard]] bool temp_schema_is_stale() const {
        sqlite::Statement look(connection_, "SELECT 1 FROM temp.sqlite_schema LIMIT 1");
        static_cast<void>(look.step());
        return sqlite3_stmt_status(look.get(), SQLITE_STMTSTATUS_REPREPARE, 0) > 0;
    }

    static std::int64_t value(sqlite::KeptStatement& kept) {
        sqlite::Statement& statement = kept.get();
        const std::int64_t result = statement.step() ? statement.integer(0) : 0;
        statement.reset();
        return result;
    }

    static std::size_t fingerprint(sqlite::KeptStatement& kept) {
        sqlite::Statement& schema = kept.get();
        std::size_t result = 0;
        while (schema.step()) {
            for (int i = 0; i < schema.column_count(); ++i) {
                result = result * 31 + std::hash<std::string_view>()(schema.text(i));
            }
        }
        return result;
    }

    sqlite3* connection_;
    sqlite::KeptStatement schema_version_;
    sqlite::KeptStatement data_version_;
    sqlite::KeptStatement user_version_;
    sqlite::KeptStatement application_id_;
    sqlite::KeptStatement schema_;
};

}  // namespace tidemark::capture
