#include "change/described_table.hpp"

#include "change/batch.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

namespace tidemark::change {
namespace {

const Table* find_system_table(const char* name) noexcept {
    for (const Table& table : system_tables()) {
        if (sqlite3_stricmp(table.name.c_str(), name) == 0) return &table;
    }
    return nullptr;
}

bool exists(sqlite3* connection, const char* table) noexcept {
    return sqlite3_table_column_metadata(connection, "main", table, nullptr, nullptr, nullptr,
                                         nullptr, nullptr, nullptr) == SQLITE_OK;
}

std::vector<std::size_t> declared_key(const sqlite::TableInfo& info) {
    std::map<int, std::size_t> key;
    std::size_t place = 0;
    for (const sqlite::ColumnInfo& column : info.columns) {
        if (column.generated) continue;
        if (column.key_position > 0) key.emplace(column.key_position, place);
        ++place;
    }
    std::vector<std::size_t> places;
    for (const auto& [position, column] : key) places.push_back(column);
    return places;
}

}  // namespace

bool has_content_rows(const char* table) noexcept {
    if (sqlite3_stricmp(table, bookkeeping_table) == 0) return false;
    return sqlite3_strnicmp(table, "sqlite_", 7) != 0 || find_system_table(table) != nullptr;
}

EffectTable describe_for_effects(const sqlite::TableInfo& info) {
    EffectTable table;
    table.table = describe(info);
    // What may differ from version to version, and says nothing of rows.
    table.table.repeats_unchanged = false;
    table.primary_key = declared_key(info);
    table.name_before = table.table.name;
    return table;
}

std::optional<EffectTable> find_for_effects(sqlite3* connection, const std::string& name) {
    if (const Table* system = find_system_table(name.c_str())) {
        if (!exists(connection, name.c_str())) return std::nullopt;
        return EffectTable{.table = *system, .name_before = system->name};
    }
    const std::optional<sqlite::TableInfo> info = sqlite::read_table(connection, name);
    if (!info) return std::nullopt;
    return describe_for_effects(*info);
}

bool have_same_columns(const Table& left, const Table& right) {
    const auto layout = [](const Table& table) {
        return std::tie(table.identity, table.columns, table.key_columns, table.key_collations);
    };
    return layout(left) == layout(right);
}

std::optional<Table> describe_text(const std::string& sql, const std::string& name) {
    const sqlite::Connection scratch = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    try {
        sqlite::execute(scratch.get(), sql, "read the text of a table");
        const std::optional<sqlite::TableInfo> info = sqlite::read_table(scratch.get(), name);
        return info ? std::optional(describe(*info)) : std::nullopt;
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::vector<SchemaObject> read_schema_objects(sqlite3* connection) {
    std::vector<SchemaObject> objects;
    sqlite::Statement read(connection,
                           "SELECT type, name, tbl_name, sql, ifnull(rootpage, 0) <> 0"
                           " FROM main.sqlite_schema WHERE tbl_name <> ?1 ORDER BY rowid");
    read.bind(1, std::string_view(bookkeeping_table));
    while (read.step()) {
        SchemaObject& object = objects.emplace_back();
        object.type = read.text(0);
        object.name = read.text(1);
        object.table = read.text(2);
        if (!read.is_null(3)) object.sql = read.text(3);
        object.has_content = read.integer(4) != 0;
    }
    return objects;
}

}  // namespace tidemark::change
