#include "run_arguments.hpp"

#include "library_options.hpp"

#include <tidemark/destination.hpp>

#include <CLI/CLI.hpp>

namespace cli {

void add_run_arguments(CLI::App& command, RunArguments& arguments) {
    command.add_option("DB", arguments.database, "The file; created when it is missing")
        ->type_name("");
    command
        .add_option("--sql", arguments.sql,
                    "Where the SQL comes from; - is standard input, the default unless that "
                    "is a terminal")
        ->type_name("FILE|-");
    command.add_flag("--json", arguments.json, "Print each row as one line of JSON");
    command.add_flag("--quiet,-q", arguments.quiet,
                     "Print no syncs; errors, failures and recoveries still are");
    command.add_flag("--bail", arguments.bail, "Stop at the first SQL error");
    add_library_options(command, arguments.options);
    command
        .add_option("--destination", arguments.destinations,
                    "Another SQLite file that gets every batch, on a thread of its own; may be "
                    "repeated. Needs --history")
        ->type_name("FILE")
        ->allow_extra_args(false)
        ->group("What goes to disk");
}

void add_destinations(RunArguments& arguments,
                      const std::vector<tidemark::DestinationOptions>& others) {
    for (const std::string& file : arguments.destinations) {
        arguments.options.destinations.push_back(
            {.name = file, .destination = tidemark::sqlite_destination(file)});
    }
    for (const tidemark::DestinationOptions& other : others) {
        arguments.options.destinations.push_back(other);
    }
}

}  // namespace cli
