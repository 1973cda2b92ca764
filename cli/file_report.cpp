#include "file_report.hpp"

#include "exit_code.hpp"
#include "terminal.hpp"
#include "units.hpp"

#include <tidemark/database.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

namespace cli {
namespace {

Terminal& standard_output() {
    static Terminal terminal{stdout};
    return terminal;
}

}  // namespace

std::optional<tidemark::FileReport> inspect_file(const std::string& path,
                                                 tidemark::LoadCheck check) {
    try {
        return tidemark::inspect(path, check);
    } catch (const tidemark::Error& error) {
        Terminal& terminal = standard_error();
        terminal.line(terminal.paint(Colour::red, "Error: " + printable(error.what())));
        return std::nullopt;
    }
}

nlohmann::ordered_json to_json(const tidemark::FileReport& report) {
    nlohmann::ordered_json json;
    json["path"] = report.path;
    json["size_bytes"] = report.size_bytes;
    json["kept_by_tidemark"] = report.kept_by_tidemark;
    if (report.kept_by_tidemark) {
        json["format_version"] = report.format_version;
        json["writer_version"] = report.writer_version;
        json["strategy"] = report.strategy;
        json["mark"] = report.mark;
        json["last_sync"] = nullptr;
    }
    if (report.last_sync) {
        json["last_sync"] = format_time(*report.last_sync);
    }
    json["held_by"] = nullptr;
    if (report.held_by) {
        json["held_by"] = *report.held_by;
    }
    json["problems"] = report.problems;
    return json;
}

void print_json(const nlohmann::ordered_json& json) {
    // Paths and names may hold anything; what is not UTF-8 is shown as U+FFFD.
    const auto replace = nlohmann::ordered_json::error_handler_t::replace;
    standard_output().line(json.dump(-1, ' ', false, replace));
}

void print_field(const char* label, const std::string& text) {
    standard_output().line(fmt::format("{:<12} {}", label, text));
}

void print_facts(const tidemark::FileReport& report) {
    print_field("file", printable(report.path));
    print_field("size", format_size(report.size_bytes));
    if (report.kept_by_tidemark) {
        print_field("written by", fmt::format("tidemark {}, format {}", report.writer_version,
                                              report.format_version));
        print_field("strategy", report.strategy);
        print_field("mark", std::to_string(report.mark));
        print_field("last sync", report.last_sync ? format_time(*report.last_sync) : "never");
    } else {
        print_field("written by", "never kept by tidemark");
    }
    print_field("held by", report.held_by ? fmt::format("process {}", *report.held_by) : "nobody");
}

void print_integrity(const tidemark::FileReport& report) {
    Terminal& terminal = standard_output();
    if (report.problems.empty()) {
        print_field("integrity", terminal.paint(Colour::green, "ok"));
    }
    for (const std::string& problem : report.problems) {
        print_field("problem", terminal.paint(Colour::red, printable(problem)));
    }
}

int exit_code_of(const tidemark::FileReport& report) {
    return report.problems.empty() ? exit_code::ok : exit_code::failed;
}

}  // namespace cli
