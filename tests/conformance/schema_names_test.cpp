// Names that change hands: what a name meant at the last sync is not what it means now.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <string>

namespace tidemark::tests {
namespace {

class ConformanceSchemaNames : public KeptDatabase {
protected:
    static constexpr const char* three_tables =
        "CREATE TABLE a(id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE b(id INTEGER PRIMARY KEY, v "
        "TEXT); CREATE TABLE c(v TEXT, w INT);"
        "INSERT INTO a VALUES(1, 'a1'), (2, 'a2'); INSERT INTO b VALUES(1, 'b1'), (7, 'b7');"
        "INSERT INTO c VALUES('c1', 1), ('c1', 1), ('c3', 3); DELETE FROM c WHERE rowid = 1";

    void expect_schema_kept(std::string schema, std::vector<Step> steps) const {
        expect_kept(GetParam(), {.schema = std::move(schema),
                                 .steps = std::move(steps),
                                 .prepare = nullptr,
                                 .incremental = false});
    }

    /// Asks the full-text index on disk itself, through a connection that has never seen it.
    void flush_and_expect_sound(const std::string& fts_table) {
        flush_and_expect_same();
        const std::string name = quote(fts_table);
        const Outcome check = try_exec(
            Plain(path()), "INSERT INTO " + name + "(" + name + ") VALUES('integrity-check')");
        EXPECT_EQ(check.rc, SQLITE_OK) << check;
        const std::string sql = "SELECT rowid FROM " + name + "('tide') ORDER BY rowid";
        EXPECT_EQ(on_disk(sql), query(ram(), sql));
    }
};

TEST_P(ConformanceSchemaNames, three_tables_pass_their_names_around) {
    const std::string around =
        "ALTER TABLE a RENAME TO tmp; ALTER TABLE b RENAME TO a; ALTER TABLE c RENAME TO b; ALTER "
        "TABLE tmp RENAME TO c;";
    expect_schema_kept(
        three_tables,
        {"INSERT INTO a VALUES(3, 'was a')", "BEGIN;" + around + "COMMIT",
         "UPDATE a SET v = 'was b' WHERE id = 1; UPDATE b SET w = 10; INSERT INTO c VALUES(4, "
         "'was a')",
         "BEGIN; DELETE FROM a WHERE id = 7;" + around + "UPDATE a SET v = 'was c'; COMMIT"});
}

TEST_P(ConformanceSchemaNames, two_tables_exchange_their_names_and_change_back) {
    const std::string exchange =
        "ALTER TABLE a RENAME TO tmp; ALTER TABLE b RENAME TO a; ALTER TABLE tmp RENAME TO b;";
    expect_schema_kept(
        three_tables, {"BEGIN; INSERT INTO a VALUES(3, 'first a');" + exchange +
                           "INSERT INTO a VALUES(3, 'in b'); DELETE FROM b WHERE id = 1;" +
                           exchange + "UPDATE a SET v = 'a again' WHERE id = 2; COMMIT",
                       exchange, "INSERT INTO a VALUES(100, 'in b')", exchange, exchange + exchange,
                       "UPDATE a SET v = v || '!'; UPDATE b SET v = v || '?'"});
}

TEST_P(ConformanceSchemaNames, a_table_renamed_away_and_back_with_rows_on_the_way) {
    expect_schema_kept(three_tables,
                       {"ALTER TABLE c RENAME TO away; INSERT INTO away VALUES('away', 9);"
                        "DELETE FROM away WHERE rowid = 2; ALTER TABLE away RENAME TO c",
                        "INSERT INTO c VALUES('back', 10)"});
}

TEST_P(ConformanceSchemaNames, a_table_made_again_with_the_same_rows_at_other_rowids) {
    expect_schema_kept(
        three_tables,
        {"DROP TABLE c; CREATE TABLE c(v TEXT, w INT); INSERT INTO c VALUES('c1', 1), ('c3', 3)",
         "UPDATE c SET w = 5 WHERE rowid = 1", "DROP TABLE c; CREATE TABLE c(v TEXT, w INT)",
         "DROP TABLE c; CREATE TABLE c(v TEXT, w INT); INSERT INTO c(rowid, v) VALUES(-5, 'x')"});
}

TEST_P(ConformanceSchemaNames, a_table_made_again_by_the_same_text_twice_between_two_syncs) {
    const std::string again = "DROP TABLE a; CREATE TABLE a(id INTEGER PRIMARY KEY, v TEXT);";
    expect_schema_kept(three_tables, {"INSERT INTO a VALUES(5, 'lost');" + again +
                                          "INSERT INTO a VALUES(5, 'lost too'), (6, 'lost');" +
                                          again + "INSERT INTO a VALUES(5, 'kept')",
                                      "UPDATE a SET v = 'kept still'",
                                      "BEGIN; DELETE FROM a;" + again + again + "COMMIT"});
}

TEST_P(ConformanceSchemaNames, a_table_with_autoincrement_made_again_begins_anew) {
    const std::string table = "CREATE TABLE q(id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT);";
    expect_schema_kept(table + "INSERT INTO q VALUES(100, 'x')",
                       {"DROP TABLE q;" + table, "INSERT INTO q(v) VALUES('one')",
                        "BEGIN; INSERT INTO q VALUES(50, 'y'); DROP TABLE q;" + table +
                            "INSERT INTO q(v) VALUES('one again'); COMMIT",
                        "DELETE FROM q", "DROP TABLE q;" + table});
}

TEST_P(ConformanceSchemaNames, a_name_goes_from_table_to_view_to_index_to_table) {
    expect_schema_kept(
        three_tables,
        {"UPDATE a SET v = 'gone'; DROP TABLE a; CREATE VIEW a AS SELECT v FROM b",
         "INSERT INTO b(v) VALUES('new')", "DROP VIEW a; CREATE INDEX a ON b(v)",
         "INSERT INTO b(v) VALUES('newer')",
         "DROP INDEX a; CREATE TABLE a(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO a VALUES(2, "
         "'a2')",
         "UPDATE a SET id = 1"});
}

TEST_P(ConformanceSchemaNames, a_name_goes_from_an_ordinary_table_to_a_virtual_one_and_back) {
    expect_schema_kept(
        three_tables,
        {"INSERT INTO c VALUES('gone', 1); DROP TABLE c; CREATE VIRTUAL TABLE c USING fts5(v, w)",
         "INSERT INTO c VALUES('tide', 1)",
         "UPDATE c SET v = 'gone'; DROP TABLE c; CREATE TABLE c(v TEXT, w INT); INSERT INTO c "
         "VALUES('tide', 2)",
         "DROP TABLE c; CREATE VIRTUAL TABLE c USING rtree(v, w, x)",
         "INSERT INTO c VALUES(1, 2, 3)", "DROP TABLE c"});
}

TEST_P(ConformanceSchemaNames, a_full_text_table_renamed_and_another_made_with_its_name) {
    prepare_file(
        "CREATE TABLE t(x); CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f "
        "VALUES('the tide'), ('the mark')");
    open();
    run("INSERT INTO f VALUES('tide before'); INSERT INTO t VALUES(1)");
    run("ALTER TABLE f RENAME TO renamed; INSERT INTO renamed VALUES('tide after')");
    flush_and_expect_sound("renamed");
    run("DELETE FROM renamed WHERE rowid = 1; INSERT INTO t VALUES(2)");
    flush_and_expect_sound("renamed");
    run("CREATE VIRTUAL TABLE f USING fts5(y, z); INSERT INTO f VALUES('tide', 'other')");
    run("INSERT INTO renamed VALUES('tide and both')");
    flush_and_expect_sound("f");
    flush_and_expect_sound("renamed");
    reopen();
    run("UPDATE f SET y = 'tide again'; DROP TABLE renamed");
    flush_and_expect_sound("f");
}

TEST_P(ConformanceSchemaNames, a_full_text_table_made_again_by_the_same_text_with_other_rows) {
    prepare_file(
        "CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f VALUES('the tide'), ('tide')");
    open();
    run("INSERT INTO f VALUES('tide before')");
    run("DROP TABLE f; CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f VALUES('tide anew')");
    flush_and_expect_sound("f");
    run("BEGIN; DROP TABLE f; CREATE VIRTUAL TABLE f USING fts5(x, content = ''); INSERT INTO "
        "f(rowid, x) VALUES(5, 'tide without content'); COMMIT");
    flush_and_expect_sound("f");
    run("INSERT INTO f(rowid, x) VALUES(6, 'more tide')");
    flush_and_expect_sound("f");
}

TEST_P(ConformanceSchemaNames, ordinary_tables_named_as_shadow_tables_of_a_table_that_is_gone) {
    expect_schema_kept(
        "CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f VALUES('tide'); CREATE TABLE "
        "f_mine(x); INSERT INTO f_mine VALUES(1)",
        {"INSERT INTO f VALUES('sea'); INSERT INTO f_mine VALUES(2)",
         "DROP TABLE f; CREATE TABLE f_data(id INTEGER PRIMARY KEY, block BLOB); INSERT INTO "
         "f_data VALUES(1, 'mine'), (10, 'mine')",
         "UPDATE f_data SET block = 'still mine'; DELETE FROM f_mine WHERE x = 1",
         "DROP TABLE f_data; CREATE VIRTUAL TABLE f USING fts5(x)",
         "INSERT INTO f VALUES('tide')"});
}

TEST_P(ConformanceSchemaNames, spatial_tables_renamed_and_made_again) {
    expect_schema_kept(
        "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, +note); INSERT INTO r VALUES(1, 0, 1, 'a')",
        {"INSERT INTO r VALUES(2, 2, 3, 'b'); ALTER TABLE r RENAME TO renamed; INSERT INTO renamed "
         "VALUES(3, 4, 5, 'c')",
         "DELETE FROM renamed WHERE id = 1",
         "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, +note); INSERT INTO r VALUES(1, 8, 9, "
         "'r')",
         "DROP TABLE r; CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, +note); INSERT INTO renamed "
         "VALUES(7, 7, 7, 'd')"});
}

TEST_P(ConformanceSchemaNames, a_column_dropped_and_added_leaves_the_same_text_and_other_values) {
    prepare_file(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, spare INT DEFAULT 7); INSERT INTO "
        "t VALUES(1, 'x', 10), (2, 'y', 20)");
    open();
    const std::string text = "SELECT sql FROM sqlite_schema";
    const Rows before = query(ram(), text);
    run("ALTER TABLE t DROP COLUMN spare; ALTER TABLE t ADD COLUMN spare INT DEFAULT 7");
    ASSERT_EQ(query(ram(), text), before) << "or this test shows nothing";
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT spare FROM t"), (Rows{{7}, {7}}));
    run("UPDATE t SET spare = 30 WHERE id = 1; ALTER TABLE t DROP COLUMN spare; ALTER TABLE t ADD "
        "COLUMN spare INT DEFAULT 7; UPDATE t SET spare = 40 WHERE id = 2");
    ASSERT_EQ(query(ram(), text), before);
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT spare FROM t"), (Rows{{7}, {40}}));
}

TEST_P(ConformanceSchemaNames, columns_that_pass_their_names_around_leave_the_same_text) {
    prepare_file(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, p, q, r); INSERT INTO t VALUES(1, 'p', "
        "'q', 'r'), (2, 'P', 'Q', 'R')");
    open();
    const std::string text = "SELECT sql FROM sqlite_schema";
    const Rows before = query(ram(), text);
    run("BEGIN; UPDATE t SET p = 'changed' WHERE id = 1; ALTER TABLE t DROP COLUMN q; ALTER TABLE "
        "t RENAME COLUMN r TO q; ALTER TABLE t ADD COLUMN r; INSERT INTO t VALUES(3, 1, 2, 3); "
        "COMMIT");
    ASSERT_EQ(query(ram(), text), before) << "or this test shows nothing";
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT * FROM t"),
              (Rows{{1, "changed", "r", nullptr}, {2, "P", "R", nullptr}, {3, 1, 2, 3}}));
}

