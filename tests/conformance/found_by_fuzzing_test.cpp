// Differences that random SQL has found, each as the shortest script that showed it.

#include "support/fixture.hpp"

#include <gtest/gtest.h>

namespace tidemark::tests {
namespace {

class ConformanceFoundByFuzzing : public KeptDatabase {};

// A session takes the rows of the table that was rolled back for those of the one that is there.
TEST_P(ConformanceFoundByFuzzing, a_drop_and_create_with_rows_that_is_rolled_back) {
    for (const char* afterwards : {"SELECT 1", "DELETE FROM t WHERE id = 1", "UPDATE t SET z = 3",
                                   "DELETE FROM t; INSERT INTO t VALUES(1, 4)"}) {
        SCOPED_TRACE(afterwards);
        open();
        run("DROP TABLE IF EXISTS t; CREATE TABLE t(id INTEGER PRIMARY KEY, z);"
            "INSERT INTO t VALUES(1, 1), (5, 5)");
        flush_and_expect_same();
        run("BEGIN; DROP TABLE t; CREATE TABLE t(id INTEGER PRIMARY KEY, z);"
            "INSERT INTO t VALUES(1, 2); ROLLBACK");
        run(afterwards);
        flush_and_expect_same();
        run("INSERT INTO t VALUES(7, 7); UPDATE t SET z = 9 WHERE id = 5");
        flush_and_expect_same();
        EXPECT_TRUE(observer().heard().failures.empty());
        close();
    }
}

// Within one column 3 and 3.0 are one value, and a session meets it in both forms.
TEST_P(ConformanceFoundByFuzzing, a_real_number_in_the_key_of_a_table_without_rowid) {
    for (const char* type : {"REAL", "DOUBLE PRECISION", "FLOAT"}) {
        SCOPED_TRACE(type);
        open();
        run("DROP TABLE IF EXISTS t; CREATE TABLE t(d " + std::string(type) +
            " PRIMARY KEY, e) WITHOUT ROWID");
        run("INSERT INTO t VALUES(3, 4), (4.5, 1); UPDATE t SET e = 0");
        flush_and_expect_same();
        run("UPDATE t SET d = d + 1; DELETE FROM t WHERE d = 4; INSERT INTO t VALUES(4, 'again')");
        flush_and_expect_same();
        close();
    }
}

TEST_P(ConformanceFoundByFuzzing, a_select_is_half_read_when_the_first_virtual_table_comes) {
    open();
    run("CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES(1), (2)");
    flush_and_expect_same();
    {
        Statement select(ram(), "SELECT * FROM t");
        ASSERT_TRUE(select.step());
        run("CREATE VIRTUAL TABLE f USING fts5(x)");
        flush_and_expect_same();
        run("INSERT INTO f VALUES('half read')");
        flush_and_expect_same();
        EXPECT_TRUE(select.step());
    }
    run("INSERT INTO f VALUES('read')");
    flush_and_expect_same();
}

// FTS4 has a table whose rowids no changeset carries.
TEST_P(ConformanceFoundByFuzzing, the_rowids_of_the_segments_of_fts4) {
    open();
    run("CREATE VIRTUAL TABLE f USING fts4(x)");
    flush_and_expect_same();
    run("INSERT INTO f VALUES('alpha'); INSERT INTO f VALUES('beta'); DELETE FROM f WHERE rowid = "
        "1");
    flush_and_expect_same();
    run("UPDATE f SET x = 'gamma'; INSERT INTO f VALUES('delta')");
    flush_and_expect_same();
    run("INSERT INTO f(f) VALUES('optimize')");
    flush_and_expect_same();
}

// The DROP takes the triggers along in SQLite's memory, fails, and does not bring them back.
TEST_P(ConformanceFoundByFuzzing, a_drop_fails_because_its_table_is_being_read) {
    for (const char* between : {"SELECT 1", "INSERT INTO u VALUES(1)", "CREATE TEMP TABLE x(a)"}) {
        SCOPED_TRACE(between);
        open();
        run("DROP TABLE IF EXISTS t; CREATE TABLE t(a); INSERT INTO t VALUES(1), (2);"
            "CREATE TABLE IF NOT EXISTS u(a)");
        flush_and_expect_same();
        {
            Statement select(ram(), "SELECT * FROM t");
            run("BEGIN");
            ASSERT_TRUE(select.step());
            EXPECT_NE(try_exec(ram(), "DROP TABLE t").rc, SQLITE_OK);
            run("COMMIT");
        }
        run("INSERT INTO t VALUES(3)");
        run(between);
        flush_and_expect_same();
        run("UPDATE t SET a = a + 10");
        flush_and_expect_same();
        close();
    }
}

// That SQLite has read the TEMP schema again is no news after an ALTER, which makes it do so.
TEST_P(ConformanceFoundByFuzzing, a_drop_fails_after_an_alter) {
    open();
    run("CREATE TABLE t(a); CREATE TABLE u(a, b); INSERT INTO u VALUES(1, 1), (2, 2)");
    flush_and_expect_same();
    for (const char* alter : {"ALTER TABLE u DROP b", "ALTER TABLE u RENAME a TO c",
                              "ALTER TABLE t RENAME TO s; ALTER TABLE s RENAME TO t"}) {
        SCOPED_TRACE(alter);
        {
            Statement read(ram(), "UPDATE u SET b = 15 RETURNING rowid");
            ASSERT_TRUE(read.step());
            run(alter);
            EXPECT_NE(try_exec(ram(), "DROP TABLE t").rc, SQLITE_OK);
            run("INSERT INTO t VALUES(7)");
        }
        flush_and_expect_same();
        run("UPDATE t SET a = a + 1");
        flush_and_expect_same();
        if (std::string(alter).ends_with("DROP b")) run("ALTER TABLE u ADD b");
        flush_and_expect_same();
    }
}

// Its own triggers are missing then, which nothing says but that SQLite has read the schema again: that is
// not to be explained by an index that is gone.
TEST_P(ConformanceFoundByFuzzing, a_drop_fails_beside_an_index_that_was_dropped) {
    open();
    run("CREATE TABLE t(a PRIMARY KEY); CREATE INDEX i ON t(coalesce(a, 0)); CREATE TABLE u(a);"
        "INSERT INTO u VALUES(1), (2)");
    flush_and_expect_same();
    run("DROP INDEX i; CREATE VIEW v AS SELECT *; SAVEPOINT s");
    {
        Statement select(ram(), "SELECT * FROM u");
        ASSERT_TRUE(select.step());
        EXPECT_NE(try_exec(ram(), "DROP TABLE t").rc, SQLITE_OK);
        run("COMMIT; INSERT INTO t VALUES(7)");
    }
    flush_and_expect_same();
    run("UPDATE t SET a = 8");
    flush_and_expect_same();
}

// SQLite's session reads beyond its memory (AddressSanitizer tells) when asked for the changeset then.
TEST_P(ConformanceFoundByFuzzing, a_generated_column_comes_after_changes) {
    open();
    for (const std::string table : {"t", "u", "v"}) {
        run("CREATE TABLE " + table + "(id INTEGER PRIMARY KEY, a);" + "INSERT INTO " + table +
            " VALUES(1, 'one'), (2, 'two'), (3, 'three')");
    }
    flush_and_expect_same();
    run("BEGIN; UPDATE u SET a = 9; UPDATE t SET id = id + 5; DELETE FROM v WHERE id = 2;"
        "ALTER TABLE t ADD g AS (id); ALTER TABLE v ADD g AS (a || id); COMMIT");
    flush_and_expect_same();
    run("UPDATE t SET a = 'again'; UPDATE u SET a = 'again'; UPDATE v SET a = 'again'");
    flush_and_expect_same();
    EXPECT_TRUE(observer().heard().failures.empty());
}

// A key has collations of its own, beside those of its columns.
TEST_P(ConformanceFoundByFuzzing, a_key_compares_otherwise_than_its_column) {
    const char* const keys[] = {"a COLLATE RTRIM, PRIMARY KEY(a COLLATE NOCASE)",
                                "a TEXT COLLATE NOCASE, PRIMARY KEY(a COLLATE BINARY)",
                                "a TEXT, PRIMARY KEY(a COLLATE NOCASE)",
                                "a TEXT, PRIMARY KEY(a COLLATE NOCASE, a COLLATE RTRIM)"};
    for (const char* key : keys) {
        SCOPED_TRACE(key);
        open();
        run(std::string("DROP TABLE IF EXISTS t; CREATE TABLE t(n INT, ") + key +
            ") WITHOUT ROWID");
        flush_and_expect_same();
        run("INSERT OR IGNORE INTO t(a) VALUES(''), (' '), ('k'), ('K'), ('k '), ('K '), ('l')");
        flush_and_expect_same();
        run("UPDATE t SET n = length(a)");
        run("UPDATE OR REPLACE t SET a = 'L' WHERE a = '' COLLATE BINARY");
        run("UPDATE OR REPLACE t SET a = 'l ' WHERE a = ' ' COLLATE BINARY");
        run("DELETE FROM t WHERE a = 'k ' COLLATE BINARY");
        flush_and_expect_same();
        close();
        for (const auto& [error, mark] : observer().heard().failures) ADD_FAILURE() << error.what();
    }
}

// By a bug of SQLite OLD then is 3 where the row was '3.0'.
TEST_P(ConformanceFoundByFuzzing, a_foreign_key_compares_text_as_a_number) {
    const char* const parents[] = {"a TEXT PRIMARY KEY, n) WITHOUT ROWID", "a TEXT PRIMARY KEY, n)",
                                   "a PRIMARY KEY, n) WITHOUT ROWID", "a PRIMARY KEY, n)"};
    for (const char* parent : parents) {
        SCOPED_TRACE(parent);
        open();
        run("PRAGMA foreign_keys = ON; DROP TABLE IF EXISTS c; DROP TABLE IF EXISTS p");
        run(std::string("CREATE TABLE p(") + parent +
            "; CREATE TABLE c(k INTEGER PRIMARY KEY, c INT UNIQUE REFERENCES p)");
        flush_and_expect_same();
        run("INSERT INTO p VALUES('3.0', 1), ('04', 2), ('5', 3), ('6', 4)");
        flush_and_expect_same();
        run("DELETE FROM p WHERE a = '3.0'; UPDATE p SET n = 9; UPDATE p SET a = 4 WHERE a = '04';"
            "UPDATE p SET a = 5 WHERE a = '5'");
        flush_and_expect_same();
        close();
        for (const auto& [error, mark] : observer().heard().failures) ADD_FAILURE() << error.what();
    }
}

// Rowids that no name reaches are others at the other end, until they can be seen.
TEST_P(ConformanceFoundByFuzzing, a_rename_lets_the_rowid_be_seen) {
    open();
    run("CREATE TABLE t(rowid, oid, _rowid_, a); INSERT INTO t VALUES(1, 2, 3, 4), (5, 6, 7, 8);"
        "DELETE FROM t WHERE a = 4");
    flush_and_expect_same();
    run("ALTER TABLE t RENAME _rowid_ TO c");
    flush_and_expect_same();
    EXPECT_EQ(query_one(ram(), "SELECT _rowid_ FROM t"), Cell(2));
    run("INSERT INTO t VALUES(9, 10, 11, 12)");
    flush_and_expect_same();
    run("ALTER TABLE t RENAME c TO _rowid_");
    flush_and_expect_same();
}

// Foreign key actions come before the AFTER triggers of the row that brings them about.
TEST_P(ConformanceFoundByFuzzing, a_foreign_key_action_ends_with_fail) {
    for (const char* fail : {"INSERT OR FAIL INTO p VALUES(3, 3)", "SELECT RAISE(FAIL, 'no')"}) {
        for (const bool at_once : {false, true}) {
            SCOPED_TRACE(fail);
            open();
            run("PRAGMA foreign_keys = ON; DROP TABLE IF EXISTS c; DROP TABLE IF EXISTS p;"
                "CREATE TABLE p(a PRIMARY KEY, failures);"
                "CREATE TABLE c(a REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);"
                "INSERT INTO p VALUES(1, 1), (2, 2), (3, 3); INSERT INTO c VALUES(2)");
            flush_and_expect_same();
            run("CREATE TRIGGER r AFTER DELETE ON c BEGIN " + std::string(fail) + "; END;" +
                "CREATE TRIGGER s AFTER UPDATE ON c BEGIN SELECT RAISE(FAIL, 'no'); END");
            if (at_once) flush_and_expect_same();
            EXPECT_NE(try_exec(ram(), "UPDATE p SET a = a + 10 WHERE a <> 3").rc, SQLITE_OK);
            flush_and_expect_same();
            EXPECT_NE(try_exec(ram(), "DELETE FROM p WHERE failures <> 3").rc, SQLITE_OK);
            flush_and_expect_same();
            close();
        }
    }
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceFoundByFuzzing);

}  // namespace
}  // namespace tidemark::tests
