#include "destination/sqlite_file/checkpointer.hpp"

#include "destination/sqlite_file/file_checks.hpp"
#include "sqlite/error.hpp"

#include <utility>

namespace tidemark::destination {
namespace {

/// From here on a checkpoint is due: SQLite's own default.
constexpr int due_at_pages = 1000;
/// From here on the WAL is too large, and is to be emptied, not only moved.
constexpr int too_large_at_pages = 4 * due_at_pages;

constexpr const char* checkpointing = "checkpoint the WAL of";

Error held_up(const std::string& path) {
    return Error({.code = SQLITE_BUSY,
                  .operation = checkpointing,
                  .object = path,
                  .reason = "a reader stays in a transaction, and its snapshot with it",
                  .advice =
                      "end that transaction, in whichever program it is; syncing goes on, but "
                      "the WAL grows until then",
                  .retryable = true});
}

}  // namespace

Checkpointer::Checkpointer(std::string path, std::chrono::milliseconds patience)
    : path_(std::move(path)), patience_(patience) {}

void Checkpointer::watch(sqlite3* connection) noexcept {
    // There is one hook per connection: SQLite's automatic checkpoints end with it.
    sqlite3_wal_hook(connection, note_commit, this);
}

int Checkpointer::note_commit(void* self, sqlite3*, const char*, int pages) noexcept {
    static_cast<Checkpointer*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
}

Upkeep Checkpointer::run(sqlite3* connection) {
    const bool in_trouble = hindrance_ != nullptr || waiting_since_;
    if (in_trouble || wal_pages_ >= too_large_at_pages) {
        try_to_empty(connection);
    } else if (wal_pages_ >= due_at_pages) {
        const int rc = sqlite3_wal_checkpoint_v2(connection, "main", SQLITE_CHECKPOINT_PASSIVE,
                                                 nullptr, nullptr);
        if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY) {
            hold_up(sqlite::make_error(connection, rc, checkpointing, path_));
        }
    }
    return {.log_bytes = size_of(path_ + "-wal"),
            .hindrance = hindrance_,
            .unfinished = hindrance_ != nullptr || waiting_since_};
}

void Checkpointer::make_room(sqlite3* connection) noexcept { static_cast<void>(empty(connection)); }

void Checkpointer::try_to_empty(sqlite3* connection) {
    const int rc = empty(connection);
    if (rc == SQLITE_OK) {
        hindrance_ = nullptr;
        waiting_since_.reset();
    } else if ((rc & 0xff) != SQLITE_BUSY) {
        hold_up(sqlite::make_error(connection, rc, checkpointing, path_));
    } else if (has_waited_long_enough()) {
        hold_up(held_up(path_));
    }
}

/// Only this mode proves that nobody uses the WAL any more; what it would wait for is asked for
/// again later.
int Checkpointer::empty(sqlite3* connection) noexcept {
    sqlite3_busy_timeout(connection, 0);
    const int rc =
        sqlite3_wal_checkpoint_v2(connection, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(connection, static_cast<int>(patience_.count()));
    if (rc == SQLITE_OK) wal_pages_ = 0;
    return rc;
}

bool Checkpointer::has_waited_long_enough() {
    const auto now = std::chrono::steady_clock::now();
    if (!waiting_since_) waiting_since_ = now;
    return now - *waiting_since_ >= patience_;
}

void Checkpointer::hold_up(Error error) {
    const bool known = hindrance_ != nullptr && hindrance_->code() == error.code();
    if (!known) hindrance_ = std::make_shared<const Error>(std::move(error));
}

}  // namespace tidemark::destination
