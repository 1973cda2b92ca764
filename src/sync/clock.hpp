#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace tidemark::sync {

using TimePoint = std::chrono::steady_clock::time_point;

/// Later than everything: what is waited for until then is waited for without a limit.
inline constexpr TimePoint never = TimePoint::max();

/// A century. What is longer counts as this: it would not fit into nanoseconds.
inline constexpr std::chrono::milliseconds longest_pause = std::chrono::hours{24 * 365 * 100};

/// `pause` after `now`.
[[nodiscard]] constexpr TimePoint later(TimePoint now, std::chrono::milliseconds pause) {
    return now + std::min(pause, longest_pause);
}

/// Where the sync loop gets the time from, and where it sleeps: a test can stop both. All members
/// may be called by any thread.
class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    /// Never goes back and is not set: for everything that is measured or waited for.
    [[nodiscard]] virtual TimePoint now() const = 0;
    /// What the clock on the wall shows: to be told to people.
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall_time() const = 0;

    /// Sleeps until `condition` is notified or `until` has come, or for less: the caller looks
    /// again. `lock` is released meanwhile.
    virtual void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                            TimePoint until) = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] TimePoint now() const override;
    [[nodiscard]] std::chrono::system_clock::time_point wall_time() const override;
    void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                    TimePoint until) override;
};

}  // namespace tidemark::sync
