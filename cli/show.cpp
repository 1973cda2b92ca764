#include "commands.hpp"
#include "exit_code.hpp"
#include "terminal.hpp"
#include "units.hpp"

#include <tidemark/tidemark.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

namespace cli {
namespace {

struct ShowArguments {
    std::string database;
    std::uint64_t batch = 0;
    bool json = false;
    bool sql = false;
    bool inverse = false;
    std::string changeset;
};

void print_plainly(const tidemark::Changes& changes) {
    fmt::print("batch {} of {}, after batch {}\n", changes.batch(), format_time(changes.time()),
               changes.previous());
    const auto print_all = [](const std::vector<std::string>& statements) {
        for (const std::string& statement : statements) fmt::print("  {}\n", printable(statement));
    };
    print_all(changes.schema_before_rows());
    for (const tidemark::Change& change : changes) {
        fmt::print("  {}\n", printable(change.to_json()));
    }
    print_all(changes.schema_after_rows());
}

int write_changeset(const tidemark::Changes& changes, const std::string& path) {
    const tidemark::Changeset changeset = changes.to_changeset();
    for (const std::string& what : changeset.left_out) {
        standard_error().line("left out: " + printable(what));
    }
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << changeset.bytes;
    file.close();
    if (file) return exit_code::ok;
    standard_error().line(standard_error().paint(
        Colour::red, fmt::format("Error: {}: the file cannot be written", printable(path))));
    return exit_code::failed;
}

int show(const ShowArguments& arguments) {
    try {
        const tidemark::Changes changes =
            tidemark::History(arguments.database).changes(arguments.batch);
        if (!arguments.changeset.empty()) return write_changeset(changes, arguments.changeset);
        if (arguments.json) {
            fmt::print("{}\n", changes.to_json());
        } else if (arguments.sql) {
            fmt::print("{}", changes.to_sql());
        } else if (arguments.inverse) {
            fmt::print("{}", changes.to_inverse_sql());
        } else {
            print_plainly(changes);
        }
    } catch (const tidemark::Error& error) {
        standard_error().line(
            standard_error().paint(Colour::red, "Error: " + printable(error.what())));
        return exit_code::cannot_open;
    }
    return exit_code::ok;
}

constexpr const char* examples = R"(Examples:
  tidemark show app.db 7
  tidemark show app.db 7 --sql
  tidemark show app.db 7 --changeset batch7.changeset

A changeset is what SQLite's session extension makes: sqlite3changeset_apply takes it. It has no
schema changes and no tables without PRIMARY KEY; what is left out is told on standard error.

Exit codes:
  0  ok    1  the changeset cannot be written    2  usage
  3  there is no history or no such batch, it is damaged, or cannot be taken back (--inverse))";

}  // namespace

void add_show(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<ShowArguments>();
    CLI::App* command = app.add_subcommand("show", "Show every change of a batch of a history");
    command->add_option("DB", arguments->database, "The database")->required()->type_name("");
    command->add_option("N", arguments->batch, "Number of the batch")->required()->type_name("");
    CLI::Option* const json = command->add_flag("--json", arguments->json, "Print one JSON object");
    CLI::Option* const sql =
        command->add_flag("--sql", arguments->sql, "Print a script that makes the changes");
    CLI::Option* const inverse =
        command->add_flag("--inverse", arguments->inverse, "Print a script that takes them back");
    CLI::Option* const changeset =
        command->add_option("--changeset", arguments->changeset, "Write a changeset to this file")
            ->type_name("FILE");
    sql->excludes(json);
    inverse->excludes(json)->excludes(sql);
    changeset->excludes(json)->excludes(sql)->excludes(inverse);
    command->footer(examples);
    command->callback([arguments, &exit_code] { exit_code = show(*arguments); });
}

}  // namespace cli
