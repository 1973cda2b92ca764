#include "capture/system_tables.hpp"

#include "capture/table_image.hpp"
#include "sqlite/statement.hpp"

#include <utility>

namespace tidemark::capture {
namespace {

struct SystemTable {
    const char* name;
    std::vector<std::string> columns;
};

const std::vector<SystemTable>& system_tables() {
    static const std::vector<SystemTable> tables = {
        {"sqlite_sequence", {"name", "seq"}},
        {"sqlite_stat1", {"tbl", "idx", "stat"}},
        {"sqlite_stat4", {"tbl", "idx", "neq", "nlt", "ndlt", "sample"}},
    };
    return tables;
}

}  // namespace

std::vector<change::Table> SystemTables::find(sqlite3* connection) {
    std::vector<change::Table> found;
    sqlite::Statement exists(connection,
                             "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1");
    for (const SystemTable& candidate : system_tables()) {
        exists.bind(1, std::string_view(candidate.name));
        if (!exists.step()) continue;
        exists.reset();
        change::Table table;
        table.name = candidate.name;
        table.identity = change::Identity::rowid;
        table.rowid_name = "rowid";
        table.columns = candidate.columns;
        found.push_back(std::move(table));
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
