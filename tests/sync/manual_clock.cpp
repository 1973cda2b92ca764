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
        if (sync_thread_ == std::thread::id()) {
            sync_thread_ = self;
        }
        sleeps_of_sync_thread_ += self == sync_thread_ ? 1U : 0U;
        changed_.notify_all();
    }
    condition.wait(lock);  // NOLINT(bugprone-spuriously-wake-up-functions): the caller looks again
    const std::lock_guard own(mutex_);
    std::erase_if(sleepers_, [&](const Sleeper& sleeper) { return sleeper.thread == self; });
}

void ManualClock::advance(std::chrono::milliseconds duration) {
    {
        const std::lock_guard lock(mutex_);
        now_ += duration;
    }
    wake_all();
}

void ManualClock::settle() {
    std::uint64_t seen = 0;
    {
        const std::lock_guard lock(mutex_);
        seen = sleeps_of_sync_thread_;
    }
    wake_all();
    std::unique_lock lock(mutex_);
    const bool settled = changed_.wait_for(lock, patience, [&] {
        return sleeps_of_sync_thread_ > seen && sync_thread_asleep() != nullptr;
    });
    ASSERT_TRUE(settled) << "the sync thread does not go to sleep";
}

void ManualClock::wait_for_sleepers(std::size_t count) {
    std::unique_lock lock(mutex_);
    const bool asleep =
        changed_.wait_for(lock, patience, [&] { return sleepers_.size() >= count; });
    ASSERT_TRUE(asleep) << sleepers_.size() << " threads sleep, not " << count;
}

std::optional<std::chrono::milliseconds> ManualClock::sync_thread_sleeps_for() const {
    const std::lock_guard lock(mutex_);
    const Sleeper* sleeper = sync_thread_asleep();
    if (sleeper == nullptr || sleeper->until == sync::never) {
        return std::nullopt;
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(sleeper->until - now_);
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

const ManualClock::Sleeper* ManualClock::sync_thread_asleep() const {
    const auto found =
        std::find_if(sleepers_.begin(), sleepers_.end(), [&](const Sleeper& sleeper) {
            return sleeper.thread == sync_thread_ && sleeper.until > now_;
        });
    return found == sleepers_.end() ? nullptr : &*found;
}

}  // namespace tidemark::tests
