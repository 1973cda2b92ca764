#include "capture/trigger/transaction_log.hpp"

#include <utility>

namespace tidemark::capture {

void TransactionLog::begin() {
    if (in_transaction_) return;
    in_transaction_ = true;
    counted_ = false;
    start_ = log_.end();
    savepoints_.clear();
}

void TransactionLog::prepare_commit() {
    if (!in_transaction_ || counted_ || log_.bytes() == start_.bytes) return;
    log_.append_mark(change::Operation::commit);
    ++transactions_;
    counted_ = true;
}

bool TransactionLog::commit() noexcept {
    in_transaction_ = false;
    savepoints_.clear();
    return std::exchange(counted_, false);
}

void TransactionLog::rollback() noexcept {
    if (!in_transaction_) return;
    log_.truncate(start_);
    if (counted_) --transactions_;
    in_transaction_ = false;
    savepoints_.clear();
}

void TransactionLog::savepoint(int index) {
    const auto wanted = static_cast<std::size_t>(index) + 1;
    // Known already: the virtual table was reconnected below a savepoint that is still open.
    if (savepoints_.size() >= wanted) return;
    savepoints_.resize(wanted, log_.end());
}

void TransactionLog::release(int index) noexcept {
    forget_savepoints_from(static_cast<std::size_t>(index));
}

void TransactionLog::rollback_to(int index) noexcept {
    const auto place = static_cast<std::size_t>(index);
    const bool known = index >= 0 && place < savepoints_.size();
    log_.truncate(known ? savepoints_[place] : start_);
    forget_savepoints_from(known ? place + 1 : 0);
}

void TransactionLog::forget_savepoints_from(std::size_t index) noexcept {
    if (index < savepoints_.size()) {
        savepoints_.erase(savepoints_.begin() + static_cast<std::ptrdiff_t>(index),
                          savepoints_.end());
    }
}

change::ChangeLog TransactionLog::take() noexcept {
    first_change_ += log_.numbered_changes();
    first_transaction_ += std::exchange(transactions_, 0);
    return std::exchange(log_, {});
}

TransactionLog::Taken TransactionLog::take_before_commit() noexcept {
    Taken taken{.start = start_,
                .first_change = first_change_,
                .first_transaction = first_transaction_,
                .transactions = transactions_,
                .counted = std::exchange(counted_, false)};
    taken.log = take();
    start_ = log_.end();
    savepoints_.clear();
    return taken;
}

void TransactionLog::give_back(Taken taken) noexcept {
    log_ = std::move(taken.log);
    start_ = taken.start;
    first_change_ = taken.first_change;
    first_transaction_ = taken.first_transaction;
    transactions_ = taken.transactions;
    counted_ = taken.counted;
}

}  // namespace tidemark::capture
