#include "database/paths.hpp"
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

sqlite::Connection open_read_only(const std::string& path) {
    sqlite::Connection connection =
        sqlite::Connection::open(path, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX);
    sqlite3_busy_timeout(connection.get(), 2000);
    try {
        static_cast<void>(
            sqlite::query_integer(connection.get(), "SELECT count(*) FROM main.sqlite_schema"));
    } catch (const Error& error) {
        throw sqlite::make_error(connection.get(), error.code(), "read the database", path);
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

}  // namespace

FileReport inspect(const std::string& path, LoadCheck check) {
    FileReport report;
    report.path = absolute_path(path);
    const sqlite::Connection connection = open_read_only(report.path);
    std::error_code ignored;
    report.size_bytes = std::filesystem::file_size(report.path, ignored);
    report.held_by = destination::FileLock::holder(report.path);
    read_bookkeeping(connection.get(), report);
    report.problems = sqlite::find_problems(connection.get(), check);
    // A damaged file cannot be counted.
    if (!report.problems.empty()) return report;
    const auto nothing = [](const std::string&) { return false; };
    report.tables = sqlite::digest(connection.get(), nothing, [](const std::string& name) {
                        return sqlite::same_name(name, destination::state_table);
                    }).tables;
    return report;
}

}  // namespace tidemark
