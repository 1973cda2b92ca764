#include "chart.hpp"

#include <fmt/format.h>

namespace bench_report {

namespace {

// As many as page_style.cpp has colours for.
constexpr int strong_colours = 3;
constexpr int quiet_colours = 10;

}  // namespace

Palette::Palette(const Results& results) {
    int strong = 0;
    int quiet = 0;
    for (const std::string& contender : contenders_of(results)) {
        styles_[contender] = is_tidemark(contender)
                                 ? fmt::format("tidemark strong{}", strong++ % strong_colours)
                                 : fmt::format("quiet{}", quiet++ % quiet_colours);
    }
}

}  // namespace bench_report
