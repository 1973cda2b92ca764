#include "destination/sqlite_file/side_check.hpp"
#include "destination/sqlite_file/sqlite_file.hpp"
#include "sqlite/error.hpp"
#include "sqlite/integrity.hpp"
#include "sqlite/switched.hpp"

#include <system_error>
#include <utility>

namespace tidemark::destination {
namespace {

constexpr const char* loading = "load the database into RAM";

/// A smaller file is checked sooner than a thread and a connection are made.
constexpr std::uint64_t side_check_bytes_min = 8U << 20U;

}  // namespace

void SqliteFile::load_into(sqlite3* ram, LoadCheck check,
                           const sqlite::CopyProgress& progress) const {
    if (const std::unique_ptr<SideCheck> side_check = begin_side_check(check)) {
        copy_checked(*side_check, ram, progress);
    } else {
        require_sound(sqlite::find_problems(connection_.get(), check));
        sqlite::copy_database(connection_.get(), ram, loading, progress);
    }
    if (!found_state_) return;
    // DROP TABLE deletes the rows first, and a foreign key of the file could make that delete others.
    const sqlite::Switched foreign_keys_off(ram, SQLITE_DBCONFIG_ENABLE_FKEY, false);
    sqlite::execute(ram, std::string("DROP TABLE main.") + state_table,
                    "leave tidemark's bookkeeping out of the RAM database");
}

// Null where it is not worth it, or cannot be: then the check comes before the copy.
std::unique_ptr<SideCheck> SqliteFile::begin_side_check(LoadCheck check) const {
    if (check == LoadCheck::none) return nullptr;
    if (sqlite::database_bytes(connection_.get()) < side_check_bytes_min) return nullptr;
    sqlite::Connection connection;
    try {
        connection = open_file(0);
    } catch (const Error&) {
        return nullptr;
    }
    prepare(connection.get());
    try {
        return std::make_unique<SideCheck>(connection_.get(), std::move(connection), check);
    } catch (const Error&) {
        return nullptr;
    } catch (const std::system_error&) {
        return nullptr;
    }
}

// The copy is complete only with its last page, which waits for the check: what is damaged is not
// loaded. What is wrong with a file the check says better than the copy that it made fail.
void SqliteFile::copy_checked(const SideCheck& check, sqlite3* ram,
                              const sqlite::CopyProgress& progress) const {
    const auto await_check = [&] { require_sound(check.problems()); };
    try {
        sqlite::copy_database(connection_.get(), ram, loading, progress, await_check);
    } catch (const Error& error) {
        if ((error.code() & 0xff) != SQLITE_NOMEM) await_check();
        throw;
    }
}

void SqliteFile::require_sound(const std::vector<std::string>& problems) const {
    for (const std::string& problem : problems) {
        if (sqlite::is_about_content(problem)) continue;
        throw Error({.code = SQLITE_CORRUPT,
                     .operation = "open the database",
                     .object = settings_.path,
                     .reason = "it is damaged: " + problem,
                     .advice = sqlite::advice_for(SQLITE_CORRUPT)});
    }
}

}  // namespace tidemark::destination
