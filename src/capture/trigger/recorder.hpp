#pragma once

#include "capture/capture.hpp"
#include "capture/trigger/sealed_log.hpp"
#include "capture/trigger/transaction_log.hpp"
#include "change/batch.hpp"
#include "change/table.hpp"

#include <atomic>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <vector>

namespace tidemark::capture {

/// Names in the application's connection. A trigger calls `log` with the values of a row and names
/// `transactions`, a virtual table that never gets a row, to take part in the transaction.
namespace names {
constexpr const char* log_function = "_tidemark_log";
constexpr const char* part_function = "_tidemark_part";
constexpr const char* touch_function = "_tidemark_touch";
constexpr const char* transactions_table = "_tidemark_transactions";
}  // namespace names

/// A log that is smaller is not coalesced: `_sync_queue` shows all of it.
constexpr std::uint64_t coalesced_bytes_min = 4U << 20U;

/// A row by its rowid.
struct WrittenRow {
    change::TableId table = 0;
    std::int64_t rowid = 0;

    friend auto operator<=>(const WrittenRow&, const WrittenRow&) = default;
};

/// Where the triggers write: the SQL functions that they call, and the virtual table through which
/// SQLite tells of commits and rollbacks.
///
/// **Why not rows inserted into a virtual table:** SQLite counts them in `total_changes()`. A
/// function call is not counted and costs the same (docs/strategies.md has the figures). The virtual
/// table is named by an INSERT that never runs, which is enough for SQLite to call its xBegin before
/// the first row changes.
///
/// **The functions return NULL, always**: they are the condition under which that INSERT would run.
///
/// **Coalescing.** A log that has become large is sealed when a transaction ends, and
/// `Signal::tend` asks for `coalesce`. It becomes large at `coalesced_bytes_min`, and then whenever as
/// much again has gathered as the last coalescing has left, or half of what the pending limit still
/// allows: so each record is looked at a few times at most, however long the disk is away.
///
/// Everything happens on the thread that uses the connection, under its lock, except `pending` and
/// `coalesce`, which any thread may call (`coalesce` one at a time).
class Recorder : public std::enable_shared_from_this<Recorder> {
public:
    struct Limits {
        std::uint64_t cut_changes = 0;
        std::uint64_t cut_bytes = 0;
        std::uint64_t pending_bytes_max = 0;
        /// Whether writes are refused at `pending_bytes_max`.
        bool refuses = true;
    };

    Recorder(Limits limits, SignalHandler signal);

    /// Registers functions and virtual table. They keep this object alive, and with `detach` become
    /// harmless: statements of the application may outlive the capture.
    void register_on(sqlite3* connection);
    static void unregister_from(sqlite3* connection) noexcept;
    void detach() noexcept { attached_ = false; }

    /// What the slots in the triggers mean, what the ids mean, and the encoding of the database's
    /// text.
    void set_tables(change::TableList tables, std::vector<change::TableId> slots,
                    bool utf16) noexcept {
        tables_ = std::move(tables);
        slots_ = std::move(slots);
        utf16_ = utf16;
    }
    /// Tables whose rows changed without being logged, since the last `take`.
    [[nodiscard]] const std::set<change::TableId>& touched() const noexcept { return touched_; }

    /// An incremental blob write, of which no trigger tells. With a rowid, the row is to be written
    /// as it stands at the cut; without, the whole table. Throws std::bad_alloc.
    void note_blob_write(change::TableId table, std::int64_t rowid);
    void note_blob_write(change::TableId table);
    /// Those rows and tables since the last `take`, or more of them; a row may not exist any more.
    [[nodiscard]] const std::set<WrittenRow>& blob_rows() const noexcept { return blob_rows_; }
    [[nodiscard]] const std::set<change::TableId>& blob_tables() const noexcept {
        return blob_tables_;
    }

    /// What has been sealed is in the log again. Before the log is looked at as a whole, which is
    /// before each cut. Throws std::bad_alloc.
    void gather() { sealed_.give_back(transactions_.log()); }
    /// Makes fewer records of what has been sealed.
    void coalesce() noexcept { sealed_.coalesce(); }
    /// Everything that is logged, oldest first; the numbers of the first are those that
    /// `transactions` gives.
    [[nodiscard]] change::LogReader reader() const;
    /// Inside a COMMIT, when everything that can fail but the disk has succeeded: may throw, and so
    /// make the COMMIT fail. Then, or when something else fails, `rolled_back`. Empty: none.
    struct CommitHooks {
        std::function<void()> before_commit;
        std::function<void()> committed;
        std::function<void()> rolled_back;
    };
    void set_commit_hooks(CommitHooks hooks) { hooks_ = std::move(hooks); }

