#include "demo/demo.hpp"

#include "commands.hpp"
#include "exit_code.hpp"
#include "library_options.hpp"
#include "units.hpp"

#include <tidemark/tidemark.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace cli {
namespace {

using Clock = std::chrono::steady_clock;
using demo::Narrator;
using demo::Story;
using tidemark::Strategy;

struct DemoArguments {
    std::string strategy = "both";
    std::string data_folder = "/usr/share/iso-codes/json";
    bool fast = false;
    bool keep = false;
};

struct WriterArguments {
    std::string database;
    std::string progress;
    Strategy strategy = Strategy::session;
};

// A folder of our own below the system's temporary one, removed at the end.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "tidemark-demo-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::system_error(errno, std::generic_category(), "cannot make " + name);
        }
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;  // there is nothing to be done about it
        if (!kept_) {
            std::filesystem::remove_all(path_, ignored);
        }
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    TemporaryFolder(TemporaryFolder&&) = delete;
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] bool kept() const noexcept { return kept_; }
    void keep() noexcept { kept_ = true; }

private:
    std::filesystem::path path_;
    bool kept_ = false;
};

std::vector<Strategy> chosen_strategies(const DemoArguments& arguments) {
    if (arguments.strategy == "trigger") {
        return {Strategy::trigger};
    }
    if (arguments.strategy == "session") {
        return {Strategy::session};
    }
    return {Strategy::trigger, Strategy::session};
}

void introduce(Narrator& narrator, const TemporaryFolder& folder) {
    narrator.chapter("tidemark keeps a SQLite database in RAM and its changes on disk");
    narrator.say(fmt::format("tidemark {}, SQLite {}, files in {}", TIDEMARK_VERSION,
                             sqlite3_libversion(), folder.path().string()));
    narrator.say("Every number below is measured while you read.");
}

void tell(Story& story) {
    const bool trigger = story.strategy == Strategy::trigger;
    story.narrator.chapter(trigger ? "Flow 1: trigger-based sync" : "Flow 2: session-based sync");
    story.narrator.say(trigger
                           ? "Triggers put every change into a queue that anyone can SELECT from."
                           : "SQLite's session extension gathers a binary changeset.");
    demo::load_real_data(story);
    demo::replay_timeline(story);
    demo::crash_and_recover(story);
}

std::string per_second(double number) {
    return fmt::format("{}/s", format_count(static_cast<std::uint64_t>(number)));
}

void summarise(Narrator& narrator, const std::vector<Story>& stories, Clock::duration duration) {
    narrator.chapter("Summary");
    std::vector<std::vector<std::string>> rows{{""},
                                               {"one-row commits in RAM"},
                                               {"real data to disk"},
                                               {"the document's syncs"},
                                               {"acknowledged before kill -9"},
                                               {"survived kill -9"}};
    for (const Story& story : stories) {
        rows[0].emplace_back(tidemark::to_string(story.strategy));
        rows[1].push_back(per_second(story.commits_per_second));
        rows[2].push_back(story.first_sync);
        rows[3].push_back(story.timeline_sync);
        rows[4].push_back(format_count(story.acknowledged));
        rows[5].push_back(format_count(story.survived));
    }
    narrator.table(rows);
    const unsigned failures = narrator.failures();
    const auto text = failures == 0
                          ? fmt::format("All {} checks passed", narrator.checks())
                          : fmt::format("{} of {} checks FAILED", failures, narrator.checks());
    narrator.say(fmt::format("{} in {}", text, format_duration(duration)));
}

void tell_all(Narrator& narrator, const DemoArguments& arguments, const TemporaryFolder& folder) {
    const auto begin = Clock::now();
    introduce(narrator, folder);
    std::vector<Story> stories;
    for (const Strategy strategy : chosen_strategies(arguments)) {
        const auto file = fmt::format("{}.db", tidemark::to_string(strategy));
        stories.push_back({.narrator = narrator,
                           .strategy = strategy,
                           .path = (folder.path() / file).string(),
                           .data_folder = arguments.data_folder,
                           .fast = arguments.fast});
        tell(stories.back());
    }
    summarise(narrator, stories, Clock::now() - begin);
}

int run_demo(const DemoArguments& arguments) {
    Narrator narrator;
    if (!demo::has_real_data(narrator, arguments.data_folder)) {
        return exit_code::failed;
    }
    TemporaryFolder folder;
    try {
        tell_all(narrator, arguments, folder);
    } catch (const std::exception& error) {
        narrator.check(false, error.what());
    }
    const bool failed = narrator.failures() != 0;
    if (arguments.keep || failed) {
        folder.keep();
        narrator.say(fmt::format("The files are kept in {}", folder.path().string()));
    }
    return failed ? exit_code::failed : exit_code::ok;
}

int run_writer(const WriterArguments& arguments) {
    demo::write_until_killed(arguments.database, arguments.strategy, arguments.progress);
}

// What the demo starts to kill it; no command for people.
void add_writer(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<WriterArguments>();
    CLI::App* command = app.add_subcommand("demo-writer", "Write until killed")->group("");
    command->add_option("database", arguments->database)->required();
    command->add_option("progress", arguments->progress)->required();
    add_strategy_option(*command, arguments->strategy);
    command->callback([arguments, &exit_code] { exit_code = run_writer(*arguments); });
}

constexpr const char* examples = R"(Examples:
  tidemark demo
  tidemark demo --strategy session --fast

For each strategy: loads real data (iso-codes), replays a timeline of writes against a live sync,
kills a writing process with SIGKILL, and shows what survived. Works in a temporary folder.

Exit codes:
  0  every check passed    1  a check failed, or the data is missing    2  usage)";

}  // namespace

void add_demo(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<DemoArguments>();
    CLI::App* command =
        app.add_subcommand("demo", "Show what tidemark does, with real data, in under 40 seconds");
    command->add_option("--strategy", arguments->strategy, "Which of the two flows")
        ->check(CLI::IsMember({"both", "trigger", "session"}).description(""))
        ->type_name("both|trigger|session")
        ->capture_default_str();
    command->add_flag("--fast", arguments->fast, "For those who know it: less time to read");
    command->add_flag("--keep", arguments->keep, "Keep the files at the end");
    command->add_option("--data", arguments->data_folder, "Where the JSON files of iso-codes are")
        ->type_name("FOLDER")
        ->capture_default_str();
    command->footer(examples);
    command->callback([arguments, &exit_code] { exit_code = run_demo(*arguments); });
    add_writer(app, exit_code);
}

}  // namespace cli
