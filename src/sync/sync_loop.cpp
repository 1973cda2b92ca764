#include "sync/sync_loop.hpp"

#include "sync/threads.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <new>
#include <utility>

namespace tidemark::sync {

namespace {

using std::chrono::milliseconds;

/// With an interval of zero: how often to look for what announces itself to nobody (DDL, PRAGMA).
constexpr milliseconds slow_tick{100};

constexpr TimePoint at_once = TimePoint::min();

/// The table of moves of docs/sync.md. Used by an assertion.
[[maybe_unused]] constexpr bool may_move(State from, State to) {
    constexpr std::array<std::array<bool, 5>, 5> table{{
        // idle, cutting, applying, waiting_to_retry, stopped
        {false, true, false, false, true},   // from idle
        {true, false, true, true, true},     // from cutting
        {true, true, false, true, true},     // from applying
        {false, true, true, false, true},    // from waiting_to_retry
        {false, false, false, false, false}  // from stopped
    }};
    return table.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(to));
}

}  // namespace

SyncLoop::SyncLoop(capture::Capture& capture, destination::Destination& destination,
                   Settings settings, std::shared_ptr<Observer> observer, Clock& clock)
    : capture_(capture),
      destination_(destination),
      settings_(std::move(settings)),
      at_every_change_(settings_.interval <= milliseconds::zero()),
      period_(at_every_change_ ? slow_tick : std::min(settings_.interval, longest_pause)),
      clock_(clock),
      errors_(settings_.path),
      is_closed_(std::make_shared<const Error>(
          Error::Parts{.operation = "commit", .object = settings_.path, .reason = "it is closed"})),
      look_pause_(settings_.retry_pause_first, settings_.retry_pause_max),
      announcer_(std::move(observer)),
      mark_(destination.mark()),
      retry_pause_(settings_.retry_pause_first, settings_.retry_pause_max) {}

void SyncLoop::start() {
    assert(!thread_.joinable());
    {
        const std::lock_guard lock(mutex_);
        next_tick_ = later(clock_.now(), period_);
    }
    thread_ = start_thread("start the sync thread of", settings_.path, [this] { run(); });
}

void SyncLoop::run() {
    {
        const std::lock_guard lock(mutex_);
        sync_thread_ = std::this_thread::get_id();
    }
    while (wait_until_due()) {
        attempt();
    }
    finish();
}

// ---- When ----

/// Sleeps until the next attempt is due. False when the thread is to end instead.
bool SyncLoop::wait_until_due() {
    Lock lock(mutex_);
    while (!is_to_end()) {
        if (due_at() <= clock_.now()) {
            return true;
        }
        if (has_news()) {
            lock.unlock();
            tell_news();
            lock.lock();
        } else if (look_at() <= clock_.now()) {
            lock.unlock();
            own_destination();
            look_after_destination();
            release_destination();
            lock.lock();
        } else {
            clock_.wait_until(wake_, lock, std::min(due_at(), look_at()));
        }
    }
    return false;
}

bool SyncLoop::is_to_end() const {
    return abandoned_ || (state_ == State::idle && served_ >= last_one_);
}

TimePoint SyncLoop::due_at() const {
    switch (state_) {
        case State::idle:
            if (resting_) {
                return asked_ > served_ ? at_once : never;
            }
            return has_work() ? at_once : next_tick_;
        case State::cutting:
            return resting_ ? never : ask_again_at_;
        case State::waiting_to_retry:
            if (retry_at_once_) {
                return at_once;
            }
            return resting_ ? never : retry_at_;
        case State::applying:
        case State::stopped:
            break;
    }
    return never;
}

bool SyncLoop::has_work() const {
    const bool changed = age_.gathering_since() != never;
    return asked_ > served_ || threshold_reached_ || (changed && at_every_change_);
}

/// What is in flight goes first.
TimePoint SyncLoop::look_at() const { return state_ == State::idle ? look_at_ : never; }

void SyncLoop::look_after_destination() {
    const destination::Upkeep upkeep = ask_destination();
    if (!upkeep.unfinished) {
        look_pause_.reset();
    }
    {
        const std::lock_guard lock(mutex_);
        upkeep_ = upkeep;
        look_at_ = upkeep.unfinished ? later(clock_.now(), look_pause_.next()) : never;
    }
    announcer_.checkpoint(upkeep.hindrance, upkeep.log_bytes);
}

destination::Upkeep SyncLoop::ask_destination() {
    try {
        return destination_.look_after();
    } catch (...) {
        return {.log_bytes = 0, .hindrance = errors_.current(), .unfinished = true};
    }
}

