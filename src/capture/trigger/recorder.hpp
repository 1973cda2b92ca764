#pragma once

#include "capture/capture.hpp"
#include "capture/trigger/transaction_log.hpp"
#include "change/batch.hpp"
#include "change/table.hpp"

#include <atomic>
#include <cstdint>
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

/// Where the triggers write: the SQL functions that they call, and the virtual table through which
/// SQLite tells of commits and rollbacks.
///
/// **Why not rows inserted into a virtual table:** SQLite counts them in `total_changes()`. A
/// function call is not counted and costs the same (docs/strategies.md has the figures). The virtual
/// table is named by an INSERT of no rows, which is enough for SQLite to call its xBegin before the
/// first row changes.
///
/// Everything happens on the thread that uses the connection, under its lock, except
/// `pending`, which any thread may call.
class Recorder : public std::enable_shared_from_this<Recorder> {
public:
    struct Limits {
        std::uint64_t cut_changes = 0;
        std::uint64_t cut_bytes = 0;
        std::uint64_t pending_bytes_max = 0;
    };

    Recorder(Limits limits, SignalHandler signal);

    /// Registers functions and virtual table. They keep this object alive, and with `detach` become
    /// harmless: statements of the application may outlive the capture.
    void register_on(sqlite3* connection);
    static void unregister_from(sqlite3* connection) noexcept;
    void detach() noexcept { attached_ = false; }

    /// What the ids in the triggers mean, and the encoding of the database's text.
    void set_tables(change::TableList tables, bool utf16) noexcept {
        tables_ = std::move(tables);
        utf16_ = utf16;
    }
    /// Tables whose rows changed without being logged, since the last `take`.
    [[nodiscard]] const std::set<change::TableId>& touched() const noexcept { return touched_; }

    /// Moves the log and what belongs to it into `batch`. Only between transactions.
    void take_into(change::Batch& batch) noexcept;
    [[nodiscard]] bool empty() const noexcept {
        return transactions_.log().empty() && touched_.empty();
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
    void publish() noexcept;
    void send(Signal signal, bool& sent);

    const Limits limits_;
    const SignalHandler signal_;
    bool attached_ = true;
    bool utf16_ = false;
    TransactionLog transactions_;
    change::TableList tables_;
    std::set<change::TableId> touched_;
    // Values of a row with more of them than a function may have arguments.
    std::vector<std::unique_ptr<sqlite3_value, ValueDeleter>> parts_;
    bool first_change_sent_ = false;
    bool threshold_sent_ = false;

    std::atomic<std::uint64_t> pending_changes_{0};
    std::atomic<std::uint64_t> pending_bytes_{0};
    std::atomic<std::uint64_t> bytes_elsewhere_{0};
};

}  // namespace tidemark::capture
