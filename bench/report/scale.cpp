#include "scale.hpp"

#include <algorithm>
#include <cmath>

namespace bench_report {

namespace {

std::vector<double> positive(const std::vector<double>& values) {
    std::vector<double> found;
    std::copy_if(values.begin(), values.end(), std::back_inserter(found),
                 [](double value) { return value > 0; });
    return found;
}

/// 1, 2 or 5 times a power of ten, of which at most five are needed.
double step_for(double value_max) {
    const double power = std::pow(10, std::floor(std::log10(value_max / 5)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (value_max <= 5 * factor * power) return factor * power;
    }
    return 10 * power;
}

}  // namespace

Scale Scale::fitting(const std::vector<double>& values) {
    const std::vector<double> drawn = positive(values);
    if (drawn.empty()) return linear(1);
    const auto [smallest, largest] = std::minmax_element(drawn.begin(), drawn.end());
    return *largest / *smallest > 100 ? logarithmic(drawn) : linear(*largest);
}

Scale Scale::linear(double value_max) {
    const double step = step_for(value_max);
    const double steps = std::ceil(value_max / step - 1e-9);
    Scale scale;
    scale.end_ = steps * step;
    for (int tick = 0; tick <= static_cast<int>(steps); ++tick) {
        scale.ticks_.push_back(tick * step);
    }
    return scale;
}

Scale Scale::logarithmic(const std::vector<double>& values) {
    const std::vector<double> drawn = positive(values);
    if (drawn.empty()) return logarithmic({1});
    const auto [smallest, largest] = std::minmax_element(drawn.begin(), drawn.end());

    Scale scale;
    scale.logarithmic_ = true;
    // A little before the smallest value, which would have no bar at all otherwise.
    scale.begin_ = std::floor(std::log10(*smallest) - 0.1);
    const double decades = std::max(1.0, std::ceil(std::log10(*largest) - scale.begin_));
    const double step = std::ceil(decades / 5);
    const double steps = std::ceil(decades / step);
    scale.end_ = scale.begin_ + steps * step;
    for (int tick = 0; tick <= static_cast<int>(steps); ++tick) {
        scale.ticks_.push_back(std::pow(10, scale.begin_ + tick * step));
    }
    return scale;
}

double Scale::place(double value) const {
    if (logarithmic_ && value <= 0) return 0;
    const double at = logarithmic_ ? std::log10(value) : value;
    return std::clamp((at - begin_) / (end_ - begin_), 0.0, 1.0);
}

}  // namespace bench_report
