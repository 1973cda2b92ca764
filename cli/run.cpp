#include "commands.hpp"
#include "config_file.hpp"
#include "exit_code.hpp"
#include "run_arguments.hpp"
#include "script_runner.hpp"
#include "signal_watch.hpp"
#include "sql_input.hpp"
#include "sql_script.hpp"
#include "sync_printer.hpp"
#include "terminal.hpp"
#include "units.hpp"

#include <tidemark/tidemark.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <unistd.h>

namespace cli {
namespace {

using Clock = std::chrono::steady_clock;

// A script can be faster than the disk. The library answers that by refusing writes; a program that
// only executes a script does better to wait, so it looks where things stand once in a while.
class Brake {
public:
    Brake(tidemark::Database& database, const SignalWatch& signals, std::uint64_t pending_bytes_max)
        : database_(database), signals_(signals), pending_bytes_max_(pending_bytes_max) {}

    /// Between transactions: waits for the disk when half of what may be pending is pending.
    void before_statement() {
        const auto now = Clock::now();
        if (pending_bytes_max_ == 0 || now - last_look_ < between_looks) {
            return;
        }
        last_look_ = now;
        if (database_.status().pending_bytes > pending_bytes_max_ / 2) {
            wait_for_disk();
        }
    }

    /// After a refused write: whether there is room again.
    bool wait_for_room() { return database_.status().refusing_writes && wait_for_disk(); }

private:
    static constexpr std::chrono::milliseconds between_looks{10};
    static constexpr std::chrono::milliseconds patience{250};  // a signal waits no longer than this

    // False when waiting is of no use: a signal came, or the disk fails instead of being slow.
    bool wait_for_disk() {
        while (signals_.received() == 0) {
            try {
                database_.flush(patience);
                return true;
            } catch (const tidemark::Error&) {
                if (database_.status().last_error) {
                    return false;
                }
            }
        }
        return false;
    }

    tidemark::Database& database_;
    const SignalWatch& signals_;
    const std::uint64_t pending_bytes_max_;
    Clock::time_point last_look_{};
};

// One `tidemark run`, from the opened database to the exit code.
class Run {
public:
    Run(const RunArguments& arguments, SqlInput& input, SignalWatch& signals,
        std::shared_ptr<SyncPrinter> printer)
        : arguments_(arguments),
          input_(input),
          signals_(signals),
          printer_(std::move(printer)),
          database_(open()),
          brake_(database_, signals_, arguments_.options.pending_bytes_max),
          runner_({.connection = database_.handle(),
                   .script_name = input_.name(),
                   .format = arguments_.json ? RowFormat::json : RowFormat::list,
                   .errors = terminal_,
                   .wait_for_room = [this] { return brake_.wait_for_room(); }}) {}

    // However this ends: the connection is about to be closed.
    ~Run() { signals_.stop_interrupting(); }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    Run(Run&&) = delete;
    Run& operator=(Run&&) = delete;

    int operator()() {
        signals_.begin(database_.handle());
        execute_input();
        signals_.stop_interrupting();
        roll_back_rest();
        close();
        return exit_code_of_run();
    }

private:
    tidemark::Database open() {
        tidemark::Options options = arguments_.options;
        options.observer = printer_;
        return tidemark::Database::open(arguments_.database, options);
    }

    void execute_input() {
        ScriptSplitter splitter;
        try {
            while (const auto part = input_.read(signals_.wake_descriptor())) {
                splitter.append(*part);
                if (part->empty()) {
                    execute(splitter.rest());
                    return;
                }
                execute_complete(splitter);
                if (ended_early_) {
                    return;
                }
            }
        } catch (const std::runtime_error& error) {
            failed_ = true;
            say(Colour::red, fmt::format("Error: {}", error.what()));
        }
    }

    void execute_complete(ScriptSplitter& splitter) {
        while (!ended_early_) {
            const auto piece = splitter.next();
            if (!piece) {
                return;
            }
            execute(piece);
        }
    }

    void execute(const std::optional<ScriptPiece>& piece) {
        if (!piece) {
            return;
        }
        if (signals_.received() != 0) {
            ended_early_ = true;
            return;
        }
        const bool was_in_transaction = runner_.in_transaction();
        if (!was_in_transaction) {
            brake_.before_statement();
        }
        const Outcome outcome = runner_.run(*piece);
        // SQLite rolls a transaction back when a statement that writes is interrupted in it.
        lost_transaction_ = outcome == Outcome::interrupted && was_in_transaction;
        note(outcome);
    }

    void note(Outcome outcome) {
        switch (outcome) {
            case Outcome::done:
                return;
            case Outcome::failed:
                failed_ = true;
                ended_early_ = arguments_.bail;
                return;
            case Outcome::interrupted:
                ended_early_ = true;
                return;
            case Outcome::unheard:
                failed_ = true;
                ended_early_ = true;
                say(Colour::red, "Error: the results cannot be written; stopping");
                return;
        }
    }

    void roll_back_rest() {
        const bool rolled_back = runner_.roll_back();
        if (rolled_back || lost_transaction_) {
            say(Colour::yellow, "Notice: the transaction that was still open is rolled back");
        }
    }

