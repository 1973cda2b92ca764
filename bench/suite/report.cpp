#include "report.hpp"

#include "targets.hpp"

#include <tidemark/version.hpp>

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

namespace bench {
namespace {

using Json = nlohmann::ordered_json;

std::string format_time(std::chrono::system_clock::time_point time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", std::chrono::floor<std::chrono::seconds>(time));
}

Json json_of(const Settings& settings) {
    return {{"rows", settings.rows},   {"rounds", settings.rounds}, {"tiny", settings.tiny},
            {"large", settings.large}, {"only", settings.only},     {"seed", settings.seed}};
}

Json json_of(const Percentiles& percentiles) {
    return {{"p50", percentiles.p50},
            {"p99", percentiles.p99},
            {"p99.9", percentiles.p999},
            {"max", percentiles.max}};
}

Json json_of(const Measure& measure, const Result& result) {
    Json json{{"contender", result.contender},
              {"median", result.median},
              {"low", result.low},
              {"high", result.high}};
    if (result.has_ratio) {
        json["ratio"] = result.ratio;
        json["ratio_low"] = result.ratio_low;
        json["ratio_high"] = result.ratio_high;
    }
    if (result.percentiles) {
        json["percentiles"] = json_of(*result.percentiles);
    }
    if (const Target* target = find_target(measure, result)) {
        json["target"] = target->limit;
        json["target_of"] = target->of == Target::Of::ratio ? "ratio" : "median";
        json["target_met"] = target->met(measure, result);
    }
    return json;
}

Json json_of(const Outcome& outcome) {
    const Measure& measure = outcome.measure;
    Json results = Json::array();
    for (const Result& result : outcome.results) {
        results.push_back(json_of(measure, result));
    }
    return {{"name", measure.name}, {"group", measure.group},
            {"unit", measure.unit}, {"smaller_is_better", measure.smaller_is_better},
            {"base", measure.base}, {"note", measure.note},
            {"results", results}};
}

}  // namespace

std::string to_json(const Report& report) {
    const Machine& machine = report.machine;
    Json measures = Json::array();
    for (const Outcome& outcome : report.outcomes) {
        measures.push_back(json_of(outcome));
    }
    const Json json{
        {"tidemark", TIDEMARK_VERSION},
        {"sqlite", sqlite3_libversion()},
        {"compiler", machine.compiler},
        {"machine",
         {{"cpus", machine.cpus}, {"kernel", machine.kernel}, {"filesystem", machine.filesystem}}},
        {"started", format_time(report.started)},
        {"options", json_of(report.settings)},
        {"measures", measures}};
    return json.dump(2) + "\n";
}

}  // namespace bench
