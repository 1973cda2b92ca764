// Every kind of key that a table can have, or lack.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <string>

namespace tidemark::tests {
namespace {

class ConformanceKeys : public ::testing::TestWithParam<Strategy> {};

/// The same life for any table t(k, v) with `keys` to put into k.
std::vector<Step> life_of(const std::string& k1, const std::string& k2, const std::string& k3) {
    return {
        "INSERT INTO t(k, v) VALUES(" + k1 + ", 'one'), (" + k2 + ", 'two')",
        "UPDATE t SET v = 'uno' WHERE k IS " + k1,
        "UPDATE t SET k = " + k3 + " WHERE k IS " + k2,
        "INSERT INTO t(k, v) VALUES(" + k2 + ", 'two again')",
        "DELETE FROM t WHERE k IS " + k1,
        "INSERT OR REPLACE INTO t(k, v) VALUES(" + k3 + ", 'three')",
        "UPDATE t SET v = v || '!'",
        "DELETE FROM t",
        "INSERT INTO t(k, v) VALUES(" + k1 + ", NULL)",
    };
}

TEST_P(ConformanceKeys, integer_primary_key) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(k INTEGER PRIMARY KEY, v TEXT)", life_of("1", "2", "-3")});
}

TEST_P(ConformanceKeys, integer_primary_key_desc_is_no_rowid) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(k INTEGER PRIMARY KEY DESC, v)", life_of("1", "2", "3")});
}

TEST_P(ConformanceKeys, int_primary_key_is_no_rowid) {
    expect_kept(GetParam(), {"CREATE TABLE t(k INT PRIMARY KEY, v)", life_of("1", "2", "3")});
}

TEST_P(ConformanceKeys, text_primary_key) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(k TEXT PRIMARY KEY, v INT)", life_of("'a'", "'b'", "''")});
}

TEST_P(ConformanceKeys, text_primary_key_not_null) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(k TEXT NOT NULL PRIMARY KEY, v)", life_of("'a'", "'b'", "''")});
}

TEST_P(ConformanceKeys, blob_primary_key) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(k BLOB PRIMARY KEY, v)", life_of("x''", "x'00'", "x'0001'")});
}

TEST_P(ConformanceKeys, real_primary_key) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(k REAL PRIMARY KEY, v)", life_of("1.5", "1e300", "-0.1")});
}

TEST_P(ConformanceKeys, untyped_primary_key_of_mixed_classes) {
    expect_kept(GetParam(), {"CREATE TABLE t(k PRIMARY KEY, v)", life_of("1", "'1'", "x'31'")});
}

TEST_P(ConformanceKeys, untyped_key_from_integer_to_the_equal_real) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(k PRIMARY KEY, v)",
                 {"INSERT INTO t VALUES(1, 'a'), (2, 'b')", "UPDATE t SET k = 1.0 WHERE k = 1",
                  "UPDATE t SET v = 'c' WHERE k = 1", "UPDATE t SET k = 1 WHERE k = 1"}});
}

TEST_P(ConformanceKeys, untyped_key_without_rowid_from_integer_to_the_equal_real) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(k PRIMARY KEY, v) WITHOUT ROWID",
                 {"INSERT INTO t VALUES(1, 'a'), (2, 'b')", "UPDATE t SET k = 1.0 WHERE k = 1",
                  "UPDATE t SET v = 'c' WHERE k = 1", "DELETE FROM t WHERE k = 1"}});
}

TEST_P(ConformanceKeys, none) {
    expect_kept(GetParam(), {"CREATE TABLE t(k, v)", life_of("1", "2", "3")});
}

TEST_P(ConformanceKeys, none_with_equal_rows) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(a, b)",
                 {"INSERT INTO t VALUES(1, 1), (1, 1), (1, 1), (NULL, NULL), (NULL, NULL)",
                  "DELETE FROM t WHERE rowid = 2", "UPDATE t SET b = 2 WHERE rowid = 3",
                  "DELETE FROM t WHERE rowid = (SELECT min(rowid) FROM t WHERE a IS NULL)",
                  "UPDATE t SET rowid = 100 WHERE rowid = 1", "INSERT INTO t VALUES(1, 1)"}});
}

