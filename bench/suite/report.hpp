#pragma once

#include "machine.hpp"
#include "runner.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace bench {

/// A run with all that belongs to it.
struct Report {
    Settings settings;
    Machine machine;
    std::chrono::system_clock::time_point started;
    std::vector<Outcome> outcomes;
};

/// One JSON object, described in docs/performance.md.
[[nodiscard]] std::string to_json(const Report& report);

}  // namespace bench
