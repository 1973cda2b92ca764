#include "demo/connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <type_traits>

namespace cli::demo {
namespace {

[[noreturn]] void fail(sqlite3* connection, const std::string& what) {
    throw SqlError{fmt::format("{}: {}", what, sqlite3_errmsg(connection))};
}

std::string column_text(sqlite3_stmt* statement, int column) {
    const unsigned char* text = sqlite3_column_text(statement, column);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): SQLite's text is unsigned
    return text == nullptr ? "NULL" : reinterpret_cast<const char*>(text);
}

}  // namespace

Statement::Statement(sqlite3* connection, const std::string& sql)
    : connection_(connection), statement_(nullptr, sqlite3_finalize) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(connection, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
        fail(connection, sql);
    }
    statement_.reset(statement);
}

void Statement::operator()(const std::vector<Value>& values) {
    bind(values);
    while (step()) {
    }
    sqlite3_reset(statement_.get());
}

std::vector<std::vector<std::string>> Statement::rows() {
    std::vector<std::vector<std::string>> rows;
    while (step()) {
        auto& row = rows.emplace_back();
        for (int column = 0; column < sqlite3_column_count(statement_.get()); ++column) {
            row.push_back(column_text(statement_.get(), column));
        }
    }
    sqlite3_reset(statement_.get());
    return rows;
}

void Statement::bind(const std::vector<Value>& values) {
    int index = 0;
    for (const Value& value : values) {
        ++index;
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            sqlite3_bind_int64(statement_.get(), index, *number);
        } else if (const auto* text = std::get_if<std::string>(&value)) {
            // Static: the value outlives the one execution it is bound for.
            sqlite3_bind_text64(statement_.get(), index, text->data(), text->size(), SQLITE_STATIC,
                                SQLITE_UTF8);
        } else {
            sqlite3_bind_null(statement_.get(), index);
        }
    }
}

bool Statement::step() {
    const int rc = sqlite3_step(statement_.get());
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        fail(connection_, sqlite3_sql(statement_.get()));
    }
    return rc == SQLITE_ROW;
}

void execute(sqlite3* connection, const std::string& sql) {
    if (sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail(connection, sql);
    }
}

std::vector<std::vector<std::string>> rows_of(sqlite3* connection, const std::string& sql) {
    return Statement{connection, sql}.rows();
}

std::string value_of(sqlite3* connection, const std::string& sql) {
    return rows_of(connection, sql).at(0).at(0);
}

std::uint64_t number_of(sqlite3* connection, const std::string& sql) {
    return std::stoull(value_of(connection, sql));
}

PlainFile::PlainFile(const std::string& path) : connection_(nullptr, sqlite3_close) {
    sqlite3* connection = nullptr;
    const int rc = sqlite3_open_v2(path.c_str(), &connection, SQLITE_OPEN_READWRITE, nullptr);
    connection_.reset(connection);
    if (rc != SQLITE_OK) {
        fail(connection, "open " + path);
    }
    sqlite3_busy_timeout(connection, 5000);
}

}  // namespace cli::demo
