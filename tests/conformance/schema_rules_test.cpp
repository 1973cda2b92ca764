// DDL that changes the rules by which rows are written: unique indexes, constraints, triggers,
// statistics, sequences. Rows that were written under the old rules meet the new ones on the disk.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <filesystem>
#include <string>

namespace tidemark::tests {
namespace {

class ConformanceSchemaRules : public KeptDatabase {
protected:
    static void enforce_foreign_keys(sqlite3* db) {
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    }

    void expect_schema_kept(std::string schema, std::vector<Step> steps,
                            void (*prepare)(sqlite3*) = nullptr) const {
        expect_kept(GetParam(), {.schema = std::move(schema),
                                 .steps = std::move(steps),
                                 .prepare = prepare,
                                 .incremental = false});
    }

    /// The same with every kind of table that a row can be replaced in.
    void expect_kept_in_tables_with_unique_index(const std::vector<Step>& steps) const {
        for (const std::string columns :
             {"(id INTEGER PRIMARY KEY, u TEXT, v INT)", "(id INT, u TEXT, v INT)",
              "(id TEXT PRIMARY KEY, u TEXT, v INT)",
              "(id INT PRIMARY KEY, u TEXT, v INT) WITHOUT ROWID",
              "(id INTEGER PRIMARY KEY, u TEXT, v INT, g AS (u || v) STORED)"}) {
            SCOPED_TRACE(columns);
            expect_schema_kept("CREATE TABLE t" + columns +
                                   "; CREATE UNIQUE INDEX u ON t(u); INSERT INTO t(id, u, v) "
                                   "VALUES(1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, 'd', 4)",
                               steps);
            if (HasFailure()) {
                return;
            }
        }
    }
};

TEST_P(ConformanceSchemaRules, duplicates_after_the_unique_index_was_dropped) {
    expect_kept_in_tables_with_unique_index(
        {"UPDATE t SET v = 10 WHERE u = 'a'; DROP INDEX u; INSERT INTO t(id, u, v) VALUES(5, 'a', "
         "5); UPDATE t SET u = 'a' WHERE id = 2",
         "INSERT OR REPLACE INTO t(id, u, v) VALUES(6, 'a', 6)", "UPDATE t SET u = 'same'"});
}

TEST_P(ConformanceSchemaRules, a_unique_index_made_after_duplicates_were_removed) {
    expect_kept_in_tables_with_unique_index(
        {"DROP INDEX u; UPDATE t SET u = 'same'", fails("CREATE UNIQUE INDEX u ON t(u)"),
         "UPDATE t SET u = id WHERE id > 1; CREATE UNIQUE INDEX u ON t(u)",
         "INSERT OR REPLACE INTO t(id, u, v) VALUES(9, 'same', 9)",
         "BEGIN; DROP INDEX u; UPDATE t SET u = 'same'; DELETE FROM t WHERE id < 9; CREATE UNIQUE "
         "INDEX u ON t(u); COMMIT"});
}

TEST_P(ConformanceSchemaRules, a_unique_index_dropped_after_rows_were_replaced_through_it) {
    // Whoever replays the replacement without the index leaves the victims alive.
    expect_kept_in_tables_with_unique_index(
        {"INSERT OR REPLACE INTO t(id, u, v) VALUES(9, 'a', 9); UPDATE OR REPLACE t SET u = 'b' "
         "WHERE id = 3; DROP INDEX u",
         "INSERT INTO t(id, u, v) VALUES(10, 'b', 10)"});
}

TEST_P(ConformanceSchemaRules, a_unique_index_dropped_after_replacing_in_one_transaction) {
    expect_kept_in_tables_with_unique_index(
        {"BEGIN; REPLACE INTO t(id, u, v) VALUES(9, 'a', 9); DROP INDEX u; INSERT INTO t(id, u, v) "
         "VALUES(10, 'a', 10); COMMIT",
         "UPDATE t SET v = 0"});
}

TEST_P(ConformanceSchemaRules, a_unique_index_made_after_rows_had_passed_through_a_conflict) {
    // In between, two rows had the same value: whoever replays that with the index loses a row.
    expect_kept_in_tables_with_unique_index(
        {"DROP INDEX u", "UPDATE t SET u = 'd' WHERE id = 1",
         "UPDATE t SET u = 'a' WHERE id = 1; UPDATE t SET u = 'a' WHERE id = 2; UPDATE t SET u = "
         "'b' WHERE id = 2; INSERT INTO t(id, u, v) VALUES(5, 'c', 5); UPDATE t SET u = 'e' WHERE "
         "id = 5; CREATE UNIQUE INDEX u ON t(u)",
         "INSERT OR IGNORE INTO t(id, u, v) VALUES(6, 'a', 6), (7, 'f', 7)"});
}

TEST_P(ConformanceSchemaRules, a_unique_index_on_other_columns_between_two_replacements) {
    expect_kept_in_tables_with_unique_index(
        {"REPLACE INTO t(id, u, v) VALUES(9, 'a', 20); DROP INDEX u; CREATE UNIQUE INDEX u ON "
         "t(v) WHERE v > 0; REPLACE INTO t(id, u, v) VALUES(10, 'z', 3)",
         "UPDATE OR REPLACE t SET v = 4 WHERE id = 10",
         "DROP INDEX u; CREATE UNIQUE INDEX u ON t(u COLLATE NOCASE); REPLACE INTO t(id, u, v) "
         "VALUES(11, 'Z', 5)",
         "DROP INDEX u; CREATE UNIQUE INDEX u ON t(abs(v)); REPLACE INTO t(id, u, v) VALUES(12, "
         "'y', -5)"});
}

TEST_P(ConformanceSchemaRules, a_unique_constraint_removed_by_a_migration_after_replacing) {
    expect_schema_kept(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, u TEXT UNIQUE, v INT CHECK(v > 0)); INSERT INTO t "
        "VALUES(1, 'a', 1), (2, 'b', 2)",
        {"BEGIN; REPLACE INTO t VALUES(3, 'a', 3); CREATE TABLE n(id INTEGER PRIMARY KEY, u TEXT, "
         "v INT); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; INSERT "
         "INTO t VALUES(4, 'a', -4); COMMIT",
         "UPDATE t SET u = 'same'"});
}

TEST_P(ConformanceSchemaRules, a_parent_dropped_while_foreign_keys_are_enforced) {
    expect_schema_kept(
        "CREATE TABLE parent(id INTEGER PRIMARY KEY, v); CREATE TABLE child(id INTEGER PRIMARY "
        "KEY, p REFERENCES parent(id) ON DELETE SET NULL ON UPDATE CASCADE); CREATE TABLE "
        "dependent(x REFERENCES parent(id) ON DELETE CASCADE ON UPDATE CASCADE);"
        "INSERT INTO parent VALUES(1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO child VALUES(1, 1), "
        "(2, 2), (3, 3); INSERT INTO dependent VALUES(1), (1), (3)",
        {"UPDATE parent SET id = 10 WHERE id = 1", "DROP TABLE parent",
         "CREATE TABLE parent(id INTEGER PRIMARY KEY, v); INSERT INTO parent VALUES(5, 'e')",
         "INSERT INTO child VALUES(4, 5); INSERT INTO dependent VALUES(5)",
         "ALTER TABLE child ADD COLUMN q REFERENCES parent(id) ON DELETE CASCADE; UPDATE child SET "
         "q = 5 WHERE id < 3",
         "BEGIN; ALTER TABLE parent RENAME TO parents; DELETE FROM parents WHERE id = 5; COMMIT"},
        enforce_foreign_keys);
}

TEST_P(ConformanceSchemaRules, a_trigger_replaced_between_the_rows_it_sees) {
    expect_schema_kept(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v); CREATE TABLE log(x);"
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES('first ' || NEW.v); END",
        {"BEGIN; INSERT INTO t(v) VALUES('a'); DROP TRIGGER g; INSERT INTO t(v) VALUES('b'); "
         "CREATE "
         "TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET v = v || '!' WHERE id = NEW.id; INSERT "
         "INTO log VALUES('second ' || NEW.v); END; INSERT INTO t(v) VALUES('c'); COMMIT",
         "INSERT INTO t(v) VALUES('d')",
         "CREATE TRIGGER b BEFORE INSERT ON t WHEN NEW.v = 'no' BEGIN SELECT RAISE(IGNORE); END",
         "INSERT INTO t(v) VALUES('no'), ('yes')", "DROP TRIGGER g; INSERT INTO t(v) VALUES('e')"});
}

