#include "change/replay.hpp"
#include "database/paths.hpp"
#include "destination/destination.hpp"
#include "destination/sqlite_file/file_checks.hpp"
#include "destination/sqlite_file/file_lock.hpp"
#include "destination/sqlite_file/replaying.hpp"
#include "destination/sqlite_file/state_table.hpp"
#include "destination/sqlite_file/transaction.hpp"
#include "history/history_file.hpp"
#include "history/history_reader.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/side_file.hpp"

#include <tidemark/error.hpp>
#include <tidemark/restore.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <unistd.h>

namespace tidemark {
namespace {

using change::Direction;

Error refusal(std::string operation, const std::string& object, std::string reason,
              std::string advice) {
    return Error({.operation = std::move(operation),
                  .object = object,
                  .reason = std::move(reason),
                  .advice = std::move(advice)});
}

/// A database at rest or in use, and the way along its history.
class Source {
public:
    Source(const std::string& path, std::string operation)
        : path_(absolute_path(path)),
          operation_(std::move(operation)),
          connection_(sqlite::Connection::open(path_, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX)),
          history_(history::path_of(path_)) {
        sqlite3_busy_timeout(connection_.get(), 2000);
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] sqlite3* connection() const noexcept { return connection_.get(); }
    [[nodiscard]] const history::HistoryReader& history() const noexcept { return history_; }

    /// The mark of this database, or of a copy of it.
    [[nodiscard]] std::uint64_t mark_of(sqlite3* database) const {
        const std::optional<destination::FileState> state =
            destination::read_state(database, path_);
        if (!state || state->history_id != history_.id()) {
            throw refusal(operation_, path_, "the history beside it is that of another database",
                          "put the right one there");
        }
        return state->mark;
    }

    /// The batches that lead from `mark` back to `batch`, last one first.
    [[nodiscard]] std::vector<std::uint64_t> way_back(std::uint64_t mark,
                                                      std::uint64_t batch) const {
        if (batch > mark) {
            throw refusal(
                operation_, path_,
                "its last batch is " + std::to_string(mark) + ", not " + std::to_string(batch),
                "name a batch that `tidemark log` lists");
        }
        std::map<std::uint64_t, std::uint64_t> previous;
        for (const BatchSummary& info : history_.batches(batch)) {
            previous.emplace(info.number, info.previous);
        }
        std::vector<std::uint64_t> way;
        for (std::uint64_t number = mark; number > batch;) {
            const auto found = previous.find(number);
            if (found == previous.end()) {
                throw refusal(operation_, path_,
                              "its history does not have batch " + std::to_string(number),
                              "nothing before batch " + std::to_string(number) +
                                  " can be reached from there");
            }
            way.push_back(number);
            number = found->second;
        }
        return way;
    }

    /// Does all of them to `target`, in the caller's transaction.
    void go(sqlite3* target, const std::vector<std::uint64_t>& way, Direction direction) const {
        for (const std::uint64_t number : way) {
            const change::Effects effects = history_.read(number);
            if (effects.after_foreign_writes) {
                throw refusal(
                    operation_, path_,
                    "somebody else has written to it before batch " + std::to_string(number),
                    "the history does not lead across that");
            }
            destination::write_replay(target, change::replay(effects, direction, target));
        }
    }

private:
    std::string path_;
    std::string operation_;
    sqlite::Connection connection_;
    history::HistoryReader history_;
};

void restore_into(const Source& source, std::uint64_t batch, const std::string& output_path) {
    const sqlite::Connection output =
        sqlite::Connection::open(output_path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX);
    sqlite::copy_database(source.connection(), output.get(), "copy the database");
    // Of the copy: the database itself may have gone on.
    const std::uint64_t mark = source.mark_of(output.get());
    destination::prepare_for_replay(output.get());
    destination::Transaction transaction(output.get());
    source.go(output.get(), source.way_back(mark, batch), Direction::backward);
    sqlite::execute(output.get(), std::string("DROP TABLE main.") + destination::state_table,
                    "leave tidemark's bookkeeping out");
    transaction.commit();
}

// A copy that still bears the bookkeeping is to say how far it has got.
void advance_mark(sqlite3* target, const std::string& path, std::uint64_t mark) {
    const std::optional<destination::FileState> state = destination::read_state(target, path);
    if (state) destination::StateWriter(target).advance(mark, state->last_sync_ms);
}

}  // namespace

std::uint64_t batch_at(const std::string& database_path,
                       std::chrono::system_clock::time_point time) {
    const std::string path = history::path_of(absolute_path(database_path));
    std::optional<std::uint64_t> found;
    for (const BatchSummary& batch : history::HistoryReader(path).batches()) {
        if (batch.time <= time) found = batch.number;
    }
    if (found) return *found;
    throw refusal("find the batch of that time in the history", path, "it begins later",
                  "`tidemark log` lists its batches");
}

void restore(const std::string& database_path, std::uint64_t batch,
             const std::string& output_path) {
    const std::string operation = "restore the database";
    const Source source(database_path, operation);
    // Before anything is written.
    static_cast<void>(source.way_back(source.mark_of(source.connection()), batch));
    const std::string output = absolute_path(output_path);
    if (!sqlite::create_side_file(output, source.path())) {
        throw refusal(operation, output, "the file exists already", "name a new file");
    }
    try {
        restore_into(source, batch, output);
    } catch (...) {
        for (const char* suffix : {"-journal", "-wal", "-shm", ""}) {
            ::unlink((output + suffix).c_str());
        }
        throw;
    }
}

std::uint64_t replay(const std::string& database_path, std::uint64_t from,
                     const std::string& target_path) {
    const std::string operation = "replay the history";
    const Source source(database_path, operation);
    std::vector<std::uint64_t> way = source.way_back(source.mark_of(source.connection()), from);
    std::reverse(way.begin(), way.end());
    const std::string target_file = absolute_path(target_path);
    destination::require_regular_file(target_file);
    destination::require_one_name(target_file);
    // Nobody keeps it meanwhile, or its RAM database would not know.
    const destination::FileLock lock(target_file);
    const sqlite::Connection target =
        sqlite::Connection::open(target_file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX);
    sqlite3_busy_timeout(target.get(), 2000);
    destination::prepare_for_replay(target.get());
    try {
        destination::Transaction transaction(target.get());
        source.go(target.get(), way, Direction::forward);
        if (!way.empty()) advance_mark(target.get(), target_file, way.back());
        transaction.commit();
    } catch (const destination::NotApplicable& error) {
        throw refusal(operation, target_file,
                      "it is not what the database was after batch " + std::to_string(from) + ": " +
                          error.what(),
                      "restore it as of that batch first");
    }
    return way.empty() ? from : way.back();
}

}  // namespace tidemark
