#include "capture/table_plan.hpp"

#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::capture {
namespace {

// Sessions carry generated columns correctly from this version on.
constexpr int generated_columns_version = 3'049'000;
// Sessions know the DEFAULT of columns that were added later from this version on.
constexpr int defaults_version = 3'053'002;

// A shadow table belongs to the virtual table whose name it begins with: `notes_data` to `notes`.
bool is_meant(const std::string& entry, const sqlite::TableInfo& table) {
    if (sqlite::same_name(entry, table.name)) return true;
    return table.shadow && table.name.size() > entry.size() && table.name[entry.size()] == '_' &&
           sqlite::same_name(entry, table.name.substr(0, entry.size()));
}

bool contains(const std::vector<std::string>& list, const sqlite::TableInfo& table) {
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& entry) { return is_meant(entry, table); });
}

bool is_excluded(const sqlite::TableInfo& table, const PlanRules& rules) {
    if (contains(rules.exclude_tables, table)) return true;
    return !rules.include_tables.empty() && !contains(rules.include_tables, table);
}

// A row that is older than its column reports NULL where it should report the DEFAULT, so that an
// UPDATE to NULL looks like no change. Fixed in 3.53.2; from which version on is not known.
std::string why_defaults_are_not_carried(const sqlite::TableInfo& table) {
    if (sqlite3_libversion_number() >= defaults_version) return {};
    for (const sqlite::ColumnInfo& column : table.columns) {
        if (column.has_default && !column.not_null) {
            return "this SQLite's sessions lose an update to NULL of column " + column.name +
                   ", which has a DEFAULT, in rows that are older than the column";
        }
    }
    return {};
}

std::string why_key_is_not_comparable(const sqlite::TableInfo& table) {
    for (const sqlite::ColumnInfo& column : table.columns) {
        if (column.key_position == 0) continue;
        // A session looks rows up by the column's own.
        for (const std::string& collation : {column.key_collation, column.collation}) {
            if (sqlite::same_name(collation, "BINARY")) continue;
            return "its key compares by " + collation + ", a session compares bytes";
        }
        if (column.affinity == sqlite::Affinity::real) {
            return "its key is REAL: a session meets the same number as 3 and as 3.0";
        }
        if (column.affinity == sqlite::Affinity::none) {
            return "its key has no type: 1 and 1.0 are one key for the table, two for a session";
        }
    }
    return {};
}

PlannedTable plan_shadow_table(sqlite::TableInfo info) {
    if (!sqlite::has_session_functions()) {
        throw Error({.code = SQLITE_ERROR,
                     .operation = "watch table",
                     .object = info.name,
                     .reason = "it holds the content of a virtual table, which needs sessions, and "
                               "this program's SQLite does not offer them to extensions",
                     .advice = "leave the virtual table out by exclude_tables, or use a program "
                               "whose SQLite is a shared library with sessions"});
    }
    PlannedTable planned{.info = std::move(info)};
    planned.method = CaptureMethod::session;
    planned.reason = "it holds the content of a virtual table, where triggers are not possible";
    return planned;
}

std::string why_not_row_by_row(const sqlite::TableInfo& table,
                               const std::vector<TempTrigger>& temp_triggers) {
    if (table.hides_rowid()) return "its columns hide all three names of the rowid";
    if (table.old_may_be_converted) {
        return "a foreign key compares its text as a number, and SQLite gives triggers the number "
               "for "
               "the text";
    }
    if (table.repeats_key_column) return "its key has a column twice, with two collations";
    if (table.has_triggers && table.has_update_actions) {
        return "a trigger and a foreign key action may both change a row in the middle of its "
               "update";
    }
    if (table.actions_may_fail) {
        return "its foreign key actions run triggers that may end with FAIL, which keeps the "
               "change of "
               "a row and leaves out its AFTER triggers";
    }
    for (const TempTrigger& trigger : temp_triggers) {
        if (!sqlite::same_name(trigger.table, table.name)) continue;
        return "the application's TEMP trigger " + trigger.name +
               " may change a row before its first change is logged";
    }
    return {};
}

PlannedTable plan_table(sqlite::TableInfo info, const std::vector<TempTrigger>& temp_triggers,
                        bool utf16, const PlanRules& rules) {
    PlannedTable planned{.info = std::move(info)};
    if (is_excluded(planned.info, rules)) {
        planned.method = CaptureMethod::excluded;
        planned.reason = "left out by the options";
        return planned;
    }
    if (planned.info.shadow) return plan_shadow_table(std::move(planned.info));
    if (rules.strategy == Strategy::session) {
        planned.method = CaptureMethod::session;
        planned.reason = utf16 ? "its text is UTF-16, and a changeset carries only UTF-8"
                               : why_not_by_session(planned.info);
        if (planned.reason.empty()) return planned;
    }
    planned.method = CaptureMethod::trigger;
    const std::string obstacle = why_not_row_by_row(planned.info, temp_triggers);
    if (!obstacle.empty()) {
        planned.method = CaptureMethod::whole_table;
        planned.reason = obstacle;
    }
    return planned;
}

}  // namespace

std::string why_not_by_session(const sqlite::TableInfo& table) {
    if (!table.has_primary_key()) return "it has no PRIMARY KEY";
    if (table.has_generated_columns() && sqlite3_libversion_number() < generated_columns_version) {
        return "it has generated columns, which this SQLite's sessions cannot carry";
    }
    std::string defaults = why_defaults_are_not_carried(table);
    if (!defaults.empty()) return defaults;
    if (table.without_rowid) return why_key_is_not_comparable(table);
    // A changeset does not carry a rowid that is no column, and such a key may hold NULL.
    if (table.integer_primary_key < 0) {
        return "its rowid is no column, and a changeset carries only columns";
    }
    return {};
}

std::vector<TempTrigger> read_temp_triggers(sqlite3* connection) {
    std::vector<TempTrigger> triggers;
    sqlite::Statement list(
        connection,
        "SELECT name, tbl_name, sql FROM temp.sqlite_schema WHERE type = 'trigger'"
        " AND name NOT GLOB '_tidemark_*' ORDER BY name");
    while (list.step()) {
        triggers.push_back({.name = std::string(list.text(0)),
                            .table = std::string(list.text(1)),
                            .sql = std::string(list.text(2))});
    }
    return triggers;
}

std::vector<PlannedTable> plan_tables(std::vector<sqlite::TableInfo> tables,
                                      const std::vector<TempTrigger>& temp_triggers, bool utf16,
                                      const PlanRules& rules) {
    std::vector<PlannedTable> plan;
    plan.reserve(tables.size());
    for (sqlite::TableInfo& table : tables) {
        plan.push_back(plan_table(std::move(table), temp_triggers, utf16, rules));
    }
    return plan;
}

}  // namespace tidemark::capture
