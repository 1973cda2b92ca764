// What a hot row costs: one row updated again and again between two syncs, in autocommit mode, on a
// bare :memory: database and on databases that tidemark keeps and is not asked to sync meanwhile.
// Printed are the time of an update, the most memory that pending changes took, what was pending at
// the end, how many changes the flush wrote, and how long it took. All contenders run in turn, in one process.
//
//     hot_row_bench [--updates N] [--rounds N]

#include "support.hpp"

#include <tidemark/tidemark.hpp>

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using bench::ScratchFolder;

using Clock = std::chrono::steady_clock;

struct Settings {
    int updates = 1'000'000;
    int rounds = 3;
};

struct Result {
    double update_ns = 0;
    double flush_ms = 0;
    std::uint64_t bytes_max = 0;
    std::uint64_t bytes_at_end = 0;
    std::uint64_t changes_written = 0;
};

void check(sqlite3* db, int rc) {
    if (rc != SQLITE_OK && rc != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db));
}

constexpr const char* schema =
    "CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, views INTEGER);"
    "INSERT INTO posts VALUES(1, 'a title of some length', 0)";

/// `look` is called now and then, and its time is left out.
double update_row(sqlite3* db, int updates, const std::function<void()>& look) {
    constexpr int portion = 10'000;
    sqlite3_stmt* update = nullptr;
    check(db, sqlite3_prepare_v2(db, "UPDATE posts SET views = views + 1 WHERE id = 1", -1, &update,
                                 nullptr));
    Clock::duration spent{0};
    for (int done = 0; done < updates; done += portion) {
        const auto begin = Clock::now();
        for (int i = 0; i < std::min(portion, updates - done); ++i) {
            check(db, sqlite3_step(update));
            sqlite3_reset(update);
        }
        spent += Clock::now() - begin;
        look();
    }
    sqlite3_finalize(update);
    return std::chrono::duration<double, std::nano>(spent).count() / updates;
}

Result on_bare(const std::string&, int updates) {
    sqlite3* db = nullptr;
    check(db, sqlite3_open(":memory:", &db));
    check(db, sqlite3_exec(db, schema, nullptr, nullptr, nullptr));
    Result result;
    result.update_ns = update_row(db, updates, [] {});
    sqlite3_close(db);
    return result;
}

Result on_tidemark(const std::string& path, tidemark::Strategy strategy, int updates) {
    tidemark::Options options;
    options.strategy = strategy;
    options.interval = std::chrono::hours{1};
    options.cut_changes = 0;
    options.cut_bytes = 0;
    auto db = tidemark::Database::open(path, options);
    check(db.handle(), sqlite3_exec(db.handle(), schema, nullptr, nullptr, nullptr));
    db.flush();
    Result result;
    result.update_ns = update_row(db.handle(), updates, [&] {
        result.bytes_max = std::max(result.bytes_max, db.status().pending_bytes);
    });
    const tidemark::Status status = db.status();
    result.bytes_at_end = status.pending_bytes;
    const auto begin = Clock::now();
    db.flush();
    result.flush_ms = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
    result.changes_written = db.status().synced_changes - status.synced_changes;
    db.close();
    return result;
}

struct Contender {
    std::string name;
    std::function<Result(const std::string& path, int updates)> run;
    std::vector<Result> results{};
};

std::vector<Contender> contenders() {
    const auto kept = [](tidemark::Strategy strategy) {
        return [strategy](const std::string& path, int updates) {
            return on_tidemark(path, strategy, updates);
        };
    };
    return {{"bare :memory:", on_bare},
            {"tidemark, trigger", kept(tidemark::Strategy::trigger)},
            {"tidemark, session", kept(tidemark::Strategy::session)}};
}

/// That of the round whose updates took the median time.
Result typical(std::vector<Result> results) {
    std::sort(results.begin(), results.end(),
              [](const Result& a, const Result& b) { return a.update_ns < b.update_ns; });
    return results[results.size() / 2];
}

void print(const std::vector<Contender>& all) {
    fmt::print("{:<20} {:>10} {:>7} {:>13} {:>13} {:>15} {:>9}\n", "", "ns/update", "x bare",
               "KiB at most", "KiB at end", "changes written", "flush ms");
    const double bare = typical(all.front().results).update_ns;
    for (const Contender& contender : all) {
        const Result result = typical(contender.results);
        fmt::print("{:<20} {:>10.0f} {:>7.2f} {:>13} {:>13} {:>15} {:>9.2f}\n", contender.name,
                   result.update_ns, result.update_ns / bare, result.bytes_max / 1024,
                   result.bytes_at_end / 1024, result.changes_written, result.flush_ms);
    }
}

Settings parse(int count, char** arguments) {
    Settings settings;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name = arguments[i];
        int& value = name == "--updates" ? settings.updates : settings.rounds;
        value = std::max(1, std::atoi(arguments[i + 1]));
    }
    return settings;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        const Settings settings = parse(count, arguments);
        std::vector<Contender> all = contenders();
        for (int round = 0; round < settings.rounds; ++round) {
            for (Contender& contender : all) {
                const ScratchFolder folder;
                contender.results.push_back(
                    contender.run(folder.file("bench.db"), settings.updates));
            }
        }
        fmt::print("SQLite {}, one row updated {} times, {} rounds\n", sqlite3_libversion(),
                   settings.updates, settings.rounds);
        print(all);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "hot_row_bench: {}\n", error.what());
        return 1;
    }
}
