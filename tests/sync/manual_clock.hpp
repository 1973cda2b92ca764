#pragma once

#include "sync/clock.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace tidemark::tests {

/// A clock that stands still until it is told to advance. The first thread that sleeps on it is
/// taken to be the sync thread.
class ManualClock final : public sync::Clock {
public:
    static constexpr std::chrono::system_clock::time_point wall_time_at_start{
        std::chrono::hours{24 * 365 * 30}};

    [[nodiscard]] sync::TimePoint now() const override;
    [[nodiscard]] std::chrono::system_clock::time_point wall_time() const override;
    void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                    sync::TimePoint until) override;

    /// Wakes everybody who sleeps, in time or too early.
    void advance(std::chrono::milliseconds duration);

    /// Returns when the sync thread has seen everything that was done before, has done all that is
    /// due, and sleeps.
    void settle();

    /// Returns when so many threads sleep.
    void wait_for_sleepers(std::size_t count);

    /// Until when the sync thread sleeps, from now; empty: until somebody wakes it. Settle first.
    [[nodiscard]] std::optional<std::chrono::milliseconds> sync_thread_sleeps_for() const;

private:
    struct Sleeper {
        std::thread::id thread;
        std::condition_variable* condition;
        std::mutex* mutex;
        sync::TimePoint until;
    };

    void wake_all();
    [[nodiscard]] const Sleeper* sync_thread_asleep() const;  // REQUIRES: mutex_ is held

    mutable std::mutex mutex_;  // guards the rest; taken after the mutex that a sleeper brings
    std::condition_variable changed_;
    sync::TimePoint now_{std::chrono::hours{1}};
    std::vector<Sleeper> sleepers_;
    std::thread::id sync_thread_;
    std::uint64_t sleeps_of_sync_thread_ = 0;
};

}  // namespace tidemark::tests
