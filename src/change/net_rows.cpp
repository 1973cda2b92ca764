#include "change/net_rows.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace tidemark::change {
namespace {

void append_number(std::string& text, std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) text += static_cast<char>(number >> shift);
}

// The same for what is identical, and for nothing else.
std::string as_bytes(const std::vector<std::size_t>& key, std::span<const Value> image) {
    std::string text;
    for (const std::size_t place : key) {
        const Value& value = image[place];
        text += static_cast<char>(value.storage_class);
        switch (value.storage_class) {
            case StorageClass::null:
                break;
            case StorageClass::integer:
                append_number(text, static_cast<std::uint64_t>(value.integer));
                break;
            case StorageClass::real:
                append_number(text, std::bit_cast<std::uint64_t>(value.real));
                break;
            default:
                append_number(text, value.bytes.size());
                text += value.bytes;
        }
    }
    return text;
}

bool has_same_key(const std::vector<std::size_t>& key, const Record& record) {
    return std::ranges::all_of(key, [&record](std::size_t place) {
        return identical(record.old_values[place], record.new_values[place]);
    });
}

}  // namespace

NetRows::NetRows(const Effects& effects)
    : reader_(effects.log, table_list(effects.tables)), tables_(effects.tables.size()) {
    for (TableId id = 0; id < tables_.size(); ++id) {
        const Table& table = effects.tables[id].table;
        if (table.identity != Identity::none) tables_[id].key = table.key_places();
    }
    while (reader_.next(record_)) {
        Rows& rows = tables_[record_.table];
        if (rows.key.empty()) continue;
        const bool is_update = !record_.old_values.empty() && !record_.new_values.empty();
        if (is_update && has_same_key(rows.key, record_)) {
            note(rows, record_.new_values, reader_.place(), true, true);
            continue;
        }
        if (!record_.old_values.empty()) {
            note(rows, record_.old_values, reader_.place(), true, false);
        }
        if (!record_.new_values.empty()) {
            note(rows, record_.new_values, reader_.place(), false, true);
        }
    }
}

void NetRows::note(Rows& rows, std::span<const Value> key_of, LogReader::Place place,
                   bool was_there, bool is_there) {
    const auto [known, is_new] = rows.places.emplace(as_bytes(rows.key, key_of), rows.rows.size());
    if (is_new) rows.rows.push_back({.first = place, .was_there = was_there});
    NetRow& row = rows.rows[known->second];
    row.last = place;
    row.is_there = is_there;
}

const NetRow* NetRows::find(TableId table, std::span<const Value> image) const {
    const Rows& rows = tables_[table];
    const auto found = rows.places.find(as_bytes(rows.key, image));
    return found == rows.places.end() ? nullptr : &rows.rows[found->second];
}

std::vector<Value> NetRows::before(const NetRow& row) {
    if (!row.was_there) return {};
    reader_.read(row.first, record_);
    return record_.old_values;
}

std::vector<Value> NetRows::after(const NetRow& row) {
    if (!row.is_there) return {};
    reader_.read(row.last, record_);
    return record_.new_values;
}

}  // namespace tidemark::change
