#pragma once

#include "measure.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bench {

/// The rounds of one contender in one measure, put together.
struct Result {
    std::string contender;
    double median = 0;
    double low = 0;  ///< Of all rounds, as `high`.
    double high = 0;
    /// To the base, always within one round; empty where the base was not run.
    bool has_ratio = false;
    double ratio = 0;
    double ratio_low = 0;
    double ratio_high = 0;
    /// Medians over the rounds; only where a round has a distribution.
    std::optional<Percentiles> percentiles{};
};

struct Outcome {
    Measure measure;
    std::vector<Result> results;

    /// Null when that contender took no part.
    [[nodiscard]] const Result* find(std::string_view contender) const;
};

/// Called before each run of a contender: runs done, runs in all.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;
/// Called after each round with everything until then.
using RoundDone = std::function<void(const std::vector<Outcome>& outcomes)>;

/// Names of everything that would be measured.
[[nodiscard]] std::vector<std::string> measure_names(const Settings& settings);

/// Runs everything, round by round: in each round every experiment, in each experiment every
/// contender, in an order that moves on by one each round. Throws std::runtime_error that names
/// measure and contender when one of them fails, and whatever `progress` throws to end it.
void run_all(const Settings& settings, const Progress& progress, const RoundDone& round_done);

[[nodiscard]] double median_of(std::vector<double> values);

}  // namespace bench
