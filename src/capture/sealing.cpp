// The part of CombinedCapture that looks after what is pending between two cuts, above all after
// sessions: they cannot tell by themselves how much they hold, cannot refuse writes, and take long to
// say what has changed.
//
// **Sealing.** The changeset of a session is made row by row while the application waits. So it is
// made in parts, of a few thousand rows each, as the rows come in; what a cut still has to do is the
// rest. A seal is a cut at its boundary that hands nothing over: a part holds what happened between two
// boundaries, and all parts up to the cut's own go in one batch. What a cut finds out about the schema
// since the last cut (tables that are sent whole, a copy of everything) is true of parts as of the
// rest, since nothing is sealed once the schema has moved.

#include "capture/combined_capture.hpp"
#include "sqlite/connection.hpp"

#include <chrono>

namespace tidemark::capture {
namespace {

using Clock = std::chrono::steady_clock;

// Nothing is in a hurry, but has to be looked at.
constexpr std::chrono::milliseconds calm{10};

// An inserted row takes more memory in a changeset than in a session, and a row that changes again and
// again takes it in each part. So there are no more parts than one cut would take, and none where
// nothing makes cuts early: what comes in when the disk does not keep up stays in the session.
std::uint64_t sealed_bytes_max(const Recorder::Limits& limits) noexcept {
    constexpr std::uint64_t without_limit = 32U << 20U;
    if (limits.cut_bytes > 0) return limits.cut_bytes;
    return limits.cut_changes > 0 ? without_limit : 0;
}

}  // namespace

/// What a cut puts around its work as well.
class CombinedCapture::OwnUse {
public:
    explicit OwnUse(CombinedCapture& capture)
        : capture_(capture),
          work_(capture.authorizer_),
          errors_(capture.error_state_),
          limits_(capture.ram_) {}
    OwnUse(const OwnUse&) = delete;
    OwnUse& operator=(const OwnUse&) = delete;
    ~OwnUse() { capture_.end_own_transaction(); }

private:
    CombinedCapture& capture_;
    const sqlite::Authorizer::OwnWork work_;
    const sqlite::ErrorState::Guard errors_;
    const sqlite::RaisedLimits limits_;
};

Care CombinedCapture::tend() {
    recorder_->coalesce();
    if (in_calls_ || !has_sessions_.load(std::memory_order_relaxed)) {
        update_limits();
        return {.again_in = pending().near_limit ? std::optional(calm) : std::nullopt};
    }
    SessionCapture::Ended ended;  // freed when the application may go on
    const sqlite::ConnectionLock lock(ram_);
    if (left_transaction_open_) {
        const sqlite::Authorizer::OwnWork own_work(authorizer_);
        end_left_transaction();
    }
    Care care = look_after_sessions();
    if (left_transaction_open_) care.again_in = calm;
    ended = sessions_->take_ended();
    return care;
}

// After a cut. Freeing one waits for whatever call the application is in, and a batch must not wait for that.
void CombinedCapture::see_to_ended_sessions() {
    if (!sessions_ || !sessions_->has_ended()) return;
    if (!in_calls_) return signal_(Signal::tend);
    static_cast<void>(sessions_->take_ended());
}

Care CombinedCapture::look_after_sessions() {
    const Clock::time_point begin = Clock::now();
    measure_sessions();
    update_limits();
    Care care;
    if (may_seal()) {
        care.again_in = seal_when_due();
    } else if (sessions_->changed() || !refusal_.is_settled() || pending().near_limit) {
        // Refusing ends with a sync, of which nobody tells.
        care.again_in = calm;
    }
    if (!refusal_.is_settled() && stands_at_boundary()) {
        const OwnUse own_use(*this);
        refusal_.arrange(plan_.refusable);
    }
    care.stall = Clock::now() - begin;
    return care;
}

bool CombinedCapture::may_seal() const {
    if (!sessions_->changed() || seal_has_failed_ || commit_handler_ != nullptr) return false;
    if (plan_is_unsettled_ || left_transaction_open_ || has_ended_foreign_transaction_) {
        return false;
    }
    return sessions_->sealed_bytes() < sealed_bytes_max(settings_.limits) && !pending().near_limit;
}

// Says when to look again.
std::chrono::nanoseconds CombinedCapture::seal_when_due() {
    const SealPace::Look look = look_at_sessions();
    if (!seal_pace_.is_due(look)) return seal_pace_.next_look(look);
    // An interrupt stays pending as long as any statement runs, and keeps the session's savepoint from
    // being ended.
    if (!stands_at_boundary() || sqlite::has_running_statements(ram_)) {
        return seal_pace_.ask_again(look.time);
    }
    try {
        const OwnUse own_use(*this);
        const Boundary now = boundary_reader_.read_versions(known_);
        const bool schema_has_moved =
            now.schema_version != known_.schema_version || now.data_version != known_.data_version;
        if (schema_has_moved) return calm;
        sessions_->seal();
    } catch (...) {
        // The next cut meets the same trouble, and reports it.
        seal_has_failed_ = true;
        return calm;
    }
    seal_pace_.sealed(look.bytes, Clock::now() - look.time);
    measure_sessions();
    return seal_pace_.next_look(look_at_sessions());
}

SealPace::Look CombinedCapture::look_at_sessions() const {
    return {.time = Clock::now(),
            .bytes = sessions_->unsealed_bytes(),
            .tables = sessions_->unsealed_tables(),
            .changes = session_changes_.load(std::memory_order_relaxed)};
}

void CombinedCapture::measure_sessions() {
    const bool changed = sessions_->changed();
    const std::uint64_t bytes =
        changed ? sessions_->unsealed_bytes() + sessions_->sealed_bytes() : 0;
    const std::uint64_t changes = changed ? changes_by_any_means() : 0;
    session_bytes_.store(bytes, std::memory_order_relaxed);
    session_changes_.store(changes, std::memory_order_relaxed);
    const Recorder::Limits& limits = settings_.limits;
    const bool due = (limits.cut_changes > 0 && changes >= limits.cut_changes) ||
                     (limits.cut_bytes > 0 && bytes >= limits.cut_bytes);
    if (due) signal_(Signal::threshold);
}

}  // namespace tidemark::capture
