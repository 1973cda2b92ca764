// What is on disk when a COMMIT returns that waits for the disk.

#include "commits/commit_fixture.hpp"

#include <gmock/gmock.h>

#include <string>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;

TEST_F(Commits, returns_from_a_statement_when_its_changes_are_on_disk) {
    open();
    run_and_compare("CREATE TABLE t(id INTEGER PRIMARY KEY, x)");
    run_and_compare("INSERT INTO t(x) VALUES(1), (2), (3)");
    run_and_compare("UPDATE t SET x = x + 1");
    run_and_compare("DELETE FROM t WHERE x = 2");
    run_and_compare("REPLACE INTO t VALUES(2, 'again')");
    run_and_compare("DELETE FROM t");
    EXPECT_EQ(database().status().pending_changes, 0U);
}

TEST_F(Commits, writes_nothing_before_the_transaction_is_committed) {
    open();
    run("CREATE TABLE t(x)");
    run("BEGIN; INSERT INTO t VALUES(1); SAVEPOINT a; INSERT INTO t VALUES(2); ROLLBACK TO a");
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(0));
    run_and_compare("COMMIT");
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(1));
    run_and_compare("BEGIN; INSERT INTO t VALUES(3); ROLLBACK");
    run("SAVEPOINT outermost; INSERT INTO t VALUES(4); SAVEPOINT inner; INSERT INTO t VALUES(5)");
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(1));
    run("RELEASE inner");
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(1));
    run_and_compare("RELEASE outermost");
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(3));
}

TEST_F(Commits, brings_what_a_failing_statement_leaves) {
    open();
    run("CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES(10)");
    EXPECT_EQ(attempt("INSERT OR FAIL INTO t VALUES(1), (10), (2)").rc, SQLITE_CONSTRAINT);
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(2));
    EXPECT_EQ(attempt("INSERT INTO t VALUES(3), (10)").rc, SQLITE_CONSTRAINT);
    EXPECT_TRUE(same_now());
    run("BEGIN; INSERT INTO t VALUES(4)");
    EXPECT_EQ(attempt("INSERT OR ROLLBACK INTO t VALUES(10)").rc, SQLITE_CONSTRAINT);
    EXPECT_TRUE(same_now());
    run("PRAGMA foreign_keys = ON; CREATE TABLE child(p REFERENCES t DEFERRABLE INITIALLY "
        "DEFERRED)");
    run("BEGIN; INSERT INTO child VALUES(77)");
    EXPECT_EQ(attempt("COMMIT").rc, SQLITE_CONSTRAINT);
    EXPECT_EQ(on_disk("SELECT count(*) FROM child"), Cell(0)) << "the transaction is open still";
    run_and_compare("INSERT INTO t VALUES(77); COMMIT");
}

TEST_F(Commits, waits_with_the_last_statement_that_writes) {
    open();
    run("CREATE TABLE t(id INTEGER PRIMARY KEY)");
    {
        Statement insert(ram(), "INSERT INTO t VALUES(1), (2) RETURNING id");
        ASSERT_TRUE(insert.step());
        run("INSERT INTO t VALUES(3)");
        EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(0));
        while (insert.step()) {
        }
        EXPECT_TRUE(same_now());
    }
    Statement reset_early(ram(), "INSERT INTO t VALUES(4), (5) RETURNING id");
    ASSERT_TRUE(reset_early.step());
    reset_early.reset();
    EXPECT_TRUE(same_now());
    // Whatever came before, a change of the schema is not taken for served.
    run_and_compare("CREATE TABLE after_it(x)");
}

TEST_F(Commits, goes_on_beside_a_select_that_is_being_read) {
    open();
    run("CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES(1), (2), (3)");
    Statement select(ram(), "SELECT id FROM t ORDER BY id");
    ASSERT_TRUE(select.step());
    run_and_compare("INSERT INTO t VALUES(4)");
    run_and_compare("CREATE TABLE u(x)");
    run_and_compare("INSERT INTO u VALUES(1)");
    run_and_compare("BEGIN; INSERT INTO u VALUES(2); INSERT INTO t VALUES(5); COMMIT");
    EXPECT_TRUE(select.step());
    select.reset();
    run_and_compare("INSERT INTO u VALUES(3)");
}

