#include "change/effects_recorder.hpp"

#include "change/described_table.hpp"
#include "change/log_difference.hpp"
#include "change/table_sql.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace tidemark::change {
namespace {

Header read_header(sqlite3* connection) {
    return {.user_version = static_cast<std::int32_t>(
                sqlite::query_integer(connection, "PRAGMA main.user_version")),
            .application_id = static_cast<std::int32_t>(
                sqlite::query_integer(connection, "PRAGMA main.application_id"))};
}

bool is_table(const SchemaObject& object) { return object.type == "table" && object.has_content; }

/// Finds out which tables and indexes go on, and under which names.
class StepReader {
public:
    StepReader(sqlite3* connection, const SchemaStep& step)
        : connection_(connection), effect_{.before = read_schema_objects(connection)} {
        effect_.after = step.objects;
    }

    void read() {
        for (SchemaObject& object : effect_.before) object.origin.reset();
        for (SchemaObject& object : effect_.after) {
            if (!object.has_content) object.origin.reset();
            if (object.origin && is_table(object)) decide_table(object);
        }
        for (SchemaObject& object : effect_.after) {
            if (object.origin && object.type == "index") decide_index(object);
        }
    }

    [[nodiscard]] SchemaEffect take_effect() { return std::move(effect_); }
    [[nodiscard]] const SchemaEffect& effect() const noexcept { return effect_; }
    /// By their names after the step, of tables that go on as they are.
    [[nodiscard]] sqlite::NameMap<std::string> take_names() { return std::move(names_before_); }
    /// Names after the step of tables that keep their rows, in other columns.
    [[nodiscard]] std::vector<std::string> take_altered() { return std::move(altered_); }

private:
    SchemaObject* find_before(const char* type, const std::string& name) {
        for (SchemaObject& object : effect_.before) {
            if (object.type == type && sqlite::same_name(object.name, name)) return &object;
        }
        return nullptr;
    }

    void decide_table(SchemaObject& object) {
        SchemaObject* const before = find_before("table", *object.origin);
        if (before == nullptr) return object.origin.reset();
        if (before->sql == object.sql || has_same_columns(*before, object)) {
            before->origin = object.name;
            names_before_.emplace(object.name, before->name);
        } else {
            object.origin.reset();
            altered_.push_back(object.name);
        }
    }

    [[nodiscard]] bool has_same_columns(const SchemaObject& before, const SchemaObject& after) {
        if (!after.sql) return false;
        const std::optional<EffectTable> now = find_for_effects(connection_, before.name);
        const std::optional<Table> next = describe_text(*after.sql, after.name);
        return now && next && have_same_columns(now->table, *next);
    }

    void decide_index(SchemaObject& object) {
        SchemaObject* const before = find_before("index", *object.origin);
        if (before != nullptr && names_before_.contains(object.table)) {
            before->origin = object.name;
        } else {
            object.origin.reset();
        }
    }

    sqlite3* connection_;
    SchemaEffect effect_;
    sqlite::NameMap<std::string> names_before_;
    std::vector<std::string> altered_;
};

}  // namespace

EffectsRecorder::EffectsRecorder(sqlite3* connection)
    : connection_(connection),
      hook_(connection, [this](const sqlite::RowChange& change) { record(change); }) {}

void EffectsRecorder::forget_statements() noexcept {
    last_ = nullptr;
    known_.clear();
}

void EffectsRecorder::begin(std::uint64_t number, std::uint64_t previous) {
    is_recording_ = false;
    static_cast<void>(builder_.take());
    failure_ = nullptr;
    names_before_.reset();
    altered_.clear();
    wholes_.clear();
    ++transaction_;
    Effects& effects = builder_.effects();
    effects.number = number;
    effects.previous = previous;
    effects.header_before = read_header(connection_);
    // A connection learns of it when the file gets its first page.
    utf16_ = sqlite::query_text(connection_, "PRAGMA main.encoding") != "UTF-8";
    sequence_before_ = read_sequence();
    is_recording_ = true;
}

void EffectsRecorder::begin_step(const SchemaStep& step) {
    StepReader reader(connection_, step);
    reader.read();
    for (const SchemaObject& object : reader.effect().before) {
        const bool goes = is_table(object) && !object.origin;
        if (!goes || sqlite::same_name(object.name, sequence_table)) continue;
        std::optional<EffectTable> table = find_for_effects(connection_, object.name);
        if (!table) continue;
        table->side = EffectTable::Side::before;
        record_all_rows(builder_.add(*std::move(table)), Operation::remove);
    }
    builder_.effects().schema = reader.take_effect();
    names_before_ = reader.take_names();
    altered_ = reader.take_altered();
    forget_statements();
}

