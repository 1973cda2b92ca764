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
/// taken to be the sync thread, the second one the caretaker thread if `expect_caretaker_thread` was called
/// in between.
class ManualClock final : public sync::Clock {
public:
    static constexpr std::chrono::system_clock::time_point wall_time_at_start{
        std::chrono::hours{24 * 365 * 30}};

    [[nodiscard]] sync::TimePoint now() const override;
    [[nodiscard]] std::chrono::system_clock::time_point wall_time() const override;
    void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                    sync::TimePoint until) override;

    /// Wakes everybody who sleeps, in time or too early.
    void advance(std::chrono::nanoseconds duration);

    /// The next new thread that sleeps is the caretaker thread.
    void expect_caretaker_thread();

    /// Returns when both of these threads have seen everything that was done before, have done all
    /// that is due, and sleep.
    void settle();
    /// The same of the caretaker thread alone, while the sync thread hangs.
    void settle_caretaker();

    /// Returns when so many threads sleep.
    void wait_for_sleepers(std::size_t count);

    /// Until when the sync thread sleeps, from now; empty: until somebody wakes it. Settle first.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> sync_thread_sleeps_for() const;
    [[nodiscard]] std::optional<std::chrono::nanoseconds> caretaker_thread_sleeps_for() const;

private:
    struct Sleeper {
        std::thread::id thread;
        std::condition_variable* condition;
        std::mutex* mutex;
        sync::TimePoint until;
    };

    struct Watched {
        std::thread::id thread;
        std::uint64_t sleeps = 0;
    };

    void wake_all();
    void settle_from(std::size_t first);
    // These require that mutex_ is held.
    void note_sleep(std::thread::id thread);
    [[nodiscard]] const Sleeper* asleep(const Watched& watched) const;
    [[nodiscard]] std::optional<std::chrono::nanoseconds> sleeps_for(std::size_t number) const;

    mutable std::mutex mutex_;  // guards the rest; taken after the mutex that a sleeper brings
    std::condition_variable changed_;
    sync::TimePoint now_{std::chrono::hours{1}};
    std::vector<Sleeper> sleepers_;
    std::vector<Watched> watched_;
    std::size_t watched_max_ = 1;
};

}  // namespace tidemark::tests
