#pragma once

#include <tidemark/error.hpp>
#include <tidemark/export.hpp>
#include <tidemark/status.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace tidemark {

/// One batch that reached the disk, or the news that there was none to take.
struct SyncReport {
    /// Number of the batch; the mark of the disk database from now on. When `changes` is zero and
    /// `whole_copy` false, nothing had changed, the disk was not touched, and this is the old mark.
    std::uint64_t mark = 0;
    std::uint64_t changes = 0;
    /// Size of the batch in bytes, as captured.
    std::uint64_t bytes = 0;
    /// From the begin of the cut to the commit on disk.
    std::chrono::nanoseconds duration{0};
    /// How long the cut kept the RAM connection from the application.
    std::chrono::nanoseconds stall{0};
    /// The batch was a copy of the whole database (VACUUM, a schema change that cannot be told
    /// otherwise, or a repair; docs/design.md).
    bool whole_copy = false;
};

/// Hears what happens to one database. Derive, override what interests you, and hand it over in
/// `Options::observer`.
///
/// **Threads.** `on_load` is called on the thread that opens the database. All others are called on
/// the sync thread, in the order in which things happened; during the destructor still on that
/// thread. Only the two of the pending limit come from another thread of tidemark, since the sync
/// thread may hang in the disk just then, and those of a destination from its own. One callback runs at
/// a time. No lock of the database is
/// held, so a callback may use `status()` and the RAM connection; it delays the next sync while it
/// runs. It must not call `flush()`, `verify()`, `close()` or the destructor, which wait for the very
/// thread it runs on: the first three throw, the last is undefined.
///
/// **Errors.** An exception that leaves a callback is swallowed: there is nobody it could be
/// reported to.
class TIDEMARK_EXPORT Observer {
public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// A batch is on disk, or (with `changes` zero) the interval passed and nothing had changed.
    virtual void on_sync(const SyncReport& /*report*/) {}

    /// An attempt failed. Called for the first failure of a row of equal ones, and again when the
    /// cause changes; nothing is lost by it while the process lives. `pending_changes` is what is
    /// not on disk. After the final attempt of a destructor this is the last word, and what it
    /// counts is lost.
    virtual void on_failure(const Error& /*error*/, std::uint64_t /*pending_changes*/) {}

    /// The first success after failures.
    virtual void on_recovery() {}

    /// Syncing goes on, but the WAL cannot be moved into the database and grows: `error` says why
    /// and what to do (a reader that stays in one transaction, a full disk). `wal_bytes` is its size.
    /// Called once, and again when the cause changes.
    virtual void on_checkpoint_stalled(const Error& /*error*/, std::uint64_t /*wal_bytes*/) {}

    /// The WAL has been moved into the database, and its file is empty.
    virtual void on_checkpoint_resumed() {}

    /// The changes that are not on disk occupy `Options::pending_bytes_max` or more: from now on writes
    /// are refused, or memory grows, as `Options::pending_limit` says.
    virtual void on_pending_limit(std::uint64_t /*pending_bytes*/) {}

    /// Less than half of that limit is occupied again.
    virtual void on_pending_limit_left() {}

    /// One of `Options::destinations` has committed all batches up to `mark`.
    virtual void on_destination_sync(const std::string& /*name*/, std::uint64_t /*mark*/) {}

    /// An attempt to bring it a batch failed. Called for the first failure of a row of equal ones, and
    /// again when the cause changes. The disk database is not concerned, and nothing is lost. When `error`
    /// is not retryable this destination has stopped until the database is opened again.
    virtual void on_destination_failure(const std::string& /*name*/, const Error& /*error*/,
                                        std::uint64_t /*lag_batches*/) {}

    /// The first success of a destination after failures.
    virtual void on_destination_recovery(const std::string& /*name*/) {}

    /// A state was left and another entered. `idle` → `cutting` → `applying` → `idle` happens on
    /// every sync.
    virtual void on_state(State /*from*/, State /*to*/) {}

    /// Loading has copied `done` of `total` pages. Called at least once at the end.
    virtual void on_load(std::uint64_t /*done*/, std::uint64_t /*total*/) {}
};

}  // namespace tidemark
