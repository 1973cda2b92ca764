#include "capture/trigger/trigger_sql.hpp"

#include "capture/trigger/recorder.hpp"
#include "change/log_format.hpp"
#include "sqlite/connection.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tidemark::capture {
namespace {

void append_image(std::vector<std::string>& values, const char* row, const change::Table& table) {
    const std::string prefix = std::string(row) + ".";
    if (table.identity == change::Identity::rowid) values.push_back(prefix + table.rowid_name);
    for (const std::string& column : table.columns) {
        values.push_back(prefix + sqlite::quoted(column));
    }
}

std::vector<std::string> values_of(const change::Table& table, change::Operation operation) {
    std::vector<std::string> values;
    if (operation != change::Operation::insert) append_image(values, "OLD", table);
    if (operation != change::Operation::remove) append_image(values, "NEW", table);
    return values;
}

std::string call(const char* function, std::string first, const std::vector<std::string>& values,
                 std::size_t begin, std::size_t end) {
    std::string sql = std::string(function) + "(" + std::move(first);
    for (std::size_t i = begin; i < end; ++i) sql += ", " + values[i];
    return sql + ")";
}

// A function may have only so many arguments: a longer row is passed in parts. OR evaluates from left
// to right, and each part is NULL.
std::string log_row(const change::Table& table, std::size_t slot, change::Operation operation,
                    int arguments_max) {
    const std::vector<std::string> values = values_of(table, operation);
    const std::size_t step = static_cast<std::size_t>(arguments_max) - 1;
    std::size_t begin = 0;
    std::string sql;
    for (; values.size() - begin > step; begin += step) {
        sql +=
            call(names::part_function, std::to_string(begin), values, begin, begin + step) + " OR ";
    }
    const std::uint64_t code =
        std::uint64_t{slot} << change::operation_bits | static_cast<std::uint64_t>(operation);
    return sql + call(names::log_function, std::to_string(code), values, begin, values.size());
}

std::string touch_table(std::size_t slot) {
    return std::string(names::touch_function) + "(" + std::to_string(slot) + ")";
}

// SQLite runs the actions of an UPDATE under the same comparison.
std::string log_update(const change::Table& table, std::size_t slot, const std::string& log) {
    if (table.columns_written_back.empty()) return log;
    std::string same;
    for (const std::string& column : table.columns_written_back) {
        const std::string name = sqlite::quoted(column);
        same += (same.empty() ? "OLD." : " AND OLD.") + name + " IS NEW." + name;
    }
    return "CASE WHEN " + same + " THEN " + log + " ELSE " + touch_table(slot) + " END";
}

}  // namespace

std::string trigger_name(std::size_t slot, const char* event) {
    return "_tidemark_" + std::to_string(slot) + "_" + event;
}

std::string make_presence_trigger(const change::Table& table, std::size_t slot) {
    // On a column that no table has: it takes part in no statement and changes none. SQLite looks at
    // the names in this place only when an UPDATE sets them (3.40 to 3.53; a test asserts it).
    return "CREATE TEMP TRIGGER " + sqlite::quoted(trigger_name(slot, presence_event)) +
           " AFTER UPDATE OF _tidemark_none ON main." + sqlite::quoted(table.name) +
           " BEGIN SELECT 0; END";
}

TriggerSql make_trigger(const change::Table& table, std::size_t slot, change::Operation operation,
                        int arguments_max, Watch watch) {
    const char* event = change::sql_name(operation);
    TriggerSql sql;
    sql.name = trigger_name(slot, event);
    // What is called is NULL, so that the body never runs: that it is there makes SQLite call the
    // virtual table's transaction methods.
    const auto text = [&](const char* create, const char* time, const std::string& call) {
        return std::string(create) + " " + sqlite::quoted(sql.name) + time + event + " ON main." +
               sqlite::quoted(table.name) + " WHEN " + call + " BEGIN INSERT INTO " +
               names::transactions_table + " VALUES(0); END";
    };
    // A touch comes BEFORE: a TEMP trigger of the application that ends the statement with
    // RAISE(IGNORE) or RAISE(FAIL) may come before ours, and keep the row.
    sql.fallback = text("CREATE TRIGGER", " BEFORE ", touch_table(slot));
    const bool told_too_late = operation == change::Operation::remove && table.delete_writes_back;
    if (watch == Watch::touch || told_too_late) {
        sql.create = text("CREATE TEMP TRIGGER", " BEFORE ", touch_table(slot));
        return sql;
    }
    std::string log = log_row(table, slot, operation, arguments_max);
    if (operation == change::Operation::update) log = log_update(table, slot, log);
    sql.create = text("CREATE TEMP TRIGGER", " AFTER ", log);
    return sql;
}

}  // namespace tidemark::capture
