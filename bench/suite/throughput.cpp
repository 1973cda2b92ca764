#include "measure.hpp"

#include <algorithm>

namespace bench {
namespace {

using std::chrono::milliseconds;

/// Which contenders, how long, and how often they sync meanwhile.
struct Load {
    Workload workload;
    Interval interval{};
    milliseconds time{};
};

std::uint64_t rows_at_first(const Workload& workload, std::uint64_t rows) {
    return workload.rows_before != 0 ? workload.rows_before : rows;
}

/// A fixed number of rows. Nanoseconds per row.
double write_rows(Contender& contender, const Load& load, const Place& place, std::uint64_t rows,
                  std::uint64_t before) {
    Writer writer{contender, load.workload, place.input, before};
    const auto begin = Clock::now();
    while (writer.rows_written() < rows && !writer.ended()) {
        writer.write();
    }
    return as<std::nano>(Clock::now() - begin) / static_cast<double>(writer.rows_written());
}

/// As many rows as the time allows. Nanoseconds per row.
double write_for(Contender& contender, const Load& load, const Place& place, std::uint64_t before) {
    Writer writer{contender, load.workload, place.input, before};
    const auto begin = Clock::now();
    nanoseconds spent{};
    while (spent < load.time && !writer.ended()) {
        for (int i = 0; i < 16 && !writer.ended(); ++i) {
            writer.write();
        }
        spent = Clock::now() - begin;
    }
    return as<std::nano>(spent) / static_cast<double>(writer.rows_written());
}

double run(const std::string& name, const Load& load, const Place& place) {
    const Workload& workload = load.workload;
    const std::uint64_t rows = std::max<std::uint64_t>(place.settings.rows / workload.divisor, 10);
    const std::uint64_t before = workload.empty_at_first ? 0 : rows_at_first(workload, rows);
    make_file(place.file(), workload, before);
    Opened contender{name, place.file(), load.interval};
    const double result =
        load.interval.count() == 0
            ? write_rows(*contender, load, place, std::max<std::uint64_t>(rows / slowness(name), 1),
                         before)
            : write_for(*contender, load, place, before);
    contender->close();
    return result;
}

std::string note(const Load& load) {
    if (load.interval.count() == 0) {
        return "Nothing is synced meanwhile.";
    }
    return "Each contender syncs by itself while it writes.";
}

void add(Experiments& all, Load load, const std::string& suffix) {
    all.push_back({.measures = {{.name = load.workload.name + suffix,
                                 .group = "throughput",
                                 .unit = "ns/row",
                                 .note = note(load)}},
                   .contenders = contender_names(),
                   .run = [load](const std::string& contender, const Place& place) {
                       return std::vector{Sample{run(contender, load, place)}};
                   }});
}

void add_against_wal(Experiments& all, const Load& load) {
    all.push_back(
        {.measures = {{.name = "autocommit insert, sync every 100 ms, against WAL + NORMAL",
                       .group = "throughput",
                       .unit = "rows/s",
                       .smaller_is_better = false,
                       .base = "wal_normal",
                       .note = "Each contender syncs by itself while it writes."}},
         .contenders = {"wal_normal", "recipe_trigger", "recipe_session", "tidemark_trigger",
                        "tidemark_session"},
         .run = [load](const std::string& contender, const Place& place) {
             return std::vector{Sample{1e9 / run(contender, load, place)}};
         }});
}

}  // namespace

void add_throughput(Experiments& all, const Settings& settings) {
    const milliseconds often{100};
    const milliseconds seldom{5000};
    const milliseconds time{settings.tiny ? 5 : 500};
    const milliseconds long_time{settings.tiny ? 5 : 6000};
    for (const Workload& workload : workloads()) {
        add(all, {.workload = workload}, "");
        add(all, {.workload = workload, .interval = often, .time = time}, ", sync every 100 ms");
        if (settings.large || settings.tiny || &workload == &workloads().front()) {
            add(all, {.workload = workload, .interval = seldom, .time = long_time},
                ", sync every 5 s");
        }
    }
    add_against_wal(all, {.workload = workloads().front(), .interval = often, .time = time});
}

}  // namespace bench
