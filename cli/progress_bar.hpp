#pragma once

#include "terminal.hpp"

#include <chrono>
#include <cstdint>

namespace cli {

/// Shows how far loading has come, when it takes long enough to ask oneself that. Counts from its
/// construction; draws on a terminal only.
class ProgressBar {
public:
    explicit ProgressBar(Terminal& terminal) : terminal_(terminal) {}

    void show(std::uint64_t done, std::uint64_t total);

private:
    using Clock = std::chrono::steady_clock;

    Terminal& terminal_;
    const Clock::time_point begin_ = Clock::now();
    Clock::time_point last_drawn_{};
};

}  // namespace cli
