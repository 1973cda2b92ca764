// Defects that an attack on the invariant has found, each as the program that showed it.

#include "support/fixture.hpp"

#include <functional>

namespace tidemark::tests {
namespace {

class ConformanceCornerCases : public KeptDatabase {
protected:
    /// Runs `action` with a progress handler that interrupts once, after so many steps.
    void interrupted_once(int after_steps, const std::function<void()>& action) {
        left_ = after_steps;
        sqlite3_progress_handler(
            ram(), 1, [](void* left) { return --*static_cast<int*>(left) == 0 ? 1 : 0; }, &left_);
        action();
        sqlite3_progress_handler(ram(), 0, nullptr, nullptr);
    }

private:
    int left_ = 0;
};

TEST_P(ConformanceCornerCases, an_interrupt_inside_an_insert_does_not_end_the_capture) {
    open();
    run("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)");
    for (int steps = 1; steps < 40; ++steps) {
        database().flush();
        interrupted_once(steps, [&] {
            (void)try_exec(ram(), "INSERT INTO t(a) VALUES('perhaps interrupted')");
        });
        run("INSERT INTO t(a) VALUES('not interrupted')");
        flush_and_expect_same();
        if (HasFailure()) {
            FAIL() << "interrupted after " << steps << " steps";
        }
    }
}

TEST_P(ConformanceCornerCases, an_interrupted_cut_leaves_no_transaction_open) {
    open();
    run("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)");
    database().flush();
    for (int steps = 1; steps < 120; ++steps) {
        run("INSERT INTO t(a) VALUES('x')");
        interrupted_once(steps, [&] { database().flush(); });
        ASSERT_EQ(sqlite3_get_autocommit(ram()), 1) << "interrupted after " << steps << " steps";
    }
    flush_and_expect_same();
}

TEST_P(ConformanceCornerCases, a_before_trigger_changes_the_row_that_is_being_updated) {
    for (const char* columns :
         {"(id INTEGER PRIMARY KEY, a INT, b INT)", "(id INT, a INT, b INT)"}) {
        open();
        run(std::string("DROP TABLE IF EXISTS t; CREATE TABLE t") + columns +
            "; INSERT INTO t VALUES(1, 1, 1);"
            "CREATE TRIGGER b BEFORE UPDATE ON t WHEN NEW.a <> 5"
            " BEGIN UPDATE t SET a = 5, b = b + 1 WHERE id = OLD.id; END");
        database().flush();
        run("UPDATE t SET a = 1 WHERE id = 1");
        flush_and_expect_same();
        close();
    }
}

TEST_P(ConformanceCornerCases, a_foreign_key_action_changes_the_row_that_is_being_updated) {
    open();
    run("PRAGMA foreign_keys = ON;"
        "CREATE TABLE t(id INT, code TEXT UNIQUE, other TEXT REFERENCES t(code) ON UPDATE CASCADE);"
        "INSERT INTO t VALUES(1, 'a', 'a'), (2, 'b', 'a')");
    database().flush();
    run("UPDATE t SET code = 'c' WHERE id = 1");
    flush_and_expect_same();
    run("CREATE TRIGGER b BEFORE UPDATE ON t BEGIN SELECT 1; END");
    database().flush();
    run("UPDATE t SET code = 'd' WHERE id = 1");
    flush_and_expect_same();
}

TEST_P(ConformanceCornerCases, a_temp_trigger_ends_the_statement_and_keeps_the_row) {
    for (const char* action : {"RAISE(IGNORE)", "RAISE(FAIL, 'enough')"}) {
        open();
        run("DROP TABLE IF EXISTS t; CREATE TABLE t(a, b)");
        database().flush();
        run(std::string("CREATE TEMP TRIGGER app AFTER INSERT ON t WHEN NEW.b = 9"
                        " BEGIN SELECT ") +
            action + "; END");
        database().flush();
        (void)try_exec(ram(), "INSERT INTO t VALUES(2, 9)");
        EXPECT_EQ(query(ram(), "SELECT count(*) FROM t"), Rows{{1}});
        flush_and_expect_same();
        close();
    }
}

TEST_P(ConformanceCornerCases, a_write_while_the_file_is_being_loaded_is_refused_or_loaded) {
    struct Intruder : RecordingObserver {
        explicit Intruder(std::string file) : path(std::move(file)) {}
        void on_load(std::uint64_t done, std::uint64_t total) override {
            if (done == total) {
                exec(Plain(path), "INSERT INTO t VALUES(777)");
            }
        }
        std::string path;
    };
    prepare_file("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    Options watched = options();
    watched.observer = std::make_shared<Intruder>(path());
    try {
        open(watched);
        EXPECT_EQ(query(ram(), "SELECT a FROM t"), (Rows{{1}, {777}}));
    } catch (const Error& error) {
        EXPECT_TRUE(error.retryable());
    }
}

TEST_P(ConformanceCornerCases, the_header_of_a_database_without_tables_is_kept) {
    open();
    run("PRAGMA user_version = 7; PRAGMA application_id = 99");
    reopen();
    EXPECT_EQ(query(ram(), "PRAGMA user_version"), Rows{{7}});
    EXPECT_EQ(query(ram(), "PRAGMA application_id"), Rows{{99}});
    flush_and_expect_same();
}

TEST_P(ConformanceCornerCases, unpaired_surrogates_stay_as_they_are) {
    const Plain own(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
    exec(own, "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)");
    auto database = Database::attach(own, path(), options());
    exec(own, "INSERT INTO t VALUES(1, CAST(x'00D8610000DC6200' AS TEXT))");
    database.flush();
    EXPECT_EQ(on_disk("SELECT hex(CAST(a AS BLOB)) FROM t"), (Rows{{"00D8610000DC6200"}}));
}

TEST_P(ConformanceCornerCases, a_connection_has_one_keeper) {
    const Plain own(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
    auto database = Database::attach(own, path(), options());
    EXPECT_THROW((void)Database::attach(own, directory().file("other.db"), options()), Error);
    EXPECT_THROW((void)Database::attach(database.handle(), directory().file("other.db"), options()),
                 Error);
    database.close();
    EXPECT_NO_THROW((void)Database::attach(own, directory().file("other.db"), options()));
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceCornerCases);

}  // namespace
}  // namespace tidemark::tests
