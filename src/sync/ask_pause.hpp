#pragma once

#include "sync/clock.hpp"

#include <algorithm>
#include <chrono>

namespace tidemark::sync {

/// Pauses between two questions whether the open transaction has ended. Where threads have one open
/// most of the time a boundary is a matter of luck and lasts for microseconds, so it is asked often
/// at first; where one stays open, less and less often: a question costs a few microseconds.
class AskPause {
public:
    void begin(TimePoint now) noexcept { began_ = now; }

    [[nodiscard]] std::chrono::nanoseconds next(TimePoint now) const noexcept {
        constexpr std::chrono::nanoseconds shortest = std::chrono::microseconds{50};
        constexpr std::chrono::nanoseconds longest = std::chrono::milliseconds{10};
        constexpr int part = 1024;
        return std::clamp<std::chrono::nanoseconds>((now - began_) / part, shortest, longest);
    }

private:
    TimePoint began_;
};

}  // namespace tidemark::sync
