#include "destination/sqlite_file/log_writer.hpp"

#include "destination/destination.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"

#include <algorithm>
#include <span>

namespace tidemark::destination {
namespace {

// A table whose updates set more different sets of columns than this gets one statement that sets
// all of them.
constexpr std::size_t update_statements_max = 64;

/// Name of the i-th value of an image: the hidden rowid comes first where there is one.
std::string value_name(const change::Table& table, std::size_t i) {
    if (table.identity != change::Identity::rowid) return sqlite::quoted(table.columns[i]);
    return i == 0 ? table.rowid_name : sqlite::quoted(table.columns[i - 1]);
}

/// Places in the image of the values that identify the row.
std::vector<std::size_t> key_places(const change::Table& table) {
    if (table.identity == change::Identity::rowid) return {0};
    return table.key_columns;
}

std::string where_key(const change::Table& table, std::size_t first_parameter) {
    std::string sql = " WHERE ";
    for (const std::size_t place : key_places(table)) {
        if (sql.size() > 7) sql += " AND ";
        sql += value_name(table, place) + " = ?" + std::to_string(first_parameter++);
    }
    return sql;
}

std::string insert_sql(const change::Table& table) {
    std::string columns;
    std::string parameters;
    for (std::size_t i = 0; i < table.image_size(); ++i) {
        columns += (i > 0 ? ", " : "") + value_name(table, i);
        parameters += (i > 0 ? ", ?" : "?") + std::to_string(i + 1);
    }
    return "INSERT OR REPLACE INTO main." + sqlite::quoted(table.name) + "(" + columns +
           ") VALUES(" + parameters + ")";
}

std::string update_sql(const change::Table& table, const std::vector<bool>& changed) {
    std::string assignments;
    std::size_t parameter = 1;
    for (std::size_t i = 0; i < changed.size(); ++i) {
        if (!changed[i]) continue;
        assignments +=
            (parameter > 1 ? ", " : "") + value_name(table, i) + " = ?" + std::to_string(parameter);
        ++parameter;
    }
    return "UPDATE OR REPLACE main." + sqlite::quoted(table.name) + " SET " + assignments +
           where_key(table, parameter);
}

std::string delete_sql(const change::Table& table) {
    return "DELETE FROM main." + sqlite::quoted(table.name) + where_key(table, 1);
}

void bind(sqlite3* connection, sqlite::Statement& statement, int parameter,
          const change::Value& value) {
    sqlite::check(connection, change::bind_value(statement.get(), parameter, value),
                  "bind a value");
}

void bind_key(sqlite3* connection, sqlite::Statement& statement, int first_parameter,
              const change::Table& table, std::span<const change::Value> image) {
    for (const std::size_t place : key_places(table)) {
        bind(connection, statement, first_parameter++, image[place]);
    }
}

sqlite::Statement prepare(sqlite3* connection, const std::string& sql) {
    return {connection, sql, SQLITE_PREPARE_PERSISTENT};
}

}  // namespace

void LogWriter::forget_statements() noexcept {
    statements_.clear();
    tables_.reset();
}

void LogWriter::write(const change::Batch& batch) {
    if (batch.log.empty()) return;
    if (tables_ != batch.tables) {
        statements_.clear();
        statements_.resize(batch.tables->size());
        tables_ = batch.tables;
    }
    change::LogReader reader(batch.log, batch.tables);
    for (change::Record record; reader.next(record);) apply(record);
}

void LogWriter::apply(const change::Record& record) {
    if (record.operation == change::Operation::commit) return;
    const change::Table& table = (*tables_)[record.table];
    Statements& statements = statements_[record.table];
    switch (record.operation) {
        case change::Operation::insert:
            return insert(table, statements, record);
        case change::Operation::update:
            return update(table, statements, record);
        case change::Operation::remove:
            return remove(table, statements, record);
        case change::Operation::clear:
            return sqlite::execute(connection_, "DELETE FROM main." + sqlite::quoted(table.name),
                                   "clear a table on disk");
        case change::Operation::commit:
            return;
    }
}

void LogWriter::insert(const change::Table& table, Statements& statements,
                       const change::Record& record) {
    if (!statements.insert) statements.insert = prepare(connection_, insert_sql(table));
    int parameter = 1;
    for (const change::Value& value : record.new_values) {
        bind(connection_, statements.insert, parameter++, value);
    }
    statements.insert.run();
}

void LogWriter::update(const change::Table& table, Statements& statements,
                       const change::Record& record) {
    if (std::none_of(record.changed.begin(), record.changed.end(), [](bool it) { return it; })) {
        return;
    }
    std::vector<bool> changed = record.changed;
    const bool too_many =
        statements.updates.size() >= update_statements_max && !statements.updates.contains(changed);
    if (too_many) changed.assign(changed.size(), true);
    sqlite::Statement& statement = update_statement(table, statements, changed);
    int parameter = 1;
    for (std::size_t i = 0; i < changed.size(); ++i) {
        if (changed[i]) bind(connection_, statement, parameter++, record.new_values[i]);
    }
    bind_key(connection_, statement, parameter, table, record.old_values);
    statement.run();
    expect_one_row(table, "change a row on disk of");
}

sqlite::Statement& LogWriter::update_statement(const change::Table& table, Statements& statements,
                                               const std::vector<bool>& changed) {
    sqlite::Statement& statement = statements.updates[changed];
    if (!statement) statement = prepare(connection_, update_sql(table, changed));
    return statement;
}

void LogWriter::remove(const change::Table& table, Statements& statements,
                       const change::Record& record) {
    if (!statements.remove) statements.remove = prepare(connection_, delete_sql(table));
    bind_key(connection_, statements.remove, 1, table, record.old_values);
    statements.remove.run();
    expect_one_row(table, "remove a row on disk of");
}

void LogWriter::expect_one_row(const change::Table& table, const char* operation) const {
    if (sqlite3_changes64(connection_) == 1) return;
    throw NotApplicable({.operation = operation,
                         .object = table.name,
                         .reason = "it is not there",
                         .advice = "the disk database becomes a whole copy of the RAM database"});
}

}  // namespace tidemark::destination
