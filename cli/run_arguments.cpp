#include "run_arguments.hpp"

#include "library_options.hpp"

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
}

}  // namespace cli
