// AUTOINCREMENT and sqlite_sequence, and the header values that an application may set.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

namespace tidemark::tests {
namespace {

class ConformanceSequences : public KeptDatabase {};

constexpr const char* schema =
    "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT UNIQUE); CREATE TABLE u(id "
    "INTEGER PRIMARY KEY AUTOINCREMENT)";

TEST_P(ConformanceSequences, numbers_go_on_where_they_were) {
    expect_kept(GetParam(), {schema,
                             {"INSERT INTO t(a) VALUES('x'), ('y')", "INSERT INTO u DEFAULT VALUES",
                              "INSERT INTO t VALUES(100, 'z')", "DELETE FROM t WHERE id = 100",
                              "INSERT INTO t(a) VALUES('after')"}});
}

TEST_P(ConformanceSequences, an_id_that_was_deleted_is_not_used_again_after_reopening) {
    prepare_file(schema);
    open();
    run("INSERT INTO t VALUES(100, 'x'); DELETE FROM t WHERE id = 100");
    flush_and_expect_same();
    reopen();
    run("INSERT INTO t(a) VALUES('y')");
    EXPECT_EQ(query(ram(), "SELECT id FROM t"), Rows{{101}});
    flush_and_expect_same();
}

TEST_P(ConformanceSequences, an_insert_that_was_ignored_or_failed_uses_none) {
    expect_kept(GetParam(),
                {schema,
                 {"INSERT INTO t(a) VALUES('x')", "INSERT OR IGNORE INTO t(a) VALUES('x')",
                  "INSERT OR IGNORE INTO t(a) VALUES('y'), ('x'), ('z'), ('x')",
                  fails("INSERT INTO t(a) VALUES('w'), ('x')"),
                  fails("INSERT OR FAIL INTO t(a) VALUES('w'), ('x')"),
                  "INSERT OR REPLACE INTO t(a) VALUES('x')"}});
}

TEST_P(ConformanceSequences, rolled_back_numbers) {
    expect_kept(GetParam(),
                {schema,
                 {"BEGIN", "INSERT INTO t(a) VALUES('x'), ('y')", "ROLLBACK",
                  "INSERT INTO t(a) VALUES('z')", "BEGIN", "INSERT INTO t VALUES(50, 'w')",
                  "SAVEPOINT s", "INSERT INTO t VALUES(500, 'v')", "ROLLBACK TO s", "COMMIT",
                  "INSERT INTO t(a) VALUES('u')"}});
}

TEST_P(ConformanceSequences, changed_by_hand) {
    Scenario scenario{
        schema,
        {"INSERT INTO t(a) VALUES('x')", "UPDATE sqlite_sequence SET seq = 1000 WHERE name = 't'",
         "INSERT INTO t(a) VALUES('y')", "DELETE FROM sqlite_sequence WHERE name = 't'",
         "INSERT INTO t(a) VALUES('z')", "INSERT INTO sqlite_sequence VALUES('u', 77)",
         "INSERT INTO u DEFAULT VALUES", "DELETE FROM sqlite_sequence",
         "BEGIN; UPDATE sqlite_sequence SET seq = 5; INSERT INTO sqlite_sequence VALUES('t', 6); "
         "ROLLBACK"}};
    scenario.incremental = false;
    expect_kept(GetParam(), scenario);
}

TEST_P(ConformanceSequences, changed_by_hand_and_nothing_else) {
    prepare_file(std::string(schema) + "; INSERT INTO t VALUES(5, 'x')");
    open();
    run("UPDATE sqlite_sequence SET seq = 1000");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT seq FROM sqlite_sequence"), Rows{{1000}});
    run("DELETE FROM sqlite_sequence");
    flush_and_expect_same();
}

TEST_P(ConformanceSequences, delete_without_where_keeps_the_number) {
    expect_kept(GetParam(), {schema,
                             {"INSERT INTO t(a) VALUES('x'), ('y')", "DELETE FROM t",
                              "INSERT INTO t(a) VALUES('z')"}});
}

TEST_P(ConformanceSequences, a_table_with_autoincrement_renamed_and_dropped) {
    Scenario scenario{
        schema,
        {"INSERT INTO t(a) VALUES('x'), ('y')", "ALTER TABLE t RENAME TO renamed",
         "INSERT INTO renamed(a) VALUES('z')", "DROP TABLE renamed",
         "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT)", "INSERT INTO t DEFAULT VALUES"}};
    scenario.incremental = false;
    expect_kept(GetParam(), scenario);
}

TEST_P(ConformanceSequences, the_largest_number) {
    expect_kept(GetParam(), {schema,
                             {"INSERT INTO t VALUES(9223372036854775807, 'x')",
                              fails("INSERT INTO t(a) VALUES('y')", SQLITE_FULL)}});
}

TEST_P(ConformanceSequences, user_version_and_application_id) {
    expect_kept(GetParam(), {"CREATE TABLE t(a)",
                             {"PRAGMA user_version = 1",
                              "INSERT INTO t VALUES(1); PRAGMA user_version = 2147483647",
                              "PRAGMA application_id = -2147483648",
                              "BEGIN; PRAGMA user_version = 5; INSERT INTO t VALUES(2); ROLLBACK",
                              "BEGIN; PRAGMA user_version = 6; PRAGMA application_id = 7; INSERT "
                              "INTO t VALUES(3); COMMIT",
                              "SAVEPOINT s; PRAGMA user_version = 8; ROLLBACK TO s; RELEASE s",
                              "PRAGMA user_version = 0"}});
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSequences);

}  // namespace
}  // namespace tidemark::tests
