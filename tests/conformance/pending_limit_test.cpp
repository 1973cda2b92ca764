// The disk is blocked and changes pile up: writes are refused, loudly, and nothing is lost.

#include "support/fixture.hpp"
#include "support/other_process.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ConformancePendingLimit : public KeptDatabase {
protected:
    void SetUp() override { prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)"); }

    /// At most a megabyte may be pending, and the disk is tried again soon.
    [[nodiscard]] Options tight() const {
        Options options = KeptDatabase::options();
        options.interval = 5ms;
        options.pending_bytes_max = 1'000'000;
        options.busy_timeout = 0ms;
        options.retry_pause_first = 5ms;
        options.retry_pause_max = 20ms;
        return options;
    }

    /// Writes until a write is refused and the next one is too. The number of those that were not.
    /// One refusal alone can be over soon: a cut or the background packs what is pending more tightly,
    /// and during a cut another thread's error code is to be seen on the connection.
    int write_until_refused(Outcome& refusal) {
        const auto give_up = std::chrono::steady_clock::now() + 120s;
        while (std::chrono::steady_clock::now() < give_up) {
            refusal = try_exec(ram(), "INSERT INTO t(a) VALUES(zeroblob(10000))");
            if (refusal.rc != SQLITE_OK) {
                std::this_thread::sleep_for(50ms);
                refusal = try_exec(ram(), "INSERT INTO t(a) VALUES(zeroblob(10000))");
            }
            if (refusal.rc != SQLITE_OK) {
                return written_;
            }
            ++written_;
        }
        ADD_FAILURE() << "never refused, after " << written_ << " rows of 10,000 bytes";
        return written_;
    }

    /// How many rows that takes depends on what the first cut has caught: a session counts what it
    /// holds itself, which of an inserted row is its key.
    void write_until_the_limit_is_told() {
        const auto give_up = std::chrono::steady_clock::now() + 30s;
        while (observer().heard().limits_reached.empty() &&
               std::chrono::steady_clock::now() < give_up) {
            run("INSERT INTO t(a) VALUES(zeroblob(10000))");
            ++written_;
        }
    }

    void expect_told_of_the_limit_once() {
        EXPECT_THAT(observer().heard().limits_reached,
                    testing::ElementsAre(testing::Ge(1'000'000U)));
        EXPECT_EQ(observer().heard().limits_left, 0U);
    }

    /// On the way the limit can be reached again: what a session has held as keys becomes whole rows
    /// when it is cut.
    void expect_told_that_it_is_left() {
        flush_and_expect_same();
        EXPECT_TRUE(observer().wait_until([](const Heard& heard) {
            return heard.limits_left > 0 && heard.limits_left == heard.limits_reached.size();
        }));
    }

    void write_when_accepted_again() {
        const auto give_up = std::chrono::steady_clock::now() + 30s;
        while (std::chrono::steady_clock::now() < give_up) {
            if (try_exec(ram(), "INSERT INTO t(a) VALUES('after')").rc == SQLITE_OK) {
                ++written_;
                return;
            }
            // The refusal ends with the sync that the flush waits for.
            database().flush();
        }
        ADD_FAILURE() << "still refused";
    }

    [[nodiscard]] Cell rows() { return query_one(ram(), "SELECT count(*) FROM t"); }

    int written_ = 0;
};