/// Ticks stay on their grid however late one is served; those that were missed are left out.
void SyncLoop::take_tick(TimePoint now) {
    if (now < next_tick_) {
        return;
    }
    tick_ = true;
    next_tick_ = later(next_tick_, period_ * ((now - next_tick_) / period_ + 1));
}

// ---- One attempt ----

/// Brings the batch that is in flight to the disk, or else the next one.
void SyncLoop::attempt() {
    {
        const std::lock_guard lock(mutex_);
        being_tried_ = asked_;
        retry_at_once_ = false;
    }
    try {
        if (batch_ == nullptr) {
            cut();
        }
        if (batch_ != nullptr) {
            apply();
        }
    } catch (const destination::NotApplicable&) {
        const SharedError error = errors_.current();
        if (batch_->whole == nullptr) {
            replace_batch(error);
        } else {
            stop_for_good(error);
        }
    } catch (...) {
        const SharedError error = errors_.current();
        if (error->retryable()) {
            retry_later(error);
        } else {
            stop_for_good(error);
        }
    }
    release_destination();
    tell_news();
}

void SyncLoop::cut() {
    if (state_ != State::cutting) {
        ask_pause_.begin(clock_.now());
        move(State::cutting);
    }
    capture::CutRequest request = begin_cut();
    if (settings_.serves_commits) {
        request.at_boundary = [this, &request, call = std::move(request.at_boundary)] {
            prepare_own_cut(request);
            if (call) {
                call();
            }
        };
    }
    const capture::Cut cut = ask_capture(request);
    note_outcome(cut);

    if (cut.outcome == capture::CutOutcome::taken) {
        batch_ = cut.batch;
        more_is_waiting_ = cut.more;
        whole_next_ = false;
    } else if (cut.outcome == capture::CutOutcome::nothing) {
        assert(!whole_next_);
        more_is_waiting_ = false;
        const SyncReport report{
            .mark = mark_, .duration = clock_.now() - cut_began_, .stall = stall_};
        succeed(tick_ && !at_every_change_ ? std::optional(report) : std::nullopt);
    }
}

capture::CutRequest SyncLoop::begin_cut() {
    const std::lock_guard lock(mutex_);
    const bool is_awaited = boundary_calls_.begin_cut();
    cut_began_ = clock_.now();
    covered_ = asked_;
    threshold_reached_ = false;
    take_tick(cut_began_);
    age_.cut_begins();

    capture::CutRequest request{
        .number = mark_ + 1, .whole = whole_next_, .end_transaction = end_transaction_};
    if (is_awaited) {
        request.at_boundary = [this] { boundary_calls_.at_boundary(); };
    }
    return request;
}

capture::Cut SyncLoop::ask_capture(const capture::CutRequest& request) {
    try {
        return capture_.cut(request);
    } catch (...) {
        const SharedError error = errors_.current();
        const std::lock_guard lock(mutex_);
        age_.cut_failed();
        transaction_open_ = false;
        boundary_calls_.fail(error);
        throw;
    }
}

void SyncLoop::note_outcome(const capture::Cut& cut) {
    const std::lock_guard lock(mutex_);
    stall_ = cut.stall;
    figures_.longest_stall = std::max(figures_.longest_stall, cut.stall);
    transaction_open_ = cut.outcome == capture::CutOutcome::transaction_open;

    switch (cut.outcome) {
        case capture::CutOutcome::taken:
            age_.cut_taken(cut_began_);
            if (cut.more) {
                covered_ = served_;
                threshold_reached_ = true;
                age_.noticed(cut_began_);
            }
            break;
        case capture::CutOutcome::nothing:
            age_.cut_found_nothing();
            serve();
            break;
        case capture::CutOutcome::transaction_open:
            age_.cut_failed();
            ask_again_at_ = clock_.now() + ask_pause_.next(clock_.now());
            tried_in_vain_ = being_tried_;
            answered_.notify_all();
            break;
    }
}

bool SyncLoop::tended(std::chrono::nanoseconds stall) noexcept {
    {
        const std::lock_guard lock(mutex_);
        figures_.longest_stall = std::max(figures_.longest_stall, stall);
    }
    return announcer_.pending_limit(capture_.pending());
}

void SyncLoop::apply() {
    own_destination();
    move(State::applying);
    destination_.apply(*batch_);
    capture_.acknowledge(batch_->number);
    if (batch_->whole != nullptr) {
        copy_is_due_ = false;
    }
    const SyncReport report = note_applied();
    batch_.reset();
    succeed(report);
}

