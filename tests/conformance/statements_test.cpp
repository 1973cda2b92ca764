// What single statements do: conflict clauses, upserts, RETURNING, failures half-way, mass deletes.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

class ConformanceStatements : public KeptDatabase {};

constexpr const char* two_uniques =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, u TEXT UNIQUE, w TEXT UNIQUE, v INT NOT NULL CHECK(v "
    "<> 'bad'));"
    "INSERT INTO t VALUES(1, 'a', 'A', 1), (2, 'b', 'B', 2), (3, 'c', 'C', 3), (4, 'd', 'D', 4)";

TEST_P(ConformanceStatements, insert_or_replace_removes_every_victim) {
    expect_kept(GetParam(), {two_uniques,
                             {"INSERT OR REPLACE INTO t VALUES(1, 'b', 'C', 'three victims')",
                              "INSERT OR REPLACE INTO t VALUES(9, 'd', 'D', 'one victim, twice')",
                              "REPLACE INTO t VALUES(10, 'new', 'NEW', 'none')",
                              "REPLACE INTO t SELECT id + 1, u, w, v FROM t"}});
}

TEST_P(ConformanceStatements, update_or_replace_removes_every_victim) {
    expect_kept(GetParam(), {two_uniques,
                             {"UPDATE OR REPLACE t SET u = 'b' WHERE id = 1",
                              "UPDATE OR REPLACE t SET id = 4, w = 'C' WHERE id = 1",
                              "INSERT INTO t VALUES(7, 'x', 'X', 1), (8, 'y', 'Y', 1)",
                              "UPDATE OR REPLACE t SET u = 'same'"}});
}

TEST_P(ConformanceStatements, replace_whose_new_row_is_the_old_one) {
    expect_kept(GetParam(), {two_uniques,
                             {"INSERT OR REPLACE INTO t VALUES(1, 'a', 'A', 1)",
                              "UPDATE t SET v = v", "UPDATE OR REPLACE t SET u = u, id = id"}});
}

TEST_P(ConformanceStatements, insert_or_ignore) {
    expect_kept(
        GetParam(),
        {two_uniques,
         {"INSERT OR IGNORE INTO t VALUES(1, 'z', 'Z', 0), (5, 'a', 'Z', 0), (6, 'f', 'F', 6)",
          "INSERT OR IGNORE INTO t VALUES(7, 'g', 'G', NULL)", "UPDATE OR IGNORE t SET u = 'b'",
          "UPDATE OR IGNORE t SET id = 2"}});
}

TEST_P(ConformanceStatements, insert_or_fail_keeps_the_rows_before_the_failure) {
    expect_kept(
        GetParam(),
        {two_uniques,
         {fails("INSERT OR FAIL INTO t VALUES(5, 'e', 'E', 5), (6, 'a', 'F', 6), (7, 'g', 'G', 7)"),
          fails("UPDATE OR FAIL t SET u = 'only one' WHERE id > 2"),
          fails("INSERT OR FAIL INTO t VALUES(20, 'x', 'X', 1), (21, 'y', 'Y', 'bad')")}});
}

TEST_P(ConformanceStatements, insert_or_abort_keeps_nothing_of_the_statement) {
    expect_kept(
        GetParam(),
        {two_uniques,
         {fails("INSERT INTO t VALUES(5, 'e', 'E', 5), (6, 'a', 'F', 6)"),
          fails("UPDATE t SET u = 'only one'"), "BEGIN", "INSERT INTO t VALUES(8, 'h', 'H', 8)",
          fails("INSERT OR ABORT INTO t VALUES(9, 'i', 'I', 9), (1, 'j', 'J', 9)"),
          "INSERT INTO t VALUES(10, 'k', 'K', 10)", "COMMIT"}});
}

TEST_P(ConformanceStatements, insert_or_rollback_ends_the_transaction) {
    expect_kept(GetParam(),
                {two_uniques,
                 {"BEGIN", "INSERT INTO t VALUES(8, 'h', 'H', 8)",
                  fails("INSERT OR ROLLBACK INTO t VALUES(9, 'i', 'I', 9), (1, 'j', 'J', 9)"),
                  "INSERT INTO t VALUES(10, 'k', 'K', 10)",
                  fails("INSERT OR ROLLBACK INTO t VALUES(11, 'l', 'L', 9), (1, 'j', 'J', 9)")}});
}

TEST_P(ConformanceStatements, conflict_clauses_in_the_schema) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE r(id INTEGER PRIMARY KEY, u UNIQUE ON CONFLICT REPLACE, v);"
         "CREATE TABLE i(id INTEGER PRIMARY KEY, u UNIQUE ON CONFLICT IGNORE, v);"
         "CREATE TABLE f(id INTEGER PRIMARY KEY ON CONFLICT FAIL, u, v NOT NULL ON CONFLICT "
         "REPLACE DEFAULT 7)",
         {"INSERT INTO r VALUES(1, 'a', 1), (2, 'b', 2), (3, 'a', 3)",
          "UPDATE r SET u = 'b' WHERE id = 3",
          "INSERT INTO i VALUES(1, 'a', 1), (2, 'a', 2), (3, 'b', 3)", "UPDATE i SET u = 'a'",
          fails("INSERT INTO f VALUES(1, 1, NULL), (2, 2, 2), (1, 3, 3), (4, 4, 4)"),
          // Swaps in one transaction: the net change conflicts with itself.
          "BEGIN", "UPDATE i SET u = 'tmp' WHERE id = 1", "UPDATE i SET u = 'a' WHERE id = 3",
          "UPDATE i SET u = 'b' WHERE id = 1", "COMMIT"}});
}

