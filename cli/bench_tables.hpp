#pragma once

#include <suite/runner.hpp>

#include <string>
#include <vector>

namespace cli {

/// The results of a run as lines for people: a table per measure with ratios, spread and targets.
[[nodiscard]] std::vector<std::string> draw_outcomes(const std::vector<bench::Outcome>& outcomes,
                                                     bool fancy);

/// The table that most comparisons of triggers and sessions show, with its figures and today's.
/// Empty when the run has none of its measures.
[[nodiscard]] std::vector<std::string> draw_claims(const std::vector<bench::Outcome>& outcomes,
                                                   bool fancy);

}  // namespace cli
