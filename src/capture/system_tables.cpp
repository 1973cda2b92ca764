#include "capture/system_tables.hpp"

#include "capture/table_image.hpp"
#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

#include <string>
#include <utility>

namespace tidemark::capture {
namespace {

// Only somebody who writes into sqlite_schema can make it another one.
Error not_as_made(const change::Table& table, const std::string& difference) {
    return Error(
        {.code = SQLITE_CORRUPT,
         .operation = "watch the database",
         .reason = "its " + table.name + " is not the table that SQLite makes: " + difference,
         .advice = sqlite::advice_for(SQLITE_CORRUPT)});
}

// The names stand without quotes: SQLite takes a quoted one that it does not know for a text.
void require_columns(sqlite3* connection, const change::Table& table) {
    std::string columns;
    for (const std::string& column : table.columns) {
        columns += (columns.empty() ? "" : ", ") + column;
    }
    try {
        const sqlite::Statement read(connection, "SELECT " + columns + " FROM main." + table.name);
    } catch (const Error& error) {
        if (error.retryable()) throw;
        throw not_as_made(table, error.reason());
    }
}

}  // namespace

std::vector<change::Table> SystemTables::find(sqlite3* connection) {
    std::vector<change::Table> found;
    sqlite::Statement find(connection, "SELECT type FROM main.sqlite_schema WHERE name = ?1");
    for (const change::Table& candidate : change::system_tables()) {
        find.bind(1, std::string_view(candidate.name));
        if (!find.step()) continue;
        if (find.text(0) != "table") throw not_as_made(candidate, "it is no table");
        find.reset();
        require_columns(connection, candidate);
        found.push_back(candidate);
    }
    return found;
}

void SystemTables::watch(sqlite3* connection, change::TableList tables, std::size_t first) {
    SystemTables fresh;
    fresh.tables_ = std::move(tables);
    fresh.first_ = first;
    fresh.known_ = fresh.read(connection);
    *this = std::move(fresh);
}

std::vector<change::TableId> SystemTables::changed(sqlite3* connection) {
    seen_ = read(connection);
    std::vector<change::TableId> ids;
    for (std::size_t i = 0; i < seen_.size(); ++i) {
        if (seen_[i] != known_[i]) ids.push_back(static_cast<change::TableId>(first_ + i));
    }
    return ids;
}

// The image of a table, as bytes: equal content gives equal bytes.
std::vector<std::string> SystemTables::read(sqlite3* connection) const {
    std::vector<std::string> contents;
    if (!tables_) return contents;
    for (std::size_t i = first_; i < tables_->size(); ++i) {
        change::ChangeLog image;
        append_table_image(connection, image, 0, (*tables_)[i], false);
        std::string& content = contents.emplace_back();
        for (const auto& chunk : image.chunks()) {
            content.append(reinterpret_cast<const char*>(chunk->data.get()), chunk->size);
        }
    }
    return contents;
}

}  // namespace tidemark::capture