    void close() {
        const std::uint64_t changes_before = printer_->changes();
        const std::uint64_t copies_before = printer_->whole_copies();
        const std::uint64_t mark_before = database_.status().mark;
        printer_->expect_idle_syncs();
        try {
            database_.close();
        } catch (const tidemark::Error& error) {
            leave_unflushed(error);
        }
        if (!arguments_.quiet) {
            const bool whole = printer_->whole_copies() != copies_before;
            const auto what = whole ? std::string{"the whole database"}
                                    : format_plural(printer_->changes() - changes_before, "change");
            const std::uint64_t mark = std::max(mark_before, printer_->mark());
            say(Colour::none, fmt::format("{} {}, mark {}",
                                          terminal_.choose("✅ Flushed", "flushed"), what, mark));
        }
    }

    [[noreturn]] void leave_unflushed(const tidemark::Error& error) {
        const tidemark::Status status = database_.status();
        say(Colour::red, fmt::format("Error: {}", error.what()));
        say(Colour::red, fmt::format("Error: the final flush failed: everything committed after "
                                     "mark {} is lost{}",
                                     status.mark, count_in_brackets(status.pending_changes)));
        // The destructor would try again, as long as close() has just tried.
        std::fflush(stdout);
        std::_Exit(exit_code::not_flushed);
    }

    [[nodiscard]] int exit_code_of_run() const {
        if (signals_.received() != 0) {
            return exit_code::of_signal(signals_.received());
        }
        return failed_ ? exit_code::failed : exit_code::ok;
    }

    void say(Colour colour, std::string_view text) {
        terminal_.line(terminal_.paint(colour, text));
    }

    Terminal& terminal_ = standard_error();
    const RunArguments& arguments_;
    SqlInput& input_;
    SignalWatch& signals_;
    std::shared_ptr<SyncPrinter> printer_;
    tidemark::Database database_;
    Brake brake_;
    ScriptRunner runner_;

    bool failed_ = false;
    bool ended_early_ = false;       // by --bail, a signal, or a reader who went away
    bool lost_transaction_ = false;  // an interrupt has rolled it back
};

int complain(int exit_code, std::string_view message) {
    Terminal& terminal = standard_error();
    terminal.line(terminal.paint(Colour::red, fmt::format("Error: {}", message)));
    return exit_code;
}

int run_on(const RunArguments& arguments, SqlInput& input) {
    SignalWatch signals;
    auto printer = std::make_shared<SyncPrinter>(standard_error(), arguments.quiet);
    std::optional<Run> run;
    try {
        run.emplace(arguments, input, signals, std::move(printer));
    } catch (const tidemark::Error& error) {
        standard_error().erase();
        return complain(exit_code::cannot_open, printable(error.what()));
    }
    return (*run)();
}

void complain(const ConfigError& error) {
    for (const std::string& line : error.lines()) {
        static_cast<void>(complain(exit_code::usage, printable(line)));
    }
}

int run(RunArguments& arguments) {
    // A reader of the results who goes away must not take the final flush along.
    std::signal(SIGPIPE, SIG_IGN);
    if (arguments.database.empty()) {
        return complain(exit_code::usage,
                        "no database: name its file, or a configuration with --config FILE");
    }
    if (arguments.sql.empty()) {
        if (isatty(STDIN_FILENO) == 1) {
            return complain(exit_code::usage,
                            "no SQL: name a file with --sql FILE, pipe it in, or type it with "
                            "--sql - (end with Ctrl-D)");
        }
        arguments.sql = "-";
    }
    std::optional<SqlInput> input;
    try {
        input.emplace(arguments.sql);
    } catch (const std::runtime_error& error) {
        return complain(exit_code::usage, error.what());
    }
    return run_on(arguments, *input);
}

// False when the configuration file is of no use, which has been told then.
bool configure(CLI::App& command, RunArguments& arguments) {
    try {
        std::vector<tidemark::DestinationOptions> destinations;
        if (!arguments.config.empty()) {
            const ConfigFile config(arguments.config);
            config.apply_to(command);
            destinations = config.destinations();
        }
        add_destinations(arguments, destinations);
        return true;
    } catch (const ConfigError& error) {
        complain(error);
        return false;
    }
}

constexpr const char* examples = R"(Examples:
  tidemark run app.db --sql schema.sql
  echo "SELECT count(*) FROM posts" | tidemark run app.db
  generate_events | tidemark run events.db --interval 250ms --quiet
  tidemark run app.db --strategy trigger --json --sql - < queries.sql
  tidemark run --config tidemark.toml

Rows go to standard output, one line per sync to standard error. SIGINT and SIGTERM end the run
in order: the open transaction is rolled back, everything committed is flushed to disk.

Exit codes:
  0  ok             1  an SQL statement failed (the others were executed)
  2  usage          3  the database cannot be opened (damaged, held, not readable, ...)
  4  the final flush failed: not everything is on disk
  130, 143          ended by SIGINT, SIGTERM, after the final flush)";

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<RunArguments>();
    CLI::App* command =
        app.add_subcommand("run", "Open a database in RAM, execute SQL, keep the changes on disk");
    command
        ->add_option("--config", arguments->config,
                     "Read database and options from a TOML file; what the command line says wins")
        ->type_name("FILE");
    add_run_arguments(*command, *arguments);
    command->footer(examples);
    command->callback([arguments, command, &exit_code] {
        exit_code =
            configure(*command, *arguments) ? run(*arguments) : static_cast<int>(exit_code::usage);
    });
}

}  // namespace cli
