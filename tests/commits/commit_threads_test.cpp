// Several threads around one database: those that commit and wait, those that flush and share a disk
// transaction, and those that look on.

#include "commits/commit_fixture.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

/// Runs each function in a thread of its own, and waits for all.
void together(const std::vector<std::function<void()>>& functions) {
    std::vector<std::jthread> threads;
    for (const auto& function : functions) threads.emplace_back(function);
}

/// Uses the RAM database, and the status, whatever it is told.
class BusyObserver : public Observer {
public:
    void on_sync(const SyncReport& /*report*/) override { look(); }
    void on_state(State /*from*/, State /*to*/) override { look(); }
    void on_failure(const Error& /*error*/, std::uint64_t /*pending*/) override { look(); }
    void on_recovery() override { look(); }

    std::atomic<Database*> database{nullptr};
    std::atomic<int> looks{0};

private:
    void look() {
        Database* const it = database;
        if (it == nullptr) return;
        (void)it->status();
        exec(it->handle(), "INSERT INTO heard VALUES(1)");
        exec(it->handle(), "DELETE FROM heard");
        ++looks;
    }
};

constexpr int rounds = 60;

class CommitThreads : public Commits {};

TEST_F(CommitThreads, commit_side_by_side_with_everything_that_others_ask_for) {
    open();
    run("CREATE TABLE t(who INT, n INT)");
    std::atomic<int> committing{2};
    const auto commit = [&](int who) {
        for (int n = 1; n <= rounds; ++n) {
            exec(ram(), "INSERT INTO t VALUES(?1, ?2)", {who, n});
            EXPECT_EQ(on_disk("SELECT count(*) FROM t WHERE who = " + std::to_string(who)),
                      Cell(n));
        }
        --committing;
    };
    const auto while_committing = [&](const std::function<void()>& look) {
        return [&committing, look] {
            while (committing > 0) look();
        };
    };
    together(
        {[&] { commit(1); }, [&] { commit(2); }, while_committing([&] { database().flush(); }),
         while_committing([&] { EXPECT_TRUE(database().verify().equal()); }),
         while_committing([&] { EXPECT_EQ(database().status().state == State::stopped, false); }),
         while_committing([&] {
             run("CREATE TABLE made(x)");
             run("DROP TABLE made");
         })});
    EXPECT_TRUE(same_now());
    close();
}

TEST_F(CommitThreads, commit_while_an_observer_uses_the_ram_database) {
    const auto busy = std::make_shared<BusyObserver>();
    Options observed = options();
    observed.observer = busy;
    open(observed);
    run("CREATE TABLE t(n INT); CREATE TABLE heard(x)");
    busy->database = &database();
    together({[&] {
                  for (int n = 0; n < rounds; ++n) exec(ram(), "INSERT INTO t VALUES(?1)", {n});
              },
              [&] {
                  for (int n = 0; n < rounds / 4; ++n) {
                      run("CREATE TABLE made(x)");
                      database().flush();
                      run("DROP TABLE made");
                      EXPECT_TRUE(database().verify().equal());
                  }
              }});
    EXPECT_GT(busy->looks, 0);
    busy->database = nullptr;
    close();
}

// A disk that comes and goes: a COMMIT that returns has its row on disk, one that throws has none.
TEST_F(CommitThreads, commit_on_a_disk_that_comes_and_goes) {
    open();
    run("CREATE TABLE t(who INT, n INT)");
    std::atomic<int> committing{3};
    std::atomic<int> acknowledged{0};
    std::vector<std::function<void()>> all;
    for (int who = 0; who < 3; ++who) {
        all.emplace_back([&, who] {
            for (int n = 0; n < rounds; ++n) {
                const Outcome outcome = attempt("INSERT INTO t VALUES(" + std::to_string(who) +
                                                ", " + std::to_string(n) + ")");
                if (outcome.rc == SQLITE_OK) ++acknowledged;
            }
            --committing;
        });
    }
    all.emplace_back([&] {
        while (committing > 0) {
            fill_disk();
            (void)attempt("CREATE TABLE IF NOT EXISTS u(x)");
            std::this_thread::sleep_for(1ms);
            vfs().clear();
            (void)attempt("DROP TABLE IF EXISTS u");
            std::this_thread::sleep_for(1ms);
        }
    });
    together(all);
    vfs().clear();
    EXPECT_EQ(in_ram("SELECT count(*) FROM t"), Cell(acknowledged.load()));
    run("INSERT INTO t VALUES(9, 9)");
    EXPECT_TRUE(same_now());
    close();
}

// ---- group commit -----------------------------------------------------------------------------

class GroupCommit : public Commits, public ::testing::WithParamInterface<Strategy> {
protected:
    void SetUp() override {
        Options with_flushes = options();
        with_flushes.strategy = GetParam();
        with_flushes.durability = Durability::interval;
        with_flushes.interval = std::chrono::hours{1};
        open(with_flushes);
        run("CREATE TABLE t(who INT, n INT)");
        database().flush();
    }

    void commit_and_flush(int who, int n) {
        exec(ram(), "INSERT INTO t VALUES(?1, ?2)", {who, n});
        database().flush();
        EXPECT_EQ(on_disk("SELECT count(*) FROM t WHERE who = " + std::to_string(who)), Cell(n))
            << "a flush has returned before its commit was on disk";
    }
};

TEST_P(GroupCommit, serves_all_flushes_that_wait_with_one_disk_transaction) {
    constexpr int others = 15;
    const std::uint64_t before = database().status().syncs;
    vfs().set({.kind = Fault::Kind::hang, .of = {FileOperation::sync}});
    std::jthread first([&] { commit_and_flush(100, 1); });
    ASSERT_TRUE(vfs().wait_until_hanging());
    std::atomic<int> committed{0};
    {
        std::vector<std::jthread> waiting;
        for (int who = 0; who < others; ++who) {
            waiting.emplace_back([&, who] {
                exec(ram(), "INSERT INTO t VALUES(?1, 1)", {who});
                ++committed;
                database().flush();
                EXPECT_EQ(on_disk("SELECT count(*) FROM t WHERE who = " + std::to_string(who)),
                          Cell(1));
            });
        }
        while (committed < others) std::this_thread::yield();
        EXPECT_EQ(on_disk("SELECT count(*) FROM t WHERE who < 100"), Cell(0));
        vfs().clear();
    }
    first.join();
    EXPECT_EQ(database().status().syncs, before + 2);
}

TEST_P(GroupCommit, acknowledges_nothing_too_early_with_many_threads) {
    constexpr int threads = 8;
    std::vector<std::function<void()>> all;
    for (int who = 0; who < threads; ++who) {
        all.emplace_back([&, who] {
            for (int n = 1; n <= rounds; ++n) commit_and_flush(who, n);
        });
    }
    const std::uint64_t before = database().status().syncs;
    together(all);
    const std::uint64_t syncs = database().status().syncs - before;
    EXPECT_LE(syncs, std::uint64_t{threads * rounds});
    RecordProperty("disk_transactions", static_cast<int>(syncs));
}

INSTANTIATE_TEST_SUITE_P(Strategies, GroupCommit,
                         ::testing::Values(Strategy::session, Strategy::trigger),
                         [](const ::testing::TestParamInfo<Strategy>& strategy) {
                             return std::string(to_string(strategy.param));
                         });

}  // namespace
}  // namespace tidemark::tests
