// What one commit costs: one-row INSERTs in autocommit mode, on a bare :memory: database, on a file
// in the usual settings, and on databases that tidemark keeps, with live syncing.
//
// All contenders run in turn, round after round, in one process; printed are the median of each and
// its ratio to the bare database, with the spread over the rounds. Only the ratios mean anything:
// the machine decides about the rest.
//
//     commit_bench [--commits N] [--rounds N]

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

using bench::median;
using bench::ScratchFolder;

struct Settings {
    int commits = 200'000;
    int rounds = 5;
};

/// Nanoseconds per commit, one value per round.
struct Contender {
    std::string name;
    std::function<double(const std::string& path, int commits)> run;
    /// Slow ones commit less often, so that a round stays short.
    int divisor = 1;
    std::vector<double> results{};
};

void check(sqlite3* db, int rc) {
    if (rc != SQLITE_OK && rc != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db));
}

double insert_rows(sqlite3* db, int commits) {
    sqlite3_stmt* insert = nullptr;
    check(db, sqlite3_prepare_v2(db, "INSERT INTO posts VALUES(?1, ?2, ?3)", -1, &insert, nullptr));
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < commits; ++i) {
        sqlite3_bind_int(insert, 1, i);
        sqlite3_bind_text(insert, 2, "a title of some length", -1, SQLITE_STATIC);
        sqlite3_bind_int(insert, 3, i * 7 % 1000);
        check(db, sqlite3_step(insert));
        sqlite3_reset(insert);
    }
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
    sqlite3_finalize(insert);
    return spent.count() / commits;
}

constexpr const char* schema =
    "CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, views INTEGER)";

double on_plain_sqlite(const std::string& path, const std::string& pragmas, int commits) {
    sqlite3* db = nullptr;
    check(db, sqlite3_open_v2(path.c_str(), &db,
                              SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                              nullptr));
    check(db, sqlite3_exec(db, (pragmas + schema).c_str(), nullptr, nullptr, nullptr));
    const double result = insert_rows(db, commits);
    sqlite3_close(db);
    return result;
}

double on_tidemark(const std::string& path, tidemark::Strategy strategy, int commits) {
    tidemark::Options options;
    options.strategy = strategy;
    options.interval = std::chrono::milliseconds{100};
    auto db = tidemark::Database::open(path, options);
    check(db.handle(), sqlite3_exec(db.handle(), schema, nullptr, nullptr, nullptr));
    db.flush();
    const double result = insert_rows(db.handle(), commits);
    db.close();
    return result;
}

std::vector<Contender> contenders() {
    const auto plain = [](std::string pragmas) {
        return [pragmas = std::move(pragmas)](const std::string& path, int commits) {
            return on_plain_sqlite(path, pragmas, commits);
        };
    };
    const auto kept = [](tidemark::Strategy strategy) {
        return [strategy](const std::string& path, int commits) {
            return on_tidemark(path, strategy, commits);
        };
    };
    const std::string wal = "PRAGMA journal_mode=WAL;";
    return {
        {"bare :memory:",
         [](const std::string&, int commits) { return on_plain_sqlite(":memory:", "", commits); }},
        {"tidemark, trigger, sync every 100 ms", kept(tidemark::Strategy::trigger)},
        {"tidemark, session, sync every 100 ms", kept(tidemark::Strategy::session)},
        {"file, WAL, OFF, exclusive (no crash safety)",
         plain("PRAGMA locking_mode=EXCLUSIVE;" + wal + "PRAGMA synchronous=OFF;"), 2},
        {"file, WAL, NORMAL", plain(wal + "PRAGMA synchronous=NORMAL;"), 5},
        {"file, WAL, FULL", plain(wal + "PRAGMA synchronous=FULL;"), 50},
    };
}

void print(const std::vector<Contender>& all) {
    fmt::print("{:<45} {:>12} {:>12} {:>9}   {}\n", "one-row commits", "ns/commit", "commits/s",
               "x bare", "spread");
    const std::vector<double>& bare = all.front().results;
    for (const Contender& contender : all) {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < bare.size(); ++i) {
            ratios.push_back(contender.results[i] / bare[i]);
        }
        const double typical = median(contender.results);
        fmt::print("{:<45} {:>12.0f} {:>12.0f} {:>9.2f}   {:.2f} - {:.2f}\n", contender.name,
                   typical, 1e9 / typical, median(ratios),
                   *std::min_element(ratios.begin(), ratios.end()),
                   *std::max_element(ratios.begin(), ratios.end()));
    }
}

Settings parse(int count, char** arguments) {
    Settings settings;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name = arguments[i];
        int& value = name == "--commits" ? settings.commits : settings.rounds;
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
                const int commits = std::max(1, settings.commits / contender.divisor);
                contender.results.push_back(contender.run(folder.file("bench.db"), commits));
            }
        }
        fmt::print("SQLite {}, {} commits, {} rounds\n", sqlite3_libversion(), settings.commits,
                   settings.rounds);
        print(all);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "commit_bench: {}\n", error.what());
        return 1;
    }
}
