#include "destination/sqlite_file/changeset_writer.hpp"

#include "change/table.hpp"
#include "destination/destination.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"
#include "sqlite/savepoint.hpp"
#include "sqlite/table_info.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

namespace tidemark::destination {
namespace {

NotApplicable does_not_fit(const std::string& table, std::string reason) {
    return NotApplicable({.operation = "apply a changeset to",
                          .object = table,
                          .reason = std::move(reason),
                          .advice = "the disk database becomes a whole copy of the RAM database"});
}

// Of its column's affinity, which is also what a STRICT table asks for.
std::string filler_of(const sqlite::ColumnInfo& column) {
    if (!column.not_null) return "NULL";
    if (column.affinity == sqlite::Affinity::none) return "x''";
    return sqlite::is_numeric(column.affinity) ? "0" : "''";
}

RowShape shape_of(const sqlite::TableInfo& info, std::span<const std::uint8_t> key_columns) {
    const change::Table table = change::describe(info);
    RowShape shape{.table = table.name};
    for (const std::string& column : table.columns) shape.names.push_back(sqlite::quoted(column));
    for (std::size_t i = 0; i < key_columns.size(); ++i) {
        if (key_columns[i] != 0) shape.key.push_back(i);
    }
    shape.independent = table.identity == change::Identity::integer_key &&
                        !table.displaces_others && shape.key == table.key_columns;
    if (!shape.independent || info.has_index || info.has_generated_columns()) return shape;
    for (const sqlite::ColumnInfo& column : info.columns) {
        shape.fillers.push_back(filler_of(column));
    }
    return shape;
}

int rank(int operation) noexcept {
    return operation == SQLITE_DELETE ? 0 : operation == SQLITE_UPDATE ? 1 : 2;
}

}  // namespace

ChangesetWriter::OwnedValue ChangesetWriter::duplicate(sqlite3_value* value) {
    OwnedValue copy(sqlite3_value_dup(value));
    if (!copy) throw std::bad_alloc();
    return copy;
}

void ChangesetWriter::write(std::span<const sqlite::Changeset> changesets,
                            const std::vector<std::string>& superseded) {
    superseded_ = superseded;
    discard_gathered();
    const bool has_others = write_independent(changesets);
    if (!has_others || try_directly(changesets)) return;
    for (std::size_t i = 0; i < changesets.size(); ++i) {
        const bool is_only = changesets.size() == 1;
        if (is_only || !try_directly(changesets.subspan(i, 1))) write_in_two_phases(changesets[i]);
    }
}

bool ChangesetWriter::write_independent(std::span<const sqlite::Changeset> changesets) {
    std::vector<change::ChangesetReader> changes;
    for (const sqlite::Changeset& changeset : changesets) changes.emplace_back(changeset);
    bool has_others = false;
    std::vector<Step> steps;
    for (std::uint32_t i = 0; i < changes.size(); ++i) {
        target_of_table_.clear();
        while (std::optional<Step> step = next_step(changes[i], Tables::independent)) {
            step->changeset = i;
            steps.push_back(*step);
            if (steps.size() >= steps_max) write_by_key(changes, steps);
        }
        has_others = has_others || std::ranges::any_of(target_of_table_, [](const Target* target) {
                         return target != nullptr && !target->rows.shape().independent;
                     });
    }
    write_by_key(changes, steps);
    return has_others;
}

void ChangesetWriter::write_by_key(std::span<change::ChangesetReader> changes,
                                   std::vector<Step>& steps) {
    const auto before = [](const Step& left, const Step& right) {
        return std::tuple(left.target->number, left.key, left.changeset) <
               std::tuple(right.target->number, right.key, right.changeset);
    };
    std::sort(steps.begin(), steps.end(), before);
    write_steps(changes, steps);
    steps.clear();
}

void ChangesetWriter::write_steps(std::span<change::ChangesetReader> changes,
                                  const std::vector<Step>& steps) {
    for (const Step& step : steps) {
        change::ChangesetReader& change = changes[step.changeset];
        change.read(step.place);
        write(step.target->rows, change);
    }
    finish_gathered();
}

bool ChangesetWriter::try_directly(std::span<const sqlite::Changeset> changesets) {
    std::optional<change::EffectsRecorder::Mark> mark;
    if (recorder_ != nullptr) mark = recorder_->mark();
    try {
        sqlite::Savepoint savepoint(connection_, "apply a changeset");
        for (const sqlite::Changeset& changeset : changesets) {
            change::ChangesetReader change(changeset);
            write_steps({&change, 1}, put_in_order(change));
        }
        savepoint.release();
        return true;
    } catch (const Error& error) {
        // Rows that trade UNIQUE values: the second way has no such order to respect.
        if ((error.code() & 0xff) != SQLITE_CONSTRAINT) throw;
    }
    discard_gathered();
    if (mark) recorder_->roll_back_to(*std::move(mark));
    return false;
}

bool ChangesetWriter::is_void(const char* table) const {
    return std::any_of(superseded_.begin(), superseded_.end(), [&](const std::string& superseded) {
        return sqlite::same_name(superseded, table);
    });
}

std::optional<ChangesetWriter::Step> ChangesetWriter::next_step(change::ChangesetReader& change,
                                                                Tables tables) {
    while (change.next()) {
        const std::size_t table = change.place().table;
        if (table >= target_of_table_.size()) {
            // A header without changes has a number as well.
            target_of_table_.resize(table + 1, nullptr);
            if (!is_void(change.table())) target_of_table_[table] = &find_target(change);
        }
        Target* const target = target_of_table_[table];
        if (target == nullptr) continue;
        const RowShape& shape = target->rows.shape();
        if (shape.independent != (tables == Tables::independent)) continue;
        const int operation = change.operation();
        const change::Value* key = operation == SQLITE_INSERT ? change.new_value(shape.key.front())
                                                              : change.old_value(shape.key.front());
        return Step{.key = key_rank(*key),
                    .place = change.place(),
                    .target = target,
                    .operation = operation};
    }
    return std::nullopt;
}

std::vector<ChangesetWriter::Step> ChangesetWriter::put_in_order(change::ChangesetReader& change) {
    target_of_table_.clear();
    std::vector<Step> steps;
    while (const std::optional<Step> step = next_step(change, Tables::others)) {
        steps.push_back(*step);
    }
    std::sort(steps.begin(), steps.end(), [](const Step& left, const Step& right) {
        return std::tuple(left.place.table, rank(left.operation), left.key) <
               std::tuple(right.place.table, rank(right.operation), right.key);
    });
    return steps;
}

ChangesetWriter::Target& ChangesetWriter::find_target(const change::ChangesetReader& change) {
    auto known = targets_.find(change.table());
    if (known == targets_.end()) {
        const auto number = static_cast<std::uint32_t>(targets_.size());
        known =
            targets_.emplace(change.table(), Target{.rows = make_rows(change), .number = number})
                .first;
    }
    const RowShape& shape = known->second.rows.shape();
    const std::span<const std::uint8_t> flags = change.key_columns();
    auto next = shape.key.begin();
    bool same = flags.size() == shape.names.size();
    for (std::size_t i = 0; same && i < flags.size(); ++i) {
        const bool in_shape = next != shape.key.end() && *next == i;
        same = in_shape == (flags[i] != 0);
        if (in_shape) ++next;
    }
    if (!same) throw does_not_fit(change.table(), "the table has another key or other columns");
    return known->second;
}

RowWriter ChangesetWriter::make_rows(const change::ChangesetReader& change) const {
    const std::optional<sqlite::TableInfo> found = sqlite::read_table(connection_, change.table());
    if (!found) throw does_not_fit(change.table(), "the table is not there");
    RowShape shape = shape_of(*found, change.key_columns());
    if (shape.names.size() != change.column_count()) {
        throw does_not_fit(change.table(), "the table has other columns");
    }
    if (shape.key.empty()) throw does_not_fit(change.table(), "its changes have no key");
    return {connection_, std::move(shape), Conflict::abort};
}

void ChangesetWriter::write(RowWriter& rows, const change::ChangesetReader& change) {
    switch (change.operation()) {
        case SQLITE_INSERT:
            return rows.insert(Conflict::abort, change.new_values());
        case SQLITE_UPDATE:
            return update(rows, change);
        default:
            return remove(rows, change);
    }
}

void ChangesetWriter::update(RowWriter& rows, const change::ChangesetReader& change) {
    changed_.resize(change.column_count());
    for (std::size_t i = 0; i < changed_.size(); ++i) changed_[i] = change.new_value(i) != nullptr;
    const RowShape& shape = rows.shape();
    if (!shape.fillers.empty() && !changed_[shape.key.front()]) {
        return rows.gather_update(changed_, change.old_values(), change.new_values());
    }
    if (rows.update(changed_, change.old_values(), change.new_values())) return;
    throw row_is_missing("change a row on disk of", shape.table);
}

void ChangesetWriter::remove(RowWriter& rows, const change::ChangesetReader& change) {
    if (rows.remove(change.old_values())) return;
    throw row_is_missing("remove a row on disk of", rows.shape().table);
}

void ChangesetWriter::finish_gathered() {
    for (auto& [table, target] : targets_) target.rows.finish_gathered();
}

void ChangesetWriter::discard_gathered() noexcept {
    for (auto& [table, target] : targets_) target.rows.discard_gathered();
}

// The values of the row on disk that an update leaves as they are; null for the others.
ChangesetWriter::OwnedRow ChangesetWriter::read_rest(RowWriter& rows,
                                                     const change::ChangesetReader& change) {
    sqlite::Statement& select = rows.select(change.old_values());
    if (!select.step()) {
        throw row_is_missing("change a row on disk of", rows.shape().table);
    }
    OwnedRow row(change.column_count());
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (change.new_value(i) == nullptr) row[i] = duplicate(select.value(static_cast<int>(i)));
    }
    select.reset();
    return row;
}

