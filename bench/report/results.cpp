#include "results.hpp"

#include "json_reader.hpp"
#include "text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>

namespace bench_report {

namespace {

std::vector<Fact> read_facts(const JsonReader& object) {
    std::vector<Fact> facts;
    for (const auto& [name, value] : object.members()) facts.push_back({name, value.as_text()});
    return facts;
}

std::vector<Fact> read_conditions(const JsonReader& document) {
    const JsonReader machine = document.member("machine");
    std::vector<Fact> conditions{{"tidemark", document.member("tidemark").text()},
                                 {"SQLite", document.member("sqlite").text()},
                                 {"compiler", document.member("compiler").text()},
                                 {"CPUs", format_value(machine.member("cpus").number())},
                                 {"kernel", machine.member("kernel").text()},
                                 {"filesystem", machine.member("filesystem").text()}};
    for (const auto& [name, value] : machine.members()) {
        const bool shown = name == "cpus" || name == "kernel" || name == "filesystem";
        if (!shown) conditions.push_back({name, value.as_text()});
    }
    return conditions;
}

/// Where the percentile stands among others: p50 is 50, max comes last. Nothing for other names.
std::optional<double> rank_of(const std::string& name) {
    if (name == "max") return 101;
    if (!name.starts_with('p') || name.size() == 1) return std::nullopt;
    char* end = nullptr;
    const double rank = std::strtod(name.c_str() + 1, &end);
    return *end == '\0' && rank >= 0 && rank <= 100 ? std::optional{rank} : std::nullopt;
}

std::vector<Percentile> read_percentiles(const JsonReader& object) {
    std::vector<Percentile> percentiles;
    for (const auto& [name, value] : object.members()) {
        if (!rank_of(name)) value.fail("is not the name of a percentile");
        percentiles.push_back({name, value.number()});
    }
    if (percentiles.empty()) object.fail("is empty");
    return percentiles;
}

Spread read_value(const JsonReader& result) {
    const JsonReader median = result.member("median");
    const Spread value{median.number(), result.member("low").number(),
                       result.member("high").number()};
    if (value.low > value.middle || value.high < value.middle) {
        median.fail("does not lie between low and high");
    }
    return value;
}

/// All of it or nothing: a contender may have had nothing to be compared with.
std::optional<Spread> read_ratio(const JsonReader& result) {
    const bool is_there = result.optional_member("ratio") || result.optional_member("ratio_low") ||
                          result.optional_member("ratio_high");
    if (!is_there) return std::nullopt;
    return Spread{result.member("ratio").number(), result.member("ratio_low").number(),
                  result.member("ratio_high").number()};
}

/// What the target is of: the ratio where there is one, unless `target_of` says otherwise.
bool is_of_ratio(const JsonReader& source, const Result& result) {
    const auto target_of = source.optional_member("target_of");
    if (!target_of) return result.ratio.has_value();
    const std::string name = target_of->text();
    if (name != "ratio" && name != "median") target_of->fail("has to be ratio or median");
    if (name == "ratio" && !result.ratio) target_of->fail("has no ratio beside it");
    return name == "ratio";
}

/// A report that shows a figure beside the wrong verdict would be worse than none.
Target read_target(const JsonReader& source, bool smaller_is_better, const Result& result) {
    const Target target{source.member("target").number(), is_of_ratio(source, result),
                        source.member("target_met").boolean()};
    const double measured = (target.of_ratio ? result.ratio.value() : result.value).middle;
    const bool met = smaller_is_better ? measured <= target.limit : measured >= target.limit;
    if (met != target.met) {
        source.member("target_met")
            .fail(fmt::format("is {}, but {} was measured where {} is the {}", target.met, measured,
                              target.limit, smaller_is_better ? "most" : "least"));
    }
    return target;
}

Result read_result(const JsonReader& source, const Measure& measure) {
    Result result{
        source.member("contender").text(), read_value(source), read_ratio(source), {}, {}};

    if (measure.group == "latency") {
        result.percentiles = read_percentiles(source.member("percentiles"));
    } else if (const auto percentiles = source.optional_member("percentiles")) {
        result.percentiles = read_percentiles(*percentiles);
    }

    if (source.optional_member("target")) {
        result.target = read_target(source, measure.smaller_is_better, result);
    }
    return result;
}

std::string optional_text(const JsonReader& object, const std::string& name) {
    const auto member = object.optional_member(name);
    return member ? member->text() : "";
}

Measure read_measure(const JsonReader& source) {
    Measure measure{source.member("name").text(),
                    source.member("group").text(),
                    source.member("unit").text(),
                    source.member("smaller_is_better").boolean(),
                    optional_text(source, "base"),
                    optional_text(source, "note"),
                    {}};
    const JsonReader results = source.member("results");
    for (const JsonReader& result : results.elements()) {
        measure.results.push_back(read_result(result, measure));
    }
    if (measure.results.empty()) results.fail("is empty");
    return measure;
}

void add_if_new(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

Results read_results(const nlohmann::json& document) {
    const JsonReader reader{document};
    Results results{reader.member("started").text(),
                    read_conditions(reader),
                    read_facts(reader.member("options")),
                    {}};
    const JsonReader measures = reader.member("measures");
    for (const JsonReader& measure : measures.elements()) {
        results.measures.push_back(read_measure(measure));
    }
    if (results.measures.empty()) measures.fail("is empty");
    return results;
}

std::vector<std::string> groups_of(const Results& results) {
    std::vector<std::string> groups;
    for (const Measure& measure : results.measures) add_if_new(groups, measure.group);
    return groups;
}

std::vector<std::string> contenders_of(const Results& results) {
    std::vector<std::string> contenders;
    for (const Measure& measure : results.measures) {
        for (const Result& result : measure.results) add_if_new(contenders, result.contender);
    }
    return contenders;
}

std::vector<const Measure*> measures_of(const Results& results, const std::string& group) {
    std::vector<const Measure*> measures;
    for (const Measure& measure : results.measures) {
        if (measure.group == group) measures.push_back(&measure);
    }
    return measures;
}

std::vector<std::string> percentile_names_of(const Measure& measure) {
    std::vector<std::string> names;
    for (const Result& result : measure.results) {
        for (const Percentile& percentile : result.percentiles) add_if_new(names, percentile.name);
    }
    std::sort(names.begin(), names.end(), [](const std::string& left, const std::string& right) {
        return rank_of(left) < rank_of(right);
    });
    return names;
}

std::optional<double> percentile_of(const Result& result, const std::string& name) {
    for (const Percentile& percentile : result.percentiles) {
        if (percentile.name == name) return percentile.value;
    }
    return std::nullopt;
}

std::string heading_of(const std::string& group) {
    static const std::map<std::string, std::string> headings{
        {"throughput", "Throughput"},
        {"latency", "Latency of a write while syncing"},
        {"stall", "How long a sync stops the writer"},
        {"sync", "Time of a sync"},
        {"medium", "Written to the medium"},
        {"memory", "Memory for what is pending"},
        {"load", "Loading a database"},
        {"size", "A sync and the size of the database"},
        {"durable", "Durable commits"},
        {"apply", "Applying changes on disk"}};
    const auto found = headings.find(group);
    return found == headings.end() ? group : found->second;
}

std::string label_of(std::string contender) {
    std::replace(contender.begin(), contender.end(), '_', ' ');
    return contender;
}

bool has_ratios(const Measure& measure) {
    return std::any_of(measure.results.begin(), measure.results.end(),
                       [](const Result& result) { return result.ratio.has_value(); });
}

bool is_tidemark(const std::string& contender) { return contender.starts_with("tidemark"); }

std::string scale_of(const Measure& measure) {
    return fmt::format("{}, {} is better", measure.unit,
                       measure.smaller_is_better ? "smaller" : "larger");
}

std::string target_text(const Measure& measure, const Result& result) {
    const Target& target = result.target.value();
    const char* sign = measure.smaller_is_better ? "≤" : "≥";
    // A limit is given, not measured: it is never rounded.
    if (!target.of_ratio) return fmt::format("{} {} {}", sign, target.limit, measure.unit);
    return fmt::format("{} {} × {}", sign, format_ratio_limit(target.limit),
                       label_of(measure.base));
}

std::string measured_text(const Measure& measure, const Result& result) {
    if (!result.target.value().of_ratio) {
        return fmt::format("{} {} ({} – {})", format_value(result.value.middle), measure.unit,
                           format_value(result.value.low), format_value(result.value.high));
    }
    const Spread& ratio = result.ratio.value();
    return fmt::format("{} ({} – {})", format_ratio(ratio.middle), format_ratio_figure(ratio.low),
                       format_ratio_figure(ratio.high));
}

}  // namespace bench_report
