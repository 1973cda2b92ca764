#include "change/effects_builder.hpp"

#include <algorithm>
#include <memory>

namespace tidemark::change {

TableList table_list(const std::vector<EffectTable>& tables) {
    auto list = std::make_shared<std::vector<Table>>();
    list->reserve(tables.size());
    for (const EffectTable& table : tables) list->push_back(table.table);
    return list;
}

TableId EffectsBuilder::add(EffectTable table) {
    effects_.tables.push_back(std::move(table));
    return static_cast<TableId>(effects_.tables.size() - 1);
}

void EffectsBuilder::append(Operation operation, TableId table, std::span<const Value> image) {
    try {
        effects_.log.begin_record(operation, table);
        for (const Value& value : image) effects_.log.append(value);
    } catch (...) {
        effects_.log.abandon_record();
        throw;
    }
    effects_.log.finish_record();
}

bool EffectsBuilder::is_removed_row(TableId table, std::span<const Value> image) const {
    if (!removed_ || removed_->table != table) return false;
    const std::vector<std::size_t> key = effects_.tables[table].table.key_places();
    return !key.empty() && std::ranges::all_of(key, [&](std::size_t place) {
        return identical(removed_->image[place], image[place]);
    });
}

void EffectsBuilder::insert(TableId table, std::span<const Value> image) {
    if (is_removed_row(table, image)) {
        const Removed removed = *std::exchange(removed_, std::nullopt);
        effects_.log.truncate(removed.position);
        --effects_.tables[table].deletes;
        return update(table, removed.image, image);
    }
    removed_.reset();
    append(Operation::insert, table, image);
    ++effects_.tables[table].inserts;
}

void EffectsBuilder::remove(TableId table, std::span<const Value> image) {
    Removed removed{.table = table, .position = effects_.log.end(), .image = {}, .bytes = {}};
    removed.image.assign(image.begin(), image.end());
    for (const Value& value : image) {
        removed.bytes.insert(removed.bytes.end(), value.bytes.begin(), value.bytes.end());
    }
    const char* bytes = removed.bytes.data();
    for (Value& value : removed.image) {
        value.bytes = {bytes, value.bytes.size()};
        bytes += value.bytes.size();
    }
    append(Operation::remove, table, image);
    ++effects_.tables[table].deletes;
    removed_ = std::move(removed);
}

void EffectsBuilder::update(TableId table, std::span<const Value> before,
                            std::span<const Value> after) {
    removed_.reset();
    if (std::equal(before.begin(), before.end(), after.begin(), after.end(), identical)) return;
    try {
        effects_.log.begin_record(Operation::update, table);
        for (std::size_t i = 0; i < before.size(); ++i) {
            effects_.log.append(before[i]);
            if (identical(before[i], after[i])) {
                effects_.log.append_same();
            } else {
                effects_.log.append(after[i]);
            }
        }
    } catch (...) {
        effects_.log.abandon_record();
        throw;
    }
    effects_.log.finish_record();
    ++effects_.tables[table].updates;
}

void EffectsBuilder::roll_back_to(Mark mark) noexcept {
    removed_.reset();
    effects_.log.truncate(mark.position);
    // Tables that have been met since keep their places, for whoever remembers these.
    for (std::size_t i = 0; i < effects_.tables.size(); ++i) {
        const bool known = i < mark.tables.size();
        effects_.tables[i].inserts = known ? mark.tables[i].inserts : 0;
        effects_.tables[i].updates = known ? mark.tables[i].updates : 0;
        effects_.tables[i].deletes = known ? mark.tables[i].deletes : 0;
    }
}

}  // namespace tidemark::change
