#include "bench_tables.hpp"
#include "commands.hpp"
#include "exit_code.hpp"
#include "progress_bar.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <report/report.hpp>
#include <suite/report.hpp>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace cli {
namespace {

struct BenchArguments {
    bench::Settings settings;
    std::string json_file;
    std::string html_file;
    bool list = false;
};

constexpr std::uint64_t tiny_rows = 300;

volatile std::sig_atomic_t signal_received = 0;

/// The first signal ends the run when the contender that runs is through, so that its files are
/// deleted; the second one ends the process.
void take_signal(int number) {
    signal_received = number;
    std::signal(number, SIG_DFL);
}

struct Interrupted {};

void print(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        fmt::print("{}\n", line);
    }
}

/// Beside the old one first, so that a reader never sees half of it.
void write_file(const std::string& path, const std::string& content) {
    const std::string unfinished = path + ".part";
    std::ofstream file{unfinished, std::ios::trunc};
    file << content;
    file.close();
    if (!file) {
        throw std::runtime_error("cannot write " + unfinished);
    }
    std::filesystem::rename(unfinished, path);
}

std::string make_page(const std::string& json, bool is_empty) {
    if (is_empty) {
        return "<!DOCTYPE html><title>tidemark bench</title>The first round is not through yet.\n";
    }
    std::ostringstream page;
    bench_report::write_html_report(nlohmann::json::parse(json), page);
    return page.str();
}

void write_files(const BenchArguments& arguments, const bench::Report& report) {
    if (arguments.json_file.empty() && arguments.html_file.empty()) {
        return;
    }
    const std::string json = bench::to_json(report);
    if (!arguments.json_file.empty()) {
        write_file(arguments.json_file, json);
    }
    if (!arguments.html_file.empty()) {
        write_file(arguments.html_file, make_page(json, report.outcomes.empty()));
    }
}

void print_report(const bench::Report& report) {
    Terminal terminal{stdout};
    const bool fancy = terminal.fancy();
    print(draw_outcomes(report.outcomes, fancy));
    const std::vector<std::string> claims = draw_claims(report.outcomes, fancy);
    if (!claims.empty()) {
        fmt::print("What is claimed of triggers and sessions, and what was measured\n");
        print(claims);
    }
}

/// Until the end or the first signal; what was complete by then has been kept.
void measure(const bench::Settings& settings, const bench::RoundDone& keep) {
    ProgressBar bar{standard_error(), "Measuring", "runs"};
    try {
        bench::run_all(
            settings,
            [&](std::uint64_t done, std::uint64_t total) {
                bar.show(done, total);
                if (signal_received != 0) {
                    throw Interrupted{};
                }
            },
            keep);
    } catch (const Interrupted&) {
        standard_error().line("Interrupted: these are the rounds before.");
    }
}

int run(BenchArguments arguments) {
    bench::Settings& settings = arguments.settings;
    if (settings.tiny) {
        settings.rows = tiny_rows;
        settings.rounds = 1;
    }
    const std::vector<std::string> names = bench::measure_names(settings);
    if (names.empty()) {
        standard_error().line("Error: no measure matches --only; --list prints all names");
        return exit_code::usage;
    }
    if (arguments.list) {
        print(names);
        return exit_code::ok;
    }
    bench::Report report{.settings = settings,
                         .machine = bench::describe_machine(settings.folder),
                         .started = std::chrono::system_clock::now(),
                         .outcomes = {}};
    const auto keep = [&](const std::vector<bench::Outcome>& outcomes) {
        report.outcomes = outcomes;
        write_files(arguments, report);
    };
    std::signal(SIGINT, take_signal);
    std::signal(SIGTERM, take_signal);
    keep({});  // a file that cannot be written is to be known before the first round
    measure(settings, keep);
    print_report(report);
    return signal_received == 0 ? exit_code::ok : exit_code::of_signal(signal_received);
}

std::string check_expression(const std::string& text) {
    try {
        const std::regex expression{text, std::regex::icase};
        return {};
    } catch (const std::regex_error& error) {
        return fmt::format("no regular expression: {}", error.what());
    }
}

constexpr const char* examples = R"(Examples:
  tidemark bench --tiny
  tidemark bench --only 'autocommit insert' --rounds 3
  tidemark bench --json bench.json --html bench.html --folder /var/tmp

All contenders run in turn, round after round; figures are medians over the rounds, ratios are taken
within one round. --tiny shows that everything works, but no figure worth reading.
docs/performance.md says what each measure is.

Exit codes:
  0  measured    1  a measurement failed    2  usage)";

}  // namespace

void add_bench(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<BenchArguments>();
    bench::Settings& settings = arguments->settings;
    CLI::App* command = app.add_subcommand(
        "bench", "Measure tidemark beside plain SQLite and the usual recipes on this machine");
    command->add_option("--rounds", settings.rounds, "How often everything is measured")
        ->capture_default_str()
        ->type_name("N")
        ->check(CLI::Range(1, 1000).description(""));
    command->add_option("--rows", settings.rows, "Rows that one contender writes in one go")
        ->capture_default_str()
        ->type_name("N")
        ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{10'000'000}).description(""));
    command->add_option("--only", settings.only, "Only measures that match this regular expression")
        ->type_name("REGEX")
        ->check(CLI::Validator{check_expression, ""});
    command->add_option("--json", arguments->json_file, "Write the results here, after each round")
        ->type_name("FILE");
    command
        ->add_option("--html", arguments->html_file,
                     "Write a page with charts here, which needs no network, after each round")
        ->type_name("FILE");
    command->add_option("--folder", settings.folder, "Where the databases lie meanwhile")
        ->type_name("DIR")
        ->check(CLI::Validator{CLI::ExistingDirectory}.description(""));
    command->add_option("--seed", settings.seed, "Of the values that are written")
        ->capture_default_str()
        ->type_name("N");
    command->add_flag("--large", settings.large, "Also databases of 1 GB and intervals of 5 s");
    command->add_flag("--tiny", settings.tiny, "Everything once with few rows, in some seconds");
    command->add_flag("--list", arguments->list, "Print the names of the measures and end");
    command->footer(examples);
    command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace cli
