// When a sync happens, what it may take, and what flush() says when it cannot.

#include "support/fixture.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ConformanceFlush : public KeptDatabase {
protected:
    [[nodiscard]] Options every_millisecond() const {
        Options options = KeptDatabase::options();
        options.interval = 1ms;
        return options;
    }

    void expect_flush_times_out(std::chrono::milliseconds deadline) {
        const auto start = std::chrono::steady_clock::now();
        try {
            database().flush(deadline);
            ADD_FAILURE() << "flush() returned";
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("transaction"));
            EXPECT_TRUE(error.retryable());
        }
        const auto taken = std::chrono::steady_clock::now() - start;
        EXPECT_GE(taken, deadline);
        EXPECT_LT(taken, deadline + 5s);
    }
};

TEST_P(ConformanceFlush, what_was_committed_before_is_on_disk_after) {
    open();
    run("CREATE TABLE t(a)");
    for (int i = 0; i < 20; ++i) {
        run("INSERT INTO t VALUES(?1)", {i});
        database().flush();
        EXPECT_EQ(on_disk("SELECT max(a), count(*) FROM t"), (Rows{{i, i + 1}}));
    }
}

TEST_P(ConformanceFlush, nothing_to_do_is_quick_and_leaves_the_disk_alone) {
    prepare_file("CREATE TABLE t(a)");
    open();
    run("INSERT INTO t VALUES(1)");
    database().flush();
    const Plain disk(path());
    const Cell version = query_one(disk, "PRAGMA data_version");
    const std::uint64_t mark = database().status().mark;
    database().flush();
    EXPECT_EQ(query_one(disk, "PRAGMA data_version"), version);
    EXPECT_EQ(database().status().mark, mark);
}

TEST_P(ConformanceFlush, reading_is_no_change) {
    prepare_file("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    open();
    const Plain disk(path());
    (void)query(disk, "SELECT * FROM t");
    const Cell version = query_one(disk, "PRAGMA data_version");
    (void)query(ram(), "SELECT * FROM t ORDER BY a");
    database().flush();
    EXPECT_EQ(query_one(disk, "PRAGMA data_version"), version);
    EXPECT_TRUE(observer().heard().syncs.empty());
}

TEST_P(ConformanceFlush, the_mark_counts_batches) {
    prepare_file("CREATE TABLE t(a)");
    open();
    const std::uint64_t first = database().status().mark;
    for (std::uint64_t i = 1; i <= 3; ++i) {
        run("INSERT INTO t VALUES(1)");
        database().flush();
        EXPECT_EQ(database().status().mark, first + i);
    }
    reopen();
    EXPECT_GE(database().status().mark, first + 3);
    EXPECT_EQ(inspect(path()).mark, database().status().mark);
}

TEST_P(ConformanceFlush, many_small_commits_are_one_batch) {
    prepare_file("CREATE TABLE t(a)");
    open();
    for (int i = 0; i < 1000; ++i) {
        run("INSERT INTO t VALUES(1)");
    }
    flush_and_expect_same();
    close();  // flush() may return before the observer was told
    EXPECT_EQ(observer().heard().syncs.size(), 1U);
    EXPECT_EQ(observer().heard().syncs.front().changes, 1000U);
}

TEST_P(ConformanceFlush, an_open_transaction_makes_it_wait_until_the_deadline) {
    prepare_file("CREATE TABLE t(a)");
    open();
    run("INSERT INTO t VALUES(1); BEGIN; INSERT INTO t VALUES(2)");
    expect_flush_times_out(100ms);
    EXPECT_EQ(on_disk("SELECT count(*) FROM t WHERE a = 2"), Rows{{0}});

    run("COMMIT");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT a FROM t"), (Rows{{1}, {2}}));
}

TEST_P(ConformanceFlush, the_deadline_error_says_how_much_is_not_on_disk) {
    prepare_file("CREATE TABLE t(a)");
    open();
    run("INSERT INTO t VALUES(1), (2), (3); BEGIN; INSERT INTO t VALUES(4)");
    try {
        database().flush(50ms);
        FAIL() << "flush() returned";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), ::testing::ContainsRegex("[34] change"));
        EXPECT_THAT(error.what(), HasSubstr(path()));
    }
    run("ROLLBACK");
    flush_and_expect_same();
}

TEST_P(ConformanceFlush, a_deadline_of_zero_is_one_look) {
    prepare_file("CREATE TABLE t(a)");
    open();
    run("BEGIN; INSERT INTO t VALUES(1)");
    EXPECT_THROW(database().flush(0ms), Error);
    run("COMMIT");
    flush_and_expect_same();
}

TEST_P(ConformanceFlush, a_transaction_that_is_open_never_reaches_the_disk) {
    prepare_file("CREATE TABLE t(a)");
    open(every_millisecond());
    run("BEGIN; INSERT INTO t VALUES(1)");
    for (int tick = 0; tick < 20; ++tick) {
        run("INSERT INTO t VALUES(2)");
        EXPECT_THROW(database().flush(2ms), Error);
        EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{0}});
    }
    run("ROLLBACK; INSERT INTO t VALUES(3)");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT a FROM t"), Rows{{3}});
}

TEST_P(ConformanceFlush, a_transaction_of_several_statements_arrives_whole) {
    prepare_file("CREATE TABLE t(a)");
    open(every_millisecond());
    const Plain disk(path());
    for (int i = 0; i < 200; ++i) {
        run("BEGIN; INSERT INTO t VALUES(1); INSERT INTO t VALUES(2); INSERT INTO t VALUES(3); "
            "COMMIT");
        const Cell rows = query_one(disk, "SELECT count(*) FROM t");
        ASSERT_EQ(rows.integer() % 3, 0);
    }
    flush_and_expect_same();
}

