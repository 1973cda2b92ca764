#include "change/replay.hpp"

#include "change/row_images.hpp"
#include "sqlite/connection.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::change {
namespace {

constexpr const char* sequence_table = "sqlite_sequence";

bool is_sequence(const Table& table) { return sqlite::same_name(table.name, sequence_table); }

bool is_statistics(const Table& table) {
    return sqlite3_strnicmp(table.name.c_str(), "sqlite_stat", 11) == 0;
}

void append_image(ChangeLog& log, Operation operation, TableId table,
                  const std::vector<Value>& image) {
    log.begin_record(operation, table);
    for (const Value& value : image) log.append(value);
    log.finish_record();
}

void append_update(ChangeLog& log, TableId table, const Record& record, bool is_forward) {
    const std::vector<Value>& from = is_forward ? record.old_values : record.new_values;
    const std::vector<Value>& to = is_forward ? record.new_values : record.old_values;
    log.begin_record(Operation::update, table);
    for (std::size_t i = 0; i < from.size(); ++i) {
        log.append(from[i]);
        if (record.changed[i]) {
            log.append(to[i]);
        } else {
            log.append_same();
        }
    }
    log.finish_record();
}

class Replay {
public:
    Replay(const Effects& effects, Direction direction, sqlite3* target)
        : effects_(effects),
          is_forward_(direction == Direction::forward),
          sequence_(target, sequence_table),
          wholes_(effects.tables.size()) {}

    Batch make() {
        Batch batch;
        batch.number = effects_.number;
        const Header& header = is_forward_ ? effects_.header_after : effects_.header_before;
        batch.user_version = header.user_version;
        batch.application_id = header.application_id;
        bool has_sequence = sequence_.exists();
        if (effects_.schema) {
            auto step = std::make_shared<SchemaStep>();
            step->objects = is_forward_ ? effects_.schema->after : effects_.schema->before;
            has_sequence =
                std::any_of(step->objects.begin(), step->objects.end(),
                            [](const SchemaObject& it) { return it.name == sequence_table; });
            batch.schema = std::move(step);
        }
        name_tables();
        write_rows();
        if (!is_forward_) log_ = reversed();
        write_wholes();
        if (has_sequence) write_sequence();
        batch.log = std::move(log_);
        batch.tables = std::make_shared<const std::vector<Table>>(std::move(tables_));
        batch.changes = batch.log.changes();
        batch.bytes = batch.log.bytes();
        return batch;
    }

private:
    void name_tables() {
        for (const EffectTable& table : effects_.tables) {
            tables_.push_back(table.table);
            if (!is_forward_) tables_.back().name = table.name_before;
        }
    }

    // Those that are no more, or not yet, when the rows are written: the schema comes first.
    [[nodiscard]] bool is_missing(TableId id) const {
        const auto gone = is_forward_ ? EffectTable::Side::before : EffectTable::Side::after;
        return effects_.tables[id].side == gone;
    }

    void write_rows() {
        LogReader reader(effects_.log, table_list(effects_.tables));
        for (Record record; reader.next(record);) {
            const TableId id = record.table;
            const std::vector<Value>& from = is_forward_ ? record.old_values : record.new_values;
            const std::vector<Value>& to = is_forward_ ? record.new_values : record.old_values;
            if (is_missing(id)) continue;
            if (is_sequence(tables_[id])) {
                sequence_.change(from, to);
            } else if (tables_[id].identity == Identity::none) {
                wholes_[id].is_written = true;
                if (!to.empty()) wholes_[id].rows.push_back(to);
            } else if (is_statistics(tables_[id])) {
                append_statistics(id, from, to);
            } else if (record.operation == Operation::update) {
                append_update(log_, id, record, is_forward_);
            } else {
                append_image(log_, to.empty() ? Operation::remove : Operation::insert, id,
                             to.empty() ? from : to);
            }
        }
    }

    // The schema comes first, and with DROP TABLE SQLite has deleted the rows that are about the table.
    void append_statistics(TableId id, const std::vector<Value>& from,
                           const std::vector<Value>& to) {
        if (!to.empty()) return append_image(log_, Operation::insert, id, to);
        log_.begin_record(Operation::erase, id);
        for (const std::size_t place : tables_[id].key_places()) log_.append(from.at(place));
        log_.finish_record();
    }

    [[nodiscard]] ChangeLog reversed() const {
        std::vector<std::pair<Operation, std::string_view>> records;
        LogReader reader(log_, std::make_shared<const std::vector<Table>>(tables_));
        for (Record record; reader.next(record);) {
            records.emplace_back(record.operation, reader.bytes());
        }
        ChangeLog log;
        std::for_each(records.rbegin(), records.rend(),
                      [&log](const auto& record) { log.append_copy(record.first, record.second); });
        return log;
    }

    // Nobody can name a row of theirs: they are always written with all of them.
    void write_wholes() {
        for (TableId id = 0; id < wholes_.size(); ++id) {
            if (!wholes_[id].is_written) continue;
            log_.append_mark(Operation::clear, id);
            for (const auto& row : wholes_[id].rows) {
                append_image(log_, Operation::insert, id, row);
            }
        }
    }

    void write_sequence() {
        tables_.push_back(system_tables().front());
        const auto id = static_cast<TableId>(tables_.size() - 1);
        log_.append_mark(Operation::clear, id);
        for (const auto& [rowid, image] : sequence_.rows()) {
            append_image(log_, Operation::insert, id, image);
        }
    }

    struct Whole {
        bool is_written = false;
        std::vector<std::vector<Value>> rows;
    };

    const Effects& effects_;
    const bool is_forward_;
    RowImages sequence_;
    std::vector<Table> tables_;
    std::vector<Whole> wholes_;
    ChangeLog log_;
};

}  // namespace

Batch replay(const Effects& effects, Direction direction, sqlite3* target) {
    return Replay(effects, direction, target).make();
}

}  // namespace tidemark::change
