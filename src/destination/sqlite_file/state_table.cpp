#include "destination/sqlite_file/state_table.hpp"

#include "change/utf.hpp"
#include "destination/sqlite_file/file_checks.hpp"
#include "sqlite/connection.hpp"

#include <tidemark/error.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace tidemark::destination {
namespace {

// Not STRICT: SQLite before 3.37 could not open the file then.
constexpr const char* columns = "(name TEXT PRIMARY KEY NOT NULL, value) WITHOUT ROWID";

// The clock of the system counts nanoseconds in 64 bits: until the year 2262.
constexpr std::int64_t time_ms_max = INT64_MAX / 1'000'000;

constexpr std::size_t text_bytes_max = 64;

Error not_ours(const std::string& path, const std::string& what) {
    return Error({.operation = "open the database",
                  .object = path,
                  .reason = "it has " + what + " that tidemark did not make",
                  .advice = "drop or rename it with the sqlite3 shell, or restore the file from a "
                            "backup"});
}

Error damaged(const std::string& path, const std::string& what) {
    return Error({.operation = "open the database",
                  .object = path,
                  .reason = std::string("the bookkeeping in its table ") + state_table +
                            " is damaged: " + what,
                  .advice =
                      "restore the file from a backup; or, if everything else in it is "
                      "right, drop that table with the sqlite3 shell: numbering begins anew"});
}

Error newer(const std::string& path, std::int64_t version, const std::string& writer) {
    return Error({.operation = "open the database",
                  .object = path,
                  .reason = "its bookkeeping has version " + std::to_string(version) +
                            ", this tidemark knows " + std::to_string(state_format_version),
                  .advice = writer.empty() ? std::string("use a newer tidemark")
                                           : "use tidemark " + writer + " or newer"});
}

// As SQLite compares names when it reads a schema: whatever the case, and up to a NUL, which only
// somebody who writes into sqlite_schema can put there.
bool is_our_name(std::string_view name) {
    return sqlite::same_name(std::string(name), state_table);
}

// The table is only trusted when it is the one that we make and nothing hangs on it: a view, a
// trigger, an index on an expression or other columns would run somebody else's SQL.
bool table_exists(sqlite3* connection, const std::string& path) {
    sqlite::Statement objects(connection,
                              "SELECT type, name, tbl_name, sql FROM main.sqlite_schema");
    bool exists = false;
    while (objects.step()) {
        const bool has_our_name = is_our_name(objects.text(1));
        if (!has_our_name && !is_our_name(objects.text(2))) continue;
        const bool ours = objects.text(0) == "table" && objects.text(1) == state_table &&
                          objects.text(3) == std::string("CREATE TABLE ") + state_table + columns;
        if (!ours) {
            const char* what = has_our_name ? " named " : " on ";
            throw not_ours(path, "an object" + (what + std::string(state_table)));
        }
        exists = true;
    }
    return exists;
}

/// One value of the table, of the type that it must have; anything else is as if it was not there.
struct Rows {
    std::optional<std::int64_t> format_version;
    std::optional<std::int64_t> mark;
    std::optional<std::int64_t> last_sync_ms;
    std::optional<std::string> strategy;
    std::optional<std::string> writer_version;
    std::optional<std::string> history_id;
};

bool is_printable(std::string_view text) {
    return change::is_utf8(text) && std::none_of(text.begin(), text.end(), [](unsigned char byte) {
               return byte < 0x20 || byte == 0x7f;
           });
}

void read_integer(const sqlite::Statement& row, std::optional<std::int64_t>& value) {
    if (row.text(2) == "integer") value = row.integer(1);
}

// What is shown to people is short and harmless to a terminal.
void read_text(const sqlite::Statement& row, std::optional<std::string>& value) {
    if (row.text(2) != "text") return;
    const std::string_view text = row.text(1);
    if (text.size() <= text_bytes_max && is_printable(text)) value = std::string(text);
}

Rows read_rows(sqlite3* connection) {
    Rows rows;
    sqlite::Statement row(connection,
                          "SELECT name, value, typeof(value) FROM main._tidemark_state");
    while (row.step()) {
        const std::string_view name = row.text(0);
        if (name == "format_version") read_integer(row, rows.format_version);
        if (name == "mark") read_integer(row, rows.mark);
        if (name == "last_sync_ms") read_integer(row, rows.last_sync_ms);
        if (name == "strategy") read_text(row, rows.strategy);
        if (name == "writer_version") read_text(row, rows.writer_version);
        if (name == "history_id") read_text(row, rows.history_id);
    }
    return rows;
}

Rows read_rows(sqlite3* connection, const std::string& path) {
    try {
        return read_rows(connection);
    } catch (const Error& error) {
        throw about_file(error, "read tidemark's bookkeeping in", path);
    }
}

bool in_range(std::int64_t value, std::int64_t low, std::int64_t high) {
    return value >= low && value <= high;
}

// A clock may be wrong: a time that cannot be is no reason to refuse the file.
std::int64_t believable_time(std::int64_t time_ms) {
    return in_range(time_ms, 0, time_ms_max) ? time_ms : 0;
}

FileState check(Rows rows, const std::string& path) {
    if (!rows.format_version) throw damaged(path, "it has no format_version");
    // First of all: what the rest means is for that version to say.
    if (*rows.format_version > state_format_version) {
        throw newer(path, *rows.format_version, rows.writer_version.value_or(""));
    }
    if (*rows.format_version < 1) throw damaged(path, "its format_version is less than 1");
    if (!rows.mark) throw damaged(path, "it has no mark");
    if (!in_range(*rows.mark, 0, mark_max)) throw damaged(path, "its mark is out of range");
    if (!rows.strategy) throw damaged(path, "it has no strategy");
    if (!rows.writer_version) throw damaged(path, "it has no writer_version");
    if (!rows.last_sync_ms) throw damaged(path, "it has no last_sync_ms");
    return {.format_version = static_cast<int>(*rows.format_version),
            .mark = static_cast<std::uint64_t>(*rows.mark),
            .strategy = *std::move(rows.strategy),
            .writer_version = *std::move(rows.writer_version),
            .history_id = std::move(rows.history_id).value_or(""),
            .last_sync_ms = believable_time(*rows.last_sync_ms)};
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
    return check(read_rows(connection, path), path);
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
    if (!state.history_id.empty()) put(connection, "history_id", state.history_id);
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
