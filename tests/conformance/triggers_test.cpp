// The application's own triggers. Their effects are captured; on the disk they must not fire again.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

namespace tidemark::tests {
namespace {

class ConformanceTriggers : public ::testing::TestWithParam<Strategy> {};

TEST_P(ConformanceTriggers, an_audit_trail_is_written_once) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);"
                 "CREATE TABLE audit(id INTEGER PRIMARY KEY AUTOINCREMENT, what, at DEFAULT 'now');"
                 "CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO audit(what) VALUES('+' || "
                 "NEW.id); END;"
                 "CREATE TRIGGER u AFTER UPDATE ON t BEGIN INSERT INTO audit(what) VALUES('~' || "
                 "NEW.id); END;"
                 "CREATE TRIGGER d BEFORE DELETE ON t BEGIN INSERT INTO audit(what) VALUES('-' || "
                 "OLD.id); END",
                 {"INSERT INTO t VALUES(1, 'x'), (2, 'y')", "UPDATE t SET a = 'z'",
                  "DELETE FROM t WHERE id = 1",
                  "BEGIN; INSERT INTO t VALUES(3, 'x'); UPDATE t SET id = 4 WHERE id = 3; DELETE "
                  "FROM t; COMMIT"}});
}

TEST_P(ConformanceTriggers, sums_kept_by_triggers_are_not_summed_twice) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE item(id INTEGER PRIMARY KEY, price INT); CREATE TABLE total(sum INT);"
         "INSERT INTO total VALUES(0);"
         "CREATE TRIGGER i AFTER INSERT ON item BEGIN UPDATE total SET sum = sum + NEW.price; END;"
         "CREATE TRIGGER d AFTER DELETE ON item BEGIN UPDATE total SET sum = sum - OLD.price; END",
         {"INSERT INTO item VALUES(1, 10), (2, 25)", "DELETE FROM item WHERE id = 1",
          "INSERT OR REPLACE INTO item VALUES(2, 5)"}});
}

TEST_P(ConformanceTriggers, a_trigger_that_changes_the_row_just_written) {
    expect_kept(GetParam(), {"CREATE TABLE t(id INTEGER PRIMARY KEY, a, n INT DEFAULT 0);"
                             "CREATE TRIGGER stamp_insert AFTER INSERT ON t BEGIN UPDATE t SET n = "
                             "1 WHERE id = NEW.id; END;"
                             "CREATE TRIGGER stamp_update AFTER UPDATE OF a ON t BEGIN UPDATE t "
                             "SET n = n + 1 WHERE id = NEW.id; END",
                             {"INSERT INTO t(id, a) VALUES(1, 'x'), (2, 'y')",
                              "UPDATE t SET a = 'z'", "UPDATE t SET id = id + 5, a = 'w'",
                              "INSERT OR REPLACE INTO t(id, a) VALUES(6, 'r')"}});
}

TEST_P(ConformanceTriggers, a_trigger_that_deletes_the_row_just_written) {
    expect_kept(GetParam(), {"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);"
                             "CREATE TRIGGER g AFTER INSERT ON t WHEN NEW.a = 'no' BEGIN DELETE "
                             "FROM t WHERE id = NEW.id; END",
                             {"INSERT INTO t VALUES(1, 'yes'), (2, 'no'), (3, 'yes')",
                              "INSERT OR REPLACE INTO t VALUES(1, 'no')"}});
}

TEST_P(ConformanceTriggers, a_before_trigger_that_changes_rows_of_the_same_table) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE t(id INTEGER PRIMARY KEY, a, newest INT);"
         "CREATE TRIGGER g BEFORE INSERT ON t BEGIN UPDATE t SET newest = 0 WHERE newest; END",
         {"INSERT INTO t VALUES(1, 'x', 1)", "INSERT INTO t VALUES(2, 'y', 1)",
          "INSERT OR REPLACE INTO t VALUES(1, 'z', 1)"}});
}

TEST_P(ConformanceTriggers, a_trigger_that_raises) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);"
                 "CREATE TRIGGER b BEFORE INSERT ON t BEGIN SELECT CASE NEW.a WHEN 'abort' THEN "
                 "raise(ABORT, 'no')"
                 " WHEN 'ignore' THEN raise(IGNORE) WHEN 'fail' THEN raise(FAIL, 'no') WHEN "
                 "'rollback' THEN raise(ROLLBACK, 'no') END; END",
                 {"INSERT INTO t VALUES(1, 'x'), (2, 'ignore'), (3, 'y')",
                  fails("INSERT INTO t VALUES(4, 'x'), (5, 'abort')", SQLITE_CONSTRAINT),
                  fails("INSERT INTO t VALUES(6, 'x'), (7, 'fail')", SQLITE_CONSTRAINT), "BEGIN",
                  "INSERT INTO t VALUES(8, 'x')",
                  fails("INSERT INTO t VALUES(9, 'x'), (10, 'rollback')", SQLITE_CONSTRAINT)}});
}

