// Full-text and spatial indexes: their content lives in shadow tables that no trigger may touch.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

class ConformanceVirtualTables : public KeptDatabase {
protected:
    /// Flushes, compares, and asks the index itself through a connection that has never seen it.
    void flush_and_expect_sound(const std::string& fts_table) {
        flush_and_expect_same();
        const Plain fresh(path());
        const Outcome check = try_exec(
            fresh, "INSERT INTO " + fts_table + "(" + fts_table + ") VALUES('integrity-check')");
        EXPECT_EQ(check.rc, SQLITE_OK) << check;
    }

    /// Runs each step and expects the index on disk to be sound after each, then all of them again
    /// in another file with one flush at the end.
    void expect_fts_kept(const std::string& schema, const std::vector<std::string>& steps) {
        prepare_file(schema);
        open();
        for (const auto& step : steps) {
            SCOPED_TRACE(step);
            run(step);
            flush_and_expect_sound("f");
            expect_same_matches();
        }
        close();
        std::filesystem::remove(path());
        open();
        run(schema);
        for (const auto& step : steps) {
            run(step);
        }
        flush_and_expect_sound("f");
        expect_same_matches();
    }

    void expect_same_matches() {
        for (const std::string word : {"tide", "mark", "sea", "moon", "nothing"}) {
            const std::string sql =
                "SELECT rowid FROM f WHERE f MATCH '" + word + "' ORDER BY rowid";
            EXPECT_EQ(on_disk(sql), query(ram(), sql)) << word;
        }
    }
};

TEST_P(ConformanceVirtualTables, fts5_with_its_own_content) {
    expect_fts_kept(
        "CREATE VIRTUAL TABLE f USING fts5(title, body)",
        {"INSERT INTO f VALUES('tide', 'the sea and the moon'), ('mark', 'a line on the wall')",
         "UPDATE f SET body = 'tide again' WHERE rowid = 2", "DELETE FROM f WHERE rowid = 1",
         "BEGIN; INSERT INTO f VALUES('moon', 'rolled back'); ROLLBACK",
         "BEGIN; INSERT INTO f VALUES('sea', 'kept'); COMMIT",
         "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 500) INSERT "
         "INTO f SELECT 'tide ' || x, 'moon ' || (x % 7) FROM n",
         "INSERT INTO f(f) VALUES('optimize')", "INSERT INTO f(f, rank) VALUES('merge', 10)",
         "INSERT INTO f(f) VALUES('rebuild')", "DELETE FROM f"});
    EXPECT_EQ(on_disk("SELECT count(*) FROM f WHERE f MATCH 'tide'"), Rows{{0}});
}

TEST_P(ConformanceVirtualTables, fts5_with_external_content) {
    expect_fts_kept(
        "CREATE TABLE doc(id INTEGER PRIMARY KEY, body); CREATE VIRTUAL TABLE f USING fts5(body, "
        "content = 'doc', content_rowid = 'id');"
        "CREATE TRIGGER di AFTER INSERT ON doc BEGIN INSERT INTO f(rowid, body) VALUES(NEW.id, "
        "NEW.body); END;"
        "CREATE TRIGGER dd AFTER DELETE ON doc BEGIN INSERT INTO f(f, rowid, body) "
        "VALUES('delete', OLD.id, OLD.body); END;"
        "CREATE TRIGGER du AFTER UPDATE ON doc BEGIN INSERT INTO f(f, rowid, body) "
        "VALUES('delete', OLD.id, OLD.body);"
        " INSERT INTO f(rowid, body) VALUES(NEW.id, NEW.body); END",
        {"INSERT INTO doc VALUES(1, 'tide and sea'), (2, 'moon')",
         "UPDATE doc SET body = 'mark' WHERE id = 2", "DELETE FROM doc WHERE id = 1",
         "BEGIN; INSERT INTO doc VALUES(5, 'tide'); SAVEPOINT s; INSERT INTO doc VALUES(6, 'sea'); "
         "ROLLBACK TO s; COMMIT"});
}

