#include "commands.hpp"
#include "exit_code.hpp"
#include "library_options.hpp"
#include "table.hpp"
#include "terminal.hpp"
#include "units.hpp"

#include <tidemark/tidemark.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cli {
namespace {

struct UndoArguments {
    std::string database;
    std::uint64_t batch = 0;
    bool dry_run = false;
    bool json = false;
    tidemark::Strategy strategy = tidemark::Strategy::session;
};

void complain(const std::string& text) {
    standard_error().line(standard_error().paint(Colour::red, "Error: " + printable(text)));
}

std::string counts_text(const tidemark::UndoReport& report) {
    std::string text;
    for (const tidemark::TableChanges& table : report.tables) {
        text += (text.empty() ? ": " : "; ") + format_changes(table);
    }
    return text;
}

void print_conflicts(const tidemark::UndoReport& report) {
    std::vector<std::vector<std::string>> rows{
        {"conflict", "table", "key", "the batch left", "now"}};
    for (const tidemark::UndoConflict& it : report.conflicts) {
        const bool has_values = !it.left.empty() || !it.found.empty();
        rows.push_back({to_string(it.kind), printable(it.table), printable(it.key),
                        printable(it.left), printable(has_values ? it.found : it.reason)});
    }
    for (const std::string& line : draw_table(rows, false)) fmt::print("{}\n", line);
    const std::uint64_t more = report.conflict_count - report.conflicts.size();
    if (more > 0) fmt::print("and {}\n", format_plural(more, "more conflict"));
}

void print(const tidemark::UndoReport& report, bool as_json) {
    if (as_json) {
        fmt::print("{}\n", report.to_json());
    } else if (report.possible()) {
        fmt::print("batch {} {}{}\n", report.batch, report.dry_run ? "can be undone" : "is undone",
                   counts_text(report));
    } else {
        print_conflicts(report);
    }
    if (report.possible()) return;
    complain(fmt::format("batch {} cannot be undone: {}; nothing has changed", report.batch,
                         format_plural(report.conflict_count, "conflict")));
}

// Only whoever has the database in RAM can take something back in it.
void explain(const std::string& database, const tidemark::Error& error) {
    try {
        const auto holder = tidemark::inspect(database, tidemark::LoadCheck::none).held_by;
        if (holder) {
            return complain(fmt::format(
                "'{}' is held by another tidemark (process {}); the application that keeps it has "
                "to call Database::undo itself, or to end",
                database, *holder));
        }
    } catch (const tidemark::Error&) {
        // The first error says more.
    }
    complain(error.what());
}

int undo(const UndoArguments& arguments) {
    tidemark::Options options;
    options.strategy = arguments.strategy;
    options.history.enabled = true;
    std::optional<tidemark::Database> database;
    try {
        // Before the database is opened: that would begin a history where there is none.
        static_cast<void>(tidemark::History(arguments.database).changes(arguments.batch));
        database.emplace(tidemark::Database::open(arguments.database, options));
    } catch (const tidemark::Error& error) {
        explain(arguments.database, error);
        return exit_code::cannot_open;
    }
    tidemark::UndoReport report;
    try {
        report = database->undo(arguments.batch, {.dry_run = arguments.dry_run});
    } catch (const tidemark::Error& error) {
        complain(error.what());
        return exit_code::cannot_open;
    }
    try {
        database->close();
    } catch (const tidemark::Error& error) {
        complain(error.what());
        return exit_code::not_flushed;
    }
    print(report, arguments.json);
    return report.possible() ? exit_code::ok : exit_code::failed;
}

constexpr const char* examples = R"(Examples:
  tidemark show app.db 7 && tidemark undo app.db 7
  tidemark undo app.db 7 --dry-run

The inverse of the batch becomes a change of its own, which is a batch of the history and can be
undone itself. All or nothing: each row that is not as the batch left it is a conflict, and is listed.

Exit codes:
  0  undone, or with --dry-run: can be    1  there are conflicts, nothing has changed    2  usage
  3  there is no history or no such batch, it cannot be undone by its nature (the schema changes with
     it), or the database cannot be opened
  4  the flush failed: the undo is not on disk)";

}  // namespace

void add_undo(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<UndoArguments>();
    CLI::App* command = app.add_subcommand("undo", "Take back what a batch of a history did");
    command->add_option("DB", arguments->database, "The database")->required()->type_name("");
    command->add_option("N", arguments->batch, "Number of the batch")->required()->type_name("");
    command->add_flag("--dry-run", arguments->dry_run, "Only say whether it can be undone");
    command->add_flag("--json", arguments->json, "Print one JSON object");
    add_strategy_option(*command, arguments->strategy);
    command->footer(examples);
    command->callback([arguments, &exit_code] { exit_code = undo(*arguments); });
}

}  // namespace cli
