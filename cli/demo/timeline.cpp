#include "demo/connection.hpp"
#include "demo/demo.hpp"
#include "demo/shown_session.hpp"
#include "demo/sync_listener.hpp"
#include "sync_printer.hpp"
#include "units.hpp"

#include <tidemark/tidemark.hpp>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cli::demo {
namespace {

using Clock = std::chrono::steady_clock;
using tidemark::Strategy;

constexpr double seed_interval_seconds = 5;
constexpr int speed = 4;
constexpr int fast_speed = 20;

struct Write {
    double at;  // seconds of the seed
    const char* title;
    std::int64_t views;
};

constexpr std::array<Write, 5> writes{{{0.0, "Title", 100},
                                       {0.5, "Second title", 250},
                                       {1.0, "Third title", 80},
                                       {2.0, "Fourth title", 1200},
                                       {6.0, "Fifth title", 101}}};
constexpr std::size_t writes_before_the_sync = 4;
constexpr double time_of_the_look = 3.0;

class Timeline {
public:
    explicit Timeline(Story& story)
        : story_(story),
          narrator_(story.narrator),
          speed_(story.fast ? fast_speed : speed),
          database_(open()),
          insert_(database_.handle(), "INSERT INTO posts VALUES (?, ?, ?)"),
          start_(Clock::now()) {
        if (story.strategy == Strategy::session) {
            session_.emplace(database_.handle(), "posts");
        }
    }

    void replay() {
        for (std::size_t index = 0; index < writes.size(); ++index) {
            if (index == writes_before_the_sync) {
                listen_until(at(time_of_the_look));
                look();
                listen_until_all_is_synced();
            }
            listen_until(at(writes.at(index).at));
            write(index);
        }
        listen_until_all_is_synced();
        listen_for_silence();
        compare();
    }

private:
    tidemark::Database open() {
        tidemark::Options options;
        options.strategy = story_.strategy;
        options.interval = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::duration<double>(seed_interval_seconds / speed_));
        options.observer = listener_;
        const auto begin = Clock::now();
        auto database = tidemark::Database::open(story_.path, options);
        narrator_.say(fmt::format("The file is opened again: in RAM after {}",
                                  format_duration(Clock::now() - begin)));
        narrator_.say(
            fmt::format("A sync every {} instead of every 5 s: time runs {} times as fast",
                        format_duration(options.interval), speed_));
        return database;
    }

