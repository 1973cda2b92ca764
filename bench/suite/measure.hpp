#pragma once

#include "workload.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/// What the user chose.
struct Settings {
    std::uint64_t rows = 200'000;
    int rounds = 5;
    /// Everything once, in a few seconds: shows that it works, and no figure.
    bool tiny = false;
    /// With the databases of a gigabyte, and all workloads at an interval of 5 s.
    bool large = false;
    /// Only measures whose names match this regular expression (ECMAScript, any case of letters).
    std::string only;
    /// Where the files lie; empty: the system's folder for temporary files.
    std::string folder;
    std::uint64_t seed = 1;
};

struct Measure {
    std::string name;
    std::string group;
    std::string unit;
    bool smaller_is_better = true;
    /// The contender that the ratios compare with.
    std::string base = "memory";
    std::string note{};
};

struct Percentiles {
    double p50 = 0;
    double p99 = 0;
    double p999 = 0;
    double max = 0;
};

/// What one contender got in one round.
struct Sample {
    double value = 0;
    /// What the ratio is taken to, when it is not the base contender's value.
    std::optional<double> own_base{};
    std::optional<Percentiles> percentiles{};
};

/// Where one contender runs once.
struct Place {
    /// Empty at first; deleted afterwards.
    std::string folder;
    const Input& input;
    const Settings& settings;

    [[nodiscard]] std::string file() const { return folder + "/bench.db"; }
};

/// One run of one contender, which gives a value for each of some measures.
struct Experiment {
    std::vector<Measure> measures;
    std::vector<std::string> contenders;
    /// A sample per measure, in their order.
    std::function<std::vector<Sample>(const std::string& contender, const Place& place)> run;
};

using Experiments = std::vector<Experiment>;

// Each adds the experiments of one file.
void add_throughput(Experiments& all, const Settings& settings);
void add_latency(Experiments& all, const Settings& settings);
void add_sync(Experiments& all, const Settings& settings);
void add_medium(Experiments& all, const Settings& settings);
void add_memory(Experiments& all, const Settings& settings);
void add_big_files(Experiments& all, const Settings& settings);
void add_durable(Experiments& all, const Settings& settings);

/// A contender with a workload's file open; closed at the end.
class Opened {
public:
    Opened(const std::string& contender, const std::string& path, Interval interval);
    ~Opened() = default;
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

    Contender& operator*() { return *contender_; }
    Contender* operator->() { return contender_.get(); }

private:
    std::unique_ptr<Contender> contender_;
};

/// How many times fewer rows this contender writes, because each takes so long.
[[nodiscard]] std::uint64_t slowness(const std::string& contender);

/// "1,000,000".
[[nodiscard]] std::string with_commas(std::uint64_t number);

[[nodiscard]] Percentiles percentiles_of(std::vector<double> values);

/// In units of `Unit`, such as std::milli.
template <class Unit>
[[nodiscard]] double as(nanoseconds time) {
    return std::chrono::duration<double, Unit>(time).count();
}

}  // namespace bench