// No trigger tells of these, and SQLite has no way to make them fail.
TEST_F(Commits, waits_for_changes_of_the_schema_and_the_header_too) {
    open();
    run_and_compare("CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, x)");
    run_and_compare("INSERT INTO t(x) VALUES(1)");
    run_and_compare("CREATE INDEX i ON t(x)");
    run_and_compare("ALTER TABLE t ADD COLUMN y DEFAULT 5");
    run_and_compare("UPDATE t SET y = 6");
    EXPECT_EQ(attempt("ALTER TABLE t DROP COLUMN x").rc, SQLITE_ERROR) << "an index needs it";
    EXPECT_TRUE(same_now());
    run_and_compare("DROP INDEX i");
    run_and_compare("ALTER TABLE t DROP COLUMN x");
    run_and_compare("INSERT INTO t(y) VALUES(7)");
    run_and_compare("ALTER TABLE t RENAME TO renamed");
    run_and_compare("INSERT INTO renamed(y) VALUES(8)");
    run_and_compare("PRAGMA user_version = 12");
    run_and_compare("PRAGMA application_id = 13");
    run_and_compare("UPDATE sqlite_sequence SET seq = 100");
    run_and_compare("INSERT INTO renamed(y) VALUES(9)");
    run_and_compare("ANALYZE");
    run_and_compare("VACUUM");
    run_and_compare("CREATE TABLE made AS SELECT * FROM renamed");
    run_and_compare("INSERT INTO made SELECT * FROM made");
    run_and_compare("DROP TABLE made");
}

TEST_F(Commits, brings_rows_and_schema_of_one_transaction_together) {
    open();
    run("CREATE TABLE t(id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES(1, 1)");
    run_and_compare(
        "BEGIN; ALTER TABLE t ADD COLUMN y; UPDATE t SET y = x; CREATE TABLE u(z);"
        "INSERT INTO u VALUES(1); PRAGMA user_version = 3; COMMIT");
    run_and_compare("INSERT INTO u VALUES(2)");
    run_and_compare("UPDATE t SET y = 3");
    run_and_compare("BEGIN; CREATE TABLE only_new(a); INSERT INTO only_new VALUES(1); COMMIT");
    run_and_compare("INSERT INTO only_new VALUES(2)");
    run_and_compare("BEGIN; DROP TABLE u; INSERT INTO t(x) VALUES(5); ROLLBACK");
    run_and_compare("INSERT INTO u VALUES(3)");
    run_and_compare(
        "BEGIN; SAVEPOINT a; CREATE TABLE gone(x); INSERT INTO t(x) VALUES(6);"
        "ROLLBACK TO a; INSERT INTO t(x) VALUES(7); COMMIT");
    run_and_compare("INSERT INTO t(x) VALUES(8)");
}

TEST_F(Commits, leaves_excluded_tables_out) {
    Options with_exclusion = options();
    with_exclusion.exclude_tables = {"scratch"};
    open(with_exclusion);
    run("CREATE TABLE t(x); CREATE TABLE scratch(x)");
    run("BEGIN; INSERT INTO t VALUES(1); INSERT INTO scratch VALUES(1); COMMIT");
    run("INSERT INTO scratch VALUES(2)");
    run("BEGIN; ALTER TABLE t ADD COLUMN y; INSERT INTO scratch VALUES(3); INSERT INTO t VALUES(2, "
        "2); "
        "COMMIT");
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(2));
    EXPECT_EQ(on_disk("SELECT count(*) FROM scratch"), Cell(0));
}

TEST_F(Commits, is_no_concern_of_temporary_and_attached_tables) {
    open();
    run("CREATE TABLE t(x); CREATE TEMP TABLE tmp(x); ATTACH ':memory:' AS other;"
        "CREATE TABLE other.o(x)");
    const std::uint64_t mark = database().status().mark;
    run("INSERT INTO tmp VALUES(1); INSERT INTO o VALUES(1); DELETE FROM tmp");
    EXPECT_EQ(database().status().mark, mark);
    run_and_compare(
        "BEGIN; INSERT INTO tmp VALUES(1); INSERT INTO t VALUES(1); INSERT INTO o "
        "VALUES(2); COMMIT");
}

TEST_F(Commits, leaves_the_counters_of_the_application_alone) {
    open();
    run("CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, x)");
    run("INSERT INTO t(x) VALUES(1), (2), (3)");
    EXPECT_EQ(in_ram("SELECT changes() || ' ' || last_insert_rowid()"), Cell("3 3"));
    const std::int64_t total = in_ram("SELECT total_changes()").integer();
    run("BEGIN; UPDATE t SET x = 5 WHERE id > 1; CREATE TABLE u(x); COMMIT");
    EXPECT_EQ(in_ram("SELECT changes() || ' ' || last_insert_rowid()"), Cell("2 3"));
    EXPECT_EQ(in_ram("SELECT total_changes()").integer(), total + 2);
}

