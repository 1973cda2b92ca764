// Plays logic-test files of SQLite (sqllogictest), written by anybody, on a database that tidemark
// keeps:
//
//   tidemark_logictest [--strategy session|trigger] [--in-background] [--plain] [--seed N] FILE...
//
// Prints each failure with file and line. The exit code is 1 when there was any.

#include "logic/player.hpp"
#include "logic/script.hpp"
#include "support/sql.hpp"

#include <CLI/CLI.hpp>
#include <sqlite3.h>

#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace tidemark::tests::logic;

struct Arguments {
    Keeping keeping;
    bool plain = false;
    bool in_background = false;
    std::vector<std::string> files;
};

/// Plays one file. Whether all went well.
bool play_file(const std::string& file, const Arguments& arguments) {
    const Script script = read_script(file);
    const Failures failures = arguments.plain ? play(script, tidemark::tests::Plain())
                                              : play_kept(script, arguments.keeping);
    for (const Failure& failure : failures) {
        std::cout << failure << '\n';
    }
    std::cout << file << ": " << script.records.size() << " records, " << failures.size()
              << " failures" << std::endl;
    return failures.empty();
}

bool play_files(const Arguments& arguments) {
    std::cout << "SQLite " << sqlite3_libversion() << ", --seed " << arguments.keeping.seed
              << std::endl;
    bool all_well = true;
    for (const std::string& file : arguments.files) {
        try {
            all_well = play_file(file, arguments) && all_well;
        } catch (const std::exception& error) {
            std::cout << file << ": " << error.what() << std::endl;
            all_well = false;
        }
    }
    return all_well;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    arguments.keeping.seed = std::random_device{}();

    CLI::App app("Plays SQLite's logic-test files on a database that tidemark keeps.");
    const std::map<std::string, tidemark::Strategy> strategies{
        {"session", tidemark::Strategy::session}, {"trigger", tidemark::Strategy::trigger}};
    app.add_option("--strategy", arguments.keeping.options.strategy, "session or trigger")
        ->transform(CLI::CheckedTransformer(strategies));
    app.add_flag("--in-background", arguments.in_background,
                 "sync all the time, not only on flush");
    app.add_flag("--plain", arguments.plain, "without tidemark: is the file itself right?");
    app.add_option("--seed", arguments.keeping.seed, "of the points at which a flush happens");
    app.add_option("FILE", arguments.files, "what to play, each on a database of its own")
        ->required();
    CLI11_PARSE(app, argc, argv);

    if (arguments.in_background) {
        arguments.keeping.syncing = Syncing::in_background;
    }
    return play_files(arguments) ? 0 : 1;
}
