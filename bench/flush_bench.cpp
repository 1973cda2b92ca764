// What it costs to know that a commit is on disk: threads that commit one row each and wait for it.
//
// - plain SQLite on a WAL file with synchronous=FULL, one connection per thread;
// - tidemark, commit and then flush(): the flushes of several threads share a disk transaction;
// - tidemark with durability = commit.
//
// All contenders run in turn, round after round, in one process; printed are the median of each and
// its ratio to plain SQLite with as many threads. Only the ratios mean anything.
//
//     flush_bench [--commits N] [--rounds N]

#include "support.hpp"

#include <tidemark/tidemark.hpp>

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using bench::median;
using bench::ScratchFolder;

struct Settings {
    int commits = 4'000;
    int rounds = 5;
};

struct Result {
    double ns_per_commit = 0;
    double commits_per_disk_transaction = 1;
};

struct Contender {
    std::string name;
    std::function<Result(const std::string& path, int threads, int commits)> run;
};

constexpr const char* schema =
    "CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, views INTEGER)";
constexpr const char* insert =
    "INSERT INTO posts(title, views) VALUES('a title of some length', 7)";

void execute(sqlite3* db, const char* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        throw std::runtime_error(sqlite3_errmsg(db));
    }
}

sqlite3* open_plain(const std::string& path) {
    sqlite3* db = nullptr;
    if (sqlite3_open(path.c_str(), &db) != SQLITE_OK) throw std::runtime_error("open failed");
    sqlite3_busy_timeout(db, 60'000);
    execute(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    return db;
}

/// `commits` in all, shared out among the threads. Nanoseconds per commit.
double in_threads(int threads, int commits, const std::function<void(int commits)>& work) {
    std::atomic<bool> failed{false};
    const auto begin = std::chrono::steady_clock::now();
    {
        std::vector<std::jthread> all;
        for (int i = 0; i < threads; ++i) {
            all.emplace_back([&] {
                try {
                    work(commits / threads);
                } catch (const std::exception& error) {
                    fmt::print(stderr, "flush_bench: {}\n", error.what());
                    failed = true;
                }
            });
        }
    }
    if (failed) throw std::runtime_error("a thread has failed");
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
    return spent.count() / (commits / threads * threads);
}

Result on_plain_sqlite(const std::string& path, int threads, int commits) {
    sqlite3* first = open_plain(path);
    execute(first, schema);
    const double ns = in_threads(threads, commits, [&](int count) {
        sqlite3* db = open_plain(path);
        for (int i = 0; i < count; ++i) execute(db, insert);
        sqlite3_close(db);
    });
    sqlite3_close(first);
    return {.ns_per_commit = ns};
}

Result on_tidemark(const std::string& path, tidemark::Options options, int threads, int commits) {
    const bool waits = options.durability == tidemark::Durability::commit;
    auto db = tidemark::Database::open(path, options);
    execute(db.handle(), schema);
    db.flush();
    const std::uint64_t before = db.status().syncs;
    const double ns = in_threads(threads, commits, [&](int count) {
        for (int i = 0; i < count; ++i) {
            execute(db.handle(), insert);
            if (!waits) db.flush();
        }
    });
    const auto syncs = static_cast<double>(db.status().syncs - before);
    db.close();
    return {.ns_per_commit = ns, .commits_per_disk_transaction = commits / std::max(syncs, 1.0)};
}

std::vector<Contender> contenders() {
    const auto kept = [](tidemark::Strategy strategy, tidemark::Durability durability) {
        return [=](const std::string& path, int threads, int commits) {
            tidemark::Options options;
            options.strategy = strategy;
            options.durability = durability;
            return on_tidemark(path, options, threads, commits);
        };
    };
    using tidemark::Durability;
    using tidemark::Strategy;
    return {{"file, WAL, FULL", on_plain_sqlite},
            {"flush() after COMMIT, trigger", kept(Strategy::trigger, Durability::interval)},
            {"flush() after COMMIT, session", kept(Strategy::session, Durability::interval)},
            {"durability = commit", kept(Strategy::trigger, Durability::commit)}};
}

void compare(const Settings& settings, int threads) {
    const std::vector<Contender> all = contenders();
    std::vector<std::vector<Result>> results(all.size());
    for (int round = 0; round < settings.rounds; ++round) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            const ScratchFolder folder;
            results[i].push_back(all[i].run(folder.file("bench.db"), threads, settings.commits));
        }
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::vector<double> times;
        std::vector<double> ratios;
        std::vector<double> shared;
        for (std::size_t round = 0; round < results[i].size(); ++round) {
            times.push_back(results[i][round].ns_per_commit);
            ratios.push_back(results[0][round].ns_per_commit / results[i][round].ns_per_commit);
            shared.push_back(results[i][round].commits_per_disk_transaction);
        }
        fmt::print("{:>7}  {:<32} {:>12.0f} {:>9.2f}   {:>5.2f} - {:<5.2f} {:>12.1f}\n", threads,
                   all[i].name, 1e9 / median(times), median(ratios),
                   *std::min_element(ratios.begin(), ratios.end()),
                   *std::max_element(ratios.begin(), ratios.end()), median(shared));
    }
}

Settings parse(int count, char** arguments) {
    Settings settings;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name = arguments[i];
        int& value = name == "--commits" ? settings.commits : settings.rounds;
        value = std::max(8, std::atoi(arguments[i + 1]));
        if (name == "--rounds") value = std::max(1, std::atoi(arguments[i + 1]));
    }
    return settings;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        const Settings settings = parse(count, arguments);
        fmt::print("SQLite {}, {} commits of one row, {} rounds\n", sqlite3_libversion(),
                   settings.commits, settings.rounds);
        fmt::print("{:>7}  {:<32} {:>12} {:>9}   {:<13} {:>12}\n", "threads", "each row waited for",
                   "commits/s", "x file", "spread", "rows/disk tx");
        for (const int threads : {1, 2, 4, 8}) compare(settings, threads);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "flush_bench: {}\n", error.what());
        return 1;
    }
}
