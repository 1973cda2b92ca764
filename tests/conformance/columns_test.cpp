// Generated columns, STRICT tables, very wide tables, and names that need quoting.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <string>

namespace tidemark::tests {
namespace {

class ConformanceColumns : public KeptDatabase {
protected:
    /// A table of `count` columns besides its key, or without any key.
    static std::string wide_table(int count, const std::string& key) {
        std::string sql = "CREATE TABLE t(" + key;
        for (int i = 0; i < count; ++i) {
            // Of a type, or a session could not be trusted with it.
            sql += (i > 0 || !key.empty() ? ", c" : "c") + std::to_string(i) + " INT";
        }
        return sql + ")";
    }

    static std::string wide_row(int count, const std::string& key, int value) {
        std::string sql = "INSERT OR REPLACE INTO t VALUES(" + key;
        for (int i = 0; i < count; ++i) {
            sql += (i > 0 || !key.empty() ? ", " : "") + std::to_string(value * 10000 + i);
        }
        return sql + ")";
    }

    void expect_wide_table_kept(int count) const {
        const std::string last = "c" + std::to_string(count - 1);
        for (const std::string key : {"id INTEGER PRIMARY KEY", "id TEXT PRIMARY KEY"}) {
            expect_kept(GetParam(), {wide_table(count, key),
                                     {wide_row(count, "1", 1), wide_row(count, "2", 2),
                                      "UPDATE t SET c0 = 'first', " + last + " = NULL WHERE id = 1",
                                      "UPDATE t SET id = 3 WHERE id = 2",
                                      "DELETE FROM t WHERE id = 1", wide_row(count, "3", 4)}});
        }
        expect_kept(GetParam(), {wide_table(count, ""),
                                 {wide_row(count, "", 1), wide_row(count, "", 1),
                                  "UPDATE t SET " + last + " = 'x' WHERE rowid = 2",
                                  "DELETE FROM t WHERE rowid = 1"}});
    }
};

TEST_P(ConformanceColumns, generated_virtual_and_stored) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE t(id INTEGER PRIMARY KEY, a, v AS (a || '!') VIRTUAL, b, s AS (b * 2) "
         "STORED, c DEFAULT 3);"
         "CREATE INDEX i ON t(v); CREATE TABLE other(x)",
         {"INSERT INTO t(id, a, b) VALUES(1, 'x', 10), (2, 'y', NULL)",
          "INSERT INTO other VALUES(1)", "UPDATE t SET a = 'z', b = 7 WHERE id = 1",
          "UPDATE t SET id = 5 WHERE id = 2", "INSERT OR REPLACE INTO t(id, a) VALUES(5, 'r')",
          "DELETE FROM t WHERE v = 'z!'", "UPDATE other SET x = 2"}});
}

TEST_P(ConformanceColumns, generated_and_unique) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(id INTEGER PRIMARY KEY, a, u AS (lower(a)) STORED UNIQUE)",
                 {"INSERT INTO t(a) VALUES('A'), ('b')", fails("INSERT INTO t(a) VALUES('B')"),
                  "INSERT OR REPLACE INTO t(a) VALUES('B')",
                  "BEGIN; UPDATE t SET a = 'tmp' WHERE a = 'A'; UPDATE t SET a = 'A' WHERE a = "
                  "'B'; UPDATE t SET a = 'B' WHERE a = 'tmp'; COMMIT"}});
}

TEST_P(ConformanceColumns, generated_in_a_table_without_rowid) {
    expect_kept(GetParam(), {"CREATE TABLE t(g AS (k || v), k TEXT, v, s AS (length(v)) STORED, "
                             "PRIMARY KEY(k)) WITHOUT ROWID",
                             {"INSERT INTO t(k, v) VALUES('a', 'one'), ('b', 'three')",
                              "UPDATE t SET v = 'changed' WHERE k = 'a'",
                              "UPDATE t SET k = 'c' WHERE k = 'b'", "DELETE FROM t WHERE s = 7"}});
}

