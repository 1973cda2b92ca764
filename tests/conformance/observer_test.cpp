// What the observer hears and status() says.

#include "support/fixture.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

class ConformanceObserver : public KeptDatabase {
protected:
    void SetUp() override {
        prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE nokey(x)");
    }
};

TEST_P(ConformanceObserver, hears_of_each_sync) {
    open();
    run("INSERT INTO t VALUES(1, 'x'), (2, 'y')");
    database().flush();
    run("DELETE FROM t");
    database().flush();
    // flush() may return before the observer was told.
    ASSERT_TRUE(observer().wait_until([](const Heard& heard) { return heard.syncs.size() == 2; }));
    const Heard heard = observer().heard();
    EXPECT_EQ(heard.syncs[0].changes, 2U);
    EXPECT_GT(heard.syncs[0].bytes, 0U);
    EXPECT_GT(heard.syncs[0].duration.count(), 0);
    EXPECT_GE(heard.syncs[0].duration, heard.syncs[0].stall);
    EXPECT_FALSE(heard.syncs[0].whole_copy);
    EXPECT_EQ(heard.syncs[1].mark, heard.syncs[0].mark + 1);
    EXPECT_EQ(database().status().mark, heard.syncs[1].mark);
    EXPECT_EQ(database().status().syncs, 2U);
    EXPECT_EQ(database().status().synced_changes, heard.syncs[0].changes + heard.syncs[1].changes);
}

TEST_P(ConformanceObserver, hears_when_an_interval_passed_and_nothing_had_changed) {
    Options options = KeptDatabase::options();
    options.interval = 2ms;
    open(options);
    EXPECT_TRUE(observer().wait_until([](const Heard& heard) { return heard.idle_ticks >= 3; }));
    EXPECT_TRUE(observer().heard().syncs.empty());
}

TEST_P(ConformanceObserver, hears_the_states_of_a_sync_in_order) {
    open();
    run("INSERT INTO t VALUES(1, 'x')");
    database().flush();
    const auto seen = [](const Heard& heard) {
        return heard.moves.size() >= 3 && heard.moves.back().second == State::idle;
    };
    ASSERT_TRUE(observer().wait_until(seen));
    const auto moves = observer().heard().moves;
    const auto last = moves.end() - 3;
    EXPECT_EQ(last[0], (std::pair{State::idle, State::cutting}));
    EXPECT_EQ(last[1], (std::pair{State::cutting, State::applying}));
    EXPECT_EQ(last[2], (std::pair{State::applying, State::idle}));
    for (std::size_t i = 1; i < moves.size(); ++i) {
        EXPECT_EQ(moves[i].first, moves[i - 1].second) << "a state that was left was never entered";
    }
}

TEST_P(ConformanceObserver, hears_that_it_stops_at_the_end) {
    open();
    run("INSERT INTO t VALUES(1, 'x')");
    database().close();
    const auto moves = observer().heard().moves;
    ASSERT_FALSE(moves.empty());
    EXPECT_EQ(moves.back().second, State::stopped);
    EXPECT_EQ(observer().heard().syncs.size(), 1U);
}

TEST_P(ConformanceObserver, may_throw_and_nobody_minds) {
    struct Thrower : Observer {
        void on_sync(const SyncReport& /*report*/) override {
            throw std::runtime_error("observer");
        }
        void on_state(State /*from*/, State /*to*/) override { throw 7; }
    };
    Options options = eager_options();
    options.observer = std::make_shared<Thrower>();
    open(options);
    for (int i = 0; i < 5; ++i) {
        run("INSERT INTO t(a) VALUES('x')");
        flush_and_expect_same();
    }
}

TEST_P(ConformanceObserver, may_throw_while_loading_and_nobody_minds) {
    struct Thrower : Observer {
        void on_load(std::uint64_t /*done*/, std::uint64_t /*total*/) override {
            throw std::runtime_error("observer");
        }
    };
    Options options = KeptDatabase::options();
    options.observer = std::make_shared<Thrower>();
    EXPECT_NO_THROW(open(options));
}

TEST_P(ConformanceObserver, may_use_the_ram_connection_and_the_status) {
    struct Reader : Observer {
        Database* database = nullptr;
        std::int64_t rows = 0;
        std::uint64_t mark = 0;
        void on_sync(const SyncReport& /*report*/) override {
            rows = query_one(database->handle(), "SELECT count(*) FROM t").integer();
            mark = database->status().mark;
        }
    };
    const auto reader = std::make_shared<Reader>();
    Options options = KeptDatabase::options();
    options.observer = reader;
    open(options);
    reader->database = &database();
    run("INSERT INTO t VALUES(1, 'x'), (2, 'y')");
    database().flush();
    const std::uint64_t mark = database().status().mark;
    database().close();
    EXPECT_EQ(reader->rows, 2);
    EXPECT_EQ(reader->mark, mark);
}

