#pragma once

#include "results.hpp"

#include <map>
#include <string>

namespace bench_report {

/// Gives each contender a style of the page, the same in every chart of one report.
class Palette {
public:
    explicit Palette(const Results& results);

    /// The CSS classes that colour what belongs to the contender.
    [[nodiscard]] const std::string& style_of(const std::string& contender) const {
        return styles_.at(contender);
    }

private:
    std::map<std::string, std::string> styles_;
};

// Charts are rows of HTML around SVG whose horizontal measures are shares of the width: they follow
// the width of the page, while the text keeps its size and never meets other text.

/// A bar, a whisker from low to high, the value and the ratio for each contender.
[[nodiscard]] std::string draw_bars(const Measure& measure, const Palette& palette);

/// A line for each contender through its percentiles, on a logarithmic scale.
[[nodiscard]] std::string draw_percentiles(const Measure& measure, const Palette& palette);

}  // namespace bench_report
