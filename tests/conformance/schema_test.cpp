// DDL at any time: the schema and the rows it touches reach the disk together.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace tidemark::tests {
namespace {

class ConformanceSchema : public KeptDatabase {
protected:
    void expect_schema_kept(std::string schema, std::vector<Step> steps) const {
        expect_kept(GetParam(), {.schema = std::move(schema),
                                 .steps = std::move(steps),
                                 .prepare = nullptr,
                                 .incremental = false});
    }
};

constexpr const char* one_table =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT); INSERT INTO t VALUES(1, 'x', 1), (2, "
    "'y', 2)";

TEST_P(ConformanceSchema, a_table_created_and_used) {
    expect_schema_kept(
        one_table, {"CREATE TABLE u(k TEXT PRIMARY KEY, v INT)", "INSERT INTO u VALUES('a', 1)",
                    "UPDATE u SET v = 2", "INSERT INTO t VALUES(3, 'z', 3)", "CREATE TABLE w(x) ",
                    "INSERT INTO w VALUES(1), (1)", "DELETE FROM u"});
}

TEST_P(ConformanceSchema, a_table_created_with_rows_in_one_transaction) {
    expect_schema_kept(one_table, {"BEGIN; CREATE TABLE u(k TEXT PRIMARY KEY, v INT); INSERT INTO "
                                   "u VALUES('a', 1); UPDATE t SET a = 'with it'; COMMIT",
                                   "INSERT INTO u VALUES('b', 2)"});
}

TEST_P(ConformanceSchema, columns_added) {
    expect_schema_kept(
        one_table, {"UPDATE t SET a = 'before'", "ALTER TABLE t ADD COLUMN c DEFAULT 'old'",
                    "INSERT INTO t(id, c) VALUES(3, 'new')",
                    "UPDATE t SET c = 'changed' WHERE id = 1", "DELETE FROM t WHERE id = 2",
                    "BEGIN; ALTER TABLE t ADD COLUMN d AS (a || c); UPDATE t SET b = 9; COMMIT"});
}

TEST_P(ConformanceSchema, a_column_added_long_ago_whose_rows_were_never_rewritten) {
    expect_kept(GetParam(),
                {std::string(one_table) + "; ALTER TABLE t ADD COLUMN c DEFAULT 'filled in'; ALTER "
                                          "TABLE t ADD COLUMN d NOT NULL DEFAULT 5",
                 {"UPDATE t SET a = 'x' WHERE id = 1", "DELETE FROM t WHERE id = 2",
                  "UPDATE t SET c = NULL, d = 6"}});
}

TEST_P(ConformanceSchema, a_table_renamed) {
    expect_schema_kept(one_table,
                       {"UPDATE t SET a = 'before'", "ALTER TABLE t RENAME TO renamed",
                        "INSERT INTO renamed VALUES(3, 'z', 3)", "CREATE TABLE t(other)",
                        "INSERT INTO t VALUES('not the same')", "UPDATE renamed SET b = 0"});
}

TEST_P(ConformanceSchema, two_tables_exchange_their_names) {
    expect_schema_kept(
        std::string(one_table) +
            "; CREATE TABLE u(id INTEGER PRIMARY KEY, a, b); INSERT INTO u VALUES(7, 'u', 7)",
        {"BEGIN; ALTER TABLE t RENAME TO tmp; ALTER TABLE u RENAME TO t; ALTER TABLE tmp RENAME TO "
         "u; COMMIT",
         "INSERT INTO t VALUES(8, 'in u', 8)", "DELETE FROM u WHERE id = 1"});
}

TEST_P(ConformanceSchema, a_column_renamed) {
    expect_schema_kept(
        std::string(one_table) + "; CREATE INDEX i ON t(a); CREATE VIEW v AS SELECT a FROM t",
        {"UPDATE t SET a = 'before'", "ALTER TABLE t RENAME COLUMN a TO renamed",
         "UPDATE t SET renamed = 'after' WHERE id = 1", "INSERT INTO t VALUES(3, 'z', 3)"});
}

TEST_P(ConformanceSchema, columns_that_exchange_their_names) {
    expect_schema_kept(one_table,
                       {"BEGIN; ALTER TABLE t RENAME COLUMN a TO tmp; ALTER TABLE t RENAME COLUMN "
                        "b TO a; ALTER TABLE t RENAME COLUMN tmp TO b; COMMIT",
                        "UPDATE t SET a = 'in b' WHERE id = 1"});
}

TEST_P(ConformanceSchema, a_column_dropped) {
    expect_schema_kept(one_table,
                       {"UPDATE t SET a = 'before', b = 9", "ALTER TABLE t DROP COLUMN a",
                        "UPDATE t SET b = 10 WHERE id = 1", "INSERT INTO t VALUES(3, 3)"});
}

TEST_P(ConformanceSchema, a_table_dropped) {
    expect_schema_kept(std::string(one_table) + "; CREATE TABLE u(x); INSERT INTO u VALUES(1)",
                       {"INSERT INTO t VALUES(3, 'z', 3)", "UPDATE u SET x = 2", "DROP TABLE u",
                        "INSERT INTO t VALUES(4, 'w', 4)", "DROP TABLE t"});
}

TEST_P(ConformanceSchema, a_table_dropped_and_created_with_the_same_shape) {
    expect_schema_kept(one_table, {"DROP TABLE t; CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)",
                                   "INSERT INTO t VALUES(1, 'new', 1)",
                                   "BEGIN; DROP TABLE t; CREATE TABLE t(id INTEGER PRIMARY KEY, a "
                                   "TEXT, b INT); INSERT INTO t VALUES(9, 'nine', 9); COMMIT",
                                   "UPDATE t SET a = 'still nine'"});
}

TEST_P(ConformanceSchema, a_table_dropped_and_created_with_other_columns) {
    expect_schema_kept(one_table,
                       {"UPDATE t SET a = 'soon gone'",
                        "DROP TABLE t; CREATE TABLE t(k TEXT PRIMARY KEY, v INT) WITHOUT ROWID; "
                        "INSERT INTO t VALUES('k', 1)",
                        "INSERT INTO t VALUES('l', 2)",
                        "DROP TABLE t; CREATE TABLE t(just_one); INSERT INTO t VALUES(1), (1)",
                        "DELETE FROM t WHERE rowid = 2"});
}

TEST_P(ConformanceSchema, a_table_replaced_by_a_view_and_back) {
    expect_schema_kept(
        one_table,
        {"BEGIN; ALTER TABLE t RENAME TO base; CREATE VIEW t AS SELECT * FROM base; COMMIT",
         "INSERT INTO base VALUES(3, 'z', 3)", "DROP VIEW t; ALTER TABLE base RENAME TO t",
         "INSERT INTO t VALUES(4, 'w', 4)"});
}

TEST_P(ConformanceSchema, create_table_as) {
    expect_schema_kept(
        one_table,
        {"CREATE TABLE copy AS SELECT id * 10 AS n, a FROM t", "INSERT INTO copy VALUES(1, 'more')",
         "CREATE TABLE empty AS SELECT * FROM t WHERE 0", "INSERT INTO empty SELECT * FROM t"});
}

TEST_P(ConformanceSchema, indexes) {
    expect_schema_kept(one_table, {"CREATE INDEX i ON t(a)", "UPDATE t SET a = 'z'",
                                   "CREATE UNIQUE INDEX u ON t(b) WHERE a IS NOT NULL",
                                   fails("INSERT INTO t VALUES(3, 'q', 1)"), "DROP INDEX i",
                                   "REINDEX", "INSERT INTO t VALUES(4, 'q', 4)", "DROP INDEX u"});
}

TEST_P(ConformanceSchema, a_unique_index_made_after_rows_were_moved_apart) {
    expect_schema_kept(one_table, {"BEGIN; UPDATE t SET b = 5; UPDATE t SET b = 6 WHERE id = 1; "
                                   "CREATE UNIQUE INDEX u ON t(b); COMMIT",
                                   "INSERT OR REPLACE INTO t VALUES(9, 'r', 5)"});
}

TEST_P(ConformanceSchema, views) {
    expect_schema_kept(one_table,
                       {"CREATE VIEW v AS SELECT a FROM t", "INSERT INTO t VALUES(3, 'z', 3)",
                        "DROP VIEW v; CREATE VIEW v AS SELECT b FROM t", "DROP VIEW v"});
}

TEST_P(ConformanceSchema, vacuum) {
    expect_schema_kept(
        "CREATE TABLE t(a); CREATE TABLE k(k TEXT PRIMARY KEY, v INT); CREATE TABLE r(id INTEGER "
        "PRIMARY KEY);"
        "INSERT INTO t VALUES(1), (2), (3), (4); INSERT INTO k VALUES('a', 1), ('b', 2), ('c', 3); "
        "INSERT INTO r VALUES(1), (5)",
        {"DELETE FROM t WHERE a < 3; DELETE FROM k WHERE k = 'a'; DELETE FROM r WHERE id = 1",
         "VACUUM", "INSERT INTO t VALUES(5); INSERT INTO k VALUES('d', 4); UPDATE t SET a = a * 10",
         "DELETE FROM t WHERE rowid = 1", "VACUUM", "VACUUM"});
}

TEST_P(ConformanceSchema, vacuum_that_changes_the_page_size) {
    expect_schema_kept(one_table,
                       {"PRAGMA page_size = 8192; VACUUM", "INSERT INTO t VALUES(3, 'z', 3)",
                        "PRAGMA auto_vacuum = FULL; VACUUM", "DELETE FROM t WHERE id = 1"});
}

TEST_P(ConformanceSchema, analyze_once_and_again) {
    expect_schema_kept(
        std::string(one_table) + "; CREATE INDEX i ON t(a)",
        {"ANALYZE", "INSERT INTO t VALUES(3, 'z', 3), (4, 'z', 4), (5, 'z', 5)", "ANALYZE",
         "DELETE FROM t WHERE id > 3", "ANALYZE t", "DELETE FROM sqlite_stat1",
         "INSERT INTO sqlite_stat1 VALUES('t', 'i', '100 10')",
         "UPDATE sqlite_stat1 SET stat = '200 20'", "DROP TABLE sqlite_stat1"});
}

TEST_P(ConformanceSchema, the_schema_written_by_hand) {
    prepare_file(one_table);
    open();
    run("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE t(id INTEGER "
        "PRIMARY KEY, a TEXT, b INT, c)' WHERE name = 't';"
        "PRAGMA writable_schema = RESET");
    run("INSERT INTO t VALUES(3, 'z', 3, 'c')");
    flush_and_expect_same();
}

TEST_P(ConformanceSchema, everything_dropped) {
    expect_schema_kept(std::string(one_table) +
                           "; CREATE INDEX i ON t(a); CREATE VIEW v AS SELECT 1; CREATE TABLE q(id "
                           "INTEGER PRIMARY KEY AUTOINCREMENT)",
                       {"INSERT INTO q DEFAULT VALUES", "DROP VIEW v; DROP TABLE t; DROP TABLE q",
                        "CREATE TABLE t(anew)", "INSERT INTO t VALUES(1)"});
}

TEST_P(ConformanceSchema, a_table_with_the_name_of_our_bookkeeping_is_an_error_and_no_wrong_disk) {
    // Other columns than ours, and the very same: then nothing but the name is in the way.
    for (const std::string columns :
         {"(mine)", "(name TEXT PRIMARY KEY NOT NULL, value) WITHOUT ROWID"}) {
        SCOPED_TRACE(columns);
        std::filesystem::remove(path());
        prepare_file(one_table);
        Options impatient = options();
        impatient.close_deadline = std::chrono::milliseconds{100};
        impatient.retry_pause_first = std::chrono::milliseconds{10};
        impatient.retry_pause_max = std::chrono::milliseconds{10};
        open(impatient);
        run("INSERT INTO t VALUES(3, 'z', 3)");
        database().flush();
        const Outcome created = try_exec(ram(), "CREATE TABLE _tidemark_state" + columns);
        if (created.rc == SQLITE_OK) {
            run("INSERT INTO t VALUES(4, 'z', 4)");
            try {
                database().flush(std::chrono::seconds{2});
                ADD_FAILURE() << "the name is taken on the disk: somebody must say so";
            } catch (const Error& error) {
                EXPECT_NE(std::string(error.what()).find("tidemark's own"), std::string::npos)
                    << error.what();
            }
            EXPECT_EQ(on_disk("SELECT max(id) FROM t"), Rows{{3}}) << "as it was";
            run("DROP TABLE _tidemark_state");
        }
        flush_and_expect_same();
        close();
        EXPECT_GT(inspect(path()).mark, 0U);
    }
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSchema);

}  // namespace
}  // namespace tidemark::tests
