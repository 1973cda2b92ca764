// TEMP tables, views and triggers, and attached databases: they are not the RAM database. They are
// left alone, also where their names hide those of main.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <string>

namespace tidemark::tests {
namespace {

class ConformanceTemporaryObjects : public KeptDatabase {
protected:
    static constexpr const char* schema =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE n(x); CREATE TABLE w(k TEXT "
        "PRIMARY KEY, v INT) WITHOUT ROWID; INSERT INTO t VALUES(1, 'one'), (2, 'two')";
    static constexpr const char* hiding =
        "CREATE TEMP TABLE t(id, a); CREATE TEMP TABLE n(y, z); CREATE TEMP VIEW w AS SELECT 1;"
        "INSERT INTO t VALUES(1, 'hidden'), (50, 'hidden'); INSERT INTO n VALUES(1, 2)";
    static constexpr const char* touch_both =
        "INSERT INTO main.t(a) VALUES('main'); UPDATE main.t SET a = a || '!' WHERE id = 1; INSERT "
        "INTO main.n VALUES(1); INSERT OR REPLACE INTO main.w VALUES('k', 1); INSERT INTO t "
        "VALUES(1, 'hidden'); DELETE FROM temp.n; INSERT INTO n VALUES(3, 4)";
};

TEST_P(ConformanceTemporaryObjects, that_hide_tables_of_main_when_the_schema_changes) {
    expect_kept(GetParam(),
                {.schema = schema,
                 .steps = {hiding, touch_both, "CREATE TABLE made(x)", touch_both,
                           "ALTER TABLE main.t ADD COLUMN b DEFAULT 5", "UPDATE main.t SET b = 6",
                           "DELETE FROM main.n WHERE rowid = 1",
                           "ALTER TABLE main.n RENAME TO renamed", "INSERT INTO renamed VALUES(9)",
                           "DROP TABLE temp.t; DROP TABLE temp.n; DROP VIEW temp.w",
                           "INSERT INTO t(a) VALUES('end'); UPDATE w SET v = 2"},
                 .prepare = nullptr,
                 .incremental = false});
}

TEST_P(ConformanceTemporaryObjects, that_hide_tables_of_main_when_the_capture_begins) {
    const Plain own(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
    exec(own, schema);
    exec(own, hiding);
    auto database = Database::attach(own, path(), options());
    exec(own, touch_both);
    database.flush();
    EXPECT_TRUE(same_on_disk(own, path()));
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{3}});
    database.close();
    EXPECT_EQ(query(own, "SELECT count(*) FROM temp.t"), Rows{{3}});
}

TEST_P(ConformanceTemporaryObjects, made_and_dropped_in_transactions_with_ddl) {
    expect_kept(GetParam(),
                {.schema = schema,
                 .steps = {"BEGIN; CREATE TEMP TABLE scratch AS SELECT * FROM t; INSERT INTO t "
                           "SELECT id + 10, a FROM scratch; CREATE TABLE made AS SELECT * FROM "
                           "scratch; DROP TABLE scratch; COMMIT",
                           "BEGIN; CREATE TEMP TABLE scratch(x); DELETE FROM t WHERE id = 1; "
                           "ROLLBACK",
                           "SAVEPOINT s; CREATE TEMP TABLE scratch(x); INSERT INTO n VALUES(1); "
                           "ROLLBACK TO s; INSERT INTO n VALUES(2); RELEASE s",
                           "INSERT INTO made VALUES(7, 'seven')"},
                 .prepare = nullptr,
                 .incremental = false});
}

TEST_P(ConformanceTemporaryObjects, triggers_of_the_application_that_write_to_main) {
    expect_kept(
        GetParam(),
        {.schema = schema,
         .steps =
             {"CREATE TEMP TABLE source(x); CREATE TEMP TRIGGER g AFTER INSERT ON source BEGIN "
              "INSERT INTO n VALUES(NEW.x); UPDATE t SET a = NEW.x WHERE id = 1; END",
              "INSERT INTO source VALUES('a'), ('b')", "CREATE TABLE made(x)",
              "INSERT INTO source VALUES('c')", "DROP TRIGGER temp.g",
              "INSERT INTO source VALUES('d'); INSERT INTO t(a) VALUES('e')"},
         .prepare = nullptr,
         .incremental = false});
}

TEST_P(ConformanceTemporaryObjects, attached_databases_with_tables_of_the_same_names) {
    prepare_file(schema);
    open();
    const std::string other = directory().file("other.db");
    run("ATTACH '" + other +
        "' AS other; CREATE TABLE other.t(id INTEGER PRIMARY KEY, a TEXT); "
        "INSERT INTO other.t VALUES(1, 'theirs'), (9, 'theirs')");
    flush_and_expect_same();
    run("BEGIN; INSERT INTO main.t SELECT id + 100, a FROM other.t; UPDATE other.t SET a = 'still "
        "theirs'; DELETE FROM other.t WHERE id = 1; ALTER TABLE other.t ADD COLUMN b; COMMIT");
    flush_and_expect_same();
    run("CREATE TABLE main.made AS SELECT * FROM other.t; DROP TABLE other.t; DETACH other");
    flush_and_expect_same();
    EXPECT_EQ(query(Plain(other), "SELECT name FROM sqlite_schema"), Rows{});
}

TEST_P(ConformanceTemporaryObjects, removed_by_a_change_of_temp_store) {
    for (const std::string store : {"FILE", "DEFAULT"}) {
        SCOPED_TRACE(store);
        open();
        run("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t(a) "
            "VALUES('x')");
        flush_and_expect_same();
        run("PRAGMA temp_store = " + store);
        flush_and_expect_same();
        run("INSERT INTO t(a) VALUES('y'); UPDATE t SET a = a || '!'");
        flush_and_expect_same();
        close();
    }
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceTemporaryObjects);

}  // namespace
}  // namespace tidemark::tests
