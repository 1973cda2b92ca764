#include "sync/clock.hpp"

namespace tidemark::sync {

TimePoint SystemClock::now() const { return std::chrono::steady_clock::now(); }

std::chrono::system_clock::time_point SystemClock::wall_time() const {
    return std::chrono::system_clock::now();
}

void SystemClock::wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                             TimePoint until) {
    // NOLINTBEGIN(bugprone-spuriously-wake-up-functions): waking early is allowed here.
    if (until == never) {
        condition.wait(lock);
    } else {
        condition.wait_until(lock, until);
    }
    // NOLINTEND(bugprone-spuriously-wake-up-functions)
}

}  // namespace tidemark::sync
