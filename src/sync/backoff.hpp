#pragma once

#include <algorithm>
#include <chrono>

namespace tidemark::sync {

/// Pauses between attempts: the first one, then twice as long each time, up to the longest.
class Backoff {
public:
    using Pause = std::chrono::milliseconds;

    /// Zero is taken as one millisecond, and a longest pause below the first one as the first.
    constexpr Backoff(Pause first, Pause max) noexcept
        : first_(std::max(first, Pause{1})), max_(std::max(max, first_)), next_(first_) {}

    /// The pause to make now.
    constexpr Pause next() noexcept {
        const Pause pause = next_;
        next_ = pause > max_ / 2 ? max_ : pause * 2;
        return pause;
    }

    /// An attempt has succeeded: the next pause is the first one again.
    constexpr void reset() noexcept { next_ = first_; }

private:
    Pause first_;
    Pause max_;
    Pause next_;
};

}  // namespace tidemark::sync
