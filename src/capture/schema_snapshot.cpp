#include "capture/schema_snapshot.hpp"

#include "sqlite/statement.hpp"

namespace tidemark::capture {

SchemaSnapshot read_schema(sqlite3* connection) {
    SchemaSnapshot rows;
    sqlite::Statement read(
        connection,
        "SELECT rowid, type, name, tbl_name, sql, rootpage FROM main.sqlite_schema ORDER BY rowid");
    while (read.step()) {
        SchemaRow& row = rows.emplace_back();
        row.rowid = read.integer(0);
        row.type = read.text(1);
        row.name = read.text(2);
        row.table = read.text(3);
        if (!read.is_null(4)) row.sql = std::string(read.text(4));
        row.has_content = read.integer(5) != 0;
    }
    return rows;
}

}  // namespace tidemark::capture
