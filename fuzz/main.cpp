#include "generator.hpp"
#include "isolated.hpp"
#include "shrinker.hpp"
#include "support/temporary_directory.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>

namespace tidemark::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
    std::uint64_t seed = 0;
    std::uint64_t runs = 0;
    std::uint64_t statements = 0;
    double time = 0;
    double shrink_time = 60;
    double patience = 60;
    std::string strategy = "both";
    std::string replay;
    std::string print_to;
    std::string save_to = ".";
    unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
    bool keep_going = false;
    bool here = false;
    bool shrink = false;
    GeneratorOptions generator;
};

std::string read_text(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_text(const std::string& path, const std::string& text) {
    std::ofstream out(path);
    out << text;
    if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

std::string as_note(const std::string& text) {
    std::string out = "-- note ";
    for (const char letter : text)
        out += letter == '\n' ? std::string("\n-- note ") : std::string(1, letter);
    return out + '\n';
}

std::string shown_step(const Script& script, const Difference& difference) {
    return difference.step < script.steps.size() ? to_line(script.steps[difference.step])
                                                 : "the end of the script";
}

Played play_counted(const Script& script, const std::string& folder) {
    Played played{.difference = play(script, folder)};
    const std::size_t steps = played.difference ? played.difference->step + 1 : script.steps.size();
    played.statements = script.setup.size() + std::min(steps, script.steps.size());
    return played;
}

bool is_known(const Played& played) {
    return played.difference && played.difference->kind == DifferenceKind::known;
}

/// All runs, their numbers, and what they find.
class Fuzzer {
public:
    explicit Fuzzer(const Arguments& arguments) : arguments_(arguments) {}

    /// 0 when nothing differed.
    int run() {
        fmt::print("seed {}\n", arguments_.seed);
        bool going = true;
        for (std::uint64_t i = 0; (going && !done(i)) || !running_.empty();) {
            while (going && !done(i) && running_.size() < arguments_.jobs) start(i++);
            const auto [seed, played] = next_result();
            if (going) going = take(seed, played) || arguments_.keep_going;
            report(false);
        }
        report(true);
        return differences_ == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }

    int replay() {
        const Script script = parse_script(read_text(arguments_.replay));
        const std::optional<Difference> difference = play_one(script);
        if (!difference) {
            fmt::print("no difference\n");
            return EXIT_SUCCESS;
        }
        print(script, *difference);
        if (arguments_.shrink) keep(arguments_.seed, script, *difference);
        return EXIT_FAILURE;
    }

private:
    [[nodiscard]] bool done(std::uint64_t runs) const {
        if (arguments_.runs > 0 && runs >= arguments_.runs) return true;
        if (arguments_.statements > 0 && statements_ >= arguments_.statements) return true;
        return arguments_.time > 0 && seconds() >= arguments_.time;
    }

    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(Clock::now() - start_).count();
    }

    [[nodiscard]] std::chrono::seconds patience() const {
        return std::chrono::seconds(static_cast<long>(arguments_.patience));
    }

    /// Nothing when the difference is known.
    std::optional<Difference> play_one(const Script& script) {
        const auto work = [&](const std::string& folder) { return play_counted(script, folder); };
        const Played played = arguments_.here ? work(tests::TemporaryDirectory().path().string())
                                              : Isolated(work, patience()).wait();
        return is_known(played) ? std::nullopt : played.difference;
    }

    void start(std::uint64_t number) {
        const std::uint64_t seed = arguments_.seed + number;
        const auto work = [&](const std::string& folder) {
            return play_counted(generate(seed, arguments_.generator), folder);
        };
        if (arguments_.here) {
            here_ = work(tests::TemporaryDirectory().path().string());
            running_.emplace_back(seed, nullptr);
        } else {
            running_.emplace_back(seed, std::make_unique<Isolated>(work, patience()));
        }
    }

    /// Of the first run that has ended.
    std::pair<std::uint64_t, Played> next_result() {
        std::size_t ended = 0;
        if (!arguments_.here) {
            std::vector<pollfd> waiting;
            for (const auto& [seed, run] : running_)
                waiting.push_back({.fd = run->descriptor(), .events = POLLIN, .revents = 0});
            ::poll(waiting.data(), waiting.size(), -1);
            while (ended + 1 < waiting.size() && waiting[ended].revents == 0) ++ended;
        }
        const auto [seed, run] = std::move(running_[ended]);
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(ended));
        return {seed, run ? run->wait() : here_};
    }

    /// Whether nothing differed.
    bool take(std::uint64_t seed, const Played& played) {
        statements_ += played.statements;
        ++runs_;
        if (is_known(played)) ++known_;
        if (!played.difference || is_known(played)) return true;
        ++differences_;
        const Script script = generate(seed, arguments_.generator);
        fmt::print("\nDIFFERENCE, to be seen again with --seed {} --runs 1\n", seed);
        print(script, *played.difference);
        keep(seed, script, *played.difference);
        return false;
    }

    static void print(const Script& script, const Difference& difference) {
        fmt::print("{}, after: {}\n{}\n", to_string(difference.kind),
                   shown_step(script, difference), difference.description);
        std::fflush(stdout);
    }

    void keep(std::uint64_t seed, const Script& script, const Difference& difference) {
        Script shrunk = script;
        if (difference.step < shrunk.steps.size()) {
            shrunk.steps.resize(difference.step + 1);
        }
        // What a background sync does is up to chance: a candidate gets several.
        const int attempts = script.background ? 4 : 1;
        const Test test = [&](const Script& candidate) {
            for (int i = 0; i < attempts; ++i) {
                const std::optional<Difference> again = play_one(candidate);
                if (again && again->kind == difference.kind) return true;
            }
            return false;
        };
        if (!test(shrunk)) shrunk = script;
        shrunk = shrink(shrunk, test,
                        std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(arguments_.shrink_time)));
        const std::string path = fmt::format("{}/fuzz-{}.sql", arguments_.save_to, seed);
        const std::optional<Difference> now = play_one(shrunk);
        const Difference& shown = now ? *now : difference;
        write_text(path,
                   as_note(fmt::format("seed {}: {}, after: {}\n{}", seed, to_string(shown.kind),
                                       shown_step(shrunk, shown), shown.description)) +
                       to_text(shrunk));
        fmt::print("smallest script, {}:\n{}\n", path, read_text(path));
        std::fflush(stdout);
    }

    void report(bool last) {
        if (!last && seconds() < next_report_) return;
        next_report_ = seconds() + 10;
        fmt::print(
            "{} runs ({} ended by a known difference), {} statements, {} differences in "
            "{:.0f} s, {:.0f} statements per second\n",
            runs_, known_, statements_, differences_, seconds(),
            static_cast<double>(statements_) / seconds());
        std::fflush(stdout);
    }

    const Arguments& arguments_;
    const Clock::time_point start_ = Clock::now();
    std::uint64_t runs_ = 0;
    std::uint64_t statements_ = 0;
    std::uint64_t known_ = 0;
    std::uint64_t differences_ = 0;
    std::vector<std::pair<std::uint64_t, std::unique_ptr<Isolated>>> running_;  // with the seeds
    Played here_;
    double next_report_ = 10;
};

