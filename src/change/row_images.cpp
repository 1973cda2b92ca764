#include "change/row_images.hpp"

#include "change/described_table.hpp"
#include "change/table_sql.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <optional>

namespace tidemark::change {

RowImages::RowImages(sqlite3* connection, const char* table) {
    const std::optional<EffectTable> described = find_for_effects(connection, table);
    if (!described) return;
    exists_ = true;
    table_ = described->table;
    sqlite::Statement rows(connection, select_images(table_));
    const bool utf16 = sqlite::query_text(connection, "PRAGMA main.encoding") != "UTF-8";
    while (rows.step()) {
        found_.begin_record(Operation::insert, 0);
        for (int i = 0; i < rows.column_count(); ++i) {
            found_.append(read_value(rows.value(i), utf16));
        }
        found_.finish_record();
    }
    LogReader reader(found_, table_list({*described}));
    for (Record record; reader.next(record);) change({}, record.new_values);
}

const std::vector<Value>* RowImages::find(std::int64_t rowid) const {
    const auto found = rows_.find(rowid);
    return found == rows_.end() ? nullptr : &found->second;
}

void RowImages::change(const std::vector<Value>& from, const std::vector<Value>& to) {
    if (!from.empty()) rows_.erase(from.front().integer);
    if (!to.empty()) rows_[to.front().integer] = to;
}

bool operator==(const RowImages& left, const RowImages& right) {
    return std::ranges::equal(left.rows_, right.rows_, [](const auto& one, const auto& other) {
        return one.first == other.first && std::ranges::equal(one.second, other.second, identical);
    });
}

}  // namespace tidemark::change