TEST_P(ConformanceSchemaNames, ddl_with_names_that_need_quoting) {
    for (const std::string name : {"a table", "a\"quote", "it's", "semi;colon--", "[brackets]",
                                   "new\nline", "select", "", "grüße 世界 🌊", "100%s?1:x@y$z", "%w",
                                   "_tidemark_mine", "_sync_mine", "sqlite", "temp", "main"}) {
        SCOPED_TRACE(name);
        const std::string t = quote(name);
        const std::string column = quote(name + " column");
        const std::string renamed = quote(name + " renamed");
        const std::string index = quote(name + " index");
        expect_schema_kept(
            "CREATE TABLE " + t + "(" + column + " TEXT PRIMARY KEY, v); INSERT INTO " + t +
                " VALUES('x', 1), ('y', 2)",
            {"UPDATE " + t + " SET v = 3; ALTER TABLE " + t + " ADD COLUMN " + quote(name) +
                 " DEFAULT " + "'it''s'; DELETE FROM " + t + " WHERE v = 2",
             "CREATE UNIQUE INDEX " + index + " ON " + t + "(" + column + ", v)",
             "ALTER TABLE " + t + " RENAME COLUMN " + column + " TO " + renamed,
             "INSERT INTO " + t + "(" + renamed + ", v) VALUES('z', 4)",
             "CREATE TRIGGER " + quote(name + " trigger") + " AFTER INSERT ON " + t +
                 " BEGIN UPDATE " + t + " SET v = v + 1; END",
             "ALTER TABLE " + t + " RENAME TO " + renamed,
             "INSERT INTO " + renamed + "(" + renamed + ", v) VALUES('w', 5)",
             "DROP INDEX " + index + "; CREATE TABLE " + t + " AS SELECT * FROM " + renamed,
             "DROP TABLE " + renamed + "; INSERT INTO " + t + " SELECT * FROM " + t});
        if (HasFailure()) {
            return;
        }
    }
}

