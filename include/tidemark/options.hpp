#pragma once

#include <tidemark/export.hpp>
#include <tidemark/rules.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

struct sqlite3;

namespace tidemark {

class Destination;
class Observer;

/// How changes are noticed. Both strategies keep the same promise; `status()` says per table which
/// of the two serves it. docs/strategies.md compares them with measured figures.
enum class Strategy : std::uint8_t {
    /// SQLite's session extension: net changes only, which `_sync_queue` shows, one row per changed row.
    /// Occupies the connection's one preupdate hook.
    session,
    /// TEMP triggers feed an ordered log that can be read as `_sync_queue`.
    trigger,
};

/// `PRAGMA journal_mode` of the disk database.
enum class JournalMode : std::uint8_t { wal, truncate, persist, remove };

/// `PRAGMA synchronous` of the disk database.
enum class Synchronous : std::uint8_t { off, normal, full, extra };

/// What a COMMIT on the RAM connection waits for.
enum class Durability : std::uint8_t {
    /// For nothing: the changes reach the disk within `Options::interval`, or when `flush()` asks.
    interval,
    /// For the disk: see `Options::durability`.
    commit,
};

/// Which thread takes changes from the RAM connection.
enum class Cutting : std::uint8_t {
    in_background,  ///< tidemark's own, under the mutex of the connection.
    in_calls,       ///< The application's, in the call that commits: see `Options::cutting`.
};

/// What happens when `Options::pending_bytes_max` is reached.
enum class PendingLimit : std::uint8_t {
    refuse,  ///< The application's writes fail until the disk has caught up.
    grow,    ///< Nothing but that the observer is told: memory is bounded by the machine alone.
};

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

/// Whether every batch is kept, with the old and the new values of each row that it has changed, in a
/// SQLite file of its own beside the database: `app.db-history`. docs/history.md describes the file.
/// Where there is no limit, nothing is ever forgotten; limits without a history are refused. Batches
/// that are forgotten go from the oldest on, and the newest one always stays.
struct HistoryOptions {
    /// Default false. True: a batch is written to the history, and synced there as `synchronous` says,
    /// before it is committed to the database. A crash between the two leaves a batch in the history
    /// that the database does not have; it is taken out again when the database is opened. A history
    /// that cannot be written (a full disk) is a sync that has failed: nothing more gets to the disk
    /// until it can. Batches that were synced while this was false are missing for ever, and the
    /// history says so.
    ///
    /// Costs one more sync of the disk per batch and the reading of each changed row, on the sync
    /// thread; for a batch that copies the whole database also a comparison of all rows of both.
    bool enabled = false;

    /// Batches that are older are forgotten, when the next one is written. Default zero: no limit.
    std::chrono::milliseconds age_max{0};

    /// How many bytes the batches may occupy as they are stored, compressed; the file is somewhat
    /// larger. Default zero: no limit.
    std::uint64_t bytes_max = 0;

    /// How many batches are kept. Default zero: no limit.
    std::uint64_t batches_max = 0;

    /// What these limits would forget, but a destination (`Options::destinations`) has not had yet, stays
    /// as long as all batches occupy no more bytes than this. Default 1 GiB; zero: no limit. What is
    /// forgotten all the same, that destination can never get: it stops, and says that it has to be
    /// begun anew.
    std::uint64_t held_bytes_max = std::uint64_t{1} << 30U;
};

/// One more place where batches go; docs/destinations.md.
struct DestinationOptions {
    /// For messages and `status()`; each has its own.
    std::string name;
    /// See destination.hpp. Shared: it lives as long as the database is open, at least.
    std::shared_ptr<Destination> destination;
    /// What it gets of which table; of those without a rule, everything. See rules.hpp.
    std::vector<TableRule> rules{};
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

    /// Default `interval`. With `commit`, a COMMIT (also that of a single statement) returns only when
    /// its changes are committed on disk; if the disk does not take them, it fails, says why, and the
    /// transaction is rolled back in RAM too. **A crash loses nothing whose COMMIT has returned.**
    ///
    /// One attempt is made, on the thread that commits, which holds the RAM connection meanwhile: it
    /// waits for a lock on the file as long as `busy_timeout` says, and for the disk as long as the
    /// disk takes, as SQLite does. A COMMIT costs a disk transaction, so threads that share the
    /// connection do not share one; reads cost what they cost in RAM. Codes: the one that SQLite has
    /// given for the disk, SQLITE_BUSY_TIMEOUT for a lock (a plain SQLITE_BUSY would leave the
    /// transaction open).
    ///
    /// A transaction that writes to no table which existed before it (CREATE, ALTER, DROP, VACUUM,
    /// `PRAGMA user_version`, a hand-edited `sqlite_sequence`) is brought to the disk before the
    /// statement that commits it returns as well, but SQLite has no way to make it fail: if the disk
    /// refuses, it stays in RAM, the observer is told, it is tried again, and the next COMMIT either
    /// carries it or fails.
    ///
    /// Needs `strategy = trigger`, and a database without virtual tables that keep their content in
    /// tables of their own (FTS5, R\*Tree): `open` throws otherwise, and such a table that is created
    /// later makes COMMITs fail. Occupies the connection's trace callback (`sqlite3_trace_v2`): one
    /// that the application installs makes COMMITs fail. docs/durability.md has what a crash leaves.
    Durability durability = Durability::interval;