    /// As `take_into`, inside a COMMIT; `give_back` undoes it when the COMMIT is going to fail. The log
    /// goes back without what was appended after `end`.
    struct Taken {
        TransactionLog::Taken transactions;
        std::set<change::TableId> touched;
        std::set<WrittenRow> blob_rows;
        std::set<change::TableId> blob_tables;
    };
    [[nodiscard]] Taken take_before_commit() noexcept;
    /// Whether something was sealed before there were hooks: it is not in the log of a COMMIT.
    [[nodiscard]] bool has_sealed() const noexcept { return !sealed_.empty(); }
    /// A copy of the whole database has taken its place. Throws std::bad_alloc.
    void forget_sealed();
    void give_back(Taken taken, const change::ChangeLog::Position& end) noexcept;

    /// Moves the log and what belongs to it into `batch`. Only between transactions.
    void take_into(change::Batch& batch) noexcept;
    [[nodiscard]] bool empty() const noexcept {
        return transactions_.log().empty() && sealed_.empty() && touched_.empty() &&
               blob_rows_.empty() && blob_tables_.empty();
    }

    [[nodiscard]] const TransactionLog& transactions() const noexcept { return transactions_; }
    [[nodiscard]] TransactionLog& transactions() noexcept { return transactions_; }
    [[nodiscard]] const change::TableList& tables() const noexcept { return tables_; }
    /// What the log holds; `refusing_writes` is not set.
    [[nodiscard]] Pending pending() const noexcept;
    /// Bytes that pending changes occupy elsewhere and that count for the limit.
    void set_bytes_elsewhere(std::uint64_t bytes) noexcept { bytes_elsewhere_ = bytes; }

    // Called by SQLite through the C functions in recorder.cpp.
    void log(sqlite3_context* context, std::span<sqlite3_value*> arguments);
    void part(sqlite3_context* context, std::span<sqlite3_value*> arguments);
    void touch(sqlite3_context* context, sqlite3_value* table);
    void prepare_commit();
    void committed();
    void rolled_back() noexcept;

private:
    struct ValueDeleter {
        void operator()(sqlite3_value* value) const noexcept { sqlite3_value_free(value); }
    };

    bool refuse(sqlite3_context* context);
    void record(change::Operation operation, change::TableId id,
                std::span<sqlite3_value* const> values);
    void append_update(std::span<sqlite3_value* const> values, bool repeats_unchanged);
    void follow_moved_row(change::TableId id, std::span<sqlite3_value* const> values);
    [[nodiscard]] std::uint64_t changes() const noexcept {
        return transactions_.log().changes() + blob_rows_.size() + blob_tables_.size();
    }
    [[nodiscard]] std::uint64_t seal_at_bytes() const noexcept;
    void seal_when_large() noexcept;
    void announce();
    void publish() noexcept;
    void send(Signal signal, bool& sent);

    const Limits limits_;
    const SignalHandler signal_;
    CommitHooks hooks_;
    bool attached_ = true;
    bool utf16_ = false;
    TransactionLog transactions_;
    SealedLog sealed_;
    change::TableList tables_;
    // By slot.
    std::vector<change::TableId> slots_;
    std::set<change::TableId> touched_;
    std::set<WrittenRow> blob_rows_;
    std::set<change::TableId> blob_tables_;
    // Values of a row with more of them than a function may have arguments.
    std::vector<std::unique_ptr<sqlite3_value, ValueDeleter>> parts_;
    bool first_change_sent_ = false;
    bool threshold_sent_ = false;

    std::atomic<std::uint64_t> pending_changes_{0};
    std::atomic<std::uint64_t> pending_bytes_{0};
    std::atomic<std::uint64_t> bytes_elsewhere_{0};
};

/// The share of one of SQLite's functions or modules, which may outlive the capture: made by `new`.
using SharedRecorder = std::shared_ptr<Recorder>;

/// For SQLite, which destroys the share with the function or module.
inline void destroy_shared(void* shared) { delete static_cast<SharedRecorder*>(shared); }

}  // namespace tidemark::capture