TEST_P(ConformanceSchemaRules, views_with_triggers_made_dropped_and_replaced) {
    expect_schema_kept(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v)",
        {"CREATE VIEW w AS SELECT v FROM t; CREATE TRIGGER wi INSTEAD OF INSERT ON w BEGIN INSERT "
         "INTO t(v) VALUES(NEW.v); END; INSERT INTO w VALUES('a')",
         "INSERT INTO w VALUES('b')",
         "DROP VIEW w; CREATE VIEW w(id, v) AS SELECT id, v FROM t WHERE id > 1; CREATE TRIGGER wi "
         "INSTEAD "
         "OF INSERT ON w BEGIN INSERT INTO t VALUES(NEW.id, NEW.v); END; INSERT INTO w VALUES(9, "
         "'c')",
         "ALTER TABLE t RENAME COLUMN v TO renamed; INSERT INTO w VALUES(10, 'd')",
         "ALTER TABLE t RENAME TO base; INSERT INTO w VALUES(11, 'e')", "DROP VIEW w"});
}

TEST_P(ConformanceSchemaRules, a_view_of_a_table_that_does_not_exist_is_nothing_to_the_disk) {
    expect_schema_kept(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v); CREATE VIEW w AS SELECT * FROM t",
        {"INSERT INTO t(v) VALUES('a'); DROP TABLE t; CREATE TABLE u(x)",
         "INSERT INTO u VALUES(1); CREATE VIEW missing AS SELECT * FROM nowhere",
         "CREATE TABLE t(id INTEGER PRIMARY KEY, v, more); INSERT INTO t VALUES(1, "
         "2, 3)",
         "UPDATE t SET v = 5; DROP VIEW missing"});
}

