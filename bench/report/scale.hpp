#pragma once

#include <vector>

namespace bench_report {

/// Where values stand on an axis: linear from zero, or by decades.
class Scale {
public:
    /// By decades when the values span more than two of them. Zeros, which have no logarithm, are
    /// then drawn at the beginning of the axis.
    [[nodiscard]] static Scale fitting(const std::vector<double>& values);
    [[nodiscard]] static Scale logarithmic(const std::vector<double>& values);

    [[nodiscard]] bool is_logarithmic() const { return logarithmic_; }
    /// 0 at the beginning of the axis, 1 at its end.
    [[nodiscard]] double place(double value) const;
    /// At most six, the first at the beginning of the axis, the last at its end.
    [[nodiscard]] const std::vector<double>& ticks() const { return ticks_; }

private:
    [[nodiscard]] static Scale linear(double value_max);

    bool logarithmic_ = false;
    double begin_ = 0;  // logarithms where the scale is one
    double end_ = 1;
    std::vector<double> ticks_;
};

}  // namespace bench_report
