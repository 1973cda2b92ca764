#include "commands.hpp"
#include "exit_code.hpp"
#include "file_report.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace cli {
namespace {

struct StatusArguments {
    std::string database;
    bool json = false;
};

int status(const StatusArguments& arguments) {
    const auto report = inspect_file(arguments.database, tidemark::LoadCheck::quick);
    if (!report) {
        return exit_code::cannot_open;
    }
    if (arguments.json) {
        print_json(to_json(*report));
    } else {
        print_facts(*report);
        print_integrity(*report);
    }
    return exit_code_of(*report);
}

constexpr const char* examples = R"(Examples:
  tidemark status app.db
  tidemark status app.db --json | jq .mark

The file is opened read-only and checked quickly (PRAGMA quick_check); `tidemark verify` looks
closer.

Exit codes:
  0  sound    1  problems were found    2  usage    3  the file cannot be read)";

}  // namespace

void add_status(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<StatusArguments>();
    CLI::App* command = app.add_subcommand(
        "status", "Show what tidemark left in a file: mark, strategy, last sync, integrity");
    command->add_option("DB", arguments->database, "The file")->required()->type_name("");
    command->add_flag("--json", arguments->json, "Print one JSON object");
    command->footer(examples);
    command->callback([arguments, &exit_code] { exit_code = status(*arguments); });
}

}  // namespace cli