TEST_P(ConformanceSchemaRules, a_scratch_table_beside_many_changes_of_rows) {
    expect_schema_kept(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v INT, w TEXT); CREATE TABLE n(v); CREATE INDEX i "
        "ON t(v);"
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000) INSERT "
        "INTO t SELECT x, x % 50, 'row ' || x FROM c",
        {"CREATE TABLE scratch AS SELECT v, count(*) AS n FROM t GROUP BY v; UPDATE t SET v = v + "
         "(SELECT n FROM scratch WHERE scratch.v = t.v); DELETE FROM t WHERE id % 7 = 0; INSERT "
         "INTO n SELECT v FROM t; DROP TABLE scratch",
         "BEGIN; CREATE TABLE scratch(x); INSERT INTO scratch SELECT id FROM t WHERE v > 60; "
         "DELETE "
         "FROM t WHERE id IN scratch; UPDATE n SET v = -v; DROP TABLE scratch; COMMIT",
         "DELETE FROM n WHERE rowid % 2"});
}

TEST_P(ConformanceSchemaRules, vacuum_over_gaps_together_with_other_ddl) {
    expect_schema_kept(
        "CREATE TABLE n(v); CREATE TABLE k(k TEXT PRIMARY KEY, v); CREATE TABLE d(v);"
        "INSERT INTO n VALUES(1), (2), (3), (4); INSERT INTO k VALUES('a', 1), ('b', 2); INSERT "
        "INTO d VALUES(1), (2); DELETE FROM n WHERE v < 3; DELETE FROM d WHERE v = 1",
        {"CREATE TABLE made(v); INSERT INTO made SELECT v FROM n; DELETE FROM made WHERE v = 3; "
         "VACUUM; INSERT INTO n VALUES(5); UPDATE n SET v = 'moved' WHERE rowid = 1",
         "DROP TABLE d; CREATE TABLE d(v); INSERT INTO d(rowid, v) VALUES(5, 'x'); VACUUM; ALTER "
         "TABLE n ADD COLUMN w; DELETE FROM n WHERE rowid = 2",
         "DELETE FROM k WHERE k = 'a'; VACUUM; CREATE INDEX i ON k(v); INSERT INTO k VALUES('c', "
         "3); VACUUM",
         "BEGIN; CREATE TABLE undone(x); ROLLBACK; VACUUM; DELETE FROM n WHERE rowid = 1"});
}

