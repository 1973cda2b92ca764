// Transactions, savepoints and what is left of them after a rollback.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <string>

namespace tidemark::tests {
namespace {

class ConformanceTransactions : public ::testing::TestWithParam<Strategy> {};

constexpr const char* schema =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE); CREATE TABLE w(k TEXT PRIMARY KEY, v "
    "INT) WITHOUT ROWID;"
    "CREATE TABLE n(x);"
    "INSERT INTO t VALUES(1, 'one'), (2, 'two'); INSERT INTO w VALUES('k', 1); INSERT INTO n "
    "VALUES(1)";

/// One change to each of the three tables.
std::string touch(int i) {
    const std::string n = std::to_string(i);
    return "INSERT INTO t VALUES(" + n + ", 'row " + n + "'); INSERT INTO w VALUES('" + n + "', " +
           n + "); UPDATE w SET v = v + " + n + " WHERE k = 'k'; INSERT INTO n VALUES(" + n + ")";
}

TEST_P(ConformanceTransactions, commit_and_rollback) {
    expect_kept(GetParam(),
                {schema,
                 {"BEGIN", touch(10), touch(11), "COMMIT", "BEGIN", touch(12), "ROLLBACK",
                  touch(13), "BEGIN", touch(14), "END", "BEGIN", "ROLLBACK", "BEGIN", "COMMIT"}});
}

TEST_P(ConformanceTransactions, kinds_of_begin) {
    expect_kept(GetParam(),
                {schema,
                 {"BEGIN DEFERRED", touch(10), "COMMIT", "BEGIN IMMEDIATE", touch(11), "COMMIT",
                  "BEGIN EXCLUSIVE", touch(12), "ROLLBACK", "BEGIN IMMEDIATE", "COMMIT"}});
}

TEST_P(ConformanceTransactions, nested_savepoints) {
    expect_kept(GetParam(),
                {schema,
                 {"BEGIN", touch(10), "SAVEPOINT a", touch(11), "SAVEPOINT b", touch(12),
                  "ROLLBACK TO b", touch(13), "RELEASE b", touch(14), "SAVEPOINT c", touch(15),
                  "RELEASE c", "ROLLBACK TO a", touch(16), "COMMIT"}});
}

TEST_P(ConformanceTransactions, savepoints_of_the_same_name) {
    expect_kept(GetParam(),
                {schema,
                 {"SAVEPOINT s", touch(10), "SAVEPOINT s", touch(11), "ROLLBACK TO s", touch(12),
                  "RELEASE s", touch(13), "ROLLBACK TO s", touch(14), "RELEASE s"}});
}

TEST_P(ConformanceTransactions, a_savepoint_that_opened_the_transaction_rolled_back) {
    // SQLite calls xRollbackTo(-1) here: it means the beginning of the transaction.
    expect_kept(GetParam(),
                {schema,
                 {"SAVEPOINT s", touch(10), "ROLLBACK TO s", touch(11), "RELEASE s", "SAVEPOINT s",
                  touch(12), "ROLLBACK TO s", "RELEASE s", "SAVEPOINT s", touch(13), "ROLLBACK"}});
}

TEST_P(ConformanceTransactions, a_savepoint_older_than_the_first_write) {
    expect_kept(GetParam(), {schema,
                             {"BEGIN", "SAVEPOINT a", "SAVEPOINT b", "SAVEPOINT c", touch(10),
                              "ROLLBACK TO b", touch(11), "ROLLBACK TO a", touch(12), "COMMIT"}});
}

TEST_P(ConformanceTransactions, stale_savepoints_of_an_earlier_transaction) {
    expect_kept(
        GetParam(),
        {schema,
         {"BEGIN",         touch(10),       touch(11),  touch(12),     "SAVEPOINT a", touch(13),
          "SAVEPOINT b",   "COMMIT",        "BEGIN",    "SAVEPOINT a", touch(14),     "SAVEPOINT b",
          touch(15),       "ROLLBACK TO a", touch(16),  "COMMIT",      "BEGIN",       touch(20),
          "SAVEPOINT a",   touch(21),       "ROLLBACK", "BEGIN",       "SAVEPOINT a", touch(22),
          "ROLLBACK TO a", touch(23),       "COMMIT"}});
}

TEST_P(ConformanceTransactions, a_rollback_to_twice) {
    expect_kept(GetParam(), {schema,
                             {"BEGIN", touch(10), "SAVEPOINT a", touch(11), "ROLLBACK TO a",
                              touch(12), "ROLLBACK TO a", touch(13), "ROLLBACK TO a", "COMMIT"}});
}

TEST_P(ConformanceTransactions, a_savepoint_released_into_one_that_is_rolled_back) {
    expect_kept(GetParam(),
                {schema,
                 {"BEGIN", touch(9), "SAVEPOINT a", touch(10), "SAVEPOINT b", touch(11),
                  "RELEASE b", touch(12), "ROLLBACK TO a", "RELEASE a", touch(13), "COMMIT"}});
}

TEST_P(ConformanceTransactions, failing_statements_within_savepoints) {
    expect_kept(GetParam(),
                {schema,
                 {"BEGIN", touch(10), "SAVEPOINT a", touch(11),
                  fails("INSERT INTO t VALUES(50, 'x'), (51, 'one')"),
                  fails("INSERT OR FAIL INTO t VALUES(60, 'y'), (61, 'one')"), "ROLLBACK TO a",
                  fails("INSERT OR FAIL INTO t VALUES(70, 'z'), (71, 'one')"), touch(12), "COMMIT",
                  "SAVEPOINT a", touch(13), fails("INSERT OR ROLLBACK INTO t VALUES(80, 'one')"),
                  fails("RELEASE a", SQLITE_ERROR), touch(14)}});
}

TEST_P(ConformanceTransactions, fifty_savepoints_deep) {
    std::vector<Step> steps{"BEGIN"};
    for (int i = 100; i < 150; ++i) {
        steps.emplace_back("SAVEPOINT s" + std::to_string(i));
        steps.emplace_back(touch(i));
    }
    steps.emplace_back("ROLLBACK TO s140");
    steps.emplace_back(touch(200));
    steps.emplace_back("RELEASE s120");
    steps.emplace_back("ROLLBACK TO s110");
    steps.emplace_back("COMMIT");
    expect_kept(GetParam(), {schema, steps});
}

TEST_P(ConformanceTransactions, updates_and_deletes_undone) {
    expect_kept(
        GetParam(),
        {schema,
         {"BEGIN", "UPDATE t SET a = a || '!'", "SAVEPOINT s", "DELETE FROM t", "DELETE FROM w",
          "UPDATE n SET x = 99", "ROLLBACK TO s", "UPDATE t SET id = id + 5", "COMMIT", "BEGIN",
          "UPDATE OR REPLACE t SET a = 'same'", "ROLLBACK", "UPDATE t SET a = a || '?'"}});
}

TEST_P(ConformanceTransactions, a_commit_that_fails_and_succeeds_later) {
    Scenario scenario{
        "CREATE TABLE p(id INTEGER PRIMARY KEY);"
        "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)",
        {"BEGIN", "INSERT INTO c VALUES(1, 7)", fails("COMMIT"), "INSERT INTO p VALUES(7)",
         "COMMIT", "BEGIN", "DELETE FROM p", fails("COMMIT"), "ROLLBACK",
         "INSERT INTO p VALUES(8)"}};
    scenario.prepare = [](sqlite3* db) {
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    };
    expect_kept(GetParam(), scenario);
}

TEST_P(ConformanceTransactions, a_large_transaction_rolled_back) {
    const std::string many =
        "WITH RECURSIVE n(x) AS (SELECT 100 UNION ALL SELECT x + 1 FROM n WHERE x < 10000)"
        " INSERT INTO t SELECT x, 'row ' || x FROM n";
    expect_kept(GetParam(), {schema,
                             {"BEGIN", many, "ROLLBACK", "BEGIN", touch(10), "SAVEPOINT s", many,
                              "ROLLBACK TO s", touch(11), "COMMIT"}});
}

TEST_P(ConformanceTransactions, temporary_tables_and_attached_databases_are_left_alone) {
    expect_kept(
        GetParam(),
        {schema,
         {"CREATE TEMP TABLE scratch(x); INSERT INTO scratch VALUES(1)",
          // A temporary table hides the table of main that bears its name.
          "CREATE TEMP TABLE t(id, a); INSERT INTO t VALUES(1, 'hidden'), (99, 'hidden')",
          "INSERT INTO main.t VALUES(5, 'five')", "DELETE FROM t", "DROP TABLE temp.t",
          "INSERT INTO t VALUES(6, 'six')",
          "ATTACH ':memory:' AS other; CREATE TABLE other.t(x); INSERT INTO other.t VALUES(1)",
          "BEGIN; INSERT INTO other.t SELECT id FROM main.t; INSERT INTO main.t VALUES(7, "
          "'seven'); COMMIT",
          "DETACH other", touch(8)}});
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceTransactions);

}  // namespace
}  // namespace tidemark::tests