TEST_P(ConformanceVirtualTables, fts5_without_content) {
    expect_fts_kept("CREATE VIRTUAL TABLE f USING fts5(body, content = '')",
                    {"INSERT INTO f(rowid, body) VALUES(1, 'tide'), (2, 'sea mark')",
                     "INSERT INTO f(rowid, body) VALUES(9, 'moon tide')",
                     "INSERT INTO f(f) VALUES('delete-all')"});
}

TEST_P(ConformanceVirtualTables, fts5_made_while_running_in_a_transaction_with_rows) {
    prepare_file("CREATE TABLE t(a)");
    open();
    run("BEGIN; INSERT INTO t VALUES(1); CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f "
        "VALUES('tide mark'); COMMIT");
    flush_and_expect_sound("f");
    run("INSERT INTO f VALUES('the sea')");
    flush_and_expect_sound("f");
    expect_same_matches();
    run("DROP TABLE f; INSERT INTO t VALUES(2)");
    flush_and_expect_same();
}

TEST_P(ConformanceVirtualTables, fts5_beside_ordinary_tables_in_one_transaction) {
    prepare_file(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE nokey(a); CREATE VIRTUAL "
        "TABLE f USING fts5(x)");
    open(eager_options());
    for (int i = 0; i < 60; ++i) {
        run("BEGIN");
        run("INSERT INTO t(a) VALUES(?1)", {i});
        run("INSERT INTO nokey VALUES(?1)", {i});
        run("INSERT INTO f VALUES('tide ' || ?1)", {i});
        run(i % 10 == 9 ? "ROLLBACK" : "COMMIT");
        const Plain disk(path());
        exec(disk, "BEGIN");
        const Cell ordinary = query_one(disk, "SELECT count(*) FROM t");
        EXPECT_EQ(query_one(disk, "SELECT count(*) FROM nokey"), ordinary);
        EXPECT_EQ(query_one(disk, "SELECT count(*) FROM f WHERE f MATCH 'tide'"), ordinary);
    }
    flush_and_expect_sound("f");
}

TEST_P(ConformanceVirtualTables, fts5_after_reopening) {
    prepare_file("CREATE VIRTUAL TABLE f USING fts5(x)");
    open();
    run("INSERT INTO f VALUES('tide mark'), ('sea')");
    reopen();
    expect_same_matches();
    run("INSERT INTO f VALUES('moon'); DELETE FROM f WHERE rowid = 2");
    flush_and_expect_sound("f");
    expect_same_matches();
}

TEST_P(ConformanceVirtualTables, fts4) {
    prepare_file("CREATE VIRTUAL TABLE f USING fts4(a, b)");
    open();
    for (const char* step :
         {"INSERT INTO f VALUES('tide', 'sea'), ('moon', 'mark')",
          "UPDATE f SET a = 'tide' WHERE rowid = 2", "DELETE FROM f WHERE rowid = 1",
          "INSERT INTO f(f) VALUES('optimize')"}) {
        run(step);
        flush_and_expect_sound("f");
        expect_same_matches();
    }
}

TEST_P(ConformanceVirtualTables, fts5_with_options) {
    for (const std::string options :
         {"body, prefix = '2 3'", "body, detail = none", "body, detail = column",
          "body, note UNINDEXED, columnsize = 0", "body, tokenize = 'porter ascii'",
          "body, tokenize = 'trigram'"}) {
        SCOPED_TRACE(options);
        std::filesystem::remove(path());
        expect_fts_kept("CREATE VIRTUAL TABLE f USING fts5(" + options + ")",
                        {"INSERT INTO f(body) VALUES('tide and sea'), ('moon'), ('mark')",
                         "UPDATE f SET body = 'tide' WHERE rowid = 2",
                         "DELETE FROM f WHERE rowid = 1", "INSERT INTO f(f) VALUES('optimize')"});
        close();
    }
}

TEST_P(ConformanceVirtualTables, fts5_and_the_table_of_its_words) {
    expect_fts_kept(
        "CREATE VIRTUAL TABLE f USING fts5(body); CREATE VIRTUAL TABLE words USING "
        "fts5vocab(f, row)",
        {"INSERT INTO f VALUES('tide and sea'), ('moon')", "DELETE FROM f WHERE rowid = 1",
         "DROP TABLE words"});
}

