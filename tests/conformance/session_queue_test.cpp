// `_sync_queue` under the session strategy: what a session knows of what is pending.

#include "support/fixture.hpp"
#include "support/waiting.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <chrono>
#include <optional>
#include <string>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class ConformanceSessionQueue : public KeptDatabase {
protected:
    void SetUp() override {
        prepare_file(
            "CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, views INTEGER);"
            "INSERT INTO posts VALUES(1, 'one', 10), (2, 'two', 20), (3, 'three', 30);"
            "CREATE TABLE heap(a)");
        open();
    }
    [[nodiscard]] Rows queue() {
        return query(ram(), "SELECT operation, table_name, record_data, old_data FROM _sync_queue");
    }
};

TEST_P(ConformanceSessionQueue, shows_net_changes) {
    run("INSERT INTO posts VALUES(4, 'draft', 0); UPDATE posts SET title = 'four' WHERE id = 4;"
        "UPDATE posts SET views = 11 WHERE id = 1; UPDATE posts SET views = 12 WHERE id = 1;"
        "DELETE FROM posts WHERE id = 2; INSERT INTO posts VALUES(9, 'gone', 0);"
        "DELETE FROM posts WHERE id = 9");
    EXPECT_THAT(queue(),
                UnorderedElementsAre(
                    Row{"INSERT", "posts", R"({"id":4,"title":"four","views":0})", nullptr},
                    Row{"UPDATE", "posts", R"({"id":1,"views":12})", R"({"id":1,"views":10})"},
                    Row{"DELETE", "posts", nullptr, R"({"id":2,"title":"two","views":20})"}));
    EXPECT_EQ(query(ram(), "SELECT DISTINCT id, \"transaction\" FROM _sync_queue"),
              (Rows{{nullptr, nullptr}}));
    flush_and_expect_same();
    EXPECT_EQ(queue(), Rows{});
}

TEST_P(ConformanceSessionQueue, the_query_of_the_seed_works) {
    run("INSERT INTO posts VALUES(4, 'high', 101), (5, 'low', 99)");
    EXPECT_EQ(query(ram(),
                    "SELECT json_extract(record_data, '$.title') FROM _sync_queue"
                    " WHERE operation = 'INSERT' AND json_extract(record_data, '$.views') > 100"),
              Rows{{"high"}});
}

TEST_P(ConformanceSessionQueue, looking_takes_nothing_away) {
    run("UPDATE posts SET views = 0");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(queue().size(), 3U);
    flush_and_expect_same();
}

TEST_P(ConformanceSessionQueue, lists_tables_that_triggers_serve_behind_the_others) {
    run("INSERT INTO heap VALUES('h'); DELETE FROM posts WHERE id = 1");
    EXPECT_EQ(query(ram(), "SELECT id, table_name FROM _sync_queue ORDER BY id"),
              (Rows{{nullptr, "posts"}, {1, "heap"}}));
}

TEST_P(ConformanceSessionQueue, shows_what_an_open_transaction_has_done_so_far) {
    run("BEGIN; DELETE FROM posts WHERE id = 1");
    EXPECT_EQ(queue().size(), 1U);
    run("ROLLBACK");
    EXPECT_EQ(queue(), Rows{});
}

