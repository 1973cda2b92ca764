#pragma once

#include "terminal.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace cli {

/// Shows how far something has come, when it takes long enough to ask oneself that. Counts from its
/// construction; draws on a terminal only.
class ProgressBar {
public:
    /// `task` and `unit` must outlive it: literals.
    explicit ProgressBar(Terminal& terminal, std::string_view task = "Loading",
                         std::string_view unit = "pages")
        : terminal_(terminal), task_(task), unit_(unit) {}

    void show(std::uint64_t done, std::uint64_t total);

private:
    using Clock = std::chrono::steady_clock;

    Terminal& terminal_;
    const std::string_view task_;
    const std::string_view unit_;
    const Clock::time_point begin_ = Clock::now();
    Clock::time_point last_drawn_{};
};

}  // namespace cli
