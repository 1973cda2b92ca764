#include "bench_tables.hpp"

#include "table.hpp"

#include <fmt/format.h>
#include <suite/targets.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string_view>

namespace cli {
namespace {

using bench::Measure;
using bench::Outcome;
using bench::Result;
using Row = std::vector<std::string>;

constexpr std::size_t cell_width_max = 70;

/// Three digits that count, and no exponent.
std::string format_number(double number) {
    const double size = std::abs(number);
    const int digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
    return fmt::format("{:.{}f}", number, digits);
}

std::string right(const std::string& text, int width) { return fmt::format("{:>{}}", text, width); }

std::string format_target(const Measure& measure, const Result& result) {
    const bench::Target* target = bench::find_target(measure, result);
    if (target == nullptr) {
        return "";
    }
    return fmt::format("{} {}{}: {}", measure.smaller_is_better ? "at most" : "at least",
                       format_number(target->limit),
                       target->of == bench::Target::Of::ratio ? " x" : " " + measure.unit,
                       target->met(measure, result) ? "met" : "NOT MET");
}

Row row_of(const Measure& measure, const Result& result) {
    Row row{result.contender, right(format_number(result.median), 10),
            format_number(result.low) + " - " + format_number(result.high)};
    if (result.has_ratio) {
        row.push_back(right(format_number(result.ratio), 8));
        row.push_back(format_number(result.ratio_low) + " - " + format_number(result.ratio_high));
    } else {
        row.insert(row.end(), 2, "");
    }
    if (result.percentiles) {
        const bench::Percentiles& parts = *result.percentiles;
        row.push_back(fmt::format("{} / {} / {} / {}", format_number(parts.p50),
                                  format_number(parts.p99), format_number(parts.p999),
                                  format_number(parts.max)));
    }
    row.push_back(format_target(measure, result));
    return row;
}

std::vector<std::string> draw_outcome(const Outcome& outcome, bool fancy) {
    const Measure& measure = outcome.measure;
    Row heading{"contender", measure.unit, "spread", "ratio", "spread of the ratio"};
    if (!outcome.results.empty() && outcome.results.front().percentiles) {
        heading.emplace_back("p50 / p99 / p99.9 / max");
    }
    heading.emplace_back("target");
    std::vector<Row> rows{heading};
    for (const Result& result : outcome.results) {
        rows.push_back(row_of(measure, result));
    }
    std::vector<std::string> lines{
        fmt::format("{} ({}, {} is better; ratio to {})", measure.name, measure.unit,
                    measure.smaller_is_better ? "smaller" : "larger", measure.base),
        measure.note};
    std::vector<std::string> table = draw_table(rows, fancy, cell_width_max);
    std::move(table.begin(), table.end(), std::back_inserter(lines));
    lines.emplace_back();
    return lines;
}

const Outcome* find(const std::vector<Outcome>& outcomes, std::string_view name) {
    const auto found = std::find_if(outcomes.begin(), outcomes.end(), [&](const Outcome& outcome) {
        return outcome.measure.name == name;
    });
    return found == outcomes.end() ? nullptr : &*found;
}

/// One line of the claims: the words of both columns, and where today's figure comes from.
struct Claim {
    std::string_view what;
    std::string_view trigger;
    std::string_view session;
    std::string_view measure;
    std::string (*format)(const Result& result);
};

std::string format_microseconds(const Result& result) {
    return fmt::format("{:.2f} us", result.median / 1000);
}
std::string format_overhead(const Result& result) {
    return fmt::format("{:+.0f} %", 100 * (result.ratio - 1));
}
std::string format_milliseconds(const Result& result) {
    return fmt::format("{:.2f} ms", result.median);
}
std::string format_bytes(const Result& result) {
    return fmt::format("{:.0f} bytes/change", result.median);
}

constexpr Claim claims[] = {
    {"write time", "0.7 ms", "0.3 ms", "autocommit insert", format_microseconds},
    {"overhead", "+133 %", "minimal", "autocommit insert", format_overhead},
    {"sync time (10 changes)", "1-5 ms", "< 1 ms", "sync of 10 changes", format_milliseconds},
    {"extra storage", "yes (_sync_queue)", "no", "storage in the RAM database per pending insert",
     format_bytes},
    {"memory", "more", "less", "memory per pending insert", format_bytes},
};

std::string cell(const Outcome& outcome, const Claim& claim, std::string_view contender) {
    const Result* result = outcome.find(contender);
    return result != nullptr ? claim.format(*result) : "";
}

}  // namespace

std::vector<std::string> draw_outcomes(const std::vector<Outcome>& outcomes, bool fancy) {
    std::vector<std::string> lines;
    for (const Outcome& outcome : outcomes) {
        std::vector<std::string> more = draw_outcome(outcome, fancy);
        std::move(more.begin(), more.end(), std::back_inserter(lines));
    }
    return lines;
}

std::vector<std::string> draw_claims(const std::vector<Outcome>& outcomes, bool fancy) {
    std::vector<Row> rows{{"what", "claimed: trigger", "claimed: session", "recipe_trigger",
                           "recipe_session", "tidemark_trigger", "tidemark_session"}};
    for (const Claim& claim : claims) {
        if (const Outcome* outcome = find(outcomes, claim.measure)) {
            rows.push_back({std::string{claim.what}, std::string{claim.trigger},
                            std::string{claim.session}, cell(*outcome, claim, "recipe_trigger"),
                            cell(*outcome, claim, "recipe_session"),
                            cell(*outcome, claim, "tidemark_trigger"),
                            cell(*outcome, claim, "tidemark_session")});
        }
    }
    return rows.size() > 1 ? draw_table(rows, fancy, cell_width_max) : std::vector<std::string>{};
}

}  // namespace cli