// An interrupt stays pending as long as the SELECT runs, and keeps the session from ending its savepoint.
TEST_P(ConformanceSessionQueue, leaves_no_transaction_open_when_it_is_interrupted) {
    run("WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        "INSERT INTO posts SELECT i, 'title', 0 FROM n");
    struct Interrupter {
        sqlite3* db;
        int calls = 0;
        int at = 0;
    };
    int interrupted = 0;
    for (int at = 1; at < 400; at += 9) {
        Interrupter interrupter{.db = ram(), .at = at};
        const auto interrupt = [](void* self) {
            auto& it = *static_cast<Interrupter*>(self);
            if (++it.calls == it.at) sqlite3_interrupt(it.db);
            return 0;
        };
        sqlite3_progress_handler(ram(), 100, interrupt, &interrupter);
        const Outcome outcome = try_exec(ram(), "SELECT count(*) FROM _sync_queue");
        sqlite3_progress_handler(ram(), 0, nullptr, nullptr);
        interrupted += outcome.rc == SQLITE_OK ? 0 : 1;
        // The caretaker ends it, within some milliseconds.
        ASSERT_TRUE(becomes_true([&] { return sqlite3_get_autocommit(ram()) != 0; }));
        run("BEGIN; INSERT INTO posts(title) VALUES('after'); COMMIT");
    }
    EXPECT_GT(interrupted, 2);
    flush_and_expect_same();
}

// A session cannot be read under another schema: SQLite 3.40 reads beyond its memory where a generated
// column has been added.
TEST_P(ConformanceSessionQueue,
       lists_nothing_of_sessions_between_a_change_of_the_schema_and_the_cut) {
    run("UPDATE posts SET id = id + 10; BEGIN; ALTER TABLE posts ADD g AS (id)");
    EXPECT_EQ(queue(), Rows{});
    run("COMMIT");
    EXPECT_EQ(queue(), Rows{});
    flush_and_expect_same();
}

TEST_P(ConformanceSessionQueue, cannot_be_read_by_a_statement_that_writes) {
    run("DELETE FROM posts WHERE id = 1");
    const Outcome outcome = try_exec(ram(), "INSERT INTO heap SELECT table_name FROM _sync_queue");
    EXPECT_EQ(outcome.rc, SQLITE_ERROR) << outcome;
    EXPECT_THAT(outcome.message, HasSubstr("savepoint"));
    EXPECT_EQ(queue().size(), 1U);
    flush_and_expect_same();
}

TEST_P(ConformanceSessionQueue, shows_what_is_cut_and_not_on_disk) {
    close();
    Options waiting = options();
    waiting.busy_timeout = std::chrono::milliseconds{0};
    open(waiting);
    run("DELETE FROM posts WHERE id = 1");
    const Plain other(path());
    exec(other, "BEGIN IMMEDIATE");
    EXPECT_THROW(database().flush(std::chrono::milliseconds{50}), Error);
    run("DELETE FROM posts WHERE id = 2");
    EXPECT_EQ(query(ram(), "SELECT json_extract(old_data, '$.id') FROM _sync_queue"),
              (Rows{{1}, {2}}));
    exec(other, "ROLLBACK");
    flush_and_expect_same();
    EXPECT_EQ(queue(), Rows{});
}

TEST_P(ConformanceSessionQueue, does_not_ask_the_applications_authorizer_about_itself) {
    run("DELETE FROM posts WHERE id = 1");
    // Only what is asked about the statement itself is allowed.
    database().set_authorizer(
        [](void*, int action, const char* first, const char*, const char*, const char*) {
            const bool is_own = action == SQLITE_SELECT ||
                                (action == SQLITE_READ && std::string(first) == "_sync_queue");
            return is_own ? SQLITE_OK : SQLITE_DENY;
        },
        nullptr);
    EXPECT_EQ(query(ram(), "SELECT table_name FROM _sync_queue"), Rows{{"posts"}});
    database().set_authorizer(nullptr, nullptr);
}

TEST_P(ConformanceSessionQueue, a_statement_that_outlives_the_database_finds_nothing) {
    std::optional<Plain> mine(std::in_place);
    close();
    const std::string file = directory().file("attached.db");
    std::optional<Database> attached(Database::attach(*mine, file, options()));
    exec(*mine, "CREATE TABLE t(k INTEGER PRIMARY KEY); INSERT INTO t VALUES(1), (2)");
    attached->flush();
    exec(*mine, "DELETE FROM t");
    {
        Statement left_behind(*mine, "SELECT table_name FROM _sync_queue");
        ASSERT_TRUE(left_behind.step());
        attached->close();
        attached.reset();
        left_behind.reset();
        EXPECT_FALSE(left_behind.step());
    }
    mine.reset();
    open();
}

INSTANTIATE_TEST_SUITE_P(Strategies, ConformanceSessionQueue, ::testing::Values(Strategy::session),
                         strategy_name);

}  // namespace
}  // namespace tidemark::tests
