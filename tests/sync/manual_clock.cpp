#include "sync/manual_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tidemark::tests {

namespace {

/// A test that waits longer than this, by the real clock, hangs.
constexpr std::chrono::seconds patience{30};

}  // namespace

sync::TimePoint ManualClock::now() const {
    const std::lock_guard lock(mutex_);
    return now_;
}

std::chrono::system_clock::time_point ManualClock::wall_time() const {
    return wall_time_at_start + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                    now() - sync::TimePoint(std::chrono::hours{1}));
}

void ManualClock::wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                             sync::TimePoint until) {
    const std::thread::id self = std::this_thread::get_id();
    {
        const std::lock_guard own(mutex_);
        if (until <= now_) {
            return;
        }
        sleepers_.push_back({self, &condition, lock.mutex(), until});
        note_sleep(self);
        changed_.notify_all();
    }
    condition.wait(lock);  // NOLINT(bugprone-spuriously-wake-up-functions): the caller looks again
    const std::lock_guard own(mutex_);
    std::erase_if(sleepers_, [&](const Sleeper& sleeper) { return sleeper.thread == self; });
}

void ManualClock::advance(std::chrono::nanoseconds duration) {
    {
        const std::lock_guard lock(mutex_);
        now_ += duration;
    }
    wake_all();
}

void ManualClock::note_sleep(std::thread::id thread) {
    for (Watched& watched : watched_) {
        if (watched.thread == thread) {
            ++watched.sleeps;
            return;
        }
    }
    if (watched_.size() < watched_max_) {
        watched_.push_back({.thread = thread, .sleeps = 1});
    }
}

void ManualClock::expect_caretaker_thread() {
    const std::lock_guard lock(mutex_);
    watched_max_ = 2;
}

// Twice: one may have woken the other when that had looked already.
void ManualClock::settle() {
    settle_from(0);
    settle_from(0);
}

void ManualClock::settle_caretaker() { settle_from(1); }

void ManualClock::settle_from(std::size_t first) {
    std::vector<Watched> seen;
    {
        const std::lock_guard lock(mutex_);
        seen = watched_;
    }
    wake_all();
    std::unique_lock lock(mutex_);
    const bool settled = changed_.wait_for(lock, patience, [&] {
        for (std::size_t i = first; i < seen.size(); ++i) {
            if (watched_[i].sleeps == seen[i].sleeps || asleep(watched_[i]) == nullptr) {
                return false;
            }
        }
        return true;
    });
    ASSERT_TRUE(settled) << "the threads do not go to sleep";
}

void ManualClock::wait_for_sleepers(std::size_t count) {
    std::unique_lock lock(mutex_);
    const bool asleep =
        changed_.wait_for(lock, patience, [&] { return sleepers_.size() >= count; });
    ASSERT_TRUE(asleep) << sleepers_.size() << " threads sleep, not " << count;
}

std::optional<std::chrono::nanoseconds> ManualClock::sync_thread_sleeps_for() const {
    const std::lock_guard lock(mutex_);
    return sleeps_for(0);
}

std::optional<std::chrono::nanoseconds> ManualClock::caretaker_thread_sleeps_for() const {
    const std::lock_guard lock(mutex_);
    return sleeps_for(1);
}

std::optional<std::chrono::nanoseconds> ManualClock::sleeps_for(std::size_t number) const {
    const Sleeper* sleeper = asleep(watched_.at(number));
    if (sleeper == nullptr || sleeper->until == sync::never) {
        return std::nullopt;
    }
    return sleeper->until - now_;
}

void ManualClock::wake_all() {
    std::vector<Sleeper> sleepers;
    {
        const std::lock_guard lock(mutex_);
        sleepers = sleepers_;
    }
    for (const Sleeper& sleeper : sleepers) {
        // Whoever holds it may be about to sleep, and would not hear us.
        const std::lock_guard lock(*sleeper.mutex);
        sleeper.condition->notify_all();
    }
}

const ManualClock::Sleeper* ManualClock::asleep(const Watched& watched) const {
    const auto found =
        std::find_if(sleepers_.begin(), sleepers_.end(), [&](const Sleeper& sleeper) {
            return sleeper.thread == watched.thread && sleeper.until > now_;
        });
    return found == sleepers_.end() ? nullptr : &*found;
}

}  // namespace tidemark::tests
