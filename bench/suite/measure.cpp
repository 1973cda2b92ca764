#include "measure.hpp"

#include <algorithm>

namespace bench {

Opened::Opened(const std::string& contender, const std::string& path, Interval interval)
    : contender_(make_contender(contender)) {
    contender_->open(path, interval);
}

std::uint64_t slowness(const std::string& contender) {
    if (contender == "wal_full") return 100;
    if (contender == "wal_normal") return 5;
    if (contender == "wal_off_exclusive") return 2;
    return 1;
}

std::string with_commas(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > 0; place -= 3) {
        text.insert(static_cast<std::size_t>(place), ",");
    }
    return text;
}

Percentiles percentiles_of(std::vector<double> values) {
    if (values.empty()) {
        return {};
    }
    std::sort(values.begin(), values.end());
    const auto at = [&](double part) {
        return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
    };
    return {.p50 = at(0.5), .p99 = at(0.99), .p999 = at(0.999), .max = values.back()};
}

}  // namespace bench