TEST_P(ConformanceStatements, conflict_clauses_of_keys_in_the_schema) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE r(id INTEGER PRIMARY KEY ON CONFLICT REPLACE, v);"
         "CREATE TABLE i(id INTEGER PRIMARY KEY ON CONFLICT IGNORE, v);"
         "CREATE TABLE w(k TEXT PRIMARY KEY ON CONFLICT REPLACE, u UNIQUE ON CONFLICT IGNORE) "
         "WITHOUT ROWID",
         {"INSERT INTO r VALUES(1, 'a'), (2, 'b'), (1, 'c')", "UPDATE r SET id = 2 WHERE id = 1",
          "INSERT INTO i VALUES(1, 'a'), (2, 'b'), (1, 'c')", "UPDATE i SET id = 2 WHERE id = 1",
          "INSERT INTO w VALUES('a', 1), ('b', 2), ('a', 3), ('c', 2)",
          "UPDATE w SET k = 'b' WHERE k = 'a'", "INSERT OR ABORT INTO r VALUES(3, 'd')",
          fails("INSERT OR ABORT INTO r VALUES(3, 'e')")}});
}

TEST_P(ConformanceStatements, unique_values_that_are_exchanged_where_the_schema_says_replace) {
    // Step by step nothing is replaced; whoever writes the rows in another order loses one.
    expect_kept(
        GetParam(),
        {"CREATE TABLE r(id INTEGER PRIMARY KEY, u TEXT UNIQUE ON CONFLICT REPLACE);"
         "CREATE TABLE w(k TEXT PRIMARY KEY, u TEXT UNIQUE ON CONFLICT REPLACE) WITHOUT ROWID;"
         "INSERT INTO r VALUES(1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO w SELECT * FROM r",
         {"BEGIN; UPDATE r SET u = 'tmp' WHERE id = 1; UPDATE r SET u = 'a' WHERE id = 2; UPDATE r "
          "SET u = 'b' WHERE id = 1; COMMIT",
          "BEGIN; UPDATE w SET u = NULL WHERE k = '1'; UPDATE w SET u = 'a' WHERE k = '3'; UPDATE "
          "w SET u = 'c' WHERE k = '1'; COMMIT",
          "UPDATE r SET u = 'a'", "INSERT INTO w VALUES('4', 'b')"}});
}

TEST_P(ConformanceStatements, conflict_clauses_that_meet_no_conflict) {
    expect_kept(
        GetParam(),
        {two_uniques,
         {"UPDATE OR FAIL t SET v = 10 WHERE id = 1", "UPDATE OR ABORT t SET v = 11 WHERE id = 1",
          "UPDATE OR ROLLBACK t SET v = 12, u = 'x' WHERE id = 1", "UPDATE OR IGNORE t SET v = 13",
          "UPDATE OR REPLACE t SET v = 14", "INSERT OR FAIL INTO t VALUES(20, 'p', 'P', 1)",
          "INSERT OR ROLLBACK INTO t VALUES(21, 'q', 'Q', 1)",
          "UPDATE OR FAIL t SET v = 15 WHERE id = 1"}});
}

