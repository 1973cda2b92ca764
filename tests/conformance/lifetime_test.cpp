// Closing, reopening, destroying and moving a Database.

#include "support/fixture.hpp"

#include <chrono>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

static_assert(!std::is_copy_constructible_v<Database>);
static_assert(std::is_nothrow_move_constructible_v<Database>);
static_assert(std::is_nothrow_move_assignable_v<Database>);

class ConformanceLifetime : public KeptDatabase {
protected:
    void SetUp() override { prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)"); }
};

TEST_P(ConformanceLifetime, close_writes_what_is_pending) {
    open();
    run("INSERT INTO t VALUES(1, 'x')");
    close();
    EXPECT_EQ(on_disk("SELECT a FROM t"), Rows{{"x"}});
}

TEST_P(ConformanceLifetime, close_twice_is_close_once) {
    open();
    run("INSERT INTO t VALUES(1, 'x')");
    database().close();
    EXPECT_NO_THROW(database().close());
    EXPECT_THROW(database().flush(), Error);
    EXPECT_THROW((void)database().verify(), Error);
}

TEST_P(ConformanceLifetime, close_and_reopen_many_times) {
    open();
    for (int i = 1; i <= 10; ++i) {
        run("INSERT INTO t VALUES(?1, 'round')", {i});
        run("UPDATE t SET a = a || '.'");
        reopen();
        EXPECT_EQ(query_one(ram(), "SELECT count(*) FROM t"), Cell(i));
    }
    flush_and_expect_same();
}

TEST_P(ConformanceLifetime, the_destructor_writes_what_is_pending) {
    {
        const auto database = Database::open(path(), options());
        exec(database.handle(), "INSERT INTO t VALUES(1, 'x')");
    }
    EXPECT_EQ(on_disk("SELECT a FROM t"), Rows{{"x"}});
}

TEST_P(ConformanceLifetime, the_status_of_a_closed_database_says_that_it_is_stopped) {
    open();
    database().close();
    EXPECT_EQ(database().status().state, State::stopped);
}

TEST_P(ConformanceLifetime, an_open_transaction_at_the_end_is_rolled_back_and_nothing_else_lost) {
    Options options = KeptDatabase::options();
    options.close_deadline = 2s;
    {
        const auto database = Database::open(path(), options);
        exec(database.handle(),
             "INSERT INTO t VALUES(1, 'committed'); BEGIN; INSERT INTO t VALUES(2, 'open')");
    }
    EXPECT_EQ(on_disk("SELECT a FROM t"), Rows{{"committed"}});
}

TEST_P(ConformanceLifetime, a_statement_not_finalized_does_not_hold_up_closing) {
    open();
    run("INSERT INTO t VALUES(1, 'x'), (2, 'y')");
    Statement select(ram(), "SELECT a FROM t");
    ASSERT_TRUE(select.step());
    database().close();
    EXPECT_EQ(on_disk("SELECT a FROM t"), (Rows{{"x"}, {"y"}}));
}

TEST_P(ConformanceLifetime, a_moved_database_goes_on) {
    auto first = Database::open(path(), options());
    sqlite3* const handle = first.handle();
    exec(handle, "INSERT INTO t VALUES(1, 'before')");
    Database second = std::move(first);
    EXPECT_EQ(second.handle(), handle);
    exec(handle, "INSERT INTO t VALUES(2, 'after')");
    second.flush();
    EXPECT_TRUE(same_on_disk(handle, path()));
}

TEST_P(ConformanceLifetime, what_was_moved_from_can_be_destroyed_and_assigned_to) {
    auto first = Database::open(path(), options());
    {
        Database second = std::move(first);
        exec(second.handle(), "INSERT INTO t VALUES(1, 'x')");
    }
    EXPECT_EQ(on_disk("SELECT a FROM t"), Rows{{"x"}});
    first = Database::open(path(), options());
    exec(first.handle(), "INSERT INTO t VALUES(2, 'y')");
    first.flush();
    EXPECT_TRUE(same_on_disk(first.handle(), path()));
}

