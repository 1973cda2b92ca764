#pragma once

#include "runner.hpp"

#include <string_view>

namespace bench {

/// What tidemark wants to reach, for one contender in one measure.
struct Target {
    enum class Of { ratio, value };

    std::string_view measure;
    std::string_view contender;
    double limit = 0;
    Of of = Of::ratio;

    /// The larger side is the good one where the measure says so.
    [[nodiscard]] bool met(const Measure& measure, const Result& result) const;
};

/// Null when there is none.
[[nodiscard]] const Target* find_target(const Measure& measure, const Result& result);

}  // namespace bench