TEST_P(ConformanceVirtualTables, fts4_with_external_content_and_without_content) {
    prepare_file(
        "CREATE TABLE doc(id INTEGER PRIMARY KEY, body); CREATE VIRTUAL TABLE f USING "
        "fts4(content='doc', body); CREATE VIRTUAL TABLE bare USING fts4(content='', body)");
    open();
    for (const char* step :
         {"INSERT INTO doc VALUES(1, 'tide'), (2, 'sea'); INSERT INTO f(docid, body) SELECT id, "
          "body FROM doc; INSERT INTO bare(docid, body) SELECT id, body FROM doc",
          "DELETE FROM f WHERE docid = 1; DELETE FROM doc WHERE id = 1",
          "INSERT INTO doc VALUES(3, 'tide mark'); INSERT INTO f(f) VALUES('rebuild')",
          "INSERT INTO bare(docid, body) VALUES(5, 'moon')"}) {
        SCOPED_TRACE(step);
        run(step);
        database().flush();
        EXPECT_TRUE(same(ram(), Plain(path()), {{"bare"}}));
        expect_same_matches();
        for (const std::string word : {"tide", "sea", "moon"}) {
            const std::string sql = "SELECT docid FROM bare WHERE bare MATCH '" + word + "'";
            EXPECT_EQ(on_disk(sql), query(ram(), sql)) << word;
        }
    }
}

TEST_P(ConformanceVirtualTables, rtree_of_integers_written_by_triggers) {
    prepare_file(
        "CREATE TABLE place(id INTEGER PRIMARY KEY, x INT, y INT); CREATE VIRTUAL TABLE r USING "
        "rtree_i32(id, x0, x1, y0, y1);"
        "CREATE TRIGGER pi AFTER INSERT ON place BEGIN INSERT INTO r VALUES(NEW.id, NEW.x, NEW.x, "
        "NEW.y, NEW.y); END;"
        "CREATE TRIGGER pd AFTER DELETE ON place BEGIN DELETE FROM r WHERE id = OLD.id; END");
    open();
    for (const char* step :
         {"INSERT INTO place VALUES(1, 10, 20), (2, -5, 2147483647)",
          "DELETE FROM place WHERE id = "
          "1",
          "BEGIN; INSERT INTO place(x, y) SELECT 1, 2; SAVEPOINT s; INSERT INTO place(x, y) SELECT "
          "3, 4; ROLLBACK TO s; COMMIT"}) {
        SCOPED_TRACE(step);
        run(step);
        flush_and_expect_same();
        EXPECT_EQ(on_disk("SELECT rtreecheck('r')"), Rows{{"ok"}});
    }
}

TEST_P(ConformanceVirtualTables, rtree) {
    prepare_file("CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, y0, y1, +note)");
    open();
    for (const char* step :
         {"INSERT INTO r VALUES(1, 0, 1, 0, 1, 'a'), (2, 5, 6, 5, 6, 'b')",
          "UPDATE r SET x0 = -5, x1 = -4 WHERE id = 1", "DELETE FROM r WHERE id = 2",
          "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300) INSERT "
          "INTO r SELECT x + 10, x, x + 1, -x, 1 - x, x FROM n",
          "DELETE FROM r WHERE x0 > 100", "UPDATE r SET note = NULL, y1 = y1 + 5"}) {
        SCOPED_TRACE(step);
        run(step);
        flush_and_expect_same();
        EXPECT_EQ(on_disk("SELECT rtreecheck('r')"), Rows{{"ok"}});
        const std::string window = "SELECT id, note FROM r WHERE x0 > 1 AND x1 < 50 ORDER BY id";
        EXPECT_EQ(on_disk(window), query(ram(), window));
    }
}

TEST_P(ConformanceVirtualTables, a_module_that_the_disk_connection_lacks_is_no_wrong_disk) {
    // An eponymous table has no storage: nothing to keep, nothing to break.
    prepare_file("CREATE TABLE t(a)");
    open();
    (void)query(ram(), "SELECT * FROM pragma_table_list");
    (void)query(ram(), "SELECT count(*) FROM dbstat");
    run("INSERT INTO t SELECT value FROM json_each('[1, 2, 3]')");
    flush_and_expect_same();
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceVirtualTables);

}  // namespace
}  // namespace tidemark::tests
