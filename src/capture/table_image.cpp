#include "capture/table_image.hpp"

#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"

#include <string>

namespace tidemark::capture {
namespace {

std::string select_image(const change::Table& table) {
    std::string columns;
    if (table.identity == change::Identity::rowid) columns = table.rowid_name;
    for (const std::string& column : table.columns) {
        if (!columns.empty()) columns += ", ";
        columns += sqlite::quoted(column);
    }
    return "SELECT " + columns + " FROM main." + sqlite::quoted(table.name);
}

}  // namespace

void append_table_image(sqlite3* connection, change::ChangeLog& log, change::TableId id,
                        const change::Table& table, bool utf16) {
    sqlite::Statement rows(connection, select_image(table));
    log.append_mark(change::Operation::clear, id);
    while (rows.step()) {
        log.begin_record(change::Operation::insert, id);
        for (int column = 0; column < rows.column_count(); ++column) {
            log.append(change::read_value(rows.value(column), utf16));
        }
        log.finish_record();
    }
}

}  // namespace tidemark::capture
