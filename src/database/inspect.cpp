#include "database/paths.hpp"
#include "destination/sqlite_file/file_checks.hpp"
#include "destination/sqlite_file/file_lock.hpp"
#include "destination/sqlite_file/state_table.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/digest.hpp"
#include "sqlite/error.hpp"
#include "sqlite/integrity.hpp"

#include <tidemark/database.hpp>

#include <filesystem>
#include <system_error>

namespace tidemark {
namespace {

// A connection that may not write leaves beside a database in WAL mode the files that SQLite has made
// for looking at it; one that may write tidies up. But what a crash has left for SQLite to recover
// stays as it is.
int open_flags(const std::string& path) {
    const bool to_be_recovered =
        destination::has_side_file(path, "-wal") || destination::has_side_file(path, "-journal");
    return to_be_recovered ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
}

sqlite::Connection open_for_looking(const std::string& path) {
    destination::require_regular_file(path);
    destination::require_no_orphaned_log(path);
    sqlite::Connection connection =
        sqlite::Connection::open(path, open_flags(path) | SQLITE_OPEN_NOMUTEX);
    sqlite3_busy_timeout(connection.get(), 2000);
    sqlite::execute(connection.get(), "PRAGMA query_only = ON", "open the database for reading");
    try {
        static_cast<void>(
            sqlite::query_integer(connection.get(), "SELECT count(*) FROM main.sqlite_schema"));
    } catch (const Error& error) {
        throw destination::cannot_read(connection.get(), error, "read the database", path);
    }
    return connection;
}

void read_bookkeeping(sqlite3* connection, FileReport& report) {
    const auto state = destination::read_state(connection, report.path);
    if (!state) return;
    report.kept_by_tidemark = true;
    report.format_version = state->format_version;
    report.mark = state->mark;
    report.strategy = state->strategy;
    report.writer_version = state->writer_version;
    if (state->last_sync_ms > 0) {
        report.last_sync =
            std::chrono::system_clock::time_point(std::chrono::milliseconds(state->last_sync_ms));
    }
}

void look_into(sqlite3* connection, LoadCheck check, FileReport& report) {
    read_bookkeeping(connection, report);
    report.problems = sqlite::find_problems(connection, check);
    // A damaged file cannot be counted.
    if (!report.problems.empty()) return;
    const auto nothing = [](const std::string&) { return false; };
    report.tables = sqlite::digest(connection, nothing, [](const std::string& name) {
                        return sqlite::same_name(name, destination::state_table);
                    }).tables;
}

}  // namespace

FileReport inspect(const std::string& path, LoadCheck check) {
    FileReport report;
    report.path = absolute_path(path);
    const sqlite::Connection connection = open_for_looking(report.path);
    std::error_code ignored;
    report.size_bytes = std::filesystem::file_size(report.path, ignored);
    report.held_by = destination::FileLock::holder(report.path);
    try {
        look_into(connection.get(), check, report);
    } catch (const Error& error) {
        throw destination::about_file(error, "read the database", report.path);
    }
    return report;
}

}  // namespace tidemark
