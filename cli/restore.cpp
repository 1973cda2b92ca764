#include "commands.hpp"
#include "exit_code.hpp"
#include "terminal.hpp"
#include "units.hpp"

#include <tidemark/tidemark.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace cli {
namespace {

struct RestoreArguments {
    std::string database;
    std::string at;
    std::optional<std::uint64_t> batch;
    std::string output;
};

struct ReplayArguments {
    std::string database;
    std::uint64_t from = 0;
    std::string target;
};

int cannot(const tidemark::Error& error) {
    Terminal& terminal = standard_error();
    terminal.line(terminal.paint(Colour::red, "Error: " + printable(error.what())));
    return exit_code::cannot_open;
}

int restore(const RestoreArguments& arguments) {
    try {
        const std::uint64_t batch =
            arguments.batch ? *arguments.batch
                            : tidemark::batch_at(arguments.database, *parse_time(arguments.at));
        tidemark::restore(arguments.database, batch, arguments.output);
        standard_error().line(fmt::format("{}: the database as it was after batch {}",
                                          printable(arguments.output), batch));
    } catch (const tidemark::Error& error) {
        return cannot(error);
    }
    return exit_code::ok;
}

int replay(const ReplayArguments& arguments) {
    try {
        const std::uint64_t last =
            tidemark::replay(arguments.database, arguments.from, arguments.target);
        standard_error().line(
            fmt::format("{}: now as it is after batch {}", printable(arguments.target), last));
    } catch (const tidemark::Error& error) {
        return cannot(error);
    }
    return exit_code::ok;
}

constexpr const char* restore_examples = R"(Examples:
  tidemark restore app.db --batch 7 -o before.db
  tidemark restore app.db --at 2026-11-29T07:30:00Z -o morning.db

The database is only read, and may be in use. The output is a new file.

Exit codes:
  0  ok    2  usage
  3  there is no history, or it does not lead back there; the output exists or cannot be written)";

constexpr const char* replay_examples = R"(Examples:
  tidemark restore app.db --batch 7 -o copy.db && tidemark replay app.db --from 7 --to copy.db

All batches above 7 are applied to copy.db in one transaction, which has to be what the database was
after batch 7.

Exit codes:
  0  ok    2  usage    3  it cannot be done, and the file is as it was)";

std::string check_time(const std::string& text) {
    if (parse_time(text)) return {};
    return fmt::format("'{}' is no time; write 2026-11-29T07:30:00Z", text);
}

}  // namespace

void add_restore(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<RestoreArguments>();
    CLI::App* command =
        app.add_subcommand("restore", "Write a database as it was at some time to a new file");
    command->add_option("DB", arguments->database, "The database")->required()->type_name("");
    CLI::Option* const at = command->add_option("--at", arguments->at, "As it was then, in UTC")
                                ->type_name("TIME")
                                ->check(CLI::Validator(check_time, ""));
    CLI::Option* const batch =
        command->add_option("--batch", arguments->batch, "As it was after this batch")
            ->type_name("N")
            ->excludes(at);
    command->add_option("-o,--output", arguments->output, "The new file")
        ->required()
        ->type_name("FILE");
    command->footer(restore_examples);
    command->callback([arguments, at, batch, &exit_code] {
        if (at->count() + batch->count() == 0) throw CLI::RequiredError("--at or --batch");
        exit_code = restore(*arguments);
    });
}

void add_replay(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<ReplayArguments>();
    CLI::App* command = app.add_subcommand("replay", "Apply batches of a history to another file");
    command->add_option("DB", arguments->database, "The database")->required()->type_name("");
    command->add_option("--from", arguments->from, "Begin behind this batch")
        ->required()
        ->type_name("N");
    command->add_option("--to", arguments->target, "The file that they are applied to")
        ->required()
        ->type_name("FILE");
    command->footer(replay_examples);
    command->callback([arguments, &exit_code] { exit_code = replay(*arguments); });
}

}  // namespace cli
