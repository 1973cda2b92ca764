#include "markdown.hpp"
#include "report.hpp"
#include "text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ostream>
#include <stdexcept>

namespace bench_report {

namespace {

using Cells = std::vector<std::string>;

/// The columns from `figures_begin` on, up to `figures_end`, stand to the right.
std::string heading(const Cells& cells, std::size_t figures_begin, std::size_t figures_end) {
    std::string rule = "|";
    for (std::size_t column = 0; column < cells.size(); ++column) {
        rule += column < figures_begin || column >= figures_end ? " --- |" : " ---: |";
    }
    return fmt::format("| {} |\n{}\n", fmt::join(cells, " | "), rule);
}

std::string row(const Cells& cells) { return fmt::format("| {} |\n", fmt::join(cells, " | ")); }

std::string spread(const Spread& spread, std::string (*format)(double)) {
    return fmt::format("{} – {}", format(spread.low), format(spread.high));
}

std::string contender(const Result& result) {
    const std::string label = escape_markdown(label_of(result.contender));
    return is_tidemark(result.contender) ? fmt::format("**{}**", label) : label;
}

Cells heading_cells(const Measure& measure) {
    Cells cells{"", escape_markdown(measure.unit), "spread"};
    if (has_ratios(measure)) {
        cells.push_back(fmt::format("× {}", escape_markdown(label_of(measure.base))));
        cells.emplace_back("spread");
    }
    for (const std::string& name : percentile_names_of(measure)) cells.push_back(name);
    return cells;
}

Cells result_cells(const Measure& measure, const Result& result) {
    Cells cells{contender(result), format_value(result.value.middle),
                spread(result.value, format_value)};
    if (result.ratio) {
        cells.push_back(format_ratio_figure(result.ratio->middle));
        cells.push_back(spread(*result.ratio, format_ratio_figure));
    } else if (has_ratios(measure)) {
        cells.insert(cells.end(), {"", ""});
    }
    for (const std::string& name : percentile_names_of(measure)) {
        const auto value = percentile_of(result, name);
        cells.push_back(value ? format_value(*value) : "");
    }
    return cells;
}

std::string measure_table(const Measure& measure) {
    std::string table = fmt::format(
        "**{}** ({}){}\n\n", escape_markdown(measure.name), escape_markdown(scale_of(measure)),
        measure.note.empty() ? "" : ": " + escape_markdown(measure.note));
    const Cells cells = heading_cells(measure);
    table += heading(cells, 1, cells.size());
    for (const Result& result : measure.results) table += row(result_cells(measure, result));
    return table;
}

std::string group_tables(const Results& results, const std::string& group) {
    std::string tables;
    for (const Measure* measure : measures_of(results, group)) {
        tables += (tables.empty() ? "" : "\n") + measure_table(*measure);
    }
    return tables;
}

std::string conditions(const Results& results) {
    Cells facts;
    for (const Fact& fact : results.conditions) {
        facts.push_back(escape_markdown(fmt::format("{} {}", fact.name, fact.value)));
    }
    facts.push_back("started " + escape_markdown(results.started));
    Cells options;
    for (const Fact& option : results.options) {
        if (option.value.empty()) continue;  // `only` of a run of everything
        options.push_back(escape_markdown(fmt::format("{} {}", option.name, option.value)));
    }
    return fmt::format(
        "Measured with {}.\n{}", fmt::join(facts, ", "),
        options.empty() ? "" : fmt::format("Options: {}.\n", fmt::join(options, ", ")));
}

Cells target_cells(const Measure& measure, const Result& result) {
    return {escape_markdown(fmt::format("{}: {}", heading_of(measure.group), measure.name)),
            contender(result), escape_markdown(target_text(measure, result)),
            escape_markdown(measured_text(measure, result)),
            result.target.value().met ? "✓ met" : "✗ **not met**"};
}

std::string targets(const Results& results) {
    std::string rows;
    for (const Measure& measure : results.measures) {
        for (const Result& result : measure.results) {
            if (result.target) rows += row(target_cells(measure, result));
        }
    }
    if (rows.empty()) throw std::runtime_error("measures: nothing has a target");
    return heading({"what", "contender", "target", "measured", "verdict"}, 2, 4) + rows;
}

bool has_target(const Results& results) {
    for (const Measure& measure : results.measures) {
        for (const Result& result : measure.results) {
            if (result.target) return true;
        }
    }
    return false;
}

std::string marked(const Results& results, const std::string& name) {
    return fmt::format("{}\n{}{}\n", begin_marker(name), markdown_block(results, name),
                       end_marker(name));
}

std::string all_tables(const Results& results) {
    std::string text = marked(results, "conditions");
    if (has_target(results)) text += "\n## Targets\n\n" + marked(results, "targets");
    for (const std::string& group : groups_of(results)) {
        text += fmt::format("\n## {}\n\n", escape_markdown(heading_of(group)));
        text += marked(results, group);
    }
    return text;
}

}  // namespace

std::string begin_marker(const std::string& name) {
    return fmt::format("<!-- figures: begin {} -->", name);
}

std::string end_marker(const std::string& name) {
    return fmt::format("<!-- figures: end {} -->", name);
}

std::string markdown_block(const Results& results, const std::string& name) {
    if (name == "conditions") return conditions(results);
    if (name == "targets") return targets(results);
    std::string tables = group_tables(results, name);
    if (!tables.empty()) return tables;
    for (const Measure& measure : results.measures) {
        if (name == measure.group + "/" + measure.name) return measure_table(measure);
    }
    throw std::runtime_error(fmt::format("measures: there is none of the name '{}'", name));
}

void write_markdown_tables(const nlohmann::json& results, std::ostream& out) {
    out << all_tables(read_results(results));
}

}  // namespace bench_report