TEST_P(ConformanceFlush, a_write_that_is_half_stepped_never_reaches_the_disk) {
    prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)");
    open(every_millisecond());
    run("INSERT INTO t VALUES(1, 'before')");
    database().flush();
    {
        Statement insert(ram(), "INSERT INTO t VALUES(2, 'x'), (3, 'y'), (4, 'z') RETURNING id");
        ASSERT_TRUE(insert.step());
        ASSERT_NE(sqlite3_get_autocommit(ram()), 0) << "the trap: autocommit alone is no proof";
        for (int tick = 0; tick < 20; ++tick) {
            EXPECT_THROW(database().flush(2ms), Error);
            EXPECT_EQ(on_disk("SELECT id FROM t"), Rows{{1}});
        }
        while (insert.step()) {
        }
    }
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{4}});
}

// SQLite lets nobody open a savepoint then, which a session needs.
TEST_P(ConformanceFlush, a_write_that_is_half_stepped_is_waited_for_after_its_rollback_too) {
    open(eager_options());
    run("CREATE TABLE t(a INTEGER PRIMARY KEY)");
    database().flush();
    run("BEGIN");
    Statement insert(ram(), "INSERT INTO t VALUES(1), (2) RETURNING a");
    ASSERT_TRUE(insert.step());
    run("ROLLBACK");
    run("INSERT INTO t VALUES(3)");
    try {
        database().flush(std::chrono::milliseconds{200});
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("reset statements"), std::string::npos)
            << error.what();
    }
    EXPECT_TRUE(observer().heard().failures.empty());
    insert.reset();
    flush_and_expect_same();
    EXPECT_TRUE(observer().heard().failures.empty());
}

TEST_P(ConformanceFlush, a_write_that_is_half_stepped_and_reset_is_what_sqlite_made_of_it) {
    prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)");
    open(every_millisecond());
    {
        Statement update(ram(), "INSERT INTO t VALUES(1, 'x'), (2, 'y') RETURNING id");
        ASSERT_TRUE(update.step());
        EXPECT_THROW(database().flush(5ms), Error);
        update.reset();
    }
    flush_and_expect_same();
}

TEST_P(ConformanceFlush, an_open_read_does_not_hold_it_up) {
    prepare_file("CREATE TABLE t(a); INSERT INTO t VALUES(1), (2)");
    open();
    Statement select(ram(), "SELECT a FROM t");
    ASSERT_TRUE(select.step());
    run("INSERT INTO t VALUES(3)");
    flush_and_expect_same();
    EXPECT_TRUE(select.step());
}

TEST_P(ConformanceFlush, a_commit_is_on_disk_after_the_interval_without_flush) {
    prepare_file("CREATE TABLE t(a)");
    open(every_millisecond());
    run("INSERT INTO t VALUES(1)");
    ASSERT_TRUE(observer().wait_until([](const Heard& heard) { return !heard.syncs.empty(); }));
    EXPECT_TRUE(same_on_disk(ram(), path()));
}

TEST_P(ConformanceFlush, an_interval_of_zero_syncs_as_soon_as_something_is_committed) {
    prepare_file("CREATE TABLE t(a)");
    open(eager_options());
    run("INSERT INTO t VALUES(1)");
    ASSERT_TRUE(observer().wait_until([](const Heard& heard) { return !heard.syncs.empty(); }));
    EXPECT_TRUE(same_on_disk(ram(), path()));
}

TEST_P(ConformanceFlush, a_header_value_alone_is_synced_too) {
    prepare_file("CREATE TABLE t(a)");
    open();
    run("PRAGMA user_version = 12");
    flush_and_expect_same();
    run("PRAGMA application_id = 13");
    flush_and_expect_same();
}

TEST_P(ConformanceFlush, enough_changed_rows_do_not_wait_for_the_interval) {
    prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)");
    Options options = KeptDatabase::options();
    options.cut_changes = 100;
    open(options);
    for (int i = 0; i < 150; ++i) {
        run("INSERT INTO t(a) VALUES(1)");
    }
    EXPECT_TRUE(observer().wait_until([](const Heard& heard) { return !heard.syncs.empty(); }));
}

TEST_P(ConformanceFlush, enough_changed_bytes_do_not_wait_for_the_interval) {
    prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)");
    Options options = KeptDatabase::options();
    options.cut_bytes = 1'000'000;
    open(options);
    for (int i = 0; i < 30; ++i) {
        run("INSERT INTO t(a) VALUES(zeroblob(100000))");
    }
    database().flush();
    const std::uint64_t before = database().status().syncs;
    // An inserted row costs a session next to nothing, an updated one its whole old image.
    for (int i = 1; i <= 30; ++i) {
        run("UPDATE t SET a = randomblob(100000) WHERE id = ?1", {i});
    }
    EXPECT_TRUE(observer().wait_until(
        [before](const Heard& heard) { return heard.syncs.size() > before; }));
}

TEST_P(ConformanceFlush, must_not_be_called_by_an_observer) {
    struct Caller : Observer {
        Database* database = nullptr;
        bool threw = false;
        void on_sync(const SyncReport& /*report*/) override {
            try {
                database->flush();
            } catch (const Error&) {
                threw = true;
            }
        }
    };
    auto caller = std::make_shared<Caller>();
    Options options = KeptDatabase::options();
    options.observer = caller;
    open(options);
    caller->database = &database();
    run("CREATE TABLE t(a)");
    database().flush();
    close();
    EXPECT_TRUE(caller->threw);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceFlush);

}  // namespace
}  // namespace tidemark::tests
