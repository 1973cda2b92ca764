#include "history/walk.hpp"

#include "destination/sqlite_file/replaying.hpp"
#include "history/history_reader.hpp"
#include "support/sql.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace tidemark::tests {
namespace {

std::vector<std::uint64_t> numbers(const history::HistoryReader& reader, std::uint64_t from,
                                   std::uint64_t to) {
    std::vector<std::uint64_t> found;
    for (const BatchSummary& batch : reader.batches(from)) {
        if (batch.number <= to) found.push_back(batch.number);
    }
    return found;
}

}  // namespace

Walk::Walk(std::string path, std::string history_path)
    : path_(std::move(path)), history_path_(std::move(history_path)) {
    exec(Plain(path_), "DROP TABLE IF EXISTS _tidemark_state");
}

void Walk::forward(std::uint64_t from, std::uint64_t to) {
    const history::HistoryReader reader(history_path_);
    go(reader, numbers(reader, from, to), change::Direction::forward);
}

void Walk::backward(std::uint64_t from, std::uint64_t to) {
    const history::HistoryReader reader(history_path_);
    std::vector<std::uint64_t> found = numbers(reader, to, from);
    std::reverse(found.begin(), found.end());
    go(reader, found, change::Direction::backward);
}

void Walk::go(const history::HistoryReader& reader, const std::vector<std::uint64_t>& batches,
              change::Direction direction) {
    const Plain database(path_);
    exec(database,
         "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA ignore_check_constraints = "
         "ON");
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
    exec(database, "BEGIN");
    for (const std::uint64_t number : batches) {
        const change::Effects effects = reader.read(number);
        destination::write_replay(database, change::replay(effects, direction, database));
    }
    exec(database, "COMMIT");
}

void copy_file(const std::string& from, const std::string& to) {
    const Plain source(from);
    const Plain target(to);
    sqlite3_backup* const backup = sqlite3_backup_init(target, "main", source, "main");
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK) {
        throw SqlError(sqlite3_errcode(target), sqlite3_errmsg(target));
    }
}

}  // namespace tidemark::tests