TEST_P(ConformanceSchemaRules, auto_vacuum_and_its_steps) {
    expect_schema_kept(
        "PRAGMA auto_vacuum = INCREMENTAL; CREATE TABLE t(id INTEGER PRIMARY KEY, v)",
        {"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 200) INSERT "
         "INTO "
         "t SELECT x, zeroblob(1000) FROM c",
         "DELETE FROM t WHERE id > 10; PRAGMA incremental_vacuum(20)",
         "CREATE TABLE u(x); INSERT INTO u VALUES(1); DROP TABLE t; PRAGMA incremental_vacuum",
         "PRAGMA auto_vacuum = NONE; VACUUM; INSERT INTO u VALUES(2)"});
}

TEST_P(ConformanceSchemaRules, statistics_follow_tables_that_are_renamed_and_dropped) {
    expect_schema_kept(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v); CREATE INDEX i ON t(v); CREATE TABLE u(x); "
        "CREATE INDEX j ON u(x); INSERT INTO t(v) VALUES(1), (1), (2); INSERT INTO u VALUES(1), "
        "(2)",
        {"ANALYZE; INSERT INTO t(v) VALUES(3)", "ALTER TABLE t RENAME TO renamed",
         "INSERT INTO renamed(v) VALUES(3), (4); ANALYZE renamed", "DROP INDEX j",
         "INSERT INTO u VALUES(3); DROP TABLE renamed", "ANALYZE; DELETE FROM u WHERE x = 1",
         "DROP TABLE sqlite_stat1; CREATE TABLE made(x)", "ANALYZE"});
}

TEST_P(ConformanceSchemaRules, a_sequence_table_without_any_table_that_uses_it) {
    expect_schema_kept(
        "CREATE TABLE q(id INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE q; CREATE TABLE t(v)",
        {"INSERT INTO t VALUES(1)", "ALTER TABLE t ADD COLUMN w; INSERT INTO t VALUES(2, 2)",
         "INSERT INTO sqlite_sequence VALUES('nobody', 7); CREATE TABLE u(x)",
         "INSERT INTO u VALUES(1)", "VACUUM",
         "CREATE TABLE q(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO q DEFAULT VALUES",
         "DROP TABLE q; DELETE FROM sqlite_sequence"});
}

TEST_P(ConformanceSchemaRules, a_default_changed_by_hand) {
    // The recipe of SQLite's documentation: the version is to be increased by the application.
    prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, v DEFAULT 7); CREATE VIEW w AS SELECT 1");
    open();
    run("INSERT INTO t(id) VALUES(1)");
    const std::int64_t version = query_one(ram(), "PRAGMA schema_version").integer();
    run("BEGIN; PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '7', '8') "
        "WHERE name = 't'; DELETE FROM sqlite_schema WHERE name = 'w'; PRAGMA schema_version = " +
        std::to_string(version + 1) + "; PRAGMA writable_schema = OFF; COMMIT");
    flush_and_expect_same();
    reopen();
    run("INSERT INTO t(id) VALUES(2)");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT v FROM t"), (Rows{{7}, {8}}));
}

TEST_P(ConformanceSchemaRules, a_table_removed_or_renamed_by_hand) {
    for (const std::string change : {"DELETE FROM sqlite_schema WHERE name = 'u'; DROP TABLE t",
                                     "UPDATE sqlite_schema SET name = 'v', tbl_name = 'v', sql = "
                                     "'CREATE TABLE v(b)' WHERE name = 'u'"}) {
        SCOPED_TRACE(change);
        std::filesystem::remove(path());
        prepare_file("CREATE TABLE t(a); CREATE TABLE u(b)");
        open();
        run("INSERT INTO t VALUES(1)");
        flush_and_expect_same();
        run("PRAGMA writable_schema = ON; " + change +
            "; PRAGMA writable_schema = RESET; CREATE TABLE w(x)");
        database().flush(std::chrono::seconds{5});
        EXPECT_TRUE(
            same(ram(), Plain(path())));  // a page that nothing uses is the application's doing
        close();
    }
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSchemaRules);

}  // namespace
}  // namespace tidemark::tests
