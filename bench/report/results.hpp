#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

namespace bench_report {

/// What the rounds of a run say about one figure.
struct Spread {
    double middle;
    double low;
    double high;
};

struct Percentile {
    std::string name;  ///< `p99.9`, `max`
    double value;
};

struct Target {
    double limit;
    bool of_ratio;  ///< of the value otherwise
    bool met;
};

/// What one contender achieved in one measure.
struct Result {
    std::string contender;
    Spread value;
    std::optional<Spread> ratio;  ///< to the base of the measure
    std::vector<Percentile> percentiles;
    std::optional<Target> target;
};

struct Measure {
    std::string name;
    std::string group;
    std::string unit;
    bool smaller_is_better;
    std::string base;  ///< what the ratios are to, most often a contender, or nothing
    std::string note;
    std::vector<Result> results;
};

struct Fact {
    std::string name;
    std::string value;
};

/// One run of the benchmark.
struct Results {
    std::string started;
    std::vector<Fact> conditions;  ///< versions and machine
    std::vector<Fact> options;
    std::vector<Measure> measures;
};

/// Reads what `tidemark bench` has written. Throws std::runtime_error, whose text begins with the
/// path of the member, when one is missing, is malformed, or contradicts another.
[[nodiscard]] Results read_results(const nlohmann::json& document);

/// The groups, or the contenders, in the order in which they first appear.
[[nodiscard]] std::vector<std::string> groups_of(const Results& results);
[[nodiscard]] std::vector<std::string> contenders_of(const Results& results);
[[nodiscard]] std::vector<const Measure*> measures_of(const Results& results,
                                                      const std::string& group);

/// The percentiles that any of the measure's contenders has, from the lowest; often none.
[[nodiscard]] std::vector<std::string> percentile_names_of(const Measure& measure);
[[nodiscard]] std::optional<double> percentile_of(const Result& result, const std::string& name);

/// "Time of a sync" for `sync`; a group that is not known is called by its name.
[[nodiscard]] std::string heading_of(const std::string& group);

/// "tidemark trigger" for `tidemark_trigger`.
[[nodiscard]] std::string label_of(std::string contender);
[[nodiscard]] bool has_ratios(const Measure& measure);
[[nodiscard]] bool is_tidemark(const std::string& contender);

/// "ns/row, smaller is better".
[[nodiscard]] std::string scale_of(const Measure& measure);
/// "≤ 1.40 × memory", or "≤ 3 ms" where it is of the value.
[[nodiscard]] std::string target_text(const Measure& measure, const Result& result);
/// "1.37 × (1.31 – 1.42)", what is to be held against the target.
[[nodiscard]] std::string measured_text(const Measure& measure, const Result& result);

}  // namespace bench_report
