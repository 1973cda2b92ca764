#include "demo/connection.hpp"
#include "demo/demo.hpp"
#include "units.hpp"

#include <tidemark/tidemark.hpp>

#include <fmt/format.h>
#include <spawn.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cli::demo {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds writing_time{1500};
constexpr std::chrono::milliseconds fast_writing_time{300};
constexpr std::chrono::seconds patience{20};  // for the first acknowledgement

void check_call(int error, const char* call) {
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), call);
    }
}

// This program once more, writing to the database, its standard output a pipe to us.
class WriterProcess {
public:
    WriterProcess(const Story& story, const std::string& progress_path) {
        std::array<int, 2> ends{};
        check_call(pipe(ends.data()) == 0 ? 0 : errno, "pipe");
        output_ = ends[0];
        spawn(ends, {"tidemark", "demo-writer", story.path, progress_path, "--strategy",
                     tidemark::to_string(story.strategy)});
        close(ends[1]);
    }

    ~WriterProcess() {
        kill_now();
        close(output_);
    }
    WriterProcess(const WriterProcess&) = delete;
    WriterProcess& operator=(const WriterProcess&) = delete;
    WriterProcess(WriterProcess&&) = delete;
    WriterProcess& operator=(WriterProcess&&) = delete;

    [[nodiscard]] pid_t id() const noexcept { return id_; }
    /// The last number that it announced as flushed.
    [[nodiscard]] std::uint64_t acknowledged() const noexcept { return acknowledged_; }

    /// Reads announcements until `time` has passed since the first. False when there is none in
    /// `patience`, or the process ends by itself.
    bool listen(Clock::duration time) {
        auto deadline = Clock::now() + patience;
        while (Clock::now() < deadline) {
            const bool first = acknowledged_ == 0;
            if (!read_part(deadline)) {
                break;
            }
            if (first && acknowledged_ != 0) {
                deadline = Clock::now() + time;
            }
        }
        return acknowledged_ != 0 && !ended_;
    }

    /// Kills it, and reads what it had announced before.
    void kill_now() {
        if (id_ == 0) {
            return;
        }
        kill(id_, SIGKILL);
        waitpid(id_, nullptr, 0);
        id_ = 0;
        while (read_part(Clock::now() + patience)) {
        }
    }

private:
    void spawn(const std::array<int, 2>& ends, std::vector<std::string> words) {
        std::vector<char*> arguments;
        arguments.reserve(words.size() + 1);
        for (std::string& word : words) {
            arguments.push_back(word.data());
        }
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        check_call(posix_spawn_file_actions_init(&actions), "posix_spawn");
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addclose(&actions, ends[0]);
        posix_spawn_file_actions_addclose(&actions, ends[1]);
        const int error =
            posix_spawn(&id_, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        check_call(error, "posix_spawn");
    }

    // False when the deadline passes or the pipe has come to its end.
    bool read_part(Clock::time_point deadline) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd event{output_, POLLIN, 0};
        if (left.count() <= 0 || poll(&event, 1, static_cast<int>(left.count())) <= 0) {
            return false;
        }
        std::array<char, 4096> part{};
        const auto size = read(output_, part.data(), part.size());
        ended_ = size <= 0;
        text_.append(part.data(), ended_ ? 0 : static_cast<std::size_t>(size));
        take_lines();
        return !ended_;
    }

    void take_lines() {
        for (auto end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
            acknowledged_ = std::stoull(text_.substr(0, end));
            text_.erase(0, end + 1);
        }
    }

    pid_t id_ = 0;
    int output_ = -1;
    std::string text_;
    bool ended_ = false;
    std::uint64_t acknowledged_ = 0;
};

std::uint64_t committed_in_ram(const std::string& progress_path) {
    std::ifstream stream{progress_path, std::ios::binary};
    std::array<char, sizeof(std::uint64_t)> bytes{};
    stream.read(bytes.data(), bytes.size());
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), bytes.size());
    return number;
}

// What SQLite alone finds in the file that the killed process left.
struct Survivors {
    std::uint64_t rows;
    std::uint64_t last;
    std::uint64_t wrong;
    std::uint64_t counter;
    std::string integrity;
};

Survivors look_at_file(const std::string& path) {
    const PlainFile file{path};
    sqlite3* disk = file.handle();
    return {.rows = number_of(disk, "SELECT count(*) FROM journal"),
            .last = number_of(disk, "SELECT coalesce(max(number), 0) FROM journal"),
            .wrong = number_of(disk,
                               "SELECT count(*) FROM journal "
                               "WHERE number < 1 OR note <> 'row ' || number"),
            .counter = number_of(disk, "SELECT value FROM counter"),
            .integrity = value_of(disk, "PRAGMA integrity_check")};
}

void check_survivors(Story& story, const Survivors& survivors, std::uint64_t acknowledged,
                     std::uint64_t committed) {
    Narrator& narrator = story.narrator;
    const auto lost = committed - std::min(committed, survivors.rows);
    narrator.table({{"transactions", "number"},
                    {"committed in RAM", format_count(committed)},
                    {"acknowledged by flush()", format_count(acknowledged)},
                    {"survived in the file", format_count(survivors.rows)},
                    {"lost", format_count(lost)}});
    narrator.check(survivors.rows >= acknowledged, "everything that was acknowledged has survived");
    narrator.check(survivors.last == survivors.rows && survivors.wrong == 0,
                   fmt::format("the survivors are a prefix: 1 to {}, none missing, none altered",
                               format_count(survivors.last)));
    narrator.check(survivors.counter == survivors.rows,
                   "no transaction is there by half: the counter says the same");
    // Between its COMMIT and its noting that, the writer may have been killed.
    narrator.check(survivors.rows <= committed + 1, "nothing is there that was not committed");
    narrator.check(survivors.integrity == "ok",
                   fmt::format("PRAGMA integrity_check: {}", survivors.integrity));
}

void open_again(Story& story, const Survivors& survivors) {
    tidemark::Options options;
    options.strategy = story.strategy;
    options.load_check = tidemark::LoadCheck::full;
    const auto begin = Clock::now();
    auto database = tidemark::Database::open(story.path, options);
    story.narrator.say(fmt::format("Opened again: checked and in RAM after {}",
                                   format_duration(Clock::now() - begin)));
    story.narrator.check(
        number_of(database.handle(), "SELECT count(*) FROM journal") == survivors.rows,
        fmt::format("RAM has the {} surviving rows", format_count(survivors.rows)));
    const auto report = database.verify();
    story.narrator.check(report.equal() && !report.disk.empty(),
                         fmt::format("verify(): RAM and file are equal, {} tables, mark {}",
                                     report.disk.size(), report.mark));
    for (const std::string& difference : report.differences) {
        story.narrator.say(difference);
    }
    database.close();
}

}  // namespace

void crash_and_recover(Story& story) {
    Narrator& narrator = story.narrator;
    narrator.section("3. kill -9 in the middle of writing");
    const std::string progress_path = story.path + ".progress";
    WriterProcess writer{story, progress_path};
    narrator.say(
        fmt::format("Process {} commits without pause and calls flush() every 1,000 "
                    "transactions",
                    writer.id()));
    const bool alive = writer.listen(story.fast ? fast_writing_time : writing_time);
    writer.kill_now();
    narrator.check(alive, "the writer was at work when SIGKILL hit it");

    const Survivors survivors = look_at_file(story.path);
    check_survivors(story, survivors, writer.acknowledged(), committed_in_ram(progress_path));
    story.acknowledged = writer.acknowledged();
    story.survived = survivors.rows;
    open_again(story, survivors);
}

}  // namespace cli::demo