TEST_P(ConformanceObserver, is_kept_alive_by_the_database_alone) {
    std::weak_ptr<RecordingObserver> weak;
    {
        Options options = KeptDatabase::options();
        auto own = std::make_shared<RecordingObserver>();
        weak = own;
        options.observer = std::move(own);
        const auto database = Database::open(path(), options);
        options.observer.reset();
        EXPECT_FALSE(weak.expired());
        exec(database.handle(), "INSERT INTO t VALUES(1, 'x')");
    }
    EXPECT_TRUE(weak.expired());
}

TEST_P(ConformanceObserver, status_counts_what_is_pending) {
    open();
    Status status = database().status();
    EXPECT_EQ(status.state, State::idle);
    EXPECT_EQ(status.strategy, GetParam());
    EXPECT_EQ(status.path, path());
    EXPECT_EQ(status.pending_changes, 0U);
    EXPECT_EQ(status.lag.count(), 0);

    run("INSERT INTO t VALUES(1, 'x'), (2, 'y'), (3, 'z')");
    run("INSERT INTO nokey VALUES(1)");
    database().flush();
    status = database().status();
    EXPECT_EQ(status.pending_changes, 0U);
    EXPECT_EQ(status.lag.count(), 0);
    EXPECT_EQ(status.synced_changes, 4U);
    EXPECT_TRUE(status.last_sync.has_value());
    EXPECT_LT(std::chrono::system_clock::now() - *status.last_sync, 60s);
    EXPECT_GT(status.last_sync_duration.count(), 0);
    EXPECT_GE(status.longest_stall, status.last_stall);
    EXPECT_EQ(status.failures, 0U);
}

TEST_P(ConformanceObserver, status_says_that_something_is_pending_before_the_cut) {
    open();
    run("INSERT INTO t VALUES(1, 'x'), (2, 'y'), (3, 'z')");
    const Status status = database().status();
    EXPECT_GE(status.pending_changes, 1U);
    EXPECT_GT(status.lag.count(), 0);
    database().flush();
    EXPECT_EQ(database().status().pending_changes, 0U);
}

TEST_P(ConformanceObserver, status_does_not_wait_for_a_transaction) {
    open();
    run("BEGIN; INSERT INTO t VALUES(1, 'x')");
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) {
        (void)database().status();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    run("COMMIT");
}

TEST_P(ConformanceObserver, status_names_the_method_of_every_table) {
    open();
    const CaptureMethod chosen =
        GetParam() == Strategy::session ? CaptureMethod::session : CaptureMethod::trigger;
    EXPECT_EQ(table_status("t").method, chosen);
    EXPECT_EQ(table_status("t").reason, "");
    EXPECT_EQ(table_status("nokey").method, CaptureMethod::trigger) << "a session does not see it";
    EXPECT_EQ(table_status("nokey").reason.empty(), GetParam() == Strategy::trigger);
}

TEST_P(ConformanceObserver, status_knows_tables_made_while_running) {
    open();
    run("CREATE TABLE later(id INTEGER PRIMARY KEY); CREATE TABLE later_nokey(x)");
    database().flush();
    EXPECT_NE(table_status("later").name, "");
    EXPECT_EQ(table_status("later_nokey").method, CaptureMethod::trigger);
    run("DROP TABLE later");
    database().flush();
    for (const TableStatus& table : database().status().tables) {
        EXPECT_NE(table.name, "later");
        EXPECT_NE(table.name, "_tidemark_state");
    }
}

TEST_P(ConformanceObserver, words_for_states_and_methods) {
    EXPECT_STREQ(to_string(State::idle), "idle");
    EXPECT_STREQ(to_string(State::cutting), "cutting");
    EXPECT_STREQ(to_string(State::applying), "applying");
    EXPECT_STREQ(to_string(State::waiting_to_retry), "waiting to retry");
    EXPECT_STREQ(to_string(State::stopped), "stopped");
    EXPECT_STREQ(to_string(CaptureMethod::session), "session");
    EXPECT_STREQ(to_string(CaptureMethod::trigger), "trigger");
    EXPECT_STREQ(to_string(CaptureMethod::whole_table), "whole table");
    EXPECT_STREQ(to_string(CaptureMethod::excluded), "excluded");
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceObserver);

}  // namespace
}  // namespace tidemark::tests
