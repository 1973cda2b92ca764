#include "sqlite/table_info.hpp"

#include "sqlite/connection.hpp"
#include "sqlite/names.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/writing_back.hpp"

#include <algorithm>
#include <cctype>
#include <regex>
#include <string_view>

namespace tidemark::sqlite {
namespace {

std::string collation_of(sqlite3* connection, const std::string& table, const std::string& column) {
    const char* collation = nullptr;
    sqlite3_table_column_metadata(connection, "main", table.c_str(), column.c_str(), nullptr,
                                  &collation, nullptr, nullptr, nullptr);
    return collation == nullptr ? "BINARY" : collation;
}

// The rules stand in https://sqlite.org/datatype3.html, 3.1; ANY is a type of STRICT tables.
Affinity affinity_of(std::string type, bool strict) {
    std::transform(type.begin(), type.end(), type.begin(), [](unsigned char character) {
        return static_cast<char>(std::toupper(character));
    });
    const auto has = [&type](const char* part) { return type.find(part) != std::string::npos; };
    if (has("INT")) return Affinity::integer;
    if (has("CHAR") || has("CLOB") || has("TEXT")) return Affinity::text;
    if (type.empty() || has("BLOB") || (strict && type == "ANY")) return Affinity::none;
    if (has("REAL") || has("FLOA") || has("DOUB")) return Affinity::real;
    return Affinity::numeric;
}

// The `hidden` column of table_xinfo: 1 hidden column of a virtual table, 2 generated and virtual,
// 3 generated and stored.
std::vector<ColumnInfo> read_columns(sqlite3* connection, const TableInfo& table) {
    std::vector<ColumnInfo> columns;
    Statement info(connection, "PRAGMA main.table_xinfo(" + quoted(table.name) + ")");
    while (info.step()) {
        ColumnInfo column;
        column.name = info.text(1);
        column.declared_type = info.text(2);
        column.affinity = affinity_of(column.declared_type, table.strict);
        column.not_null = info.integer(3) != 0;
        column.has_default = !info.is_null(4) && !same_name(std::string(info.text(4)), "NULL");
        column.key_position = static_cast<int>(info.integer(5));
        column.generated = info.integer(6) >= 2;
        column.computed = info.integer(6) == 2;
        if (column.key_position > 0) {
            column.collation = collation_of(connection, table.name, column.name);
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

// Once for all tables: sqlite_schema has no index.
NameSet tables_with_triggers(sqlite3* connection) {
    NameSet names;
    Statement list(connection, "SELECT tbl_name FROM main.sqlite_schema WHERE type = 'trigger'");
    while (list.step()) names.emplace(list.text(0));
    return names;
}

// Also triggers in the TEMP schema. A name that only begins with FAIL is none.
bool triggers_may_fail(sqlite3* connection) {
    Statement list(connection,
                   "SELECT sql FROM main.sqlite_schema WHERE type = 'trigger' AND sql LIKE '%FAIL%'"
                   " UNION ALL SELECT sql FROM temp.sqlite_schema WHERE type = 'trigger'"
                   " AND sql LIKE '%FAIL%' AND name NOT GLOB '_tidemark_*'");
    static const std::regex fail(R"(\bFAIL\b)", std::regex::icase);
    bool found = false;
    while (list.step()) {
        const std::string_view sql = list.text(0);
        found = found || std::regex_search(sql.begin(), sql.end(), fail);
    }
    return found;
}

bool is_action(std::string_view word) { return word != "NO ACTION" && word != "RESTRICT"; }

/// One column of a foreign key.
struct Reference {
    ForeignKeyAction action;
    bool by_number = false;

    [[nodiscard]] bool has_action() const noexcept { return action.on_update || action.on_delete; }
};

// Adds what this table refers to.
void read_foreign_keys(sqlite3* connection, TableInfo& table, std::vector<Reference>& references) {
    Statement list(connection, "PRAGMA main.foreign_key_list(" + quoted(table.name) + ")");
    while (list.step()) {
        const std::string_view on_delete = list.text(6);
        Reference reference{
            .action = {.child = table.name,
                       .child_column = std::string(list.text(3)),
                       .parent = std::string(list.text(2)),
                       .parent_column = std::string(list.text(4)),
                       .place = static_cast<int>(list.integer(1)) + 1,
                       .on_update = is_action(list.text(5)),
                       .on_delete = is_action(on_delete),
                       .sets_on_delete = on_delete == "SET NULL" || on_delete == "SET DEFAULT"}};
        table.has_update_actions = table.has_update_actions || reference.action.on_update;
        for (const ColumnInfo& column : table.columns) {
            if (same_name(column.name, reference.action.child_column))
                reference.by_number = is_numeric(column.affinity);
        }
        references.push_back(std::move(reference));
    }
}

// Comparing it by number, SQLite converts OLD itself. It gives NEW back its type where the column has
// one, so that only the identity of the row and a column without a type are lost.
bool converts_old(const Reference& reference, const TableInfo& parent) {
    if (!reference.by_number) return false;
    const auto meant = [&](const ColumnInfo& column) {
        return reference.action.is_of(column.name, column.key_position);
    };
    const auto column = std::find_if(parent.columns.begin(), parent.columns.end(), meant);
    if (column == parent.columns.end() || is_numeric(column->affinity)) return false;
    const bool in_key = parent.without_rowid && column->key_position > 0;
    return in_key || column->affinity != Affinity::text;
}

void mark_parents(sqlite3* connection, const std::vector<Reference>& references,
                  std::vector<TableInfo>& tables) {
    if (references.empty()) return;
    NameMap<TableInfo*> by_name;
    for (TableInfo& table : tables) by_name.emplace(table.name, &table);
    const bool may_fail = triggers_may_fail(connection);
    std::vector<ForeignKeyAction> actions;
    for (const Reference& reference : references) {
        const auto parent = by_name.find(reference.action.parent);
        if (parent == by_name.end()) continue;
        TableInfo& table = *parent->second;
        table.actions_may_fail = table.actions_may_fail || (may_fail && reference.has_action());
        table.old_may_be_converted = table.old_may_be_converted || converts_old(reference, table);
        if (reference.has_action()) actions.push_back(reference.action);
    }
    mark_writing_back(connection, actions, tables);
}

// Whether all of the index could be told from its columns.
bool mark_unique_columns(sqlite3* connection, const std::string& index, TableInfo& table) {
    constexpr std::int64_t expression = -2;
    Statement parts(connection, "PRAGMA main.index_xinfo(" + quoted(index) + ")");
    while (parts.step()) {
        const bool is_key = parts.integer(5) != 0;
        const std::int64_t column = parts.integer(1);
        if (!is_key || (column < 0 && column != expression)) continue;
        if (column == expression) return false;
        ColumnInfo& marked = table.columns.at(static_cast<std::size_t>(column));
        if (marked.generated) return false;
        marked.decides_uniqueness = true;
    }
    return true;
}

// Not those of the columns: PRIMARY KEY(name COLLATE NOCASE) has its own.
void read_key_collations(sqlite3* connection, const std::string& index, TableInfo& table) {
    Statement parts(connection, "PRAGMA main.index_xinfo(" + quoted(index) + ")");
    while (parts.step()) {
        if (parts.integer(5) == 0) continue;
        std::string& collation =
            table.columns.at(static_cast<std::size_t>(parts.integer(1))).key_collation;
        if (!collation.empty()) table.repeats_key_column = true;
        collation = parts.text(4);
    }
}

void read_unique_indexes(sqlite3* connection, TableInfo& table) {
    Statement list(connection, "PRAGMA main.index_list(" + quoted(table.name) + ")");
    bool by_columns = true;
    while (list.step()) {
        const bool is_table_itself = table.without_rowid && list.text(3) == "pk";
        if (is_table_itself) read_key_collations(connection, std::string(list.text(1)), table);
        table.has_index = table.has_index || !is_table_itself;
        if (list.integer(2) == 0 || is_table_itself) continue;
        table.has_unique_index = true;
        const bool partial = list.integer(4) != 0;
        by_columns = !partial &&
                     mark_unique_columns(connection, std::string(list.text(1)), table) &&
                     by_columns;
    }
    if (by_columns) return;
    for (ColumnInfo& column : table.columns) column.decides_uniqueness = true;
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

bool TableInfo::hides_rowid() const {
    return !without_rowid && integer_primary_key < 0 && rowid_name().empty();
}

bool TableInfo::has_generated_columns() const noexcept {
    return std::any_of(columns.begin(), columns.end(),
                       [](const ColumnInfo& column) { return column.generated; });
}

bool TableInfo::has_primary_key() const noexcept {
    return std::any_of(columns.begin(), columns.end(),
                       [](const ColumnInfo& column) { return column.key_position > 0; });
}

namespace {

std::vector<TableInfo> read_list(Statement& list) {
    std::vector<TableInfo> tables;
    while (list.step()) {
        TableInfo table;
        table.name = list.text(0);
        table.shadow = list.text(1) == "shadow";
        table.without_rowid = list.integer(2) != 0;
        table.strict = list.integer(3) != 0;
        tables.push_back(std::move(table));
    }
    return tables;
}

void read_details(sqlite3* connection, TableInfo& table, std::vector<Reference>& references) {
    table.columns = read_columns(connection, table);
    table.integer_primary_key = find_integer_primary_key(connection, table);
    read_foreign_keys(connection, table, references);
    read_unique_indexes(connection, table);
}

constexpr const char* list_tables =
    "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main'"
    " AND type IN ('table', 'shadow') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

}  // namespace

std::vector<TableInfo> read_tables(sqlite3* connection) {
    Statement list(connection, std::string(list_tables) + " ORDER BY name");
    std::vector<TableInfo> tables = read_list(list);
    const NameSet with_triggers = tables_with_triggers(connection);
    std::vector<Reference> references;
    for (TableInfo& table : tables) {
        read_details(connection, table, references);
        table.has_triggers = with_triggers.contains(table.name);
    }
    mark_parents(connection, references, tables);
    return tables;
}

std::optional<TableInfo> read_table(sqlite3* connection, const std::string& name) {
    Statement list(connection, std::string(list_tables) + " AND name = ?1 COLLATE NOCASE");
    list.bind(1, std::string_view(name));
    std::vector<TableInfo> tables = read_list(list);
    if (tables.empty()) return std::nullopt;
    std::vector<Reference> references;
    read_details(connection, tables.front(), references);
    tables.front().has_triggers = tables_with_triggers(connection).contains(name);
    return std::move(tables.front());
}

}  // namespace tidemark::sqlite
