// What other threads ask of the sync thread, and what they are told.

#include "sync/sync_loop.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::sync {

namespace {

using std::chrono::milliseconds;

std::string loss(std::uint64_t changes) {
    if (changes == 0) {
        return "";
    }
    const std::string count =
        changes == 1 ? "1 change is" : std::to_string(changes) + " changes are";
    return "; " + count + " not on disk";
}

}  // namespace

void SyncLoop::signal(capture::Signal signal) {
    const std::lock_guard lock(mutex_);
    if (signal == capture::Signal::first_change) {
        age_.noticed(clock_.now());
        // Otherwise it is only recorded, and the thread may sleep on.
        if (!at_every_change_) {
            return;
        }
    } else if (signal == capture::Signal::threshold) {
        threshold_reached_ = true;
    } else {
        return;
    }
    wake_.notify_one();
}

void SyncLoop::flush(milliseconds deadline) {
    refuse_sync_thread("flush");
    Lock lock(mutex_);
    const Ticket ticket = ask();
    if (!wait_for(ticket, lock, deadline, [&] { return served_ >= ticket; })) {
        throw why_not("flush", lock);
    }
}

std::uint64_t SyncLoop::run_at_boundary(std::function<void()> at_boundary,
                                        std::function<void()> after_apply, milliseconds deadline) {
    refuse_sync_thread("verify");
    const auto call =
        std::make_shared<BoundaryCall>(std::move(at_boundary), std::move(after_apply));
    Lock lock(mutex_);
    boundary_calls_.add(call);
    if (!wait_for(ask(), lock, deadline, [&] { return call->finished; })) {
        boundary_calls_.give_up(call, lock);
    }
    if (!call->finished) {
        throw why_not("verify", lock);
    }
    if (call->thrown != nullptr) {
        std::rethrow_exception(std::exchange(call->thrown, nullptr));
    }
    if (call->failure != nullptr) {
        throw Error(*call->failure);
    }
    return call->mark;
}

void SyncLoop::stop(milliseconds deadline) {
    refuse_sync_thread("close");
    if (!thread_.joinable()) {
        return;
    }
    {
        Lock lock(mutex_);
        // It may have come to long pauses, and there may be little time left.
        retry_pause_.reset();
        last_one_ = ask();
        if (!wait_for(last_one_, lock, deadline, [&] { return served_ >= last_one_; })) {
            last_one_ = no_ticket;
            throw why_not("close", lock);
        }
    }
    thread_.join();
}

std::uint64_t SyncLoop::abandon() noexcept {
    if (!thread_.joinable()) {
        return 0;
    }
    {
        const std::lock_guard lock(mutex_);
        abandoned_ = true;
        wake_.notify_one();
    }
    thread_.join();
    return capture_.pending().changes;
}

void SyncLoop::fill(Status& status) const {
    const capture::Pending pending = capture_.pending();
    status.pending_changes = pending.changes;
    status.pending_bytes = pending.bytes;
    status.refusing_writes = pending.refusing_writes;
    status.coalesced_changes = pending.coalesced_changes;

    const std::lock_guard lock(mutex_);
    const bool is_pending = pending.changes != 0 || pending.bytes != 0;
    const TimePoint now = clock_.now();
    status.lag = is_pending ? now - std::min(age_.oldest(), now) : TimePoint::duration::zero();
    status.state = state_;
    status.mark = mark_;
    status.syncs = figures_.syncs;
    status.synced_changes = figures_.synced_changes;
    status.whole_copies = figures_.whole_copies;
    status.failures = figures_.failures;
    status.last_sync = figures_.last_sync;
    status.last_sync_duration = figures_.last_sync_duration;
    status.last_stall = figures_.last_stall;
    status.longest_stall = figures_.longest_stall;
    status.wal_bytes = upkeep_.log_bytes;
    status.checkpoint_error = upkeep_.hindrance ? std::optional(*upkeep_.hindrance) : std::nullopt;
    status.last_error = last_error_ ? std::optional(*last_error_) : std::nullopt;
}

// ---- Asking and waiting ----

SyncLoop::Ticket SyncLoop::ask() {
    resting_ = false;
    announcer_.be_silent(false);
    retry_at_once_ = true;
    wake_.notify_one();
    return ++asked_;
}

/// False when it was not `done` by the deadline, or cannot be because the loop has stopped.
template <typename Done>
bool SyncLoop::wait_for(Ticket ticket, Lock& lock, milliseconds deadline, Done done) {
    const bool one_attempt = deadline <= milliseconds::zero();
    const TimePoint until = one_attempt ? never : later(clock_.now(), deadline);
    while (!done()) {
        if (settings_.assist) {
            lock.unlock();
            settings_.assist();
            lock.lock();
            if (done()) {
                return true;
            }
        }
        const bool late = one_attempt ? tried_in_vain_ >= ticket : clock_.now() >= until;
        if (late || state_ == State::stopped) {
            return false;
        }
        clock_.wait_until(answered_, lock, until);
    }
    return true;
}

void SyncLoop::refuse_sync_thread(const char* operation) const {
    const std::lock_guard lock(mutex_);
    if (sync_thread_ == std::this_thread::get_id() || announcer_.is_telling()) {
        throw Error({.operation = operation,
                     .object = settings_.path,
                     .reason = "called from an observer, on the thread that would have to do it",
                     .advice = "call it from another thread"});
    }
}

/// The reason why something that was asked for has not happened so far. Ends the lock, since it
/// asks the capture how much that is.
Error SyncLoop::why_not(const char* operation, Lock& lock) const {
    Error::Parts parts{.operation = operation, .object = settings_.path};
    const bool stopped = state_ == State::stopped;
    if (stopped && last_error_ == nullptr) {
        parts.reason = "it is closed";
    } else if (last_error_ != nullptr && !transaction_open_) {
        parts.code = last_error_->code();
        parts.reason = stopped ? "syncing has stopped: " : "the last attempt failed: ";
        parts.reason += last_error_->reason();
        parts.advice = last_error_->advice();
        parts.retryable = last_error_->retryable();
    } else {
        parts.reason = what_takes_so_long();
        parts.advice = transaction_open_
                           ? "commit it or roll it back, and reset statements that have not been "
                             "stepped to their end"
                           : "allow more time";
        parts.retryable = true;
    }
    lock.unlock();
    parts.reason += loss(capture_.pending().changes);
    return Error(std::move(parts));
}

std::string SyncLoop::what_takes_so_long() const {
    if (transaction_open_) {
        return "a transaction is open on the RAM database, and changes can be taken from it only "
               "between transactions";
    }
    switch (state_) {
        case State::cutting:
            return "the changes are still being taken from the RAM database";
        case State::applying:
            return "the disk database is still being written";
        default:
            return "no attempt has been made";
    }
}

}  // namespace tidemark::sync
