#include "commands.hpp"
#include "exit_code.hpp"
#include "help_formatter.hpp"
#include "terminal.hpp"

#include <tidemark/version.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sqlite3.h>

#include <exception>
#include <memory>
#include <string>

namespace {

constexpr const char* footer = R"(Examples:
  tidemark run app.db --sql schema.sql
  tidemark demo
  tidemark status app.db
  tidemark verify app.db

`tidemark COMMAND --help` tells the options and exit codes of a command.)";

std::string version_text() {
    return fmt::format("tidemark {} (SQLite {})", TIDEMARK_VERSION, sqlite3_libversion());
}

int execute(int argument_count, char** arguments) {
    int exit_code = cli::exit_code::ok;
    CLI::App app{"tidemark keeps a SQLite database in RAM and its changes on disk.", "tidemark"};
    app.set_version_flag("--version", version_text(), "Print the version and end");
    app.require_subcommand(1);
    app.formatter(std::make_shared<cli::HelpFormatter>());
    app.footer(footer);
    cli::add_run(app, exit_code);
    cli::add_demo(app, exit_code);
    cli::add_status(app, exit_code);
    cli::add_verify(app, exit_code);
    cli::add_check(app, exit_code);
    cli::add_log(app, exit_code);
    cli::add_show(app, exit_code);
    cli::add_undo(app, exit_code);
    cli::add_restore(app, exit_code);
    cli::add_replay(app, exit_code);
    cli::add_shell(app, exit_code);
    cli::add_bench(app, exit_code);
    try {
        app.parse(argument_count, arguments);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? cli::exit_code::ok : cli::exit_code::usage;
    }
    return exit_code;
}

}  // namespace

int main(int argument_count, char** arguments) {
    try {
        return execute(argument_count, arguments);
    } catch (const std::exception& error) {
        // What no command has foreseen: out of memory, no more file descriptors.
        cli::standard_error().line(fmt::format("Error: {}", error.what()));
        return cli::exit_code::failed;
    }
}
