// Statements whose traces in the schema look like those of others: what was taken for something
// harmless would leave old rows on disk. An attack on the invariant has found most of them.

#include "conformance/schema_case.hpp"
#include "support/fixture.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tidemark::tests {
namespace {

// Rows that nobody can mistake: gaps in the rowids of b, which VACUUM closes.
constexpr const char* tables =
    "CREATE TABLE a(id INTEGER PRIMARY KEY, x,\n y);"
    "CREATE TABLE b(y);"
    "CREATE TABLE k(k TEXT PRIMARY KEY, v UNIQUE);"
    "CREATE TABLE one_line(id INTEGER PRIMARY KEY,x,y);"
    "INSERT INTO a VALUES(1, 'a', 1), (2, 'b', 2);"
    "INSERT INTO b VALUES(1), (2), (3); DELETE FROM b WHERE y = 1;"
    "INSERT INTO k VALUES('q', 1);"
    "INSERT INTO one_line VALUES(1, 2, 3);";

constexpr SchemaCase cases[] = {
    {"a column dropped and another one added, as if it was renamed", "",
     "ALTER TABLE a DROP COLUMN y; ALTER TABLE a ADD COLUMN z"},
    {"the same, beside a new table", "",
     "ALTER TABLE a DROP COLUMN y; ALTER TABLE a ADD COLUMN z; CREATE TABLE n(x)"},
    {"two columns dropped and two added", "",
     "ALTER TABLE a DROP COLUMN y; ALTER TABLE a DROP COLUMN x;"
     "ALTER TABLE a ADD COLUMN p; ALTER TABLE a ADD COLUMN q"},
    {"a column dropped and added with other spaces, beside a rename", "",
     "ALTER TABLE one_line DROP COLUMN y; ALTER TABLE one_line ADD COLUMN y;"
     "ALTER TABLE k RENAME TO kk"},
    {"an index on another column beside a rename", "CREATE INDEX ai ON a(x)",
     "DROP INDEX ai; CREATE INDEX ai ON a(y); ALTER TABLE b RENAME TO bb"},
    {"VACUUM beside a trigger that writes the name of its table in other letters",
     "CREATE TRIGGER tr AFTER INSERT ON A BEGIN SELECT 1; END", "VACUUM"},
    {"VACUUM beside a view's trigger that writes its name in other letters",
     "CREATE VIEW v AS SELECT 1 AS c;"
     "CREATE TRIGGER tr INSTEAD OF INSERT ON V BEGIN SELECT 1; END",
     "VACUUM"},
    {"a unique index for a moment beside such triggers",
     "CREATE TRIGGER t1 AFTER INSERT ON A BEGIN SELECT 1; END;"
     "CREATE TRIGGER t2 AFTER INSERT ON A BEGIN SELECT 1; END",
     "CREATE UNIQUE INDEX u ON a(x); INSERT OR REPLACE INTO a VALUES(7, 'a', 3); DROP INDEX u"},
    {"such a trigger created between changes", "",
     "UPDATE a SET x = 'c' WHERE id = 1;"
     "CREATE TRIGGER tr BEFORE UPDATE ON A WHEN NEW.x <> 'z' BEGIN"
     " UPDATE a SET x = 'z', y = y + 1 WHERE id = OLD.id; END;"
     "UPDATE a SET y = 9"},
    {"VACUUM between dropping and creating an index", "CREATE INDEX bi ON b(y)",
     "DROP INDEX bi; VACUUM; CREATE INDEX bi ON b(y); CREATE TABLE n(z)"},
    {"VACUUM beside a new table", "", "CREATE TABLE n(z); VACUUM"},
    {"VACUUM beside a dropped table", "", "DROP TABLE k; VACUUM"},
    {"VACUUM beside a renamed table", "", "ALTER TABLE k RENAME TO kk; VACUUM"},
    {"VACUUM beside a renamed column", "", "ALTER TABLE k RENAME COLUMN v TO w; VACUUM"},
    {"VACUUM beside a view of the same name", "CREATE VIEW v AS SELECT 1",
     "DROP VIEW v; CREATE VIEW v AS SELECT 2; VACUUM"},
    {"VACUUM beside a view written by hand",
     "CREATE VIEW v AS SELECT 1; CREATE TABLE late(x); CREATE INDEX li ON late(x)",
     "PRAGMA writable_schema = ON;"
     "UPDATE sqlite_schema SET sql = 'CREATE VIEW v AS SELECT 2' WHERE name = 'v';"
     "PRAGMA writable_schema = RESET; VACUUM; VACUUM"},
    {"VACUUM that moves an index to a TEMP table, as SQLite 3.40 does",
     "CREATE TABLE s(k); CREATE INDEX i ON s(k)", "CREATE TEMP TABLE s(k); VACUUM"},
    {"VACUUM that drops sqlite_sequence",
     "CREATE TABLE n(id INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE n", "VACUUM"},
    {"a table that vanished by hand and came again", "",
     "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'a';"
     "PRAGMA writable_schema = RESET; CREATE TABLE a(id INTEGER PRIMARY KEY, x,\n y);"
     "CREATE TABLE zz(z); INSERT INTO a VALUES(99, 9, 9)"},
    {"a shadow table dropped and created",
     "CREATE VIRTUAL TABLE f USING fts5(t); INSERT INTO f VALUES('hello world')",
     "DROP TABLE f_docsize;"
     "CREATE TABLE 'f_docsize'(id INTEGER PRIMARY KEY, sz BLOB); INSERT INTO a VALUES(77, 7, 7)"},
    {"a renamed table and its name taken by a new one", "",
     "ALTER TABLE a RENAME TO old; CREATE TABLE a(id INTEGER PRIMARY KEY, x,\n y);"
     "INSERT INTO a VALUES(5, 5, 5)"},
    {"a table that gets the name of one that was captured in another way", "",
     "DROP TABLE k; ALTER TABLE a RENAME TO k; INSERT INTO k VALUES(6, 6, 6)"},
    {"a column that becomes NOT NULL by hand, with NULL in it",
     "CREATE TABLE d(id INTEGER PRIMARY KEY, x DEFAULT 5); INSERT INTO d VALUES(1, NULL);"
     "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE d(id INTEGER "
     "PRIMARY"
     " KEY, x DEFAULT 5 NOT NULL)' WHERE name = 'd'; PRAGMA writable_schema = RESET",
     "CREATE UNIQUE INDEX i ON d(id); INSERT INTO d VALUES(2, 2)"},
    {"a table in the place of a view", "CREATE VIEW v AS SELECT 1",
     "DROP VIEW v; CREATE TABLE v(x); INSERT INTO v VALUES(1)"},
    {"names that differ in the case of letters", "",
     "INSERT INTO A VALUES(5, 5, 5); ALTER TABLE B RENAME COLUMN y TO Y; UPDATE A SET X = 'd'"},
};

class ConformanceSchemaDisguise : public KeptDatabase {
protected:
    void expect_kept(const SchemaCase& it, const Options& options) {
        SCOPED_TRACE(it.name);
        const std::string file = directory().file(std::to_string(++files_) + ".db");
        Database database = Database::open(file, options);
        const auto run_and_compare = [&](const char* sql) {
            exec(database.handle(), sql);
            database.flush();
            CompareOptions compare;
            compare.rows_ignored_of = options.exclude_tables;
            // A page that nothing refers to is the doing of whoever wrote into sqlite_schema.
            EXPECT_TRUE(same(database.handle(), Plain(file), compare)) << sql;
        };
        run_and_compare(tables);
        run_and_compare(it.before);
        run_and_compare(it.change);
        run_and_compare("INSERT INTO one_line VALUES(7, 7, 7)");
        if (query(database.handle(), "SELECT 1 FROM sqlite_schema WHERE name = 'b'").empty())
            return;
        run_and_compare("UPDATE b SET rowid = rowid + 100; INSERT INTO b VALUES(4)");
    }

private:
    int files_ = 0;
};

TEST_P(ConformanceSchemaDisguise, deceives_nobody) {
    for (const SchemaCase& it : cases) expect_kept(it, options());
}

TEST_P(ConformanceSchemaDisguise, of_a_table_that_is_left_out_deceives_nobody) {
    Options options = this->options();
    options.exclude_tables = {"ex"};
    expect_kept({.name = "an excluded table renamed, and VACUUM",
                 .before = "CREATE TABLE ex(x)",
                 .change = "ALTER TABLE ex RENAME TO n; VACUUM"},
                options);
}

TEST_P(ConformanceSchemaDisguise, of_a_table_that_is_left_out_and_made_anew_deceives_nobody) {
    Options options = this->options();
    options.exclude_tables = {"ex"};
    open(options);
    run("CREATE TABLE ex(k INTEGER PRIMARY KEY, v); CREATE TABLE b(y); INSERT INTO b VALUES(1)");
    flush_and_expect_same();
    run("DROP TABLE ex; CREATE TABLE ex(k TEXT, v, PRIMARY KEY(k)) WITHOUT ROWID;"
        "ALTER TABLE b RENAME TO bb");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("PRAGMA integrity_check"), Rows{{"ok"}});
}