TEST_P(ConformanceStatements, replacing_with_recursive_triggers) {
    // SQLite then tells triggers of the rows that are displaced.
    Scenario scenario{two_uniques,
                      {"INSERT OR REPLACE INTO t VALUES(1, 'b', 'C', 'three victims')",
                       "INSERT INTO t VALUES(7, 'x', 'X', 1), (8, 'y', 'Y', 1)",
                       "UPDATE OR REPLACE t SET u = 'x' WHERE id = 8",
                       "BEGIN; REPLACE INTO t VALUES(9, 'd', 'N', 1); REPLACE INTO t VALUES(4, "
                       "'dd', 'N', 2); COMMIT",
                       "UPDATE OR REPLACE t SET u = 'same'"}};
    scenario.prepare = [](sqlite3* db) {
        sqlite3_exec(db, "PRAGMA recursive_triggers = ON", nullptr, nullptr, nullptr);
    };
    expect_kept(GetParam(), scenario);
}

TEST_P(ConformanceStatements, upsert) {
    expect_kept(
        GetParam(),
        {two_uniques,
         {"INSERT INTO t VALUES(1, 'z', 'Z', 9) ON CONFLICT(id) DO UPDATE SET v = excluded.v, u = "
          "excluded.u",
          "INSERT INTO t VALUES(50, 'b', 'Q', 9) ON CONFLICT(u) DO UPDATE SET id = excluded.id",
          "INSERT INTO t VALUES(60, 'c', 'C', 9) ON CONFLICT DO NOTHING",
          "INSERT INTO t VALUES(1, 'd', 'x', 9) ON CONFLICT(u) DO UPDATE SET v = 'by u'"
          " ON CONFLICT(id) DO UPDATE SET v = 'by id'",
          "INSERT INTO t VALUES(1, 'n', 'n', 9) ON CONFLICT(id) DO UPDATE SET v = 0 WHERE 0",
          fails("INSERT INTO t VALUES(1, 'n', 'n', 9) ON CONFLICT(id) DO UPDATE SET u = 'd'")}});
}

TEST_P(ConformanceStatements, returning) {
    expect_kept(GetParam(),
                {two_uniques,
                 {"INSERT INTO t VALUES(5, 'e', 'E', 5), (6, 'f', 'F', 6) RETURNING id, v",
                  "UPDATE t SET v = v + 1 WHERE id < 3 RETURNING *",
                  "DELETE FROM t WHERE id = 4 RETURNING u"}});
}

TEST_P(ConformanceStatements, update_from_and_correlated_updates) {
    expect_kept(GetParam(), {two_uniques,
                             {"UPDATE t SET v = o.v * 10 FROM t AS o WHERE o.id = t.id + 1",
                              "UPDATE t SET v = (SELECT count(*) FROM t AS o WHERE o.id <= t.id)",
                              "DELETE FROM t WHERE id IN (SELECT id + 1 FROM t WHERE u = 'a')",
                              "INSERT INTO t SELECT id + 100, u || '+', w || '+', v FROM t"}});
}

TEST_P(ConformanceStatements, delete_without_where) {
    expect_kept(GetParam(), {two_uniques,
                             {"DELETE FROM t", "INSERT INTO t VALUES(1, 'a', 'A', 1)",
                              "DELETE FROM t WHERE 1", "INSERT INTO t VALUES(2, 'a', 'A', 1)",
                              "BEGIN", "DELETE FROM t", "INSERT INTO t VALUES(3, 'a', 'A', 1)",
                              "COMMIT", "BEGIN", "DELETE FROM t", "ROLLBACK"}});
}

TEST_P(ConformanceStatements, delete_without_where_prepared_once_and_used_across_syncs) {
    prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES(1, 1)");
    open();
    Statement remove(ram(), "DELETE FROM t");
    Statement insert(ram(), "INSERT INTO t(a) VALUES(1), (2), (3)");
    for (int round = 0; round < 4; ++round) {
        remove.step();
        remove.reset();
        flush_and_expect_same();
        EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{0}});
        insert.step();
        insert.reset();
        flush_and_expect_same();
    }
}