SyncReport SyncLoop::note_applied() {
    const std::lock_guard lock(mutex_);
    const SyncReport report{.mark = batch_->number,
                            .changes = batch_->changes,
                            .bytes = batch_->bytes,
                            .duration = clock_.now() - cut_began_,
                            .stall = stall_,
                            .whole_copy = batch_->whole != nullptr};
    age_.applied();
    has_refused_ = false;
    note_in_figures(report);
    serve();
    return report;
}

void SyncLoop::note_in_figures(const SyncReport& report) {
    // A commit may have gone past a batch that waited for a retry.
    mark_ = std::max(mark_, report.mark);
    if (settings_.on_mark) {
        settings_.on_mark(mark_);
    }
    ++figures_.syncs;
    figures_.synced_changes += report.changes;
    figures_.whole_copies += report.whole_copy ? 1 : 0;
    figures_.last_sync = clock_.wall_time();
    figures_.last_sync_duration = report.duration;
    figures_.last_stall = report.stall;
}

/// Whoever waits for what the last cut covered may go on.
void SyncLoop::serve() {
    served_ = std::max(served_, covered_);
    if (!has_refused_) {
        last_error_ = nullptr;
        retry_pause_.reset();
    }
    answered_.notify_all();
}

void SyncLoop::succeed(const std::optional<SyncReport>& report) {
    tick_ = false;
    // What was refused before this is told before it.
    tell_news();
    if (!still_refuses()) {
        announcer_.success();
    }
    if (report) {
        announcer_.sync(*report);
    }
    if (!more_is_waiting_) {
        boundary_calls_.after_apply(mark_);
    }
    // While it has trouble there are pauses of their own.
    if (!upkeep_.unfinished) {
        look_after_destination();
    }
    move(State::idle);
}

// ---- Failures ----

/// The batch, if one was cut, stays. No status shows the failure without the pause that follows it.
void SyncLoop::retry_later(const SharedError& error) {
    State from = State::waiting_to_retry;
    {
        const std::lock_guard lock(mutex_);
        count_failure(error);
        from = enter(State::waiting_to_retry);
        retry_at_ = later(clock_.now(), retry_pause_.next());
    }
    announcer_.failure(error, capture_.pending().changes);
    {
        const std::lock_guard lock(mutex_);
        tried_in_vain_ = being_tried_;
        answered_.notify_all();
    }
    announcer_.move(from, State::waiting_to_retry);
}

/// The whole copy that is cut next holds what was in the batch.
void SyncLoop::replace_batch(const SharedError& error) {
    tell_failure(error);
    batch_.reset();
    whole_next_ = true;
    ask_pause_.begin(clock_.now());
    {
        const std::lock_guard lock(mutex_);
        boundary_calls_.fail(error);
        ask_again_at_ = at_once;
    }
    move(State::cutting);
}

/// Until somebody has removed the cause and opened the database anew. The thread stays, to say at the
/// end what is lost.
void SyncLoop::stop_for_good(const SharedError& error) {
    tell_failure(error);
    move(State::stopped);
}

void SyncLoop::tell_failure(const SharedError& error) {
    {
        const std::lock_guard lock(mutex_);
        count_failure(error);
    }
    announcer_.failure(error, capture_.pending().changes);
}

void SyncLoop::count_failure(const SharedError& error) {
    ++figures_.failures;
    last_error_ = error;
}

// ---- The end, and every move before it ----

void SyncLoop::finish() {
    tell_news();
    announce_loss();
    if (state_ != State::stopped) {
        move(State::stopped);
    }
    // Another thread may get this id from now on.
    const std::lock_guard lock(mutex_);
    sync_thread_ = {};
}

/// After `stop` there is none: what is committed later is no longer ours.
void SyncLoop::announce_loss() {
    const capture::Pending pending = capture_.pending();
    const bool in_flight = batch_ != nullptr || whole_next_;
    Lock lock(mutex_);
    if (!abandoned_ || (!in_flight && pending.changes == 0 && pending.bytes == 0)) {
        return;
    }
    SharedError error;
    try {
        error = std::make_shared<const Error>(why_not("close", lock));
    } catch (...) {
        error = errors_.current();
    }
    announcer_.loss(error, pending.changes);
}

void SyncLoop::move(State to) {
    State from = to;
    {
        const std::lock_guard lock(mutex_);
        from = enter(to);
    }
    announcer_.move(from, to);
}

/// Returns the state that is left.
State SyncLoop::enter(State to) {
    assert(may_move(state_, to));
    if (to == State::stopped) {
        answered_.notify_all();
    }
    return std::exchange(state_, to);
}

}  // namespace tidemark::sync
