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

// A function may have only so many arguments: a longer row is passed in parts. Result columns are
// evaluated from left to right.
std::string log_row(const change::Table& table, change::TableId id, change::Operation operation,
                    int arguments_max) {
    const std::vector<std::string> values = values_of(table, operation);
    const std::size_t step = static_cast<std::size_t>(arguments_max) - 1;
    std::size_t begin = 0;
    std::string sql = "SELECT ";
    for (; values.size() - begin > step; begin += step) {
        sql +=
            call(names::part_function, std::to_string(begin), values, begin, begin + step) + ", ";
    }
    const std::uint64_t code =
        std::uint64_t{id} << change::operation_bits | static_cast<std::uint64_t>(operation);
    return sql + call(names::log_function, std::to_string(code), values, begin, values.size());
}

std::string touch_table(change::TableId id) {
    return std::string("SELECT ") + names::touch_function + "(" + std::to_string(id) + ")";
}

}  // namespace

TriggerSql make_trigger(const change::Table& table, change::TableId id, change::Operation operation,
                        int arguments_max, bool log_rows) {
    const char* event = change::sql_name(operation);
    TriggerSql sql;
    sql.name = "_tidemark_" + std::to_string(id) + "_" + event;
    // The INSERT of no rows makes SQLite call the virtual table's transaction methods.
    const auto text = [&](const char* create, const char* time, const std::string& body) {
        return std::string(create) + " " + sqlite::quoted(sql.name) + time + event + " ON main." +
               sqlite::quoted(table.name) + " BEGIN " + body + "; INSERT INTO " +
               names::transactions_table + "(slot) SELECT 0 WHERE 0; END";
    };
    // A touch comes BEFORE: a TEMP trigger of the application that ends the statement with
    // RAISE(IGNORE) or RAISE(FAIL) may come before ours, and keep the row.
    sql.fallback = text("CREATE TRIGGER", " BEFORE ", touch_table(id));
    sql.create = log_rows ? text("CREATE TEMP TRIGGER", " AFTER ",
                                 log_row(table, id, operation, arguments_max))
                          : text("CREATE TEMP TRIGGER", " BEFORE ", touch_table(id));
    return sql;
}

}  // namespace tidemark::capture