TEST_P(ConformanceTriggers, a_chain_of_triggers_over_tables) {
    expect_kept(GetParam(),
                {"CREATE TABLE a(id INTEGER PRIMARY KEY, x); CREATE TABLE b(x); CREATE TABLE c(k "
                 "TEXT PRIMARY KEY, n) WITHOUT ROWID;"
                 "CREATE TRIGGER ab AFTER INSERT ON a BEGIN INSERT INTO b VALUES(NEW.x); END;"
                 "CREATE TRIGGER bc AFTER INSERT ON b BEGIN INSERT INTO c VALUES(NEW.x, 1) ON "
                 "CONFLICT(k) DO UPDATE SET n = n + 1; END;"
                 "CREATE TRIGGER cb AFTER UPDATE ON c WHEN NEW.n > 2 BEGIN DELETE FROM b WHERE x = "
                 "NEW.k; END",
                 {"INSERT INTO a(x) VALUES('p'), ('q'), ('p')", "INSERT INTO a(x) VALUES('p')",
                  "UPDATE a SET x = 'r'", "DELETE FROM c"}});
}

TEST_P(ConformanceTriggers, recursive_triggers) {
    Scenario scenario{
        "CREATE TABLE t(id INTEGER PRIMARY KEY, n); CREATE TABLE log(n);"
        "CREATE TRIGGER r AFTER UPDATE ON t WHEN NEW.n > 0 BEGIN UPDATE t SET n = n - 1 WHERE id = "
        "NEW.id; INSERT INTO log VALUES(NEW.n); END;"
        "CREATE TRIGGER d AFTER DELETE ON t BEGIN INSERT INTO log VALUES('gone ' || OLD.id); END",
        {"INSERT INTO t VALUES(1, 0), (2, 0)", "UPDATE t SET n = 5",
         "INSERT OR REPLACE INTO t VALUES(1, 3)"}};
    scenario.prepare = [](sqlite3* db) {
        sqlite3_exec(db, "PRAGMA recursive_triggers = ON", nullptr, nullptr, nullptr);
    };
    expect_kept(GetParam(), scenario);
}

TEST_P(ConformanceTriggers, the_common_updated_at_trigger_does_not_recurse) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(id INTEGER PRIMARY KEY, a, updated INT DEFAULT 0);"
                 "CREATE TRIGGER touch AFTER UPDATE ON t BEGIN UPDATE t SET updated = updated + 1 "
                 "WHERE id = NEW.id; END",
                 {"INSERT INTO t(a) VALUES('x')", "UPDATE t SET a = 'y'", "UPDATE t SET a = 'z'"}});
}

TEST_P(ConformanceTriggers, random_values_in_a_trigger_are_those_of_ram) {
    // Not a scenario: a plain database would draw other numbers.
    TemporaryDirectory directory;
    const std::string path = directory.file("kept.db");
    exec(Plain(path),
         "CREATE TABLE t(id INTEGER PRIMARY KEY, token);"
         "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET token = random() WHERE id = "
         "NEW.id; END");
    Options options;
    options.strategy = GetParam();
    auto database = Database::open(path, options);
    exec(database.handle(), "INSERT INTO t(id) VALUES(1), (2), (3)");
    database.flush();
    EXPECT_TRUE(same_on_disk(database.handle(), path));
}

TEST_P(ConformanceTriggers, triggers_made_and_dropped_while_running) {
    Scenario scenario{
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE log(x)",
        {"INSERT INTO t VALUES(1, 'x')",
         "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES(NEW.id); END",
         "INSERT INTO t VALUES(2, 'y')",
         "BEGIN; CREATE TRIGGER h AFTER DELETE ON t BEGIN INSERT INTO log VALUES(-OLD.id); END; "
         "DELETE FROM t WHERE id = 1; COMMIT",
         "DROP TRIGGER g", "INSERT INTO t VALUES(3, 'z')",
         "CREATE TEMP TRIGGER mine AFTER INSERT ON main.t BEGIN INSERT INTO log VALUES('temp'); "
         "END",
         "INSERT INTO t VALUES(4, 'w')"}};
    scenario.incremental = false;
    expect_kept(GetParam(), scenario);
}

TEST_P(ConformanceTriggers, functions_of_the_application_in_triggers_and_indexes) {
    Scenario scenario{
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b GENERATED ALWAYS AS (twice(a)) STORED);"
        "CREATE INDEX i ON t(twice(a)); CREATE TABLE log(x CHECK (twice(x) > 0));"
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES(twice(NEW.a)); END",
        {"INSERT INTO t(a) VALUES(1), (2)", "UPDATE t SET a = a + 1",
         fails("INSERT INTO log VALUES(-1)"), "DELETE FROM t WHERE twice(a) = 4"}};
    scenario.prepare = [](sqlite3* db) {
        const auto twice = [](sqlite3_context* context, int, sqlite3_value** values) {
            sqlite3_result_int64(context, 2 * sqlite3_value_int64(values[0]));
        };
        sqlite3_create_function_v2(db, "twice", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr,
                                   twice, nullptr, nullptr, nullptr);
    };
    expect_kept(GetParam(), scenario);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceTriggers);

}  // namespace
}  // namespace tidemark::tests