    /// Default `in_background`. With `in_calls` no thread of tidemark's ever uses the RAM connection:
    /// what a transaction has changed is taken at the end of the call that commits it, and the
    /// background thread brings to the disk what was taken, as often as `interval` says. For
    /// connections without a mutex, where it is always so, and for applications in whose functions,
    /// collations or authorizer no other thread may be. No influence on what a crash loses.
    ///
    /// A commit costs some microseconds more, a change of the schema what its cut costs, and the
    /// session strategy a changeset for each commit: `trigger` is the better choice here. It occupies
    /// the connection's trace callback (`sqlite3_trace_v2`): one that the application installs makes
    /// COMMITs fail, or, where no trigger takes part in them (`session`), `flush()`. `flush()`, `verify()`, `close()` and the destructor must be called on a thread
    /// that may use the connection. Changes that SQLite announces to nobody (such as
    /// `sqlite3_backup` into the connection) are noticed at the end of the next statement that
    /// writes, or by `flush()`. Not together with `Durability::commit`.
    ///
    /// An attached connection may be closed before the Database: then what was committed is flushed
    /// within `close_deadline`, and the Database is closed.
    Cutting cutting = Cutting::in_background;

    /// A cut is made early when this many rows have changed. Default 100,000; zero: never because
    /// of the number. Smaller means more disk transactions. With this and `cut_bytes` zero the session
    /// strategy takes all changed rows in the cut (about 0.7 µs per row, in which nobody can write)
    /// and not a part at a time before it.
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

    /// Default refuse. With grow the limit is a mark at which `Observer::on_pending_limit` is called,
    /// and writing goes on: more is lost if the process dies, and the system may end it for want of
    /// memory.
    PendingLimit pending_limit = PendingLimit::refuse;

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
    /// process loses nothing more. In the other modes NORMAL lets a power failure take back the last
    /// sync, or damage the file. With OFF a power failure can damage the file.
    /// FULL with JournalMode::remove is EXTRA for SQLite, which needs it to keep that promise.
    Synchronous synchronous = Synchronous::full;

    /// How long one attempt waits for a lock that another process holds on the disk database.
    /// Default 2 s; zero: not at all. The sync thread waits, never the application.
    std::chrono::milliseconds busy_timeout{2000};

    /// The pause before a failed sync is tried again: this at first, doubled with every failure up
    /// to `retry_pause_max`. Zero is taken as one millisecond.
    std::chrono::milliseconds retry_pause_first{100};
    std::chrono::milliseconds retry_pause_max{10'000};

    /// How long `close()`, the destructor and the exit handler keep trying to get the last changes to the disk.
    /// Default 30 s; zero: one attempt. **What is not on disk by then is lost** with the RAM
    /// database; `close()` throws before that, the destructor can only tell the observer.
    std::chrono::milliseconds close_deadline{30'000};

    /// Default false. Only of interest under the trigger strategy, and only to applications that
    /// write into blobs piece by piece (`sqlite3_blob_open`, `sqlite3_blob_write`), for which SQLite
    /// fires no trigger. True: such a row is written again at the next cut, as it stands then. That
    /// occupies the connection's one preupdate hook, so that the application may use neither
    /// `sqlite3_preupdate_hook` nor `sqlite3session_create` on it, and makes a one-row insert about
    /// 3 % slower. **Without it what blob writes changed does not get to the disk**, and is lost at
    /// the end of the process, crash or not, unless the row is inserted anew or that column is given
    /// another value; `verify()` finds it. The session strategy needs no option, nor does the
    /// trigger strategy as long as the database has shadow tables (FTS5, R\*Tree): there a session
    /// has the hook.
    bool watch_blob_writes = false;

    /// Default `quick`. Costs time at start, and nothing later: a file of less than 8 MB is checked
    /// before it is loaded, which takes as long again; a larger one meanwhile, by a second connection
    /// on a thread of its own, which costs little where there is a core for it.
    LoadCheck load_check = LoadCheck::quick;

    /// Default `stop`.
    ForeignWrites foreign_writes = ForeignWrites::stop;

    /// Default: no history.
    HistoryOptions history{};

    /// Default none. Each gets every batch that has been committed on disk, on a thread of its own, from
    /// the history: so `history.enabled` must be true. One that is slow, broken or away holds back neither
    /// the disk nor the others, and goes on where it was when it returns, after a crash too. `close()`
    /// waits for those that are getting on, as long as `close_deadline` says; what they have not had by
    /// then they get when the database is opened again.
    std::vector<DestinationOptions> destinations;

    /// Called with the disk connection whenever tidemark has opened it, before it is used, on the
    /// thread that opened it (the caller of `open()`, later the sync thread). Register functions
    /// and collations here that indexes, CHECK constraints or generated columns of the application
    /// need: without them a sync fails with "no such function". Do nothing else with it, and do
    /// not keep it. May throw: opening then fails with that exception. While a file of 8 MB or more is
    /// loaded there are two such connections, and one calls its functions on a thread that checks the
    /// file and ends before `open()` returns. Also called with the private connections in which the
    /// rules of destinations are evaluated, by `open()` and on the threads of these.
    std::function<void(sqlite3*)> prepare_disk_connection;

    /// Hears of syncs, failures and changes of state; may be empty. See observer.hpp.
    std::shared_ptr<Observer> observer;
};

/// Throws Error, naming the option and what to set instead, when these options do not go together.
/// `Database::open` and `attach` begin with it.
TIDEMARK_EXPORT void validate(const Options& options);

}  // namespace tidemark
