#include "capture/table_image.hpp"

#include "change/table_sql.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"

#include <string>

namespace tidemark::capture {
namespace {

std::string rowid_of(const change::Table& table) {
    return table.identity == change::Identity::rowid
               ? table.rowid_name
               : sqlite::quoted(table.columns[table.key_columns.front()]);
}

void append_image(change::ChangeLog& log, change::TableId id, const sqlite::Statement& row,
                  bool utf16) {
    log.begin_record(change::Operation::insert, id);
    for (int column = 0; column < row.column_count(); ++column) {
        log.append(change::read_value(row.value(column), utf16));
    }
    log.finish_record();
}

}  // namespace

void append_table_image(sqlite3* connection, change::ChangeLog& log, change::TableId id,
                        const change::Table& table, bool utf16) {
    sqlite::Statement rows(connection, change::select_images(table));
    log.append_mark(change::Operation::clear, id);
    while (rows.step()) append_image(log, id, rows, utf16);
}

void append_row_images(sqlite3* connection, change::ChangeLog& log, change::TableId id,
                       const change::Table& table, const std::vector<std::int64_t>& rowids,
                       bool utf16) {
    sqlite::Statement row(connection,
                          change::select_images(table) + " WHERE " + rowid_of(table) + " = ?1");
    for (const std::int64_t rowid : rowids) {
        row.bind(1, rowid);
        while (row.step()) append_image(log, id, row, utf16);
    }
}

}  // namespace tidemark::capture
