// The pending limit where it is hard to keep: while the disk hangs, from several threads, inside
// transactions, and with tables that were not there before.

#include "support/fault_vfs.hpp"
#include "support/fixture.hpp"
#include "support/other_process.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ConformancePendingLimitHard : public KeptDatabase {
protected:
    void SetUp() override {
        vfs_.emplace();
        prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, who INT, a TEXT)");
        Options options = KeptDatabase::options();
        options.interval = 5ms;
        options.synchronous = Synchronous::full;
        options.pending_bytes_max = 1'000'000;
        options.busy_timeout = 0ms;
        options.retry_pause_first = 5ms;
        options.retry_pause_max = 20ms;
        open(options);
    }

    void TearDown() override {
        vfs_->clear();
        close();
        vfs_.reset();
    }

    /// The file cannot be written until this goes.
    [[nodiscard]] static std::unique_ptr<ChildProcess> block(const std::string& path) {
        auto child = start_other_process({"lock", path});
        EXPECT_EQ(child->read_line(), "done");
        return child;
    }

    /// Small rows (of an insert a session holds the key only), until one is refused; how many were not.
    int write_until_refused(int who, Outcome& refusal) {
        const std::string insert =
            "INSERT INTO t(who, a) VALUES(" + std::to_string(who) + ", zeroblob(100))";
        const auto give_up = std::chrono::steady_clock::now() + 30s;
        for (int written = 0; std::chrono::steady_clock::now() < give_up; ++written) {
            refusal = try_exec(ram(), insert);
            if (refusal.rc != SQLITE_OK) return written;
        }
        ADD_FAILURE() << "never refused";
        return 0;
    }

    void expect_accepted_again(const std::string& sql) {
        const auto give_up = std::chrono::steady_clock::now() + 30s;
        while (try_exec(ram(), sql).rc != SQLITE_OK) {
            ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "still refused: " << sql;
            std::this_thread::sleep_for(5ms);
        }
    }

    [[nodiscard]] FaultVfs& vfs() { return *vfs_; }

private:
    std::optional<FaultVfs> vfs_;
};

TEST_P(ConformancePendingLimitHard, holds_while_the_disk_hangs) {
    vfs().set({.kind = Fault::Kind::hang, .of = {FileOperation::sync}});
    run("INSERT INTO t(who) VALUES(0)");
    ASSERT_TRUE(vfs().wait_until_hanging());
    Outcome refusal;
    const int written = write_until_refused(1, refusal);
    EXPECT_EQ(refusal.rc & 0xff, SQLITE_FULL);
    EXPECT_THAT(refusal.message, HasSubstr("pending limit"));
    EXPECT_TRUE(database().status().refusing_writes);
    EXPECT_EQ(database().status().state, State::applying);
    EXPECT_EQ(query_one(ram(), "SELECT count(*) FROM t"), Cell(written + 1));
    vfs().clear();
    expect_accepted_again("INSERT INTO t(who) VALUES(2)");
    flush_and_expect_same();
    EXPECT_FALSE(database().status().refusing_writes);
}

TEST_P(ConformancePendingLimitHard, several_threads_are_refused_and_go_on) {
    const auto child = block(path());
    std::vector<int> written(3);
    {
        std::vector<std::jthread> threads;
        for (int who = 0; who < 3; ++who) {
            threads.emplace_back([this, who, &written] {
                Outcome refusal;
                written[static_cast<std::size_t>(who)] = write_until_refused(who, refusal);
                EXPECT_EQ(refusal.rc & 0xff, SQLITE_FULL);
            });
        }
    }
    EXPECT_EQ(child->finish(), 0);
    expect_accepted_again("INSERT INTO t(who) VALUES(9)");
    for (int who = 0; who < 3; ++who) {
        EXPECT_EQ(query_one(ram(), "SELECT count(*) FROM t WHERE who = " + std::to_string(who)),
                  Cell(written[static_cast<std::size_t>(who)]));
    }
    flush_and_expect_same();
}

TEST_P(ConformancePendingLimitHard, a_transaction_that_is_refused_leaves_all_or_what_it_says) {
    const auto child = block(path());
    run("INSERT INTO t(who) VALUES(1)");
    run("BEGIN; INSERT INTO t(who) VALUES(2); SAVEPOINT s");
    for (int i = 0; i < 20; ++i) {
        const Outcome outcome =
            try_exec(ram(), "INSERT INTO t(who, a) VALUES(3, zeroblob(100000))");
        if (outcome.rc == SQLITE_OK) continue;
        EXPECT_EQ(outcome.rc & 0xff, SQLITE_FULL);
        break;
    }
    // SQLite may have rolled the transaction back by itself, as it may at any SQLITE_FULL.
    const bool is_open = in_transaction(ram());
    if (is_open) run("ROLLBACK TO s; RELEASE s; COMMIT");
    EXPECT_EQ(query(ram(), "SELECT who FROM t"), is_open ? (Rows{{1}, {2}}) : (Rows{{1}}));
    EXPECT_EQ(child->finish(), 0);
    expect_accepted_again("INSERT INTO t(who) VALUES(4)");
    flush_and_expect_same();
}

TEST_P(ConformancePendingLimitHard, tables_that_are_made_meanwhile) {
    const auto child = block(path());
    Outcome refusal;
    write_until_refused(1, refusal);
    // Nobody watches a table before the next cut, which takes it as it is then: nothing is pending
    // of it.
    run("CREATE TABLE made(x); INSERT INTO made VALUES(1), (2); CREATE INDEX by_who ON t(who)");
    EXPECT_EQ(try_exec(ram(), "DELETE FROM t").rc & 0xff, SQLITE_FULL);
    EXPECT_EQ(child->finish(), 0);
    expect_accepted_again("INSERT INTO t(who) VALUES(2)");
    flush_and_expect_same();
    run("INSERT INTO made VALUES(3)");
    flush_and_expect_same();
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformancePendingLimitHard);

}  // namespace
}  // namespace tidemark::tests
