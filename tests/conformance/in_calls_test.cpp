// Cutting in the application's calls: connections that no other thread may use.

#include "support/fixture.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <mutex>
#include <set>
#include <thread>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

class ConformanceInCalls : public KeptDatabase {
protected:
    ConformanceInCalls() { open_bare(); }
    ~ConformanceInCalls() override { sqlite3_close_v2(bare_); }

    void open_bare() {
        ASSERT_EQ(sqlite3_open_v2(":memory:", &bare_,
                                  SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                  nullptr),
                  SQLITE_OK);
    }
    void attach(const Options& options) { kept_.emplace(Database::attach(bare_, path(), options)); }
    /// Soon enough to be waited for, and late enough that several commits come together.
    [[nodiscard]] Options soon() const {
        Options options = KeptDatabase::options();
        options.interval = 20ms;
        return options;
    }
    /// Waits without any call on the connection.
    [[nodiscard]] bool reaches_the_disk(const std::string& sql, const Rows& rows) const {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (std::chrono::steady_clock::now() < end) {
            try {
                if (on_disk(sql) == rows) return true;
            } catch (const SqlError&) {
                // No such table yet.
            }
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }

    sqlite3* bare_ = nullptr;
    std::optional<Database> kept_;
};

TEST_P(ConformanceInCalls, a_connection_without_mutex_is_kept_on_disk) {
    attach(soon());
    ASSERT_EQ(sqlite3_db_mutex(bare_), nullptr);
    exec(bare_, "CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES(1, 'one')");
    EXPECT_TRUE(reaches_the_disk("SELECT a FROM t", {{"one"}})) << "and nobody calls anything";
    exec(bare_,
         "BEGIN; INSERT INTO t VALUES(2, 'two'); UPDATE t SET a = 'ONE' WHERE id = 1; COMMIT");
    EXPECT_TRUE(reaches_the_disk("SELECT a FROM t", {{"ONE"}, {"two"}}));
    exec(bare_, "PRAGMA user_version = 7");
    EXPECT_TRUE(reaches_the_disk("PRAGMA user_version", {{7}}));
    EXPECT_TRUE(same_on_disk(bare_, path()));
}

TEST_P(ConformanceInCalls, a_statement_that_is_reset_before_its_end_is_handed_over) {
    if (GetParam() == Strategy::session) GTEST_SKIP() << "handed over with the next statement";
    attach(soon());
    exec(bare_, "CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
    {
        Statement insert(bare_, "INSERT INTO t(a) VALUES('x') RETURNING id");
        ASSERT_TRUE(insert.step());
        insert.reset();
    }
    EXPECT_TRUE(reaches_the_disk("SELECT a FROM t", {{"x"}}));
}

// The progress handler is called within every statement, on the thread that runs it.
TEST_P(ConformanceInCalls, no_other_thread_uses_the_connection) {
    struct Threads {
        std::mutex mutex;
        std::set<std::thread::id> seen;
    };
    const auto note = [](void* context) {
        auto& threads = *static_cast<Threads*>(context);
        const std::lock_guard lock(threads.mutex);
        threads.seen.insert(std::this_thread::get_id());
        return 0;
    };
    const auto work = [](sqlite3* db, Database& database) {
        exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        for (int i = 0; i < 20; ++i) {
            exec(db, "INSERT INTO t(a) VALUES(randomblob(10))");
            std::this_thread::sleep_for(5ms);
        }
        exec(db, "ALTER TABLE t ADD COLUMN b DEFAULT 5; VACUUM; UPDATE t SET b = 6");
        database.flush();
        EXPECT_TRUE(database.verify().equal());
    };
    Threads in_calls;
    sqlite3_progress_handler(bare_, 1, note, &in_calls);
    attach(eager_options());
    work(bare_, *kept_);
    EXPECT_THAT(in_calls.seen, ::testing::ElementsAre(std::this_thread::get_id()));
    kept_.reset();
    sqlite3_progress_handler(bare_, 0, nullptr, nullptr);

    Threads in_background;
    auto other = Database::open(directory().file("other.db"), eager_options());
    sqlite3_progress_handler(other.handle(), 1, note, &in_background);
    work(other.handle(), other);
    sqlite3_progress_handler(other.handle(), 0, nullptr, nullptr);
    EXPECT_GT(in_background.seen.size(), 1U) << "this test sees other threads";
}

TEST_P(ConformanceInCalls, a_connection_with_a_mutex_is_used_by_its_threads_alone_if_asked_for) {
    Options options = soon();
    options.cutting = Cutting::in_calls;
    open(options);
    run("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
    std::thread writer([this] {
        for (int i = 0; i < 100; ++i) run("INSERT INTO t(a) VALUES('there')");
    });
    for (int i = 0; i < 100; ++i) run("INSERT INTO t(a) VALUES('here')");
    writer.join();
    EXPECT_TRUE(reaches_the_disk("SELECT count(*) FROM t", {{200}}));
    flush_and_expect_same();
    EXPECT_TRUE(database().verify().equal());
}

TEST_P(ConformanceInCalls, an_application_that_traces_statements_is_told) {
    attach(options());
    exec(bare_, "CREATE TABLE t(a)");
    sqlite3_trace_v2(
        bare_, SQLITE_TRACE_STMT, [](unsigned, void*, void*, void*) { return 0; }, nullptr);
    const Outcome outcome = try_exec(bare_, "INSERT INTO t VALUES(1)");
    // Every table without a PRIMARY KEY has triggers.
    EXPECT_EQ(outcome.rc, SQLITE_MISUSE);
    EXPECT_THAT(outcome.message, ::testing::HasSubstr("trace callback"));
    EXPECT_EQ(query(bare_, "SELECT count(*) FROM t"), Rows{{0}});
    EXPECT_THROW(kept_->flush(), Error) << "changes that no COMMIT tells of would be missed";
}

TEST_P(ConformanceInCalls, what_a_commit_hook_refuses_does_not_get_to_the_disk) {
    attach(options());
    exec(bare_, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    sqlite3_commit_hook(
        bare_, [](void*) { return 1; }, nullptr);
    EXPECT_NE(try_exec(bare_, "INSERT INTO t VALUES(2)").rc, SQLITE_OK);
    sqlite3_commit_hook(bare_, nullptr, nullptr);
    exec(bare_, "INSERT INTO t VALUES(3)");
    kept_->flush();
    EXPECT_EQ(on_disk("SELECT a FROM t"), (Rows{{1}, {3}}));
    EXPECT_TRUE(same_on_disk(bare_, path()));
}

TEST_P(ConformanceInCalls, a_flush_brings_the_copy_that_the_disk_needs) {
    Options overwriting = options();
    overwriting.foreign_writes = ForeignWrites::overwrite;
    attach(overwriting);
    exec(bare_, "CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES(1, 'ours')");
    kept_->flush();
    exec(Plain(path()), "UPDATE t SET a = 'theirs'");
    exec(bare_, "INSERT INTO t VALUES(2, 'ours')");
    kept_->flush();
    EXPECT_TRUE(same_on_disk(bare_, path()));
    EXPECT_EQ(kept_->status().whole_copies, 1U);
}

TEST_P(ConformanceInCalls, a_half_read_select_delays_a_copy_and_does_not_cost_one_for_each_commit) {
    Options options = this->options();
    options.interval = 1h;
    attach(options);
    exec(bare_,
         "CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES(1, 'x'), (2, 'y')");
    Statement select(bare_, "SELECT a FROM t ORDER BY id");
    ASSERT_TRUE(select.step());
    exec(bare_, "CREATE TABLE u(id INTEGER PRIMARY KEY)");
    for (int i = 0; i < 50; ++i) exec(bare_, "INSERT INTO u DEFAULT VALUES");
    EXPECT_TRUE(select.step());
    EXPECT_FALSE(select.step());
    kept_->flush();
    EXPECT_LE(kept_->status().whole_copies, 3U);
    EXPECT_TRUE(same_on_disk(bare_, path()));
}

TEST_P(ConformanceInCalls, many_changes_of_one_row_are_written_once) {
    attach(options());
    exec(bare_, "CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES(1, 0), (2, 0)");
    kept_->flush();
    const std::string big(500, 'x');
    const int commits = GetParam() == Strategy::trigger ? 20'000 : 200;
    for (int i = 0; i < commits; ++i) {
        exec(bare_, "UPDATE t SET a = ?1 WHERE id = 1", {std::to_string(i) + big});
    }
    kept_->flush();
    EXPECT_TRUE(same_on_disk(bare_, path()));
    if (GetParam() == Strategy::trigger) {
        EXPECT_GT(kept_->status().coalesced_changes, 19'000U);
        EXPECT_LT(kept_->status().synced_changes, 1'000U);
    }
    EXPECT_EQ(kept_->status().pending_changes, 0U);
}

TEST_P(ConformanceInCalls, closing_the_connection_first_flushes_and_closes_the_database) {
    attach(options());
    exec(bare_, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    ASSERT_EQ(sqlite3_close(bare_), SQLITE_OK) << "statements of ours are not in the way";
    EXPECT_EQ(kept_->handle(), nullptr);
    EXPECT_EQ(on_disk("SELECT a FROM t"), Rows{{1}});
    kept_.reset();
    open_bare();
    attach(options());
    EXPECT_EQ(query(bare_, "SELECT a FROM t"), Rows{{1}}) << "the file is free again";
}

TEST_P(ConformanceInCalls, a_close_that_sqlite_refuses_leaves_the_database_kept) {
    attach(options());
    exec(bare_, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    {
        const Statement left(bare_, "SELECT a FROM t");
        EXPECT_EQ(sqlite3_close(bare_), SQLITE_BUSY);
    }
    EXPECT_EQ(on_disk("SELECT a FROM t"), Rows{{1}});
    exec(bare_, "INSERT INTO t VALUES(2)");
    kept_->flush();
    EXPECT_TRUE(same_on_disk(bare_, path()));
}

TEST_P(ConformanceInCalls, a_connection_that_outlives_its_close_can_be_left_to_its_statements) {
    attach(options());
    exec(bare_, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    {
        const Statement left(bare_, "SELECT a FROM t");
        EXPECT_EQ(sqlite3_close_v2(bare_), SQLITE_OK);
        EXPECT_EQ(on_disk("SELECT a FROM t"), Rows{{1}});
        kept_.reset();
    }
    open_bare();
    attach(options());
    EXPECT_EQ(query(bare_, "SELECT a FROM t"), Rows{{1}}) << "the file is free again";
}

TEST_P(ConformanceInCalls, commits_that_wait_for_the_disk_are_refused) {
    Options options = this->options();
    options.durability = Durability::commit;
    EXPECT_THROW(attach(options), Error);
    options.cutting = Cutting::in_calls;
    EXPECT_THROW(validate(options), Error);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceInCalls);

}  // namespace
}  // namespace tidemark::tests
