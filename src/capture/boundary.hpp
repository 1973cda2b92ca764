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
    /// Changed by commits of other connections to a shared cache, and by sqlite3_deserialize.
    std::int64_t data_version = 0;
    std::int32_t user_version = 0;
    std::int32_t application_id = 0;
};

/// Reads it with statements that are prepared once. Under the lock of the connection.
class BoundaryReader {
public:
    explicit BoundaryReader(sqlite3* connection)
        : schema_version_(connection, "PRAGMA main.schema_version", SQLITE_PREPARE_PERSISTENT),
          temp_schema_version_(connection, "PRAGMA temp.schema_version", SQLITE_PREPARE_PERSISTENT),
          data_version_(connection, "PRAGMA main.data_version", SQLITE_PREPARE_PERSISTENT),
          user_version_(connection, "PRAGMA main.user_version", SQLITE_PREPARE_PERSISTENT),
          application_id_(connection, "PRAGMA main.application_id", SQLITE_PREPARE_PERSISTENT),
          schema_(connection, "SELECT type, name, tbl_name, sql FROM main.sqlite_schema",
                  SQLITE_PREPARE_PERSISTENT) {}

    [[nodiscard]] Boundary read() {
        return {.schema_version = value(schema_version_),
                .schema_fingerprint = fingerprint(schema_),
                .temp_schema_version = value(temp_schema_version_),
                .data_version = value(data_version_),
                .user_version = static_cast<std::int32_t>(value(user_version_)),
                .application_id = static_cast<std::int32_t>(value(application_id_))};
    }

private:
    static std::int64_t value(sqlite::Statement& statement) {
        const std::int64_t result = statement.step() ? statement.integer(0) : 0;
        statement.reset();
        return result;
    }

    static std::size_t fingerprint(sqlite::Statement& schema) {
        std::size_t result = 0;
        while (schema.step()) {
            for (int i = 0; i < schema.column_count(); ++i) {
                result = result * 31 + std::hash<std::string_view>()(schema.text(i));
            }
        }
        return result;
    }

    sqlite::Statement schema_version_;
    sqlite::Statement temp_schema_version_;
    sqlite::Statement data_version_;
    sqlite::Statement user_version_;
    sqlite::Statement application_id_;
    sqlite::Statement schema_;
};

}  // namespace tidemark::capture