void EffectsRecorder::step_is_begun() {
    forget_statements();
    for (const std::string& name : altered_) {
        std::optional<EffectTable> table = find_for_effects(connection_, name);
        if (!table) continue;
        table->side = EffectTable::Side::after;
        const bool is_whole = table->table.identity == Identity::none;
        const TableId id = builder_.add(*std::move(table));
        if (is_whole) {
            wholes_.push_back(id);
        } else {
            record_all_rows(id, Operation::insert);
        }
        // Changes of its rows that follow belong to the same table.
        if (RecordedTable* const known = find(name.c_str())) {
            known->transaction = transaction_;
            known->id = id;
        }
    }
}

// Nobody can name a row of such a table: its effects are all rows from before, removed, and all that
// are there at the end, inserted.
void EffectsRecorder::begin_whole(TableId id) {
    if (std::ranges::find(wholes_, id) != wholes_.end()) return;
    record_all_rows(id, Operation::remove);
    wholes_.push_back(id);
}

void EffectsRecorder::record_all_rows(TableId id, Operation operation) {
    sqlite::Statement rows(connection_, select_images(builder_.table(id).table));
    std::vector<Value> image(static_cast<std::size_t>(rows.column_count()));
    while (rows.step()) {
        for (std::size_t i = 0; i < image.size(); ++i) {
            image[i] = read_value(rows.value(static_cast<int>(i)), utf16_);
        }
        if (operation == Operation::insert) {
            builder_.insert(id, image);
        } else {
            builder_.remove(id, image);
        }
    }
}

void EffectsRecorder::roll_back_to(Mark mark) noexcept {
    builder_.roll_back_to(std::move(mark.effects));
    wholes_.resize(mark.wholes);
}

// SQLite calls this: nothing may be thrown.
void EffectsRecorder::record(const sqlite::RowChange& change) {
    if (!is_recording_ || failure_) return;
    try {
        record_row(change);
    } catch (...) {
        failure_ = std::current_exception();
    }
}

void EffectsRecorder::record_row(const sqlite::RowChange& change) {
    RecordedTable* const table = find(change.table);
    if (table == nullptr) return;
    const TableId id = id_of(*table);
    if (table->table().table.identity == Identity::none) return begin_whole(id);
    switch (change.operation) {
        case SQLITE_INSERT:
            builder_.insert(id, table->new_image(change, utf16_));
            break;
        case SQLITE_DELETE:
            builder_.remove(id, table->old_image(change, utf16_));
            break;
        default:
            builder_.update(id, table->old_image(change, utf16_), table->new_image(change, utf16_));
    }
    table->release();
}

RecordedTable* EffectsRecorder::find(const char* name) {
    if (last_ != nullptr && last_->table().table.name == name) return last_;
    auto known = known_.find(name);
    if (known == known_.end()) {
        std::optional<RecordedTable> table;
        const bool counts = has_content_rows(name) && sqlite3_stricmp(name, sequence_table) != 0;
        if (counts) {
            if (const auto info = sqlite::read_table(connection_, name)) {
                table.emplace(*info);
            } else if (auto system = find_for_effects(connection_, name)) {
                table.emplace(*std::move(system));
            }
        }
        known = known_.emplace(name, std::move(table)).first;
    }
    if (!known->second) return nullptr;
    last_ = &*known->second;
    return last_;
}

TableId EffectsRecorder::id_of(RecordedTable& table) {
    if (table.transaction == transaction_) return table.id;
    EffectTable described = table.table();
    if (names_before_) {
        const auto before = names_before_->find(described.table.name);
        if (before == names_before_->end()) {
            described.side = EffectTable::Side::after;
        } else {
            described.name_before = before->second;
        }
    }
    table.id = builder_.add(std::move(described));
    table.transaction = transaction_;
    return table.id;
}

ChangeLog EffectsRecorder::read_sequence() {
    ChangeLog image;
    const std::optional<EffectTable> table = find_for_effects(connection_, sequence_table);
    if (!table) return image;
    sqlite::Statement rows(connection_, select_images(table->table) + " ORDER BY rowid");
    while (rows.step()) {
        image.begin_record(Operation::insert, 0);
        for (int i = 0; i < rows.column_count(); ++i) {
            image.append(read_value(rows.value(i), utf16_));
        }
        image.finish_record();
    }
    return image;
}

// It has come into being with the first AUTOINCREMENT, or was there before: nothing removes it.
void EffectsRecorder::record_sequence() {
    std::optional<EffectTable> table = find_for_effects(connection_, sequence_table);
    if (!table) return;
    const bool is_new = names_before_ && !names_before_->contains(sequence_table);
    if (is_new) table->side = EffectTable::Side::after;
    append_difference(builder_, *std::move(table), sequence_before_, read_sequence());
}

Effects EffectsRecorder::finish() {
    is_recording_ = false;
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    for (const TableId id : wholes_) record_all_rows(id, Operation::insert);
    record_sequence();
    Effects& effects = builder_.effects();
    effects.header_after = read_header(connection_);
    sequence_before_ = {};
    return builder_.take();
}

}  // namespace tidemark::change
