#include "commands.hpp"
#include "exit_code.hpp"
#include "file_report.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

namespace cli {
namespace {

struct VerifyArguments {
    std::string database;
    bool json = false;
};

std::string hash_text(const tidemark::TableDigest& table) {
    return fmt::format("{:016x}", table.hash);
}

nlohmann::ordered_json tables_to_json(const tidemark::FileReport& report) {
    auto tables = nlohmann::ordered_json::array();
    for (const tidemark::TableDigest& table : report.tables) {
        tables.push_back({{"name", table.name}, {"rows", table.rows}, {"hash", hash_text(table)}});
    }
    return tables;
}

void print_tables(const tidemark::FileReport& report) {
    for (const tidemark::TableDigest& table : report.tables) {
        print_field("table", fmt::format("{}  {:>12} {:<4}  {}", hash_text(table), table.rows,
                                         table.rows == 1 ? "row" : "rows", printable(table.name)));
    }
}

int verify(const VerifyArguments& arguments) {
    const auto report = inspect_file(arguments.database, tidemark::LoadCheck::full);
    if (!report) {
        return exit_code::cannot_open;
    }
    if (arguments.json) {
        auto json = to_json(*report);
        json["tables"] = tables_to_json(*report);
        print_json(json);
    } else {
        print_facts(*report);
        print_tables(*report);
        print_integrity(*report);
    }
    return exit_code_of(*report);
}

constexpr const char* examples = R"(Examples:
  tidemark verify app.db
  tidemark verify app.db --json | jq '.tables[] | .name, .rows'

The file is opened read-only and checked with PRAGMA integrity_check. The hash of a table depends on
its content alone: two files with equal hashes hold equal rows, whatever wrote them.

Exit codes:
  0  sound    1  problems were found    2  usage    3  the file cannot be read)";

}  // namespace

void add_verify(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<VerifyArguments>();
    CLI::App* command =
        app.add_subcommand("verify", "Check a file thoroughly; count and hash every table");
    command->add_option("DB", arguments->database, "The file")->required()->type_name("");
    command->add_flag("--json", arguments->json, "Print one JSON object");
    command->footer(examples);
    command->callback([arguments, &exit_code] { exit_code = verify(*arguments); });
}

}  // namespace cli
