#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

struct sqlite3;

namespace tidemark {

class Observer;

/// How changes are noticed. Both strategies keep the same promise; `status()` says per table which
/// of the two serves it. docs/strategies.md compares them with measured figures.
enum class Strategy : std::uint8_t {
    /// SQLite's session extension: nothing to look at, net changes only (a row changed a thousand
    /// times is written once). Occupies the connection's one preupdate hook.
    session,
    /// TEMP triggers feed an ordered log that can be read as `_sync_queue`.
    trigger,
};

/// `PRAGMA journal_mode` of the disk database.
enum class JournalMode : std::uint8_t { wal, truncate, persist, remove };

/// `PRAGMA synchronous` of the disk database.
enum class Synchronous : std::uint8_t { off, normal, full, extra };

/// How thoroughly an existing file is examined before its content is trusted.
enum class LoadCheck : std::uint8_t {
    /// Only what loading itself meets: the header, the schema, the length of the file.
    none,
    /// `PRAGMA quick_check` before loading.
    quick,
    /// `PRAGMA integrity_check` before loading: also compares every index with its table.
    full,
};

/// What happens when somebody else has written to the disk database while tidemark kept it.
enum class ForeignWrites : std::uint8_t {
    /// Syncing stops with an error, nothing is overwritten, and the application's changes are kept
    /// in memory until the pending limit is reached.
    stop,
    /// The RAM database wins: the disk database becomes a whole copy of it.
    overwrite,
};

/// Everything that can be chosen when a database is opened. Copied by `Database::open`; changing an
/// object afterwards has no effect.
struct Options {
    /// Default `session`. No influence on what a crash loses.
    Strategy strategy = Strategy::session;

    /// The longest time that a committed change waits before it is taken to the disk. Default 5 s.
    /// Zero: as soon as something is committed. Smaller costs more disk transactions and saves
    /// fewer repeated writes. **A crash loses at most what was committed during the last
    /// `interval` plus the duration of one sync.**
    std::chrono::milliseconds interval{5000};

    /// A cut is made early when this many rows have changed. Default 100,000; zero: never because
    /// of the number. Smaller means shorter pauses of the writer with the session strategy (about
    /// 0.7 µs per changed row) and more disk transactions.
    std::uint64_t cut_changes = 100'000;

    /// A cut is made early when pending changes occupy this many bytes. Default 32 MiB; zero:
    /// never because of the size.
    std::uint64_t cut_bytes = 32ULL << 20U;

    /// The most memory that changes which are not yet on disk may occupy, in bytes. Default
    /// 256 MiB; zero: no limit. When it is reached, the application's next write fails with
    /// SQLITE_FULL and a message that says why; reads go on, and writes go on as soon as the disk
    /// has caught up. Under the session strategy memory is looked at a hundred times a second and
    /// writes are refused from the next transaction boundary on, so it can be exceeded by what is
    /// written in that time.
    std::uint64_t pending_bytes_max = 256ULL << 20U;

    /// When not empty, only these tables are kept on disk (names as in SQLite: case of ASCII
    /// letters ignored). **Rows of every other table are lost at each end of the process**, crash
    /// or not; the definitions of all tables are kept, and so are the rows which such a table
    /// already had in the file.
    std::vector<std::string> include_tables;

    /// These tables are not kept on disk. Wins over `include_tables`; what is lost, see there.
    std::vector<std::string> exclude_tables;

    /// Default WAL: one sync of the disk per batch, readers never blocked. The rollback-journal
    /// modes need two to three; with them a reader can hold up a sync (it is retried). None of
    /// them loses more in a crash.
    JournalMode journal_mode = JournalMode::wal;

    /// Default FULL: what `flush()` acknowledged survives a power failure. With NORMAL in WAL mode
    /// a power failure can take the last syncs back, in order, never half of one; a crash of the
    /// process loses nothing more. With OFF a power failure can damage the file.
    Synchronous synchronous = Synchronous::full;

    /// How long one attempt waits for a lock that another process holds on the disk database.
    /// Default 2 s; zero: not at all. The sync thread waits, never the application.
    std::chrono::milliseconds busy_timeout{2000};

    /// The pause before a failed sync is tried again: this at first, doubled with every failure up
    /// to `retry_pause_max`. Zero is taken as one millisecond.
    std::chrono::milliseconds retry_pause_first{100};
    std::chrono::milliseconds retry_pause_max{10'000};

    /// How long `close()` and the destructor keep trying to get the last changes to the disk.
    /// Default 30 s; zero: one attempt. **What is not on disk by then is lost** with the RAM
    /// database; `close()` throws before that, the destructor can only tell the observer.
    std::chrono::milliseconds close_deadline{30'000};

    /// Default `quick`. Costs time at start, roughly that of loading once more, and nothing later.
    LoadCheck load_check = LoadCheck::quick;

    /// Default `stop`.
    ForeignWrites foreign_writes = ForeignWrites::stop;

    /// Called with the disk connection whenever tidemark has opened it, before it is used, on the
    /// thread that opened it (the caller of `open()`, later the sync thread). Register functions
    /// and collations here that indexes, CHECK constraints or generated columns of the application
    /// need: without them a sync fails with "no such function". Do nothing else with it, and do
    /// not keep it. May throw: opening then fails with that exception.
    std::function<void(sqlite3*)> prepare_disk_connection;

    /// Hears of syncs, failures and changes of state; may be empty. See observer.hpp.
    std::shared_ptr<Observer> observer;
};

}  // namespace tidemark
