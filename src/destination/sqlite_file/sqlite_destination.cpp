#include "destination/sqlite_file/sqlite_destination.hpp"

#include "change/changes_content.hpp"
#include "change/replay.hpp"
#include "destination/destination.hpp"
#include "destination/sqlite_file/file_checks.hpp"
#include "destination/sqlite_file/replaying.hpp"
#include "destination/sqlite_file/state_table.hpp"
#include "destination/sqlite_file/transaction.hpp"
#include "sqlite/error.hpp"
#include "sqlite/pragma_values.hpp"
#include "sqlite/unix_time.hpp"

#include <tidemark/version.hpp>

#include <memory>
#include <utility>

namespace tidemark::destination {
namespace {

constexpr const char* opening = "open the destination";

}  // namespace

// ---- the file ---------------------------------------------------------------------------------

void SqliteDestination::connect() {
    if (connection_ && !has_moved()) return;
    disconnect();
    try {
        try {
            open();
        } catch (const Error& error) {
            // A folder that is not there, a file that somebody else holds: that may change.
            throw sqlite::as_retryable(error);
        }
        require_own();
        configure();
    } catch (...) {
        disconnect();
        throw;
    }
}

void SqliteDestination::open() {
    resolved_path_ = settings_.absolute_path(settings_.path);
    require_regular_file(resolved_path_);
    require_one_name(resolved_path_);
    require_no_orphaned_log(resolved_path_);
    lock_.emplace(resolved_path_);
    connection_ = sqlite::Connection::open(
        resolved_path_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX);
    sqlite3_busy_timeout(connection_.get(),
                         static_cast<int>(settings_.options.busy_timeout.count()));
}

// Before anything of it is changed.
void SqliteDestination::require_own() const {
    std::int64_t objects = 0;
    try {
        objects =
            sqlite::query_integer(connection_.get(), "SELECT count(*) FROM main.sqlite_schema");
    } catch (const Error& error) {
        throw cannot_read(connection_.get(), error, opening, resolved_path_);
    }
    if (objects == 0 || read_state(connection_.get(), resolved_path_)) return;
    throw Error({.operation = opening,
                 .object = resolved_path_,
                 .reason = "it holds something, and it is no destination of tidemark",
                 .advice = "name a file that does not exist"});
}

void SqliteDestination::configure() {
    if (settings_.options.prepare_connection) {
        settings_.options.prepare_connection(connection_.get());
    }
    prepare_for_replay(connection_.get());
    sqlite::execute(connection_.get(),
                    std::string("PRAGMA main.synchronous = ") +
                        sqlite::name_of(settings_.options.synchronous) +
                        "; PRAGMA main.journal_mode = WAL;"
                        "PRAGMA main.journal_size_limit = 67108864",
                    opening);
}

bool SqliteDestination::has_moved() const noexcept {
    int moved = 0;
    sqlite3_file_control(connection_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

void SqliteDestination::disconnect() noexcept {
    connection_.close();
    lock_.reset();
}

// ---- batches ----------------------------------------------------------------------------------

std::optional<DestinationMark> SqliteDestination::mark() {
    connect();
    const std::optional<FileState> state = read_state(connection_.get(), resolved_path_);
    if (!state) return std::nullopt;
    return DestinationMark{.source = state->history_id, .batch = state->mark};
}

void SqliteDestination::load(const Changes& content, const DestinationMark& mark) {
    in_transaction([&] {
        write_state(connection_.get(), {.format_version = state_format_version,
                                        .mark = mark.batch,
                                        .strategy = "destination",
                                        .writer_version = TIDEMARK_VERSION,
                                        .history_id = mark.source,
                                        .last_sync_ms = sqlite::unix_milliseconds()});
        write(content, true);
    });
}

void SqliteDestination::apply(const Changes& batch, const DestinationMark& mark) {
    in_transaction([&] {
        require_mark(batch.previous());
        write(batch, false);
        StateWriter(connection_.get()).advance(mark.batch, sqlite::unix_milliseconds());
    });
}

// Another file may have been put there since the mark was asked for.
void SqliteDestination::require_mark(std::uint64_t batch) const {
    const auto mark = static_cast<std::uint64_t>(sqlite::query_integer(
        connection_.get(), "SELECT value FROM main._tidemark_state WHERE name = 'mark'"));
    if (mark == batch) return;
    throw Error({.operation = applying,
                 .object = resolved_path_,
                 .reason = "its mark is " + std::to_string(mark) + " now",
                 .advice = "leave the writing to one tidemark",
                 .retryable = true});
}

void SqliteDestination::write(const Changes& batch, bool replaces_all) {
    change::Batch replay =
        change::replay(batch.content().effects, change::Direction::forward, connection_.get());
    // What it does not name is dropped.
    if (replaces_all && !replay.schema) replay.schema = std::make_shared<change::SchemaStep>();
    write_replay(connection_.get(), replay);
}

template <typename Work>
void SqliteDestination::in_transaction(Work work) {
    const bool was_connected = static_cast<bool>(connection_);
    if (was_connected && has_moved()) {
        throw Error({.code = SQLITE_READONLY_DBMOVED,
                     .operation = applying,
                     .object = resolved_path_,
                     .reason = "the file was moved, replaced or deleted",
                     .advice = "nothing is to be done: what is there now is gone on with",
                     .retryable = true});
    }
    connect();
    try {
        Transaction transaction(connection_.get());
        work();
        transaction.commit();
    } catch (const NotApplicable& error) {
        disconnect();
        throw Error({.operation = applying,
                     .object = resolved_path_,
                     .reason = std::string("it is not what it was left as: ") + error.what(),
                     .advice = "somebody else has written to it: delete it, open the database "
                               "again, and it is made anew"});
    } catch (const Error& error) {
        disconnect();
        throw about_file(error, "write changes to the destination", resolved_path_);
    } catch (...) {
        disconnect();
        throw;
    }
}

}  // namespace tidemark::destination
