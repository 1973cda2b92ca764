#include "chart.hpp"
#include "page_style.hpp"
#include "report.hpp"
#include "text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ostream>

namespace bench_report {

namespace {

std::string facts(const std::vector<Fact>& facts) {
    std::string list = "<dl>\n";
    for (const Fact& fact : facts) {
        list += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(fact.name),
                            escape_html(fact.value));
    }
    return list + "</dl>\n";
}

std::string headline(const Results& results) {
    std::vector<Fact> conditions = results.conditions;
    conditions.push_back({"started", results.started});
    std::string html = "<h1>tidemark, measured</h1>\n" + facts(conditions);
    if (!results.options.empty()) {
        html += "<details open=\"open\"><summary>Options of the run</summary>\n" +
                facts(results.options) + "</details>\n";
    }
    return html;
}

/// Says what it is where a narrow page has no room for the heading of the table.
std::string labelled_cell(const char* label, const std::string& text) {
    return fmt::format(R"(<td class="figure" data-label="{}">{}</td>)", label, escape_html(text));
}

std::string target_row(const Measure& measure, const Result& result) {
    const bool met = result.target.value().met;
    return fmt::format(
        R"(<tr><td>{}: {}</td><td class="contender">{}</td>{}{}<td class="{}">{}</td></tr>)"
        "\n",
        escape_html(heading_of(measure.group)), escape_html(measure.name),
        escape_html(label_of(result.contender)),
        labelled_cell("target", target_text(measure, result)),
        labelled_cell("measured", measured_text(measure, result)), met ? "met" : "unmet",
        met ? "✓ met" : "✗ not met");
}

std::string targets(const Results& results) {
    std::string rows;
    for (const Measure& measure : results.measures) {
        for (const Result& result : measure.results) {
            if (result.target) rows += target_row(measure, result);
        }
    }
    if (rows.empty()) return "<h2>Targets</h2>\n<p>Nothing in this run has a target.</p>\n";
    return "<h2>Targets</h2>\n<div class=\"scroll\"><table class=\"targets\">\n"
           "<tr><th>what</th><th>contender</th><th class=\"figure\">target</th>"
           "<th class=\"figure\">measured</th><th>verdict</th></tr>\n" +
           rows + "</table></div>\n";
}

std::string figure_cell(const std::string& text) {
    return fmt::format(R"(<td class="figure">{}</td>)", escape_html(text));
}

std::string figure_heading(const std::string& text) {
    return fmt::format(R"(<th class="figure">{}</th>)", escape_html(text));
}

std::string table_heading(const Measure& measure) {
    std::string row = "<tr><th>contender</th>" + figure_heading(measure.unit) +
                      figure_heading("low") + figure_heading("high");
    if (has_ratios(measure)) {
        row += figure_heading("× " + label_of(measure.base)) + figure_heading("low") +
               figure_heading("high");
    }
    for (const std::string& name : percentile_names_of(measure)) row += figure_heading(name);
    return row + "</tr>\n";
}

std::string spread_cells(const Spread& spread, std::string (*format)(double)) {
    return figure_cell(format(spread.middle)) + figure_cell(format(spread.low)) +
           figure_cell(format(spread.high));
}

std::string table_row(const Measure& measure, const Result& result) {
    std::string row = fmt::format("<tr{}><td>{}</td>",
                                  is_tidemark(result.contender) ? R"( class="tidemark")" : "",
                                  escape_html(label_of(result.contender)));
    row += spread_cells(result.value, format_value);
    if (result.ratio) {
        row += spread_cells(*result.ratio, format_ratio_figure);
    } else if (has_ratios(measure)) {
        row += "<td colspan=\"3\"></td>";
    }
    for (const std::string& name : percentile_names_of(measure)) {
        const auto value = percentile_of(result, name);
        row += figure_cell(value ? format_value(*value) : "");
    }
    return row + "</tr>\n";
}

std::string table(const Measure& measure) {
    std::string rows;
    for (const Result& result : measure.results) rows += table_row(measure, result);
    return "<details><summary>Table</summary><div class=\"scroll\"><table>\n" +
           table_heading(measure) + rows + "</table></div></details>\n";
}

std::string section(const Measure& measure, const Palette& palette) {
    std::string html =
        fmt::format("<section aria-label=\"{0}\">\n<h3>{0}</h3>\n", escape_html(measure.name));
    if (!measure.note.empty()) {
        html += fmt::format("<p class=\"note\">{}</p>\n", escape_html(measure.note));
    }
    html += draw_bars(measure, palette);
    if (!percentile_names_of(measure).empty()) {
        html += "<h4>Percentiles</h4>\n" + draw_percentiles(measure, palette);
    }
    return html + table(measure) + "</section>\n";
}

std::string navigation(const std::vector<std::string>& groups) {
    std::string html = "<nav>";
    for (std::size_t number = 0; number < groups.size(); ++number) {
        html += fmt::format("<a href=\"#group{}\">{}</a>\n", number,
                            escape_html(heading_of(groups[number])));
    }
    return html + "</nav>\n";
}

std::string groups(const Results& results) {
    const Palette palette{results};
    const std::vector<std::string> names = groups_of(results);
    std::string html = navigation(names);
    for (std::size_t number = 0; number < names.size(); ++number) {
        html += fmt::format("<h2 id=\"group{}\">{}</h2>\n", number,
                            escape_html(heading_of(names[number])));
        for (const Measure* measure : measures_of(results, names[number])) {
            html += section(*measure, palette);
        }
    }
    return html;
}

std::string page(const Results& results) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<title>tidemark, measured {}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n"
        "{}{}{}"
        "<p class=\"note\">A bar is the median of the rounds, its whisker their spread. Ratios are "
        "within this run: contenders take turns.</p>\n"
        "</main>\n</body>\n</html>\n",
        escape_html(results.started), page_style, headline(results), targets(results),
        groups(results));
}

}  // namespace

void write_html_report(const nlohmann::json& results, std::ostream& out) {
    out << page(read_results(results));
}

}  // namespace bench_report
