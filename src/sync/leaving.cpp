// What becomes of a loop when the process ends and nobody has closed its database.
//
// Other threads may still run and use the database, or hold the RAM database for ever because it was
// they who called exit(); what callbacks of the application need may be gone. So nothing is freed, no
// observer is called, and every wait has an end.

#include "sync/sync_loop.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace tidemark::sync {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds look_again{10};

}  // namespace

void SyncLoop::leave(const Leaving& leaving) noexcept {
    try {
        Lock lock(mutex_);
        if (sync_thread_ == std::this_thread::get_id() || announcer_.is_telling()) {
            return;
        }
        const auto call = std::make_shared<BoundaryCall>([] {}, [] {});
        boundary_calls_.add(call);
        const Ticket ticket = ask();
        announcer_.be_silent(true);
        wait_for_last_cut(call, ticket, leaving, lock);
        resting_ = true;
        end_transaction_ = false;
        boundary_calls_.give_up(call, lock);
    } catch (...) {
        // Out of memory, and there is nobody left to tell.
    }
}

/// Without a boundary there is no point in waiting long: who would come to one may be the very thread
/// that is waiting here. For the disk it is waited until the deadline.
void SyncLoop::wait_for_last_cut(const BoundaryCalls::Call& call, Ticket ticket,
                                 const Leaving& leaving, Lock& lock) {
    const bool one_attempt = leaving.deadline <= milliseconds::zero();
    const TimePoint until = one_attempt ? never : later(clock_.now(), leaving.deadline);
    std::optional<TimePoint> without_boundary_since;
    for (;;) {
        const TimePoint now = clock_.now();
        if (served_ >= ticket || state_ == State::stopped || now >= until) {
            return;
        }
        const bool cut_is_made = call->reached || state_ != State::cutting;
        if (one_attempt && cut_is_made && tried_in_vain_ >= ticket) {
            return;
        }
        if (cut_is_made) {
            without_boundary_since.reset();
        } else if (!without_boundary_since) {
            without_boundary_since = now;
        } else if (now - *without_boundary_since >= leaving.patience) {
            if (!transaction_open_ || !leaving.end_transaction || end_transaction_) {
                return;
            }
            end_transaction_ = true;
            without_boundary_since.reset();
        }
        clock_.wait_until(answered_, lock, std::min(until, later(now, look_again)));
    }
}

}  // namespace tidemark::sync