TEST_P(ConformancePendingLimit, writes_are_refused_while_the_disk_is_blocked_and_go_on_after) {
    for (const char* lock : {"BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"}) {
        SCOPED_TRACE(lock);
        written_ = 0;
        open(tight());
        run("DELETE FROM t");
        database().flush();
        const std::size_t failures_before = observer().heard().failures.size();
        const Plain foreigner(path());
        exec(foreigner, lock);

        Outcome refusal;
        write_until_refused(refusal);
        EXPECT_EQ(refusal.rc & 0xff, SQLITE_FULL);
        EXPECT_THAT(refusal.message, HasSubstr("pending"));
        EXPECT_EQ(sqlite3_errcode(ram()), SQLITE_FULL);
        EXPECT_TRUE(database().status().refusing_writes);
        ASSERT_TRUE(observer().wait_until(
            [&](const Heard& heard) { return heard.failures.size() > failures_before; }));
        EXPECT_TRUE(database().status().last_error.has_value());
        EXPECT_GE(database().status().pending_bytes, 900'000U);
        EXPECT_GT(database().status().lag.count(), 0);

        // Reads go on, and so does everything that is no write.
        EXPECT_EQ(rows(), Cell(written_));
        run("BEGIN; SELECT count(*) FROM t; COMMIT");

        exec(foreigner, "ROLLBACK");
        write_when_accepted_again();
        EXPECT_FALSE(database().status().refusing_writes);
        EXPECT_EQ(rows(), Cell(written_))
            << "nothing that was accepted is lost, nothing refused is there";
        flush_and_expect_same();
        EXPECT_TRUE(observer().wait_until([](const Heard& heard) { return heard.recoveries > 0; }));
        EXPECT_FALSE(database().status().last_error.has_value());
        close();
    }
}

TEST_P(ConformancePendingLimit, updates_and_deletes_are_refused_too) {
    open(tight());
    run("INSERT INTO t VALUES(1000000, 'x')");
    database().flush();
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    Outcome refusal;
    write_until_refused(refusal);
    EXPECT_EQ(try_exec(ram(), "UPDATE t SET a = 'y' WHERE id = 1000000").rc & 0xff, SQLITE_FULL);
    EXPECT_EQ(try_exec(ram(), "DELETE FROM t WHERE id = 1000000").rc & 0xff, SQLITE_FULL);
    EXPECT_EQ(query(ram(), "SELECT a FROM t WHERE id = 1000000"), Rows{{"x"}});
    EXPECT_NE(sqlite3_get_autocommit(ram()), 0);
    exec(foreigner, "ROLLBACK");
    flush_and_expect_same();
}

TEST_P(ConformancePendingLimit, statements_prepared_before_are_refused_too) {
    open(tight());
    Statement insert(ram(), "INSERT INTO t(a) VALUES('prepared before')");
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    Outcome refusal;
    write_until_refused(refusal);
    EXPECT_THROW(insert.step(), SqlError);
    insert.reset();
    EXPECT_EQ(rows(), Cell(written_));
    exec(foreigner, "ROLLBACK");
    database().flush();
    EXPECT_NO_THROW(insert.step());
    insert.reset();
    flush_and_expect_same();
}

TEST_P(ConformancePendingLimit, a_lock_of_another_process_is_the_same) {
    open(tight());
    const auto child = start_other_process({"lock", path()});
    ASSERT_EQ(child->read_line(), "done");
    Outcome refusal;
    write_until_refused(refusal);
    EXPECT_EQ(refusal.rc & 0xff, SQLITE_FULL);
    EXPECT_EQ(child->finish(), 0);
    write_when_accepted_again();
    EXPECT_EQ(rows(), Cell(written_));
    flush_and_expect_same();
}

TEST_P(ConformancePendingLimit, the_observer_is_told_once_and_once_more_when_it_is_left) {
    open(tight());
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    Outcome refusal;
    write_until_refused(refusal);
    ASSERT_TRUE(observer().wait_until([](const Heard& heard) {
        return !heard.limits_reached.empty() && heard.failures.size() > 0;
    }));
    expect_told_of_the_limit_once();
    exec(foreigner, "ROLLBACK");
    expect_told_that_it_is_left();
}

TEST_P(ConformancePendingLimit, may_be_no_more_than_a_word_to_the_observer) {
    Options options = tight();
    options.pending_limit = PendingLimit::grow;
    open(options);
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    write_until_the_limit_is_told();
    EXPECT_FALSE(database().status().refusing_writes);
    EXPECT_GE(database().status().pending_bytes, 1'000'000U);
    EXPECT_EQ(rows(), Cell(written_));
    expect_told_of_the_limit_once();
    exec(foreigner, "ROLLBACK");
    expect_told_that_it_is_left();
}

// The news comes from a thread that a flush would wait for just as well.
TEST_P(ConformancePendingLimit, an_observer_that_hears_of_it_cannot_flush) {
    class Flusher : public Observer {
    public:
        void on_pending_limit(std::uint64_t) override {
            try {
                database->flush();
                told_.set_value("it was flushed");
            } catch (const Error& error) {
                told_.set_value(error.what());
            }
        }
        std::string said() { return told_.get_future().get(); }
        Database* database = nullptr;

    private:
        std::promise<std::string> told_;
    };
    const auto flusher = std::make_shared<Flusher>();
    Options options = tight();
    options.observer = flusher;
    open(options);
    flusher->database = &database();
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    Outcome refusal;
    write_until_refused(refusal);
    EXPECT_THAT(flusher->said(), HasSubstr("called from an observer"));
    exec(foreigner, "ROLLBACK");
    flush_and_expect_same();
}

TEST_P(ConformancePendingLimit, without_a_limit_nothing_is_refused) {
    Options options = tight();
    options.pending_bytes_max = 0;
    open(options);
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    for (int i = 0; i < 500; ++i) {
        run("INSERT INTO t(a) VALUES(zeroblob(10000))");
    }
    exec(foreigner, "ROLLBACK");
    flush_and_expect_same();
}

TEST_P(ConformancePendingLimit, a_blocked_disk_is_told_once_and_the_changes_wait) {
    Options options = tight();
    options.pending_bytes_max = 0;
    open(options);
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    run("INSERT INTO t VALUES(1, 'waits')");
    ASSERT_TRUE(observer().wait_until([](const Heard& heard) { return !heard.failures.empty(); }));
    EXPECT_THROW(database().flush(200ms), Error);

    const Heard heard = observer().heard();
    EXPECT_EQ(heard.failures.size(), 1U)
        << "the same failure, tried again and again, is one piece of news";
    EXPECT_EQ(heard.failures.front().first.code() & 0xff, SQLITE_BUSY);
    EXPECT_TRUE(heard.failures.front().first.retryable());
    EXPECT_EQ(heard.failures.front().second, 1U);
    EXPECT_GE(database().status().failures, 2U);
    EXPECT_EQ(heard.recoveries, 0U);

    exec(foreigner, "ROLLBACK");
    ASSERT_TRUE(observer().wait_until([](const Heard& news) { return news.recoveries == 1; }));
    flush_and_expect_same();
}

TEST_P(ConformancePendingLimit, more_changes_while_a_batch_waits_arrive_in_order) {
    Options options = tight();
    options.pending_bytes_max = 0;
    open(options);
    run("INSERT INTO t VALUES(1, 'first')");
    database().flush();
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    run("UPDATE t SET a = 'second'");
    ASSERT_TRUE(observer().wait_until([](const Heard& heard) { return !heard.failures.empty(); }));
    run("UPDATE t SET a = 'third', id = 2; INSERT INTO t VALUES(1, 'another'); CREATE TABLE u(x); "
        "INSERT INTO u VALUES(1); DELETE FROM t WHERE id = 1");
    run("PRAGMA user_version = 4");
    exec(foreigner, "ROLLBACK");
    flush_and_expect_same();
}

TEST_P(ConformancePendingLimit, the_deadline_of_a_flush_says_what_blocks_the_disk) {
    open(tight());
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    run("INSERT INTO t VALUES(1, 'x')");
    try {
        database().flush(300ms);
        FAIL() << "flush() returned";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("locked"));
        EXPECT_THAT(error.what(), HasSubstr("1 change"));
        EXPECT_TRUE(error.retryable());
    }
    exec(foreigner, "ROLLBACK");
    flush_and_expect_same();
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformancePendingLimit);

}  // namespace
}  // namespace tidemark::tests
