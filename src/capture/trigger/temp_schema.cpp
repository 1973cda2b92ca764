#include "capture/trigger/temp_schema.hpp"

#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace tidemark::capture {
namespace {

// In the encoding of the database, as the text stands in the schema.
std::int64_t encoded_length(sqlite3* connection, const std::string& text) {
    sqlite::Statement length(connection, "SELECT length(CAST(?1 AS BLOB))");
    length.bind(1, std::string_view(text));
    return length.step() ? length.integer(0) : 0;
}

void write_text(sqlite3* connection, std::int64_t row, std::string_view bytes) {
    sqlite3_blob* target = nullptr;
    sqlite::check(connection,
                  sqlite3_blob_open(connection, "temp", "sqlite_schema", "sql", row, 1, &target),
                  installing);
    const int rc = sqlite3_blob_write(target, bytes.data(), static_cast<int>(bytes.size()), 0);
    const int close_rc = sqlite3_blob_close(target);
    sqlite::check(connection, rc, installing);
    sqlite::check(connection, close_rc, installing);
}

}  // namespace

void replace_temp_text(sqlite3* connection, const std::string& type, const std::string& name,
                       const std::string& text) {
    // From the end: what has just been made is the last row, and there may be thousands before it.
    sqlite::Statement find(connection,
                           "SELECT rowid, length(CAST(sql AS BLOB)), CAST(?3 AS BLOB)"
                           " FROM temp.sqlite_schema WHERE type = ?1 AND name = ?2"
                           " ORDER BY rowid DESC LIMIT 1");
    find.bind(1, std::string_view(type));
    find.bind(2, std::string_view(name));
    if (!find.step()) return;
    // A blob write cannot change the length: spaces fill the rest.
    const std::int64_t space_bytes = std::max<std::int64_t>(encoded_length(connection, " "), 1);
    const std::int64_t missing_bytes = find.integer(1) - encoded_length(connection, text);
    find.reset();
    std::string padded = text;
    padded.append(static_cast<std::size_t>(missing_bytes / space_bytes), ' ');
    find.bind(3, std::string_view(padded));
    if (find.step()) write_text(connection, find.integer(0), find.blob(2));
}

}  // namespace tidemark::capture
