#include "sqlite/table_info.hpp"

#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>

namespace tidemark::sqlite {
namespace {

std::string collation_of(sqlite3* connection, const std::string& table, const std::string& column) {
    const char* collation = nullptr;
    sqlite3_table_column_metadata(connection, "main", table.c_str(), column.c_str(), nullptr,
                                  &collation, nullptr, nullptr, nullptr);
    return collation == nullptr ? "BINARY" : collation;
}

// The `hidden` column of table_xinfo: 1 hidden column of a virtual table, 2 generated and virtual,
// 3 generated and stored.
std::vector<ColumnInfo> read_columns(sqlite3* connection, const std::string& table) {
    std::vector<ColumnInfo> columns;
    Statement info(connection, "PRAGMA main.table_xinfo(" + quoted(table) + ")");
    while (info.step()) {
        ColumnInfo column;
        column.name = info.text(1);
        column.declared_type = info.text(2);
        column.not_null = info.integer(3) != 0;
        column.has_default = !info.is_null(4) && !same_name(std::string(info.text(4)), "NULL");
        column.key_position = static_cast<int>(info.integer(5));
        column.generated = info.integer(6) >= 2;
        if (column.key_position > 0) {
            column.collation = collation_of(connection, table, column.name);
        }
        columns.push_back(std::move(column));
    }
    return columns;
}

// `INTEGER PRIMARY KEY` names the rowid unless an index backs it (`INTEGER PRIMARY KEY DESC`).
bool key_is_backed_by_index(sqlite3* connection, const std::string& table) {
    Statement list(connection, "PRAGMA main.index_list(" + quoted(table) + ")");
    bool backed = false;
    while (list.step()) backed = backed || list.text(3) == "pk";
    return backed;
}

bool has_triggers(sqlite3* connection, const std::string& table) {
    Statement find(connection,
                   "SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger'"
                   " AND tbl_name = ?1 COLLATE NOCASE");
    find.bind(1, std::string_view(table));
    return find.step();
}

bool has_update_actions(sqlite3* connection, const std::string& table) {
    Statement list(connection, "PRAGMA main.foreign_key_list(" + quoted(table) + ")");
    bool found = false;
    while (list.step()) {
        const std::string_view on_update = list.text(5);
        found = found || (on_update != "NO ACTION" && on_update != "RESTRICT");
    }
    return found;
}

int find_integer_primary_key(sqlite3* connection, const TableInfo& table) {
    int found = -1;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (table.columns[i].key_position == 0) continue;
        if (found >= 0) return -1;
        found = static_cast<int>(i);
    }
    const bool candidate =
        found >= 0 && !table.without_rowid &&
        same_name(table.columns[static_cast<std::size_t>(found)].declared_type, "INTEGER");
    return candidate && !key_is_backed_by_index(connection, table.name) ? found : -1;
}

}  // namespace

std::string TableInfo::rowid_name() const {
    if (without_rowid) return {};
    for (const char* alias : {"rowid", "_rowid_", "oid"}) {
        const auto hides = [&](const ColumnInfo& column) { return same_name(column.name, alias); };
        if (std::none_of(columns.begin(), columns.end(), hides)) return alias;
    }
    return {};
}

bool TableInfo::has_generated_columns() const noexcept {
    return std::any_of(columns.begin(), columns.end(),
                       [](const ColumnInfo& column) { return column.generated; });
}

bool TableInfo::has_primary_key() const noexcept {
    return std::any_of(columns.begin(), columns.end(),
                       [](const ColumnInfo& column) { return column.key_position > 0; });
}

std::vector<TableInfo> read_tables(sqlite3* connection) {
    std::vector<TableInfo> tables;
    Statement list(connection,
                   "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main'"
                   " AND type IN ('table', 'shadow') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                   " ORDER BY name");
    while (list.step()) {
        TableInfo table;
        table.name = list.text(0);
        table.shadow = list.text(1) == "shadow";
        table.without_rowid = list.integer(2) != 0;
        tables.push_back(std::move(table));
    }
    for (TableInfo& table : tables) {
        table.columns = read_columns(connection, table.name);
        table.integer_primary_key = find_integer_primary_key(connection, table);
        table.has_triggers = has_triggers(connection, table.name);
        table.has_update_actions = has_update_actions(connection, table.name);
    }
    return tables;
}

}  // namespace tidemark::sqlite
