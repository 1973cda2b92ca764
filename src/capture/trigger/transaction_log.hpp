#pragma once

#include "change/change_log.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidemark::capture {

/// A change log that follows the transactions of one connection: what is rolled back is taken out
/// again, so that the log holds exactly the changes that survive.
///
/// The calls mirror those that SQLite makes to a virtual table (module version 2), with their three
/// traps. They are tried in tests/capture:
///
/// - `ROLLBACK TO` the savepoint that opened the transaction arrives as `rollback_to(-1)`.
/// - A savepoint that is older than the first write of the transaction is never announced. Nothing
///   was logged before it, so its place is the start of the transaction.
/// - A schema change that is rolled back to a savepoint disconnects and reconnects the virtual table
///   in the middle of a transaction: `begin` and `savepoint` come again for what is already open,
///   and must change nothing; `commit` may come twice.
class TransactionLog {
public:
    void begin();
    /// The last call of a transaction that can fail: writes the commit record. Throws
    /// std::bad_alloc.
    void prepare_commit();
    /// Whether there was a transaction with changes to end.
    bool commit() noexcept;
    void rollback() noexcept;
    void savepoint(int index);
    void release(int index) noexcept;
    void rollback_to(int index) noexcept;

    [[nodiscard]] bool in_transaction() const noexcept { return in_transaction_; }
    [[nodiscard]] change::ChangeLog& log() noexcept { return log_; }
    [[nodiscard]] const change::ChangeLog& log() const noexcept { return log_; }

    /// Hands over everything that is logged and goes on with an empty log. Only between
    /// transactions, and when what was moved out of `log()` has been put back.
    [[nodiscard]] change::ChangeLog take() noexcept;
    /// Hands over the same in the middle of a COMMIT: what is rolled back after this is not in the
    /// log any more.
    struct Taken {
        change::ChangeLog log;
        change::ChangeLog::Position start;
        std::uint64_t first_change = 1;
        std::uint64_t first_transaction = 1;
        std::uint64_t transactions = 0;
        bool counted = false;
    };
    [[nodiscard]] Taken take_before_commit() noexcept;
    /// Undoes it: the COMMIT is going to fail.
    void give_back(Taken taken) noexcept;
    /// Numbers of the first change and transaction in the log, since the capture began.
    [[nodiscard]] std::uint64_t first_change() const noexcept { return first_change_; }
    [[nodiscard]] std::uint64_t first_transaction() const noexcept { return first_transaction_; }

private:
    void forget_savepoints_from(std::size_t index) noexcept;

    change::ChangeLog log_;
    bool in_transaction_ = false;
    change::ChangeLog::Position start_;
    std::vector<change::ChangeLog::Position> savepoints_;
    std::uint64_t first_change_ = 1;
    std::uint64_t first_transaction_ = 1;
    std::uint64_t transactions_ = 0;
    // Whether prepare_commit counted the open transaction, so that a rollback uncounts it.
    bool counted_ = false;
};

}  // namespace tidemark::capture
