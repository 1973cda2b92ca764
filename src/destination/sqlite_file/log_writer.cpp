#include "destination/sqlite_file/log_writer.hpp"

#include "sqlite/connection.hpp"
#include "sqlite/names.hpp"
#include "sqlite/table_info.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tidemark::destination {
namespace {

// Texts and blobs of a row that fits into a page of any size, among others.
constexpr std::size_t replaced_bytes_max = 256;

}  // namespace

void LogWriter::write(const change::Batch& batch) {
    if (batch.log.empty()) return;
    use_tables(batch.tables);
    change::LogReader log(batch.log, batch.tables);
    for (change::RecordOutline outline; log.next(outline);) {
        if (outline.operation == change::Operation::commit ||
            outline.operation == change::Operation::gap || (*tables_)[outline.table].superseded) {
            continue;
        }
        if (keeps_its_place(outline)) {
            const change::LogReader::Place place = log.place();
            write_steps(log);
            log.read(place, record_);
            apply(record_);
        } else {
            note_step(log.place(), outline);
            if (steps_.size() >= steps_max) write_steps(log);
        }
    }
    write_steps(log);
    finish_gathered();
}

void LogWriter::use_tables(const change::TableList& tables) {
    if (tables_ != tables) {
        targets_.clear();
        sqlite::NameMap<int> numbers;
        for (const change::Table& table : *tables) {
            if (!table.superseded) ++numbers[table.name];
        }
        for (const change::Table& table : *tables) {
            const bool has_key = table.identity != change::Identity::none;
            targets_.push_back(
                {.key_place = has_key ? table.key_places().front() : 0,
                 .in_key_order = has_key && !table.displaces_others,
                 .is_shared = table.name == change::sequence_table || numbers[table.name] > 1});
        }
        tables_ = tables;
    }
    // What an error has left behind.
    steps_.clear();
    for (Target& target : targets_) {
        if (target.rows) target.rows->discard_gathered();
        target.filling = false;
    }
}

bool LogWriter::keeps_its_place(const change::RecordOutline& outline) const {
    const Target& target = targets_[outline.table];
    switch (outline.operation) {
        case change::Operation::clear:
            return true;
        case change::Operation::insert:
            return target.is_shared || target.filling;
        case change::Operation::update:
            return target.is_shared || (target.in_key_order && outline.changes_key);
        default:
            return target.is_shared;
    }
}

void LogWriter::note_step(change::LogReader::Place place, const change::RecordOutline& outline) {
    const bool in_key_order = targets_[outline.table].in_key_order;
    steps_.push_back({.key = in_key_order ? key_rank(outline.key) : 0,
                      .bytes = place.bytes,
                      .chunk = place.chunk,
                      .table = outline.table});
}

void LogWriter::write_steps(change::LogReader& log) {
    // Where nothing else decides, as they stand in the log.
    const auto before = [](const Step& left, const Step& right) {
        if (left.table != right.table) return left.table < right.table;
        if (left.key != right.key) return left.key < right.key;
        return std::tuple(left.chunk, left.bytes) < std::tuple(right.chunk, right.bytes);
    };
    // New rows often come in this order.
    if (!std::is_sorted(steps_.begin(), steps_.end(), before)) {
        std::sort(steps_.begin(), steps_.end(), before);
    }
    for (const Step& step : steps_) {
        log.read({.bytes = step.bytes, .chunk = step.chunk}, record_);
        apply(record_);
    }
    steps_.clear();
}

void LogWriter::prepare(const change::Table& table, Target& target) const {
    target.rows.emplace(connection_, shape_of_images(table, target.in_key_order),
                        Conflict::replace);
    if (!target.in_key_order || rows_ == Rows::unknown) return;
    const std::optional<sqlite::TableInfo> info = sqlite::read_table(connection_, table.name);
    if (!info || info->has_index) return;
    std::vector<std::size_t> not_null;
    std::vector<std::string> columns;
    for (const sqlite::ColumnInfo& column : info->columns) {
        if (column.generated) continue;
        const std::size_t place = table.image_size() - table.columns.size() + columns.size();
        if (column.not_null) not_null.push_back(place);
        columns.push_back(column.name);
    }
    if (columns == table.columns) target.replaced_not_null = std::move(not_null);
}

void LogWriter::apply(const change::Record& record) {
    Target& target = targets_[record.table];
    if (!target.rows) prepare((*tables_)[record.table], target);
    if (!target.is_shared) return apply_to(target, record);
    finish_gathered();
    apply_to(target, record);
    target.rows->finish_gathered();
}

void LogWriter::apply_to(Target& target, const change::Record& record) {
    const change::Table& table = (*tables_)[record.table];
    target.filling = target.filling && record.operation == change::Operation::insert;
    switch (record.operation) {
        case change::Operation::insert:
            return target.rows->insert(target.filling ? Conflict::abort : Conflict::replace,
                                       record.new_values);
        case change::Operation::update:
            return update(table, target, record);
        case change::Operation::remove:
            if (target.rows->remove(record.old_values)) return;
            throw row_is_missing("remove a row on disk of", table.name);
        case change::Operation::erase:
            static_cast<void>(target.rows->remove(record.old_values));
            return;
        case change::Operation::clear:
            target.filling = true;
            return target.rows->clear();
        case change::Operation::commit:
        case change::Operation::gap:
            return;
    }
}

bool LogWriter::may_be_replaced(const Target& target, const change::Record& record) {
    if (!target.replaced_not_null || record.changed[target.key_place]) return false;
    // REPLACE would write the DEFAULT for a NULL in such a column.
    const auto has_value = [&](std::size_t place) {
        return record.new_values.at(place).storage_class != change::StorageClass::null;
    };
    if (!std::ranges::all_of(*target.replaced_not_null, has_value)) return false;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < record.new_values.size(); ++i) {
        bytes += std::max(record.old_values[i].bytes.size(), record.new_values[i].bytes.size());
    }
    return bytes <= replaced_bytes_max;
}

void LogWriter::update(const change::Table& table, Target& target, const change::Record& record) {
    if (std::ranges::find(record.changed, true) == record.changed.end()) return;
    if (may_be_replaced(target, record)) {
        return target.rows->insert(Conflict::replace, record.new_values);
    }
    if (target.rows->update(record.changed, record.old_values, record.new_values)) return;
    throw row_is_missing("change a row on disk of", table.name);
}

void LogWriter::finish_gathered() {
    for (Target& target : targets_) {
        if (target.rows) target.rows->finish_gathered();
    }
}

}  // namespace tidemark::destination
