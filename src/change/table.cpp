#include "change/table.hpp"

#include <algorithm>

namespace tidemark::change {
namespace {

Identity identity_of(const sqlite::TableInfo& info) {
    if (info.without_rowid) return Identity::primary_key;
    if (info.integer_primary_key >= 0) return Identity::integer_key;
    return info.rowid_name().empty() ? Identity::none : Identity::rowid;
}

}  // namespace

Table describe(const sqlite::TableInfo& info) {
    Table table;
    table.name = info.name;
    table.identity = identity_of(info);
    table.repeats_unchanged = info.has_triggers;
    if (table.identity == Identity::rowid) table.rowid_name = info.rowid_name();

    std::vector<std::pair<int, std::size_t>> keys;
    for (const sqlite::ColumnInfo& column : info.columns) {
        if (column.generated) continue;
        if (column.key_position > 0) keys.emplace_back(column.key_position, table.columns.size());
        table.columns.push_back(column.name);
    }
    const bool keyed =
        table.identity == Identity::integer_key || table.identity == Identity::primary_key;
    if (keyed) {
        std::sort(keys.begin(), keys.end());
        for (const auto& [position, column] : keys) table.key_columns.push_back(column);
    }
    return table;
}

}  // namespace tidemark::change
