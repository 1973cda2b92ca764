#include "destination/sqlite_file/state_table.hpp"

#include "sqlite/connection.hpp"

#include <tidemark/error.hpp>

#include <map>
#include <utility>

namespace tidemark::destination {
namespace {

// Not STRICT: SQLite before 3.37 could not open the file then.
constexpr const char* columns = "(name TEXT PRIMARY KEY NOT NULL, value) WITHOUT ROWID";

Error not_ours(const std::string& path) {
    return Error({.operation = "open the database",
                  .object = path,
                  .reason = std::string("it has a table or view ") + state_table +
                            " that tidemark did not write",
                  .advice = "rename it, or restore the file from a backup"});
}

// The table is only trusted when its text is ours: a view, a trigger or other columns behind that
// name would run somebody else's SQL.
bool table_exists(sqlite3* connection, const std::string& path) {
    sqlite::Statement find(connection,
                           "SELECT type, sql FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE"
                           " OR (tbl_name = ?1 COLLATE NOCASE AND type = 'trigger')");
    find.bind(1, std::string_view(state_table));
    bool exists = false;
    while (find.step()) {
        const std::string_view sql = find.text(1);
        const bool ours =
            find.text(0) == "table" && sql == std::string("CREATE TABLE ") + state_table + columns;
        if (!ours) throw not_ours(path);
        exists = true;
    }
    return exists;
}

void put(sqlite3* connection, const char* name, std::int64_t value) {
    sqlite::Statement insert(connection, "REPLACE INTO main._tidemark_state VALUES(?1, ?2)");
    insert.bind(1, std::string_view(name));
    insert.bind(2, value);
    insert.run();
}

void put(sqlite3* connection, const char* name, const std::string& value) {
    sqlite::Statement insert(connection, "REPLACE INTO main._tidemark_state VALUES(?1, ?2)");
    insert.bind(1, std::string_view(name));
    insert.bind(2, std::string_view(value));
    insert.run();
}

}  // namespace

std::optional<FileState> read_state(sqlite3* connection, const std::string& path) {
    if (!table_exists(connection, path)) return std::nullopt;
    FileState state;
    sqlite::Statement rows(connection,
                           "SELECT name, value, typeof(value) FROM main._tidemark_state");
    bool has_mark = false;
    while (rows.step()) {
        const std::string_view name = rows.text(0);
        const bool is_integer = rows.text(2) == "integer";
        if (name == "format_version" && is_integer) {
            state.format_version = static_cast<int>(rows.integer(1));
        } else if (name == "mark" && is_integer && rows.integer(1) >= 0) {
            state.mark = static_cast<std::uint64_t>(rows.integer(1));
            has_mark = true;
        } else if (name == "last_sync_ms" && is_integer) {
            state.last_sync_ms = rows.integer(1);
        } else if (name == "strategy") {
            state.strategy = rows.text(1);
        } else if (name == "writer_version") {
            state.writer_version = rows.text(1);
        }
    }
    if (state.format_version > state_format_version) {
        throw Error({.operation = "open the database",
                     .object = path,
                     .reason = "its bookkeeping has version " +
                               std::to_string(state.format_version) + ", this tidemark knows " +
                               std::to_string(state_format_version),
                     .advice = "use tidemark " + state.writer_version + " or newer"});
    }
    if (state.format_version < 1 || !has_mark) throw not_ours(path);
    return state;
}

void write_state(sqlite3* connection, const FileState& state) {
    sqlite::execute(connection,
                    std::string("CREATE TABLE IF NOT EXISTS main.") + state_table + columns,
                    "create tidemark's bookkeeping");
    put(connection, "format_version", state_format_version);
    put(connection, "mark", static_cast<std::int64_t>(state.mark));
    put(connection, "strategy", state.strategy);
    put(connection, "writer_version", state.writer_version);
    put(connection, "last_sync_ms", state.last_sync_ms);
}

StateWriter::StateWriter(sqlite3* connection)
    : update_(connection,
              "UPDATE main._tidemark_state SET value = iif(name = 'mark', ?1, ?2)"
              " WHERE name IN ('mark', 'last_sync_ms')",
              SQLITE_PREPARE_PERSISTENT) {}

void StateWriter::advance(std::uint64_t mark, std::int64_t now_ms) {
    update_.bind(1, static_cast<std::int64_t>(mark));
    update_.bind(2, now_ms);
    update_.run();
}

}  // namespace tidemark::destination
