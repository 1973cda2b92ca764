#include "commands.hpp"
#include "config_file.hpp"
#include "exit_code.hpp"
#include "run_arguments.hpp"
#include "terminal.hpp"

#include <tidemark/tidemark.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

namespace cli {
namespace {

int check(const std::string& file) {
    Terminal& terminal = standard_error();
    try {
        CLI::App command;
        RunArguments arguments;
        add_run_arguments(command, arguments);
        const ConfigFile config(file);
        config.apply_to(command);
        add_destinations(arguments, config.destinations());
        tidemark::validate(arguments.options);
    } catch (const ConfigError& error) {
        for (const std::string& line : error.lines()) {
            terminal.line(terminal.paint(Colour::red, printable(line)));
        }
        return exit_code::usage;
    } catch (const tidemark::Error& error) {
        terminal.line(terminal.paint(
            Colour::red, fmt::format("{}: {}", printable(file), printable(error.what()))));
        return exit_code::usage;
    }
    fmt::print("{}: ok\n", file);
    return exit_code::ok;
}

constexpr const char* examples = R"(Examples:
  tidemark check tidemark.toml && tidemark run --config tidemark.toml

Every mistake is printed with the line that it stands in. No database is opened.

Exit codes:
  0  ok    2  the file cannot be read, or has mistakes)";

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
    auto file = std::make_shared<std::string>();
    CLI::App* command = app.add_subcommand("check", "Check a configuration file");
    command->add_option("FILE", *file, "The file, in TOML")->required()->type_name("");
    command->footer(examples);
    command->callback([file, &exit_code] { exit_code = check(*file); });
}

}  // namespace cli