// The row as it will be.
void ChangesetWriter::insert_updated(RowWriter& rows, const change::ChangesetReader& change,
                                     const OwnedRow& rest) {
    std::vector<change::Value> row(rest.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
        row[i] =
            rest[i] == nullptr ? *change.new_value(i) : change::read_value(rest[i].get(), false);
    }
    rows.insert(Conflict::abort, row);
}

void ChangesetWriter::write_in_two_phases(const sqlite::Changeset& changeset) {
    change::ChangesetReader change(changeset);
    const std::vector<Step> steps = put_in_order(change);
    std::vector<OwnedRow> rests;
    for (const Step& step : steps) {
        if (step.operation == SQLITE_INSERT) continue;
        change.read(step.place);
        RowWriter& rows = step.target->rows;
        if (step.operation == SQLITE_UPDATE) rests.push_back(read_rest(rows, change));
        remove(rows, change);
    }
    auto rest = rests.begin();
    for (const Step& step : steps) {
        if (step.operation == SQLITE_DELETE) continue;
        change.read(step.place);
        RowWriter& rows = step.target->rows;
        if (step.operation == SQLITE_UPDATE) {
            insert_updated(rows, change, *rest++);
        } else {
            rows.insert(Conflict::abort, change.new_values());
        }
    }
    // Before the values of `rests` go.
    finish_gathered();
}

}  // namespace tidemark::destination