TEST_P(ConformanceKeys, null_in_a_primary_key) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE t(k TEXT PRIMARY KEY, v INT)",
         {"INSERT INTO t VALUES(NULL, 1), (NULL, 2), ('a', 3)", "UPDATE t SET v = 20 WHERE v = 2",
          "UPDATE t SET k = NULL WHERE k = 'a'", "UPDATE t SET k = 'b' WHERE v = 1",
          "DELETE FROM t WHERE k IS NULL AND v = 20", "DELETE FROM t WHERE k IS NULL"}});
}

TEST_P(ConformanceKeys, null_in_part_of_a_composite_key) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(a, b, v, PRIMARY KEY(a, b))",
                 {"INSERT INTO t VALUES(1, NULL, 1), (1, NULL, 2), (NULL, NULL, 3), (1, 1, 4)",
                  "UPDATE t SET v = v * 10 WHERE b IS NULL", "UPDATE t SET b = NULL WHERE b = 1",
                  "DELETE FROM t WHERE v = 10"}});
}

TEST_P(ConformanceKeys, without_rowid) {
    expect_kept(GetParam(), {"CREATE TABLE t(k TEXT PRIMARY KEY, v INT) WITHOUT ROWID",
                             life_of("'a'", "'b'", "''")});
}

TEST_P(ConformanceKeys, without_rowid_integer) {
    expect_kept(GetParam(), {"CREATE TABLE t(k INTEGER PRIMARY KEY, v TEXT) WITHOUT ROWID",
                             life_of("1", "2", "3")});
}

TEST_P(ConformanceKeys, composite) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE t(a INT NOT NULL, b TEXT NOT NULL, v, PRIMARY KEY(b, a))",
         {"INSERT INTO t VALUES(1, 'x', 1), (1, 'y', 2), (2, 'x', 3)",
          "UPDATE t SET a = 3 WHERE a = 2", "UPDATE t SET b = 'z', a = 9 WHERE v = 1",
          "INSERT OR REPLACE INTO t VALUES(1, 'y', 'replaced')", "DELETE FROM t WHERE a = 9"}});
}

TEST_P(ConformanceKeys, composite_without_rowid_in_another_order_than_the_columns) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(v, a INT, w, b TEXT, PRIMARY KEY(b DESC, a)) WITHOUT ROWID",
                 {"INSERT INTO t VALUES(1, 1, 1, 'x'), (2, 1, 2, 'y'), (3, 2, 3, 'x')",
                  "UPDATE t SET w = 'w' WHERE a = 1", fails("UPDATE t SET a = a + 1"),
                  "UPDATE t SET a = -a", "UPDATE t SET b = b || 'b', v = NULL",
                  "DELETE FROM t WHERE v IS NULL AND a = -2"}});
}

TEST_P(ConformanceKeys, key_only_tables) {
    expect_kept(GetParam(), {"CREATE TABLE t(a INT, b INT, PRIMARY KEY(a, b)) WITHOUT ROWID;"
                             "CREATE TABLE u(id INTEGER PRIMARY KEY)",
                             {"INSERT INTO t VALUES(1, 1), (1, 2); INSERT INTO u VALUES(5), (NULL)",
                              "UPDATE t SET b = b + 10; UPDATE u SET id = id * 2",
                              "DELETE FROM t WHERE b = 11", "INSERT INTO u DEFAULT VALUES"}});
}

TEST_P(ConformanceKeys, nocase) {
    for (const std::string without : {"", " WITHOUT ROWID"}) {
        expect_kept(
            GetParam(),
            {"CREATE TABLE t(k TEXT NOT NULL COLLATE NOCASE PRIMARY KEY, v)" + without,
             {"INSERT INTO t VALUES('Ab', 1), ('cd', 2)", "UPDATE t SET k = 'aB' WHERE k = 'ab'",
              fails("INSERT INTO t VALUES('CD', 3)"), "INSERT OR REPLACE INTO t VALUES('CD', 3)",
              "UPDATE t SET v = 9 WHERE k = 'AB'", "UPDATE t SET k = upper(k)",
              "DELETE FROM t WHERE k = 'ab'"}});
    }
}