    [[nodiscard]] Clock::time_point at(double seed_seconds) const {
        return start_ + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(seed_seconds / speed_));
    }

    [[nodiscard]] double seed_seconds(Clock::time_point time) const {
        return std::chrono::duration<double>(time - start_).count() * speed_;
    }

    void write(std::size_t index) {
        const Write& write = writes.at(index);
        insert_({static_cast<std::int64_t>(index + 1), write.title, write.views});
        const auto time = Clock::now();
        ++written_;
        narrator_.event(seed_seconds(time),
                        fmt::format("Write #{} {} {}", index + 1, arrow(), describe_pending()));
    }

    [[nodiscard]] std::string_view arrow() { return narrator_.terminal().choose("→", "->"); }

    std::string describe_pending() {
        if (story_.strategy == Strategy::trigger) {
            const auto items = number_of(database_.handle(), "SELECT count(*) FROM _sync_queue");
            return fmt::format("trigger fires {} queue: {}", arrow(), format_plural(items, "item"));
        }
        return fmt::format("session tracks it {} changeset: {}", arrow(),
                           format_size(session_->changeset_bytes()));
    }

    void look() {
        if (story_.strategy == Strategy::trigger) {
            look_at_queue();
        } else {
            const auto status = database_.status();
            narrator_.event(
                seed_seconds(Clock::now()),
                fmt::format("status(): {} in memory, the oldest change waits for {}",
                            format_size(status.pending_bytes), format_duration(status.lag)));
        }
    }

    void look_at_queue() {
        const std::string columns = "SELECT id, operation, table_name, record_data ";
        const std::string seed_condition =
            "WHERE operation = 'INSERT' AND json_extract(record_data, '$.views') > 100";
        const auto queue = rows_of(database_.handle(), columns + "FROM _sync_queue");
        const auto chosen =
            rows_of(database_.handle(), "SELECT * FROM _sync_queue " + seed_condition);
        narrator_.event(seed_seconds(Clock::now()), columns + "FROM _sync_queue");
        show_queue(queue);
        narrator_.say("SELECT * FROM _sync_queue " + seed_condition);
        show_queue(chosen);
        check_queue(queue.size(), chosen.size());
    }

    void show_queue(const std::vector<std::vector<std::string>>& queue) {
        std::vector<std::vector<std::string>> rows{
            {"id", "operation", "table_name", "record_data"}};
        for (const auto& change : queue) {
            rows.emplace_back(change.begin(), change.begin() + 4);
        }
        narrator_.table(rows);
    }

    void check_queue(std::size_t queued, std::size_t chosen) {
        // On a machine that is very busy a sync may already have taken some of them.
        std::size_t expected = 0;
        for (std::size_t index = synced_; index < written_; ++index) {
            expected += writes.at(index).views > 100 ? 1U : 0U;
        }
        narrator_.check(queued == written_ - synced_,
                        fmt::format("the queue holds the {} that {} not on disk yet",
                                    format_plural(queued, "change"), queued == 1 ? "is" : "are"));
        narrator_.check(chosen == expected,
                        fmt::format("the seed's query finds the {} with more than 100 views",
                                    format_plural(chosen, "post")));
    }

    void listen_until(Clock::time_point deadline) {
        while (const auto sync = listener_->wait_until(deadline)) {
            tell(*sync);
        }
    }

    void listen_until_all_is_synced() {
        const auto deadline = Clock::now() + std::chrono::seconds{10};
        while (synced_ < written_) {
            const auto sync = listener_->wait_until(deadline);
            if (!sync) {
                narrator_.check(false, "nothing was synced within 10 seconds");
                return;
            }
            tell(*sync);
        }
    }

    void listen_for_silence() {
        if (const auto sync = listener_->wait_until(Clock::now() + (at(6) - at(0)))) {
            tell(*sync);
        }
    }

    void tell(const Sync& sync) {
        synced_ += sync.report.changes;
        const std::string clock{narrator_.terminal().choose("⏰ ", "")};
        narrator_.event(seed_seconds(sync.time),
                        clock + describe_sync(sync.report, narrator_.terminal()));
        if (sync.report.changes == 0) {
            return;
        }
        story_.timeline_sync += story_.timeline_sync.empty() ? "" : " + ";
        story_.timeline_sync += format_size(sync.report.bytes);
        const auto on_disk =
            number_of(PlainFile{story_.path}.handle(), "SELECT count(*) FROM posts");
        narrator_.say(fmt::format("       the file now has {}", format_plural(on_disk, "post")));
        if (session_) {
            session_->restart();
            narrator_.say(fmt::format("       a new session {} changeset: {}", arrow(),
                                      format_size(session_->changeset_bytes())));
        }
    }

    void compare() {
        const auto in_ram = rows_of(database_.handle(), "SELECT * FROM posts ORDER BY id");
        const PlainFile file{story_.path};
        narrator_.check(
            in_ram.size() == writes.size() &&
                in_ram == rows_of(file.handle(), "SELECT * FROM posts ORDER BY id"),
            fmt::format("the file holds the same {} as RAM", format_plural(in_ram.size(), "post")));
    }

    Story& story_;
    Narrator& narrator_;
    const int speed_;
    std::shared_ptr<SyncListener> listener_ = std::make_shared<SyncListener>();
    tidemark::Database database_;
    // After the database, so that they are gone before it is closed.
    Statement insert_;
    std::optional<ShownSession> session_;
    const Clock::time_point start_;
    std::size_t written_ = 0;
    std::size_t synced_ = 0;
};

}  // namespace

void replay_timeline(Story& story) {
    story.narrator.section("2. The timeline of the document, against a live sync");
    Timeline{story}.replay();
}

}  // namespace cli::demo
