// Commits that wait for the disk: what happens on the thread that commits, with the RAM database
// locked, and what the sync thread does otherwise because of them.

#include "sync/sync_loop.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::sync {

using capture::CommitOutcome;
using capture::CommitResult;

// ---- On the thread that commits ----

CommitResult SyncLoop::commit(change::Batch& batch) noexcept {
    const std::lock_guard destination(destination_mutex_);
    if (SharedError error = why_not_now()) {
        return {.outcome = CommitOutcome::refused, .error = std::move(error)};
    }
    if (copy_is_due_ && batch.whole == nullptr) {
        return {.outcome = CommitOutcome::whole_copy_needed, .error = nullptr};
    }
    try {
        // What is in flight is part of a copy.
        if (batch.whole == nullptr) {
            apply_what_is_in_flight();
        }
        batch.number = next_number();
        apply_now(batch);
        return {.outcome = CommitOutcome::on_disk, .error = nullptr};
    } catch (const destination::NotApplicable&) {
        const SharedError error = errors_.current();
        if (batch.whole == nullptr) {
            return {.outcome = CommitOutcome::whole_copy_needed, .error = nullptr};
        }
        note_refused(error, batch.number);
        return {.outcome = CommitOutcome::refused, .error = error};
    } catch (...) {
        const SharedError error = errors_.current();
        note_refused(error, batch.number);
        return {.outcome = CommitOutcome::refused, .error = error};
    }
}

/// What fails here has been committed in RAM already: the sync thread goes on with a copy.
void SyncLoop::sync_now() noexcept {
    const std::lock_guard destination(destination_mutex_);
    if (why_not_now() != nullptr) {
        return;
    }
    std::uint64_t number = 0;
    try {
        if (!copy_is_due_) {
            apply_what_is_in_flight();
        }
        number = next_number();
        const capture::Cut cut =
            capture_.cut({.number = number, .whole = copy_is_due_, .at_boundary = {}});
        if (cut.outcome == capture::CutOutcome::taken) {
            // Until it is applied it is lost but for a copy.
            copy_is_due_ = true;
            apply_now(*cut.batch);
            copy_is_due_ = false;
        }
    } catch (...) {
        note_refused(errors_.current(), number);
        const std::lock_guard lock(mutex_);
        threshold_reached_ = true;
        wake_.notify_one();
    }
}

/// REQUIRES: the destination is locked. Throws what `apply` throws.
void SyncLoop::apply_what_is_in_flight() {
    if (batch_ == nullptr) {
        return;
    }
    // The sync thread applies it once more, which does nothing, and tells of it.
    destination_.apply(*batch_);
    capture_.acknowledge(batch_->number);
}

void SyncLoop::apply_now(const change::Batch& batch) {
    const TimePoint began = clock_.now();
    Ticket covered = 0;
    {
        const std::lock_guard lock(mutex_);
        covered = asked_;
    }
    destination_.apply(batch);
    capture_.acknowledge(batch.number);
    if (batch.whole != nullptr) {
        copy_is_due_ = false;
    }
    const SyncReport report{.mark = batch.number,
                            .changes = batch.changes,
                            .bytes = batch.bytes,
                            .duration = clock_.now() - began,
                            .stall = clock_.now() - began,
                            .whole_copy = batch.whole != nullptr};
    const bool had_trouble = upkeep_is_unfinished();
    const destination::Upkeep upkeep = had_trouble ? destination::Upkeep{} : ask_destination();

    const std::lock_guard lock(mutex_);
    if (!had_trouble) {
        upkeep_.log_bytes = upkeep.log_bytes;
    }
    // The sync thread looks again, and tells of it.
    if (upkeep.unfinished || upkeep.hindrance != nullptr) {
        look_at_ = TimePoint::min();
        wake_.notify_one();
    }
    note_in_figures(report);
    // The RAM database is locked: what was committed before somebody asked is on disk.
    served_ = std::max(served_, covered);
    has_refused_ = false;
    last_error_ = nullptr;
    retry_pause_.reset();
    answered_.notify_all();
    tell_later(report);
}

bool SyncLoop::still_refuses() const {
    const std::lock_guard lock(mutex_);
    return has_refused_ || untold_refusal_ != nullptr;
}

bool SyncLoop::upkeep_is_unfinished() const {
    const std::lock_guard lock(mutex_);
    return upkeep_.unfinished;
}

/// REQUIRES: the destination is locked.
SharedError SyncLoop::why_not_now() {
    const std::lock_guard lock(mutex_);
    if (state_ != State::stopped) {
        return nullptr;
    }
    return last_error_ != nullptr ? last_error_ : is_closed_;
}

void SyncLoop::note_refused(const SharedError& error, std::uint64_t number) {
    try {
        copy_is_due_ = copy_is_due_ || (number != 0 && destination_.carried_out(number));
    } catch (...) {
        copy_is_due_ = true;
    }
    const std::lock_guard lock(mutex_);
    ++figures_.failures;
    has_refused_ = true;
    last_error_ = error;
    untold_refusal_ = error;
    refusal_is_last_ = true;
    threshold_reached_ = threshold_reached_ || copy_is_due_;
    wake_.notify_one();
}

/// REQUIRES: the destination is locked.
std::uint64_t SyncLoop::next_number() {
    last_number_ = std::max(last_number_, destination_.mark()) + 1;
    return last_number_;
}

/// Several commits make one report when the observer is slower than they are. REQUIRES: mutex_ is
/// held.
void SyncLoop::tell_later(const SyncReport& report) {
    refusal_is_last_ = false;
    if (!announcer_.has_listener()) {
        return;
    }
    if (!untold_commits_) {
        untold_commits_ = report;
    } else {
        untold_commits_->mark = report.mark;
        untold_commits_->changes += report.changes;
        untold_commits_->bytes += report.bytes;
        untold_commits_->duration += report.duration;
        untold_commits_->stall += report.stall;
        untold_commits_->whole_copy = untold_commits_->whole_copy || report.whole_copy;
    }
    wake_.notify_one();
}

// ---- On the sync thread ----

bool SyncLoop::has_news() const {
    return untold_commits_.has_value() || untold_refusal_ != nullptr;
}

void SyncLoop::tell_news() {
    std::optional<SyncReport> commits;
    SharedError refusal;
    bool refusal_is_last = false;
    {
        const std::lock_guard lock(mutex_);
        refusal_is_last = refusal_is_last_;
        commits = std::exchange(untold_commits_, std::nullopt);
        refusal = std::exchange(untold_refusal_, nullptr);
    }
    const auto tell_refusal = [&] {
        if (refusal != nullptr) {
            announcer_.failure(refusal, capture_.pending().changes);
        }
    };
    if (!refusal_is_last) {
        tell_refusal();
    }
    if (commits) {
        announcer_.success();
        announcer_.sync(*commits);
    }
    if (refusal_is_last) {
        tell_refusal();
    }
}

void SyncLoop::own_destination() {
    if (!settings_.serves_commits || destination_lock_.owns_lock()) {
        return;
    }
    announcer_.pause();
    destination_lock_.lock();
}

void SyncLoop::release_destination() {
    if (!destination_lock_.owns_lock()) {
        return;
    }
    destination_lock_.unlock();
    announcer_.resume();
}

/// In the cut, with the RAM database locked.
void SyncLoop::prepare_own_cut(capture::CutRequest& request) {
    own_destination();
    request.number = next_number();
    request.whole = request.whole || copy_is_due_;
}

}  // namespace tidemark::sync
