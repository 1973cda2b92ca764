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
          wholes_(effects.tables.size()) {
        for (const Table& table : system_tables()) {
            const bool is_changed = std::ranges::any_of(effects.tables, [&](const EffectTable& it) {
                return sqlite::same_name(it.table.name, table.name);
            });
            // SQLite itself writes to each of them when a table is dropped, and with AUTOINCREMENT to
            // the sequence.
            if (is_changed || effects.schema || table.name == sequence_table) {
                own_tables_.push_back({.table = table, .images = {target, table.name.c_str()}});
            }
        }
    }

    Batch make() {
        Batch batch;
        batch.number = effects_.number;
        const Header& header = is_forward_ ? effects_.header_after : effects_.header_before;
        batch.user_version = header.user_version;
        batch.application_id = header.application_id;
        if (effects_.schema) {
            auto step = std::make_shared<SchemaStep>();
            step->objects = is_forward_ ? effects_.schema->after : effects_.schema->before;
            batch.schema = std::move(step);
        }
        name_tables();
        write_rows();
        if (!is_forward_) log_ = reversed();
        write_wholes();
        write_own_tables(batch.schema.get());
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
            own_table_of_.push_back(find_own_table(table.table.name));
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
            if (OwnTable* const own = own_table_of_[id]) {
                own->changes.emplace_back(from, to);
            } else if (tables_[id].identity == Identity::none) {
                wholes_[id].is_written = true;
                if (!to.empty()) wholes_[id].rows.push_back(to);
            } else if (record.operation == Operation::update) {
                append_update(log_, id, record, is_forward_);
            } else {
                append_image(log_, to.empty() ? Operation::remove : Operation::insert, id,
                             to.empty() ? from : to);
            }
        }
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

    // Written whole as well: after the schema is changed SQLite has deleted rows that are about tables.
    void write_own_tables(const SchemaStep* step) {
        for (OwnTable& own : own_tables_) {
            if (step == nullptr ? !own.images.exists() : !has_table(*step, own.table.name))
                continue;
            if (!is_forward_) std::ranges::reverse(own.changes);
            for (const auto& [from, to] : own.changes) own.images.change(from, to);
            tables_.push_back(own.table);
            const auto id = static_cast<TableId>(tables_.size() - 1);
            log_.append_mark(Operation::clear, id);
            for (const auto& [rowid, image] : own.images.rows()) {
                append_image(log_, Operation::insert, id, image);
            }
        }
    }

    [[nodiscard]] static bool has_table(const SchemaStep& step, const std::string& name) {
        return std::ranges::any_of(step.objects, [&](const SchemaObject& it) {
            return it.type == "table" && it.name == name;
        });
    }

    /// One of SQLite's own.
    struct OwnTable {
        Table table;
        RowImages images;
        std::vector<std::pair<std::vector<Value>, std::vector<Value>>> changes;
    };

    OwnTable* find_own_table(const std::string& name) {
        const auto found = std::ranges::find_if(own_tables_, [&](const OwnTable& own) {
            return sqlite::same_name(own.table.name, name);
        });
        return found == own_tables_.end() ? nullptr : &*found;
    }

    struct Whole {
        bool is_written = false;
        std::vector<std::vector<Value>> rows;
    };

    const Effects& effects_;
    const bool is_forward_;
    std::vector<OwnTable> own_tables_;
    // By the number that a table has in the effects; null for those of the application.
    std::vector<OwnTable*> own_table_of_;
    std::vector<Table> tables_;
    std::vector<Whole> wholes_;
    ChangeLog log_;
};

}  // namespace

Batch replay(const Effects& effects, Direction direction, sqlite3* target) {
    return Replay(effects, direction, target).make();
}

}  // namespace tidemark::change