TEST_P(ConformanceLifetime, assignment_closes_what_was_there) {
    auto database = Database::open(path(), options());
    exec(database.handle(), "INSERT INTO t VALUES(1, 'pending')");
    const std::string other = directory().file("other.db");
    database = Database::open(other, options());
    EXPECT_EQ(on_disk("SELECT a FROM t"), Rows{{"pending"}});
    exec(database.handle(), "CREATE TABLE u(x)");
    database.close();
    EXPECT_EQ(query(Plain(other), "SELECT count(*) FROM u"), Rows{{0}});
    // And the first file is free again.
    open();
}

TEST_P(ConformanceLifetime, a_close_that_fails_can_be_repeated) {
    Options options = KeptDatabase::options();
    options.busy_timeout = 0ms;
    options.close_deadline = 100ms;
    options.retry_pause_first = 10ms;
    options.retry_pause_max = 20ms;
    open(options);
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    run("INSERT INTO t VALUES(1, 'x')");
    EXPECT_THROW(database().close(), Error);
    EXPECT_NE(database().status().state, State::stopped);
    run("INSERT INTO t VALUES(2, 'still open')");
    exec(foreigner, "ROLLBACK");
    EXPECT_NO_THROW(database().close());
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{2}});
}

TEST_P(ConformanceLifetime, the_destructor_tells_the_observer_what_is_lost) {
    Options options = KeptDatabase::options();
    options.busy_timeout = 0ms;
    options.close_deadline = 100ms;
    const Plain foreigner(path());
    {
        const auto database = Database::open(path(), options);
        exec(foreigner, "BEGIN IMMEDIATE");
        exec(database.handle(), "INSERT INTO t VALUES(1, 'x'), (2, 'y')");
    }
    const auto failures = observer().heard().failures;
    ASSERT_FALSE(failures.empty());
    EXPECT_EQ(failures.back().second, 2U);
    exec(foreigner, "ROLLBACK");
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{0}});
}

TEST_P(ConformanceLifetime, a_closing_database_with_nothing_pending_leaves_the_content_alone) {
    open();
    run("INSERT INTO t VALUES(1, 'x')");
    close();
    const Rows before = on_disk("SELECT * FROM t");
    open();
    close();
    EXPECT_EQ(on_disk("SELECT * FROM t"), before);
}

TEST_P(ConformanceLifetime, opening_and_destroying_at_once_many_times) {
    for (int i = 0; i < 30; ++i) {
        const auto database = Database::open(path(), eager_options());
        exec(database.handle(), "INSERT INTO t(a) VALUES('x')");
    }
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{30}});
}

TEST_P(ConformanceLifetime, opened_by_one_thread_and_closed_by_another) {
    std::unique_ptr<Database> database;
    std::thread([&] {
        database = std::make_unique<Database>(Database::open(path(), eager_options()));
    }).join();
    exec(database->handle(), "INSERT INTO t VALUES(1, 'x')");
    std::thread([&] { database.reset(); }).join();
    EXPECT_EQ(on_disk("SELECT a FROM t"), Rows{{"x"}});
}

TEST_P(ConformanceLifetime, every_journal_mode_keeps_and_loads) {
    for (const JournalMode mode :
         {JournalMode::wal, JournalMode::truncate, JournalMode::persist, JournalMode::remove}) {
        for (const Synchronous synchronous :
             {Synchronous::off, Synchronous::normal, Synchronous::full, Synchronous::extra}) {
            Options options = KeptDatabase::options();
            options.journal_mode = mode;
            options.synchronous = synchronous;
            open(options);
            run("INSERT INTO t(a) VALUES('x')");
            flush_and_expect_same();
            run("CREATE TABLE IF NOT EXISTS u(x); UPDATE t SET a = a || '!'");
            flush_and_expect_same();
            close();
        }
    }
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{16}});
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceLifetime);

}  // namespace
}  // namespace tidemark::tests