TEST_P(ConformanceSchemaNames, three_hundred_tables) {
    std::string create = "BEGIN;";
    std::string write;
    std::string drop = "BEGIN;";
    for (int i = 0; i < 300; ++i) {
        const std::string t = "t" + std::to_string(i);
        create += "CREATE TABLE " + t + (i % 2 == 0 ? "(id INTEGER PRIMARY KEY, v);" : "(k, v);") +
                  "INSERT INTO " + t + " VALUES(1, 'first');";
        write += "INSERT INTO " + t + " VALUES(2, 'second');";
        drop += i % 3 == 0 ? "DROP TABLE " + t + ";" : "";
    }
    prepare_file("CREATE TABLE mine(id INTEGER PRIMARY KEY, v); INSERT INTO mine VALUES(1, 'x')");
    open();
    for (const std::string& step :
         {create + "COMMIT", std::string("INSERT INTO mine VALUES(2, 'y')"),
          write + "ALTER TABLE t7 ADD COLUMN w DEFAULT 7", "BEGIN;" + write + "COMMIT",
          std::string("ALTER TABLE mine RENAME TO ours; UPDATE t8 SET v = 'changed'"),
          drop + "COMMIT", std::string("UPDATE t1 SET v = 'end'; UPDATE ours SET v = 'end'")}) {
        const Outcome outcome = try_exec(ram(), step);
        if (outcome.rc != SQLITE_OK) {  // the keys of t0, t2, ... are taken the second time
            EXPECT_EQ(outcome.rc & 0xff, SQLITE_CONSTRAINT) << outcome;
            run("ROLLBACK");
        }
        flush_and_expect_same();
    }
    reopen();
    EXPECT_EQ(query(ram(), "SELECT count(*) FROM sqlite_schema"), Rows{{201}});
    flush_and_expect_same();
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSchemaNames);

}  // namespace
}  // namespace tidemark::tests
