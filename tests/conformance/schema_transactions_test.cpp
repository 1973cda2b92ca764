// DDL inside transactions and savepoints, committed and rolled back, with rows around it.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

namespace tidemark::tests {
namespace {

class ConformanceSchemaTransactions : public KeptDatabase {
protected:
    void expect_schema_kept(std::vector<Step> steps) const {
        expect_kept(GetParam(), {.schema = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT "
                                           "INTO t VALUES(1, 'x'), (2, 'y'); CREATE TABLE n(x)",
                                 .steps = std::move(steps),
                                 .prepare = nullptr,
                                 .incremental = false});
    }
};

TEST_P(ConformanceSchemaTransactions, committed_with_rows_before_and_after) {
    expect_schema_kept({"BEGIN", "UPDATE t SET a = 'before'", "ALTER TABLE t ADD COLUMN b",
                        "UPDATE t SET b = 'after'", "CREATE INDEX i ON t(b)",
                        "INSERT INTO n VALUES(1)", "COMMIT", "INSERT INTO t VALUES(3, 'z', 'z')"});
}

TEST_P(ConformanceSchemaTransactions, rolled_back) {
    expect_schema_kept({"BEGIN", "INSERT INTO t VALUES(3, 'z')", "CREATE TABLE u(x)",
                        "INSERT INTO u VALUES(1)", "ROLLBACK", "INSERT INTO t VALUES(4, 'w')",
                        "BEGIN", "DROP TABLE n", "ALTER TABLE t ADD COLUMN b", "ROLLBACK",
                        "INSERT INTO n VALUES(1); UPDATE t SET a = 'v'"});
}

TEST_P(ConformanceSchemaTransactions, rolled_back_and_then_done_differently) {
    expect_schema_kept({"BEGIN; CREATE TABLE u(x); INSERT INTO u VALUES(1); ROLLBACK",
                        "CREATE TABLE u(k TEXT PRIMARY KEY, v INT); INSERT INTO u VALUES('k', 1)",
                        "BEGIN; DROP TABLE u; CREATE TABLE u(y); ROLLBACK; UPDATE u SET v = 2"});
}

TEST_P(ConformanceSchemaTransactions, in_a_savepoint_that_is_rolled_back) {
    // SQLite disconnects and connects virtual tables again in the middle of this transaction.
    expect_schema_kept(
        {"BEGIN", "INSERT INTO t VALUES(3, 'kept')", "SAVEPOINT s", "CREATE TABLE u(x)",
         "INSERT INTO u VALUES(1)", "INSERT INTO t VALUES(4, 'gone')", "ROLLBACK TO s",
         "INSERT INTO t VALUES(5, 'kept')", "COMMIT", "INSERT INTO t VALUES(6, 'kept')"});
}

TEST_P(ConformanceSchemaTransactions, in_the_savepoint_that_opened_the_transaction) {
    expect_schema_kept({"SAVEPOINT s", "INSERT INTO t VALUES(3, 'gone')",
                        "ALTER TABLE t ADD COLUMN b", "UPDATE t SET b = 1", "ROLLBACK TO s",
                        "INSERT INTO t VALUES(3, 'kept')", "RELEASE s", "SAVEPOINT s",
                        "CREATE TABLE u(x)", "INSERT INTO u VALUES(1)", "RELEASE s",
                        "INSERT INTO u VALUES(2)"});
}

TEST_P(ConformanceSchemaTransactions, in_nested_savepoints_of_which_one_is_released) {
    expect_schema_kept({"BEGIN", "SAVEPOINT a", "CREATE TABLE u(x)", "INSERT INTO u VALUES(1)",
                        "SAVEPOINT b", "ALTER TABLE u ADD COLUMN y", "INSERT INTO u VALUES(2, 2)",
                        "ROLLBACK TO b", "INSERT INTO u VALUES(3)", "RELEASE a",
                        "INSERT INTO t VALUES(3, 'z')", "COMMIT", "INSERT INTO u VALUES(4)"});
}

TEST_P(ConformanceSchemaTransactions, a_statement_of_ddl_that_fails) {
    expect_schema_kept(
        {"BEGIN", "INSERT INTO t VALUES(3, 'y')", fails("CREATE UNIQUE INDEX i ON t(a)"),
         fails("CREATE TABLE t(x)", SQLITE_ERROR), "INSERT INTO t VALUES(4, 'z')", "COMMIT",
         fails("ALTER TABLE t DROP COLUMN id", SQLITE_ERROR), "INSERT INTO n VALUES(1)"});
}

TEST_P(ConformanceSchemaTransactions, a_migration_by_copy_and_rename) {
    // The recipe of SQLite's documentation for changes that ALTER TABLE cannot make.
    expect_schema_kept({"BEGIN",
                        "CREATE TABLE new_t(id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT '', "
                        "added INT DEFAULT 7)",
                        "INSERT INTO new_t(id, a) SELECT id, a FROM t", "DROP TABLE t",
                        "ALTER TABLE new_t RENAME TO t", "CREATE INDEX i ON t(a)",
                        "PRAGMA user_version = 2", "COMMIT", "UPDATE t SET added = 8 WHERE id = 1",
                        "INSERT INTO t(a) VALUES('after')"});
}

TEST_P(ConformanceSchemaTransactions, many_changes_of_the_schema_between_two_syncs) {
    std::vector<Step> steps;
    for (int i = 0; i < 30; ++i) {
        const std::string n = std::to_string(i);
        steps.emplace_back("CREATE TABLE u" + n + "(x); INSERT INTO u" + n + " VALUES(" + n +
                           "); INSERT INTO t(a) VALUES('" + n + "')");
        if (i % 3 == 0) {
            steps.emplace_back("DROP TABLE u" + n);
        }
        if (i % 5 == 0) {
            steps.emplace_back("ALTER TABLE n ADD COLUMN c" + n + " DEFAULT " + n +
                               "; INSERT INTO n(x) VALUES(" + n + ")");
        }
    }
    expect_schema_kept(steps);
}

TEST_P(ConformanceSchemaTransactions, statements_prepared_before_go_on_after) {
    prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES(1, 'x')");
    open();
    Statement insert(ram(), "INSERT INTO t(a) VALUES('again')");
    Statement remove(ram(), "DELETE FROM t");
    for (const char* step : {"CREATE TABLE u(x)", "ALTER TABLE t ADD COLUMN b DEFAULT 1",
                             "CREATE INDEX i ON t(a)", "DROP TABLE u"}) {
        run(step);
        insert.step();
        insert.reset();
        flush_and_expect_same();
    }
    remove.step();
    remove.reset();
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{0}});
}

