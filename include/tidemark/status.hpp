#pragma once

#include <tidemark/error.hpp>
#include <tidemark/export.hpp>
#include <tidemark/options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidemark {

/// What the sync thread is doing. The table of moves stands in docs/sync.md.
enum class State : std::uint8_t {
    idle,              ///< Nothing to do, or waiting for the interval to pass.
    cutting,           ///< Taking the next batch, or waiting for a transaction to end to take it.
    applying,          ///< Writing a batch to the disk database.
    waiting_to_retry,  ///< The last attempt failed; another one follows after a pause.
    stopped,           ///< Closed, or stopped by an error that only a person can resolve.
};

/// "idle", "cutting", "applying", "waiting to retry", "stopped".
[[nodiscard]] TIDEMARK_EXPORT const char* to_string(State state) noexcept;
/// "session", "trigger".
[[nodiscard]] TIDEMARK_EXPORT const char* to_string(Strategy strategy) noexcept;

/// How the changes of one table get to the disk.
enum class CaptureMethod : std::uint8_t {
    session,      ///< By the session extension.
    trigger,      ///< By triggers, row by row, in order.
    whole_table,  ///< The table is written whole whenever one of its rows has changed.
    excluded,     ///< Left out by `include_tables` or `exclude_tables`: volatile.
};

/// "session", "trigger", "whole table", "excluded".
[[nodiscard]] TIDEMARK_EXPORT const char* to_string(CaptureMethod method) noexcept;

struct TableStatus {
    std::string name;
    CaptureMethod method = CaptureMethod::session;
    /// Why this method and not the chosen strategy; empty when it is the chosen one.
    std::string reason;
};

/// Where one of `Options::destinations` stands.
struct DestinationStatus {
    std::string name;
    /// The last batch that it has; nothing as long as it has not said, since the database was opened.
    std::optional<std::uint64_t> mark;
    /// By how much that is less than the mark of the disk database: how many batches it has not had,
    /// or somewhat more, since a number may have been left out.
    std::uint64_t lag_batches = 0;
    /// What the last attempt failed with; empty as soon as one succeeds.
    std::optional<Error> last_error;
    /// That error cannot be retried: nothing more is tried until the database is opened again.
    bool stopped = false;
};

/// A snapshot of where things stand. Made without touching either database.
struct Status {
    State state = State::idle;
    Strategy strategy = Strategy::session;
    std::string path;

    /// Number of the last batch that the disk database has committed.
    std::uint64_t mark = 0;
    /// Changed rows that are not on disk yet. Under the session strategy, before a cut, an upper
    /// bound: a row that was changed twice counts twice.
    std::uint64_t pending_changes = 0;
    /// Memory that those changes occupy, in bytes.
    std::uint64_t pending_bytes = 0;
    /// Changes since opening that had not got to the disk when a later change of the same row made
    /// them superfluous, and that are pending no more. Under the trigger strategy; a session holds
    /// one entry per row from the start, and counts nothing here.
    std::uint64_t coalesced_changes = 0;
    /// Age of the oldest change that is not on disk; zero when there is none. This is what a
    /// crash now would lose.
    std::chrono::nanoseconds lag{0};
    /// True while the pending limit makes the application's writes fail.
    bool refusing_writes = false;

    std::uint64_t syncs = 0;           ///< Batches committed on disk since opening.
    std::uint64_t synced_changes = 0;  ///< Changed rows in those batches.
    std::uint64_t whole_copies = 0;    ///< How many of those batches copied the whole database.
    std::uint64_t failures = 0;        ///< Attempts that failed since opening.
    /// When the last sync was committed; empty before the first.
    std::optional<std::chrono::system_clock::time_point> last_sync;
    std::chrono::nanoseconds last_sync_duration{0};
    /// How long the cut of the last sync kept the RAM connection from the application.
    std::chrono::nanoseconds last_stall{0};
    /// How long anything of tidemark's has kept it at most: a cut, or what is done in advance for one.
    std::chrono::nanoseconds longest_stall{0};
    /// The error that the last attempt failed with; empty as soon as an attempt succeeds.
    std::optional<Error> last_error;

    /// Size of the WAL file in bytes, after the last sync; zero in the modes that have none.
    std::uint64_t wal_bytes = 0;
    /// Why the WAL cannot be moved into the database (a reader that stays in one transaction, a full
    /// disk): syncing goes on and nothing is at risk, but the WAL grows. Empty as soon as it can.
    std::optional<Error> checkpoint_error;

    std::vector<TableStatus> tables;

    /// In the order of `Options::destinations`.
    std::vector<DestinationStatus> destinations;
};

/// One table, counted and hashed. Equal content gives equal hashes, whatever wrote it: the hash
/// (XXH3, 64 bits) covers rowids, storage classes and values in key order.
struct TableDigest {
    std::string name;
    std::uint64_t rows = 0;
    std::uint64_t hash = 0;

    friend bool operator==(const TableDigest&, const TableDigest&) = default;
};

/// What `Database::verify()` found.
struct VerifyReport {
    /// The batch at whose boundary both databases were compared.
    std::uint64_t mark = 0;
    std::vector<TableDigest> ram;
    std::vector<TableDigest> disk;
    /// One sentence per difference, naming the table; empty when the databases are equal.
    std::vector<std::string> differences;

    [[nodiscard]] bool equal() const noexcept { return differences.empty(); }
};

/// What `inspect()` found in a file at rest.
struct FileReport {
    std::string path;
    std::uint64_t size_bytes = 0;
    /// False for a SQLite database that tidemark has never kept; the next five are then empty.
    bool kept_by_tidemark = false;
    int format_version = 0;
    std::uint64_t mark = 0;
    std::string strategy;
    std::string writer_version;
    std::optional<std::chrono::system_clock::time_point> last_sync;
    /// Process id of the tidemark that holds the file now, if one does.
    std::optional<long> held_by;
    std::vector<TableDigest> tables;
    /// What SQLite's integrity check complains about; empty when the file is sound, or when
    /// `LoadCheck::none` was asked for.
    std::vector<std::string> problems;
};

}  // namespace tidemark