TEST_P(ConformanceColumns, strict_tables) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE t(id INTEGER PRIMARY KEY, i INT, r REAL, t TEXT, b BLOB, a ANY) STRICT;"
         "CREATE TABLE k(k ANY PRIMARY KEY, v ANY) STRICT, WITHOUT ROWID",
         {"INSERT INTO t VALUES(1, 1, 1, 'x', x'00', '00012'), (2, NULL, 1.5, '', x'', 12)",
          fails("INSERT INTO t(i) VALUES('text')"), "UPDATE t SET a = 1.0 WHERE id = 1",
          "UPDATE t SET a = '1.0' WHERE id = 1",
          "INSERT INTO k VALUES(1, 'int'), ('1', 'text'), (x'31', 'blob'), (1.5, 'real')",
          "UPDATE k SET k = 1.0 WHERE k = 1", "UPDATE k SET v = 'changed'",
          "DELETE FROM k WHERE k = '1'"}});
}

TEST_P(ConformanceColumns, one_hundred) { expect_wide_table_kept(100); }
TEST_P(ConformanceColumns, one_hundred_and_twenty_seven) { expect_wide_table_kept(127); }
TEST_P(ConformanceColumns, five_hundred) { expect_wide_table_kept(500); }
TEST_P(ConformanceColumns, nine_hundred_and_ninety_nine) { expect_wide_table_kept(999); }
TEST_P(ConformanceColumns, fifteen_hundred) { expect_wide_table_kept(1500); }

TEST_P(ConformanceColumns, names_that_need_quoting) {
    for (const std::string name :
         {"a table", "a\"quote", "it's", "semi;colon--", "[brackets]", "back\\slash", "`tick`",
          "new\nline", "select", "", "grüße", "100%s?1:x@y$z", "%w", "_sync_mine", "_tidemark_mine",
          "sqlite", "x'00'", "temp", "main"}) {
        SCOPED_TRACE(name);
        const std::string table = quote(name);
        const std::string column = quote(name + " column");
        expect_kept(GetParam(),
                    {"CREATE TABLE " + table + "(" + column + " INTEGER PRIMARY KEY, " +
                         quote(name) + " TEXT)",
                     {"INSERT INTO " + table + " VALUES(1, 'x'), (2, 'y')",
                      "UPDATE " + table + " SET " + quote(name) + " = 'z' WHERE " + column + " = 1",
                      "DELETE FROM " + table + " WHERE " + column + " = 2"}});
        if (HasFailure()) {
            return;
        }
    }
}

TEST_P(ConformanceColumns, names_that_need_quoting_in_keys_and_without_keys) {
    expect_kept(GetParam(),
                {"CREATE TABLE \"a b\"(\"k\"\"1\" TEXT, \"k 2\" INT, \"new\" , \"old\", PRIMARY "
                 "KEY(\"k 2\", \"k\"\"1\")) WITHOUT ROWID;"
                 "CREATE TABLE \"c\"\"d\"(\"order\", \"\", \"group by\")",
                 {"INSERT INTO \"a b\" VALUES('x', 1, 'n', 'o'), ('y', 2, 'n', 'o')",
                  "UPDATE \"a b\" SET \"k 2\" = 3, \"old\" = 'p' WHERE \"k\"\"1\" = 'x'",
                  "INSERT INTO \"c\"\"d\" VALUES(1, 2, 3), (1, 2, 3)",
                  "UPDATE \"c\"\"d\" SET \"\" = 'e' WHERE rowid = 1",
                  "DELETE FROM \"c\"\"d\" WHERE rowid = 2", "DELETE FROM \"a b\""}});
}

TEST_P(ConformanceColumns, tables_whose_names_differ_only_in_what_like_ignores) {
    expect_kept(GetParam(), {"CREATE TABLE a_b(x INTEGER PRIMARY KEY); CREATE TABLE axb(x INTEGER "
                             "PRIMARY KEY); CREATE TABLE \"a%b\"(x)",
                             {"INSERT INTO a_b VALUES(1)", "INSERT INTO axb VALUES(2)",
                              "INSERT INTO \"a%b\" VALUES(3)"}});
}

TEST_P(ConformanceColumns, as_many_tables_as_an_application_may_have) {
    Scenario scenario;
    for (int i = 0; i < 150; ++i) {
        const std::string t = "t" + std::to_string(i);
        scenario.schema +=
            "CREATE TABLE " + t + "(id INTEGER PRIMARY KEY, a" + (i % 3 == 0 ? ", b);" : ");");
        scenario.steps.emplace_back("INSERT INTO " + t + "(a) VALUES(" + std::to_string(i) + ")");
    }
    expect_kept(GetParam(), scenario);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceColumns);

}  // namespace
}  // namespace tidemark::tests
