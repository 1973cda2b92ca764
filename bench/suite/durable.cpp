#include "measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

namespace bench {
namespace {

/// The first exception of some threads, thrown again by the one that waits for them.
class FirstError {
public:
    template <class Work>
    void guard(const Work& work) {
        try {
            work();
        } catch (...) {
            const std::lock_guard lock{mutex_};
            if (!error_) {
                error_ = std::current_exception();
            }
        }
    }
    void rethrow() const {
        if (error_) {
            std::rethrow_exception(error_);
        }
    }

private:
    std::mutex mutex_;
    std::exception_ptr error_;
};

constexpr const char* insert =
    "INSERT INTO posts(title, views) VALUES('a title of some length', 7)";

void commit_rows(sqlite3* db, int count, const std::function<void()>& wait) {
    Statement statement{db, insert};
    for (int i = 0; i < count; ++i) {
        statement.run();
        wait();
    }
}

/// One thread's share. Plain SQLite has a connection for each thread, all others share theirs.
void work(Contender& contender, const std::string& name, const std::string& path, int count) {
    if (name == "wal_full") {
        const Connection own = open_connection(path);
        execute(own.get(), "PRAGMA synchronous=FULL");
        commit_rows(own.get(), count, [] {});
    } else {
        commit_rows(contender.connection(), count, [&] { contender.durable_commit(); });
    }
}

double commits_per_second(const std::string& name, int threads, int commits, const Place& place) {
    make_file(place.file(), workload("autocommit insert"), 0);
    Opened contender{name, place.file(), Interval{0}};
    const int share = std::max(commits / threads, 1);
    FirstError error;
    const auto begin = Clock::now();
    {
        std::vector<std::jthread> all;
        for (int i = 0; i < threads; ++i) {
            all.emplace_back(
                [&] { error.guard([&] { work(*contender, name, place.file(), share); }); });
        }
    }
    const double seconds = as<std::ratio<1>>(Clock::now() - begin);
    error.rethrow();
    contender->close();
    return share * threads / seconds;
}

}  // namespace

void add_durable(Experiments& all, const Settings& settings) {
    const int commits = settings.tiny ? 16 : 1'600;
    for (const int threads : {1, 4, 16}) {
        all.push_back(
            {.measures = {{.name = fmt::format("durable commits, {} thread{}", threads,
                                               threads == 1 ? "" : "s"),
                           .group = "durable",
                           .unit = "commits/s",
                           .smaller_is_better = false,
                           .base = "wal_full",
                           .note =
                               "Each thread inserts a row and waits until it is on disk: wal_full "
                               "on a connection per thread, tidemark by flush() after COMMIT, "
                               "tidemark_commit by durability = commit."}},
             .contenders = {"wal_full", "tidemark_trigger", "tidemark_session", "tidemark_commit"},
             .run = [=](const std::string& contender, const Place& place) {
                 return std::vector{Sample{commits_per_second(contender, threads, commits, place)}};
             }});
    }
}

}  // namespace bench