void add_options(CLI::App& app, Arguments& arguments) {
    app.add_option("--seed", arguments.seed,
                   "Seed of the first run; the next runs count on. Default: by chance");
    app.add_option("--runs", arguments.runs, "End after this many runs");
    app.add_option("--statements", arguments.statements, "End after this many statements");
    app.add_option("--time", arguments.time, "End after this many seconds");
    app.add_option("--strategy", arguments.strategy, "trigger, session, or both (the seed decides)")
        ->check(CLI::IsMember({"trigger", "session", "both"}));
    app.add_option("--replay", arguments.replay, "Play a script instead")->check(CLI::ExistingFile);
    app.add_flag("--shrink", arguments.shrink, "Make a replayed script smaller and save it");
    app.add_option("--print", arguments.print_to,
                   "Write the script of the seed to this file and end");
    app.add_option("--save-to", arguments.save_to, "Folder for scripts that differ")
        ->check(CLI::ExistingDirectory)
        ->capture_default_str();
    app.add_option("--jobs", arguments.jobs, "Runs at the same time")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
    app.add_flag("--keep-going", arguments.keep_going, "Do not end at the first difference");
    app.add_flag("--here", arguments.here, "Play in this process, for a debugger");
    app.add_option("--shrink-time", arguments.shrink_time, "Seconds for making a script smaller")
        ->capture_default_str();
    app.add_option("--patience", arguments.patience, "Seconds until a run counts as hanging")
        ->capture_default_str();
    app.add_option("--ddl-weight", arguments.generator.ddl_weight,
                   "Schema changes among a hundred statements")
        ->capture_default_str()
        ->check(CLI::Range(0, 80));
    app.add_option("--steps", arguments.generator.steps_max, "Most statements of a run")
        ->capture_default_str();
    app.add_flag("--without-full-text", arguments.generator.without_full_text,
                 "Leave full-text indexes alone");
    app.add_flag("--without-background", arguments.generator.without_background,
                 "Sync only when told");
    app.add_flag("--without-half-done", arguments.generator.without_half_done,
                 "Run every statement to its end");
    app.add_flag("--commits", arguments.generator.commits,
                 "Each COMMIT waits for the disk, which is looked at without a flush");
    app.add_flag("--in-calls", arguments.generator.in_calls,
                 "Changes are taken in the application's calls");
}

// Memory statistics take a mutex of the process for every malloc, and nobody looks at them here.
void configure_sqlite() { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

int execute(int argument_count, char** argument_values) {
    CLI::App app{
        "Plays random SQL on a plain database and on one that tidemark keeps, and compares."};
    Arguments arguments;
    add_options(app, arguments);
    CLI11_PARSE(app, argument_count, argument_values);
    if (app.count("--seed") == 0) arguments.seed = std::uint64_t{std::random_device{}()} << 20U;
    configure_sqlite();
    if (arguments.strategy != "both") {
        arguments.generator.strategy =
            arguments.strategy == "trigger" ? Strategy::trigger : Strategy::session;
    }
    if (arguments.generator.steps_min > arguments.generator.steps_max)
        arguments.generator.steps_min = arguments.generator.steps_max;
    if (!arguments.print_to.empty()) {
        write_text(arguments.print_to, to_text(generate(arguments.seed, arguments.generator)));
        return EXIT_SUCCESS;
    }
    Fuzzer fuzzer(arguments);
    return arguments.replay.empty() ? fuzzer.run() : fuzzer.replay();
}

}  // namespace
}  // namespace tidemark::fuzz

int main(int argument_count, char** argument_values) {
    try {
        return tidemark::fuzz::execute(argument_count, argument_values);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tidemark_fuzz: %s\n", error.what());
        return 2;
    }
}
