#include "change/table.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::change {
namespace {

Identity identity_of(const sqlite::TableInfo& info) {
    if (info.without_rowid) return Identity::primary_key;
    if (info.integer_primary_key >= 0) return Identity::integer_key;
    return info.hides_rowid() ? Identity::none : Identity::rowid;
}

Table system_table(const char* name, std::vector<std::string> columns) {
    Table table;
    table.name = name;
    table.identity = Identity::rowid;
    table.rowid_name = "rowid";
    table.columns = std::move(columns);
    return table;
}

}  // namespace

// Never destroyed: the destructor of a static object may sync its database after everything else.
const std::vector<Table>& system_tables() {
    static const auto& tables = *new std::vector<Table>{
        system_table(sequence_table, {"name", "seq"}),
        system_table("sqlite_stat1", {"tbl", "idx", "stat"}),
        system_table("sqlite_stat4", {"tbl", "idx", "neq", "nlt", "ndlt", "sample"})};
    return tables;
}

Table describe(const sqlite::TableInfo& info) {
    Table table;
    table.name = info.name;
    table.identity = identity_of(info);
    table.repeats_unchanged = info.has_triggers;
    if (table.identity == Identity::rowid) table.rowid_name = info.rowid_name();
    table.delete_writes_back = info.delete_writes_back;

    // Keys that differ bit for bit may be one key to the table ('a' and 'A', 1 and 1.0).
    table.displaces_others = info.has_unique_index || info.without_rowid;
    struct Key {
        int position = 0;
        std::size_t column = 0;
        std::string collation;
        auto operator<=>(const Key&) const = default;
    };
    std::vector<Key> keys;
    for (const sqlite::ColumnInfo& column : info.columns) {
        if (column.update_writes_back) table.columns_written_back.push_back(column.name);
        if (column.generated) continue;
        if (column.key_position > 0) {
            keys.push_back({column.key_position, table.columns.size(), column.key_collation});
        }
        if (column.decides_uniqueness) table.unique_places.push_back(table.image_size());
        table.columns.push_back(column.name);
    }
    const bool keyed =
        table.identity == Identity::integer_key || table.identity == Identity::primary_key;
    if (keyed) std::sort(keys.begin(), keys.end());
    for (const Key& key : keys) {
        if (keyed) table.key_columns.push_back(key.column);
        if (table.identity == Identity::primary_key) table.key_collations.push_back(key.collation);
    }
    return table;
}

}  // namespace tidemark::change