// One more version, as if a table had been created.
TEST_P(ConformanceSchemaDisguise, of_a_backup_into_the_ram_database_deceives_nobody) {
    open();
    run(tables);
    flush_and_expect_same();
    const Plain source;
    exec(source, tables);
    exec(source, "CREATE TABLE c(x); INSERT INTO a VALUES(88, 8, 8); DELETE FROM a WHERE id = 1");
    sqlite3_backup* backup = sqlite3_backup_init(ram(), "main", source, "main");
    ASSERT_NE(backup, nullptr);
    EXPECT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    EXPECT_EQ(sqlite3_backup_finish(backup), SQLITE_OK);
    flush_and_expect_same();
}

TEST_P(ConformanceSchemaDisguise, of_a_database_that_was_reset_deceives_nobody) {
    open();
    run("CREATE TABLE a(id INTEGER PRIMARY KEY, x); INSERT INTO a VALUES(1, 1)");
    flush_and_expect_same();
    sqlite3_db_config(ram(), SQLITE_DBCONFIG_RESET_DATABASE, 1, nullptr);
    run("VACUUM");
    sqlite3_db_config(ram(), SQLITE_DBCONFIG_RESET_DATABASE, 0, nullptr);
    run("CREATE TABLE a(id INTEGER PRIMARY KEY, x); CREATE TABLE c(x); INSERT INTO a VALUES(5, 5)");
    flush_and_expect_same();
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSchemaDisguise);

}  // namespace
}  // namespace tidemark::tests
