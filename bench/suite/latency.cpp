#include "measure.hpp"

#include <algorithm>

namespace bench {
namespace {

using std::chrono::milliseconds;

/// How long each single write took, in nanoseconds, between_transactions() included.
class Stopwatch {
public:
    explicit Stopwatch(std::uint64_t writes) { times_.reserve(writes); }

    void write(Writer& writer) {
        const auto begin = Clock::now();
        writer.write();
        end_ = Clock::now();
        times_.push_back(as<std::nano>(end_ - begin));
    }
    [[nodiscard]] Clock::time_point end() const { return end_; }
    [[nodiscard]] Percentiles percentiles() && { return percentiles_of(std::move(times_)); }

private:
    std::vector<double> times_;
    Clock::time_point end_ = Clock::now();
};

constexpr std::uint64_t rows_before = 100'000;

Sample latency(const std::string& name, const Workload& workload, const Place& place) {
    const std::uint64_t rows = place.settings.tiny ? place.settings.rows : rows_before;
    const milliseconds time{place.settings.tiny ? 5 : 1000};
    make_file(place.file(), workload, workload.empty_at_first ? 0 : rows);
    Opened contender{name, place.file(), Interval{100}};
    Stopwatch watch{10 * rows};
    {
        Writer writer{*contender, workload, place.input, rows};
        const auto end = Clock::now() + time;
        while (watch.end() < end) {
            watch.write(writer);
        }
    }
    contender->close();
    const Percentiles result = std::move(watch).percentiles();
    return {.value = result.p50, .percentiles = result};
}

void add_latency_of(Experiments& all, const Workload& workload) {
    all.push_back({.measures = {{.name = "latency of one write, " + workload.name,
                                 .group = "latency",
                                 .unit = "ns",
                                 .note = "One writer at full speed, sync every 100 ms."}},
                   .contenders = contender_names(),
                   .run = [&workload](const std::string& contender, const Place& place) {
                       return std::vector{latency(contender, workload, place)};
                   }});
}

Percentiles in_milliseconds(const Percentiles& nanoseconds) {
    constexpr double unit = 1e6;
    return {.p50 = nanoseconds.p50 / unit,
            .p99 = nanoseconds.p99 / unit,
            .p999 = nanoseconds.p999 / unit,
            .max = nanoseconds.max / unit};
}

/// The longest stall, the p99.9 and the slowest of the writes, in milliseconds.
std::vector<Sample> stall(const std::string& name, std::uint64_t changes, const Place& place) {
    const Workload& insert = workload("autocommit insert");
    make_file(place.file(), insert, 0);
    Opened contender{name, place.file(), Interval{5000}};
    Stopwatch watch{changes};
    {
        Writer writer{*contender, insert, place.input, 0};
        for (std::uint64_t i = 0; i < changes; ++i) {
            watch.write(writer);
        }
    }
    contender->sync();
    const double longest = as<std::milli>(contender->longest_stall());
    contender->close();
    const Percentiles writes = in_milliseconds(std::move(watch).percentiles());
    return {
        {.value = longest}, {.value = writes.p999, .percentiles = writes}, {.value = writes.max}};
}

void add_stall(Experiments& all, std::uint64_t changes) {
    const std::string what = " while " + with_commas(changes) + " changes sync";
    const std::string settings =
        "One-row inserts at full speed in the default settings (interval 5 s, a cut at 100,000 "
        "changes at the latest), and a sync at the end.";
    all.push_back(
        {.measures =
             {{.name = "longest stall" + what,
               .group = "stall",
               .unit = "ms",
               .base = "recipe_session",
               .note = settings + " How long the longest cut or seal held the connection; "
                                  "for the recipes, the whole sync."},
              {.name = "p99.9 of a write" + what, .group = "stall", .unit = "ms", .note = settings},
              {.name = "slowest write" + what,
               .group = "stall",
               .unit = "ms",
               .note = settings + " The operating system's scheduler is in it: see the bare "
                                  "database."}},
         .contenders = {"memory", "recipe_trigger", "recipe_session", "backup", "tidemark_trigger",
                        "tidemark_session"},
         .run = [changes](const std::string& contender, const Place& place) {
             return stall(contender, changes, place);
         }});
}

}  // namespace

void add_latency(Experiments& all, const Settings& settings) {
    add_latency_of(all, workload("autocommit insert"));
    add_latency_of(all, workload("autocommit update"));
    add_stall(all, settings.tiny ? 1'000 : 1'000'000);
}

}  // namespace bench
