#include "database/undo_target.hpp"

#include "change/described_table.hpp"
#include "change/json.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/names.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/table_info.hpp"

#include <tidemark/error.hpp>

#include <optional>
#include <utility>

namespace tidemark {
namespace {

Error refusal(const change::Effects& effects, std::string reason, std::string advice) {
    return Error({.operation = "undo batch",
                  .object = std::to_string(effects.number),
                  .reason = std::move(reason),
                  .advice = std::move(advice)});
}

std::string restore_before(const change::Effects& effects) {
    return "restore the database as it was after batch " + std::to_string(effects.previous) +
           ", or take back what you need of it by hand";
}

bool has_rows(const change::EffectTable& table) {
    return table.inserts + table.updates + table.deletes > 0;
}

// They fire even when triggers are switched off, as those that tidemark captures with do.
void refuse_temp_triggers(sqlite3* connection, const change::Effects& effects,
                          const sqlite::NameSet& tables) {
    sqlite::Statement list(connection,
                           "SELECT name, tbl_name FROM temp.sqlite_schema WHERE type = 'trigger'"
                           " AND name NOT GLOB '_tidemark_*'");
    while (list.step()) {
        if (!tables.contains(std::string(list.text(1)))) continue;
        throw refusal(effects,
                      "table '" + std::string(list.text(1)) + "' has the TEMP trigger '" +
                          std::string(list.text(0)) + "', which would fire",
                      "drop it, undo, and create it again");
    }
}

std::vector<std::string> find_referring_tables(sqlite3* connection, const sqlite::NameSet& tables) {
    sqlite::NameSet found;
    sqlite::Statement list(connection,
                           "SELECT m.name, f.\"table\" FROM main.sqlite_schema AS m,"
                           " pragma_foreign_key_list(m.name, 'main') AS f WHERE m.type = 'table'");
    while (list.step()) {
        std::string name(list.text(0));
        if (tables.contains(name) || tables.contains(std::string(list.text(1)))) {
            found.insert(std::move(name));
        }
    }
    return {found.begin(), found.end()};
}

bool enforces_foreign_keys(sqlite3* connection) {
    int on = 0;
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &on);
    return on != 0;
}

class Finder {
public:
    Finder(sqlite3* connection, const change::Effects& effects)
        : connection_(connection), effects_(effects) {}

    UndoTarget find() {
        if (effects_.schema) {
            throw refusal(effects_, "the schema changes with it", restore_before(effects_));
        }
        for (change::TableId id = 0; id < effects_.tables.size(); ++id) {
            const change::EffectTable& table = effects_.tables[id];
            const bool is_sqlites = sqlite3_strnicmp(table.table.name.c_str(), "sqlite_", 7) == 0;
            if (has_rows(table) && !is_sqlites) add(id, table.table);
        }
        refuse_temp_triggers(connection_, effects_, names_);
        if (enforces_foreign_keys(connection_)) {
            target_.referring_tables = find_referring_tables(connection_, names_);
        }
        return std::move(target_);
    }

private:
    void add(change::TableId id, const change::Table& recorded) {
        const std::optional<sqlite::TableInfo> info =
            sqlite::read_table(connection_, recorded.name);
        if (!info) return add_conflict(recorded.name, "the table is not there any more");
        if (info->shadow) {
            throw refusal(
                effects_,
                "it has written to '" + recorded.name +
                    "', which belongs to a virtual table that keeps a part of it in memory",
                restore_before(effects_));
        }
        change::EffectTable now = change::describe_for_effects(*info);
        if (!change::have_same_columns(recorded, now.table)) {
            return add_conflict(recorded.name, "the table has other columns or another key now");
        }
        names_.insert(now.table.name);
        target_.has_triggers = target_.has_triggers || info->has_triggers;
        target_.tables.push_back(
            {.id = id, .table = std::move(now.table), .primary_key = std::move(now.primary_key)});
    }

    void add_conflict(const std::string& table, std::string reason) {
        target_.conflicts.push_back({.kind = UndoConflict::Kind::table_changed,
                                     .table = table,
                                     .reason = std::move(reason)});
    }

    sqlite3* connection_;
    const change::Effects& effects_;
    UndoTarget target_;
    sqlite::NameSet names_;
};

}  // namespace

std::string UndoTable::key_of(const std::vector<change::Value>& image) const {
    if (primary_key.empty()) {
        if (table.identity != change::Identity::rowid) return {};
        return "{\"rowid\":" + std::to_string(image.front().integer) + "}";
    }
    change::Table keyed = table;
    keyed.key_columns = primary_key;
    return change::key_as_json(keyed, image);
}

UndoTarget find_undo_target(sqlite3* connection, const change::Effects& effects) {
    return Finder(connection, effects).find();
}

}  // namespace tidemark