TEST_P(ConformanceStatements, prepared_between_two_syncs_and_used_much_later) {
    // A session does not see a DELETE without WHERE that was prepared while there was none.
    prepare_file(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE w(k TEXT PRIMARY KEY) "
        "WITHOUT "
        "ROWID; CREATE TABLE copy(id INTEGER PRIMARY KEY, a TEXT)");
    open();
    const std::string fill =
        "INSERT INTO t(a) VALUES('x'), ('y'); INSERT INTO w VALUES('k'), ('l')";
    std::vector<std::unique_ptr<Statement>> statements;
    for (int round = 0; round < 3; ++round) {
        run(fill);
        flush_and_expect_same();
        for (const char* sql : {"DELETE FROM copy", "INSERT INTO copy SELECT * FROM t",
                                "UPDATE t SET a = a || '!'", "DELETE FROM t", "DELETE FROM w"}) {
            statements.push_back(std::make_unique<Statement>(ram(), sql));
        }
        run("DELETE FROM t; DELETE FROM w");
        flush_and_expect_same();
    }
    for (const auto& statement : statements) {
        run("INSERT OR IGNORE INTO t VALUES(1, 'x'), (2, 'y'); INSERT OR IGNORE INTO w "
            "VALUES('k')");
        statement->step();
        statement->reset();
        flush_and_expect_same();
    }
    EXPECT_EQ(database().status().whole_copies, 0U);
}

TEST_P(ConformanceStatements, insert_from_select_of_a_whole_table) {
    // The transfer optimisation copies pages of rows without decoding them.
    expect_kept(GetParam(), {"CREATE TABLE a(id INTEGER PRIMARY KEY, x, y UNIQUE);"
                             "CREATE TABLE b(id INTEGER PRIMARY KEY, x, y UNIQUE);"
                             "CREATE TABLE c(x, y); CREATE TABLE d(x, y);"
                             "INSERT INTO a VALUES(1, 'x', 'y'), (5, x'00', NULL), (9, 1.5, NULL);"
                             "INSERT INTO c(rowid, x, y) VALUES(3, 1, 2), (8, 1, 2)",
                             {"INSERT INTO b SELECT * FROM a", "INSERT INTO d SELECT * FROM c",
                              "INSERT OR REPLACE INTO b SELECT * FROM a", "DELETE FROM d",
                              "INSERT INTO d SELECT * FROM c WHERE x = 1"}});
}

TEST_P(ConformanceStatements, check_constraints_that_are_ignored) {
    // The row violates its own table's CHECK: the disk must take it all the same.
    prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, a CHECK(a > 0))");
    open();
    run("PRAGMA ignore_check_constraints = ON; INSERT INTO t VALUES(1, -1), (2, 2);"
        "PRAGMA ignore_check_constraints = OFF");
    ASSERT_NO_THROW(database().flush());
    EXPECT_TRUE(same(ram(), Plain(path())));
}

TEST_P(ConformanceStatements, writes_through_a_view_with_instead_of_triggers) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);"
         "CREATE VIEW v AS SELECT id, a FROM t;"
         "CREATE TRIGGER vi INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES(NEW.id, NEW.a); END;"
         "CREATE TRIGGER vu INSTEAD OF UPDATE ON v BEGIN UPDATE t SET a = NEW.a WHERE id = OLD.id; "
         "END;"
         "CREATE TRIGGER vd INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = OLD.id; END",
         {"INSERT INTO v VALUES(1, 'a'), (2, 'b')", "UPDATE v SET a = 'c' WHERE id = 1",
          "DELETE FROM v WHERE id = 2"}});
}

TEST_P(ConformanceStatements, partial_and_expression_indexes) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT);"
         "CREATE UNIQUE INDEX p ON t(a) WHERE b > 0; CREATE UNIQUE INDEX e ON t(lower(a)) WHERE b "
         "= 5;"
         "CREATE INDEX d ON t(b DESC, a COLLATE NOCASE)",
         {"INSERT INTO t VALUES(1, 'x', 0), (2, 'x', 0), (3, 'x', 1), (4, 'Y', 5)",
          fails("UPDATE t SET b = 1 WHERE id = 1"), "UPDATE OR REPLACE t SET b = 1 WHERE id = 1",
          "INSERT OR REPLACE INTO t VALUES(9, 'y', 5)", "UPDATE t SET b = b - 1",
          "DELETE FROM t WHERE b < 0"}});
}

TEST_P(ConformanceStatements, large_multi_row_changes) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT); CREATE INDEX i ON t(a)",
                 {"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000)"
                  " INSERT INTO t SELECT x, x % 100, 'row ' || x FROM n",
                  "UPDATE t SET a = a + 1", "DELETE FROM t WHERE id % 3 = 0"}});
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceStatements);

}  // namespace
}  // namespace tidemark::tests