TEST_F(Commits, keeps_incremental_blob_writes_where_they_are_watched) {
    Options watching = options();
    watching.watch_blob_writes = true;
    open(watching);
    run("CREATE TABLE t(id INTEGER PRIMARY KEY, b); INSERT INTO t VALUES(1, zeroblob(10))");
    run("BEGIN");
    sqlite3_blob* blob = nullptr;
    ASSERT_EQ(sqlite3_blob_open(ram(), "main", "t", "b", 1, 1, &blob), SQLITE_OK);
    ASSERT_EQ(sqlite3_blob_write(blob, "abc", 3, 2), SQLITE_OK);
    ASSERT_EQ(sqlite3_blob_close(blob), SQLITE_OK);
    run_and_compare("INSERT INTO t VALUES(2, 'x'); COMMIT");
    EXPECT_EQ(on_disk("SELECT substr(b, 3, 3) = x'616263' FROM t WHERE id = 1"), Cell(1));
}

TEST_F(Commits, survives_closing_and_opening) {
    open();
    run("CREATE TABLE t(x); INSERT INTO t VALUES(1)");
    close();
    open();
    run_and_compare("INSERT INTO t VALUES(2)");
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(2));
}

TEST_F(Commits, ends_with_close_on_an_attached_connection) {
    const Plain ram(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
    exec(ram, "CREATE TABLE t(x); INSERT INTO t VALUES(1)");
    auto database = Database::attach(ram, path(), options());
    exec(ram, "INSERT INTO t VALUES(2)");
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(2));
    database.close();
    fill_disk();
    EXPECT_EQ(try_exec(ram, "INSERT INTO t VALUES(3); CREATE TABLE u(x)").rc, SQLITE_OK);
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(2));
}

TEST_F(Commits, tells_the_observer_of_every_change) {
    open();
    run("CREATE TABLE t(x)");
    for (int i = 0; i < 50; ++i) run("INSERT INTO t VALUES(1), (2)");
    close();
    std::uint64_t changes = 0;
    for (const SyncReport& report : observer().heard().syncs) changes += report.changes;
    EXPECT_GE(changes, 100U);
}

// ---- what it needs ----------------------------------------------------------------------------

std::string why_not_opened(const std::string& path, const Options& options) {
    try {
        (void)Database::open(path, options);
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

TEST_F(Commits, refuses_the_session_strategy) {
    Options wrong = options();
    wrong.strategy = Strategy::session;
    EXPECT_THAT(why_not_opened(path(), wrong), HasSubstr("strategy = trigger"));
}

TEST_F(Commits, refuses_virtual_tables_with_content_of_their_own) {
    exec(Plain(path()), "CREATE VIRTUAL TABLE f USING fts5(x)");
    EXPECT_THAT(why_not_opened(path(), options()), HasSubstr("virtual table"));
}

TEST_F(Commits, fails_as_long_as_there_is_a_virtual_table_with_content_of_its_own) {
    open();
    run("CREATE TABLE t(x); CREATE VIRTUAL TABLE r USING rtree(id, a, b)");
    EXPECT_TRUE(same_now());
    EXPECT_THAT(attempt("INSERT INTO t VALUES(1)").message, HasSubstr("virtual table"));
    run("BEGIN; INSERT INTO r VALUES(1, 2, 3); INSERT INTO t VALUES(2)");
    EXPECT_THAT(attempt("COMMIT").message, HasSubstr("virtual table"));
    EXPECT_EQ(in_ram("SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM r)"), Cell(0));
    EXPECT_TRUE(same_now());
    run_and_compare("DROP TABLE r");
    run_and_compare("INSERT INTO t VALUES(3)");
}

TEST_F(Commits, fails_when_the_application_takes_the_trace_callback) {
    open();
    run("CREATE TABLE t(x)");
    sqlite3_trace_v2(
        ram(), SQLITE_TRACE_STMT, [](unsigned, void*, void*, void*) { return 0; }, nullptr);
    const Outcome outcome = attempt("INSERT INTO t VALUES(1)");
    EXPECT_EQ(outcome.rc, SQLITE_MISUSE);
    EXPECT_THAT(outcome.message, HasSubstr("trace"));
    EXPECT_EQ(in_ram("SELECT count(*) FROM t"), Cell(0));
}

}  // namespace
}  // namespace tidemark::tests
