#include "script.hpp"

#include <tidemark/status.hpp>

#include <array>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tidemark::fuzz {
namespace {

constexpr std::array<std::pair<StepKind, std::string_view>, 6> directives{{
    {StepKind::prepare, "-- prepare "},
    {StepKind::execute, "-- execute "},
    {StepKind::step, "-- step "},
    {StepKind::reset, "-- reset "},
    {StepKind::flush, "-- flush"},
    {StepKind::reopen, "-- reopen"},
}};

Step with_argument(StepKind kind, const std::string& argument) {
    if (kind != StepKind::prepare) return {.kind = kind, .name = argument};
    const std::size_t space = argument.find(' ');
    if (space == std::string::npos) throw std::runtime_error("-- prepare needs a name and SQL");
    return {.kind = kind, .name = argument.substr(0, space), .sql = argument.substr(space + 1)};
}

std::optional<Step> parse_step(const std::string& line) {
    for (const auto& [kind, prefix] : directives) {
        if (line.starts_with(prefix)) return with_argument(kind, line.substr(prefix.size()));
    }
    if (line.starts_with("-- ")) return std::nullopt;
    return sql_step(line);
}

bool parse_header(Script& script, const std::string& line) {
    if (line == "-- strategy trigger" || line == "-- strategy session") {
        script.strategy = line.ends_with("trigger") ? Strategy::trigger : Strategy::session;
    } else if (line == "-- interval background" || line == "-- interval manual" ||
               line == "-- interval commit") {
        script.background = line.ends_with("background");
        script.commits = line.ends_with("commit");
    } else if (line == "-- cutting in calls") {
        script.in_calls = true;
    } else if (line == "-- open attached" || line == "-- open file") {
        script.attached = line.ends_with("attached");
    } else {
        return line.empty() || line == "--" || line.starts_with("-- note");
    }
    return true;
}

}  // namespace

Step sql_step(std::string sql) { return {.kind = StepKind::sql, .sql = std::move(sql)}; }

std::string to_line(const Step& step) {
    for (const auto& [kind, prefix] : directives) {
        if (kind != step.kind) continue;
        std::string line = std::string(prefix) + step.name;
        return kind == StepKind::prepare ? line + ' ' + step.sql : line;
    }
    return step.sql;
}

std::string to_text(const Script& script) {
    std::string text = std::string("-- strategy ") + to_string(script.strategy);
    text += std::string("\n-- interval ") + (script.commits      ? "commit"
                                             : script.background ? "background"
                                                                 : "manual");
    if (script.in_calls) text += "\n-- cutting in calls";
    text += std::string("\n-- open ") + (script.attached ? "attached" : "file") + '\n';
    for (const Step& step : script.setup) text += to_line(step) + '\n';
    text += "-- run\n";
    for (const Step& step : script.steps) text += to_line(step) + '\n';
    return text;
}

Script parse_script(const std::string& text) {
    Script script;
    std::istringstream lines(text);
    std::vector<Step>* part = &script.setup;
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (parse_header(script, line)) continue;
        if (line == "-- run") {
            part = &script.steps;
        } else if (std::optional<Step> step = parse_step(line)) {
            part->push_back(std::move(*step));
        } else {
            throw std::runtime_error("line " + std::to_string(number) + ": what is: " + line);
        }
    }
    return script;
}

}  // namespace tidemark::fuzz