TEST_P(ConformanceSchemaTransactions, an_open_transaction_with_ddl_never_reaches_the_disk) {
    prepare_file("CREATE TABLE t(a)");
    open();
    run("INSERT INTO t VALUES(1)");
    database().flush();
    run("BEGIN; CREATE TABLE u(x); INSERT INTO t VALUES(2)");
    EXPECT_THROW(database().flush(std::chrono::milliseconds{50}), Error);
    EXPECT_EQ(on_disk("SELECT count(*) FROM sqlite_schema WHERE name = 'u'"), Rows{{0}});
    EXPECT_EQ(on_disk("SELECT a FROM t"), Rows{{1}});
    run("COMMIT");
    flush_and_expect_same();
}

TEST_P(ConformanceSchemaTransactions, the_mark_goes_on_across_copies_of_the_whole_database) {
    prepare_file("CREATE TABLE t(a)");
    open();
    std::uint64_t mark = database().status().mark;
    for (int i = 0; i < 5; ++i) {
        run("CREATE TABLE u" + std::to_string(i) + "(x); INSERT INTO t VALUES(1)");
        flush_and_expect_same();
        EXPECT_GT(database().status().mark, mark);
        mark = database().status().mark;
        EXPECT_EQ(inspect(path()).mark, mark);
        run("INSERT INTO t VALUES(2)");
        flush_and_expect_same();
        EXPECT_GT(database().status().mark, mark);
        mark = database().status().mark;
    }
    reopen();
    EXPECT_GE(database().status().mark, mark);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSchemaTransactions);

}  // namespace
}  // namespace tidemark::tests