TEST_P(ConformanceKeys, rtrim) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE t(k TEXT COLLATE RTRIM PRIMARY KEY, v) WITHOUT ROWID",
         {"INSERT INTO t VALUES('a', 1), ('b  ', 2)", "UPDATE t SET k = 'a  ' WHERE k = 'a'",
          "INSERT OR REPLACE INTO t VALUES('b', 3)", "UPDATE t SET v = 4 WHERE k = 'a'"}});
}

TEST_P(ConformanceKeys, desc) {
    expect_kept(GetParam(), {"CREATE TABLE t(k TEXT, v, PRIMARY KEY(k DESC)) WITHOUT ROWID",
                             life_of("'a'", "'b'", "'c'")});
}

TEST_P(ConformanceKeys, a_collation_of_the_application) {
    Scenario scenario{
        "CREATE TABLE t(k TEXT COLLATE backwards PRIMARY KEY, v) WITHOUT ROWID;"
        "CREATE INDEX i ON t(v COLLATE backwards)",
        life_of("'a'", "'b'", "'c'")};
    scenario.prepare = [](sqlite3* db) {
        sqlite3_create_collation_v2(
            db, "backwards", SQLITE_UTF8, nullptr,
            [](void*, int a_size, const void* a, int b_size, const void* b) {
                const std::string_view x(static_cast<const char*>(a),
                                         static_cast<std::size_t>(a_size));
                const std::string_view y(static_cast<const char*>(b),
                                         static_cast<std::size_t>(b_size));
                return y.compare(x);
            },
            nullptr);
    };
    expect_kept(GetParam(), scenario);
}

TEST_P(ConformanceKeys, columns_that_shadow_one_name_of_the_rowid) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(rowid TEXT, v)",
                 {"INSERT INTO t VALUES('x', 1), ('x', 2)", "UPDATE t SET rowid = 'y' WHERE v = 1",
                  "DELETE FROM t WHERE oid = 2", "UPDATE t SET _rowid_ = 77"}});
}

TEST_P(ConformanceKeys, columns_that_shadow_two_names_of_the_rowid) {
    expect_kept(GetParam(), {"CREATE TABLE t(RowId, v, \"_ROWID_\")",
                             {"INSERT INTO t VALUES('x', 1, 5), ('x', 1, 5)",
                              "UPDATE t SET v = 2 WHERE oid = 1", "DELETE FROM t WHERE oid = 2",
                              "INSERT INTO t(oid, v) VALUES(50, 3)"}});
}

TEST_P(ConformanceKeys, columns_that_shadow_all_names_of_the_rowid) {
    Scenario scenario{
        "CREATE TABLE t(rowid, oid, _rowid_, v)",
        {"INSERT INTO t VALUES(1, 1, 1, 1), (1, 1, 1, 1), (2, 2, 2, 2), (3, 3, 3, 3)",
         "UPDATE t SET v = 22 WHERE rowid = 2", "DELETE FROM t WHERE rowid = 3",
         "UPDATE t SET v = 'both' WHERE oid = 1", "DELETE FROM t", "INSERT INTO t(v) VALUES(1)"}};
    expect_kept(GetParam(), scenario);
}

TEST_P(ConformanceKeys, an_integer_primary_key_named_as_the_rowid) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(oid INTEGER PRIMARY KEY, rowid, _rowid_)",
                 {"INSERT INTO t VALUES(1, 'a', 'b'), (2, 'c', 'd')",
                  "UPDATE t SET rowid = 5, oid = 3 WHERE oid = 2", "DELETE FROM t WHERE oid = 1"}});
}

TEST_P(ConformanceKeys, a_text_key_whose_table_shadows_all_names_of_the_rowid) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(rowid TEXT PRIMARY KEY, oid, _rowid_)",
                 {"INSERT INTO t VALUES('a', 1, 1), (NULL, 2, 2), (NULL, 2, 2)",
                  "UPDATE t SET oid = 3 WHERE rowid IS NULL", "DELETE FROM t WHERE rowid = 'a'"}});
}

TEST_P(ConformanceKeys, key_columns_behind_other_columns) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(v, w, k INTEGER PRIMARY KEY)",
                 {"INSERT INTO t VALUES(1, 2, 3), (4, 5, NULL)",
                  "UPDATE t SET k = 30, v = 10 WHERE k = 3", "DELETE FROM t WHERE k = 4"}});
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceKeys);

}  // namespace
}  // namespace tidemark::tests
