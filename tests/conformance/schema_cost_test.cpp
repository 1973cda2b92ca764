// A change of the schema costs what the tables cost that it changes; the rest of the database is not
// copied. `status()` counts the copies of the whole.

#include "conformance/schema_case.hpp"
#include "support/fixture.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>

namespace tidemark::tests {
namespace {

constexpr const char* tables =
    "CREATE TABLE a(id INTEGER PRIMARY KEY, x TEXT, y);"
    "CREATE TABLE b(y);"
    "CREATE TABLE k(k TEXT PRIMARY KEY, v UNIQUE);"
    "CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID;"
    "INSERT INTO a VALUES(1, 'a', 1), (2, 'b', 2);"
    "INSERT INTO b VALUES(1), (2); DELETE FROM b WHERE y = 1;"
    "INSERT INTO k VALUES('q', 1);"
    "INSERT INTO w VALUES('r', 1);";

constexpr const char* full_text =
    "CREATE VIRTUAL TABLE f USING fts5(t); INSERT INTO f VALUES('hello world')";

constexpr SchemaCase told_from_their_traces[] = {
    {"a new table", "",
     "CREATE TABLE fresh(id INTEGER PRIMARY KEY, x); INSERT INTO fresh(x) VALUES(1)"},
    {"a table from a query", "", "CREATE TABLE fresh AS SELECT * FROM a"},
    {"a dropped table", "", "DROP TABLE b"},
    {"a table dropped and created with the same text", "",
     "DROP TABLE a; CREATE TABLE a(id INTEGER PRIMARY KEY, x TEXT, y); INSERT INTO a VALUES(9, "
     "'z', 9)"},
    {"a column added", "", "ALTER TABLE a ADD COLUMN z DEFAULT 4"},
    {"a column added after a change", "",
     "UPDATE a SET x = 'q'; ALTER TABLE a ADD COLUMN z DEFAULT 4"},
    {"a column added before changes", "",
     "ALTER TABLE a ADD COLUMN z DEFAULT 4; UPDATE a SET x = 'q'; INSERT INTO b VALUES(5)"},
    {"a column dropped", "", "INSERT INTO b VALUES(8); ALTER TABLE a DROP COLUMN y"},
    {"a column renamed", "",
     "UPDATE w SET v = 2; ALTER TABLE w RENAME COLUMN k TO kk; UPDATE w SET v = 3"},
    {"a table renamed between changes", "",
     "INSERT INTO a VALUES(5, 5, 5); ALTER TABLE a RENAME TO aa; INSERT INTO aa VALUES(6, 6, 6)"},
    {"names traded, which is one rename more than is to be seen", "",
     "ALTER TABLE a RENAME TO t; ALTER TABLE w RENAME TO a; ALTER TABLE t RENAME TO w;"
     "INSERT INTO a VALUES('s', 1)"},
    {"a referenced table renamed",
     "CREATE TABLE c(id INTEGER PRIMARY KEY, a REFERENCES a(id)); INSERT INTO c VALUES(1, 1)",
     "INSERT INTO c VALUES(2, 1); ALTER TABLE a RENAME TO aa; INSERT INTO c VALUES(3, 1)"},
    {"a table made anew under its name, as the documentation of ALTER TABLE tells it",
     "CREATE INDEX by_x ON a(x)",
     "CREATE TABLE new_a(id INTEGER PRIMARY KEY, x TEXT NOT NULL, y INT);"
     "INSERT INTO new_a SELECT * FROM a; DROP TABLE a; ALTER TABLE new_a RENAME TO a;"
     "CREATE INDEX by_x ON a(x)"},
    {"an index created", "", "CREATE INDEX i ON a(x)"},
    {"an index dropped", "CREATE INDEX i ON a(x)", "DROP INDEX i; INSERT INTO a VALUES(77, 7, 7)"},
    {"a unique index created", "",
     "CREATE UNIQUE INDEX i ON a(x); INSERT INTO a VALUES(33, 'u', 1)"},
    {"a unique index that came and went", "",
     "CREATE UNIQUE INDEX i ON a(x); INSERT OR REPLACE INTO a VALUES(3, 'a', 3); DROP INDEX i"},
    {"a view replaced", "CREATE VIEW v AS SELECT * FROM a",
     "DROP VIEW v; CREATE VIEW v AS SELECT x FROM a"},
    {"a trigger created", "",
     "CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES(new.id); END;"
     "INSERT INTO a VALUES(55, 5, 5)"},
    {"a full-text table created", "", full_text},
    {"a full-text table dropped", full_text, "DROP TABLE f"},
    {"a full-text table made anew with the same text", full_text,
     "DROP TABLE f; CREATE VIRTUAL TABLE f USING fts5(t); INSERT INTO f VALUES('other words')"},
    {"a full-text table made anew with other columns", full_text,
     "DROP TABLE f; CREATE VIRTUAL TABLE f USING fts5(t, u); INSERT INTO f VALUES('x', 'y')"},
    {"a full-text table written around an ALTER of another table", full_text,
     "INSERT INTO f VALUES('x'); ALTER TABLE a ADD COLUMN z; INSERT INTO f VALUES('y')"},
    {"a table for a moment", "",
     "CREATE TABLE scratch(x); INSERT INTO scratch VALUES(1); INSERT INTO a VALUES(100, 1, 1);"
     "DROP TABLE scratch"},
    {"the first ANALYZE", "", "ANALYZE"},
    {"another ANALYZE", "ANALYZE", "INSERT INTO a VALUES(300, 1, 1); ANALYZE"},
    {"the first AUTOINCREMENT", "",
     "CREATE TABLE n(id INTEGER PRIMARY KEY AUTOINCREMENT, x); INSERT INTO n(x) VALUES(1), (2);"
     "DELETE FROM n WHERE id = 2"},
    {"sqlite_sequence without a table", "",
     "CREATE TABLE n(id INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE n"},
    {"a whole migration in one transaction", "",
     "BEGIN; ALTER TABLE a ADD COLUMN z; CREATE TABLE n(x); CREATE INDEX n_x ON n(x);"
     "CREATE VIEW v AS SELECT z FROM a; ALTER TABLE b RENAME TO bb; UPDATE a SET z = 1;"
     "PRAGMA user_version = 7; COMMIT"},
};

constexpr SchemaCase not_to_be_told[] = {
    {"VACUUM", "", "VACUUM"},
    {"a column dropped and added again", "",
     "ALTER TABLE a DROP COLUMN y; ALTER TABLE a ADD COLUMN y"},
    {"an ALTER that is rolled back", "",
     "BEGIN; ALTER TABLE a ADD COLUMN z; ROLLBACK; INSERT INTO a VALUES(200, 1, 1)"},
    {"a CREATE in a savepoint that is rolled back", "",
     "BEGIN; SAVEPOINT s; CREATE TABLE z(a); ROLLBACK TO s; INSERT INTO a VALUES(201, 1, 1); "
     "COMMIT"},
    {"a text written into sqlite_schema", "",
     "PRAGMA writable_schema = ON;"
     "UPDATE sqlite_schema SET sql = 'CREATE TABLE b(y, z)' WHERE name = 'b';"
     "PRAGMA writable_schema = RESET"},
};

class ConformanceSchemaCost : public KeptDatabase {
protected:
    /// How many copies of the whole the flush after `it.change` makes. The disk is right each time.
    std::uint64_t whole_copies(const SchemaCase& it) {
        const std::string file = directory().file(std::to_string(++files_) + ".db");
        Database database = Database::open(file, options());
        exec(database.handle(), tables);
        exec(database.handle(), it.before);
        database.flush();
        const std::uint64_t before = database.status().whole_copies;
        exec(database.handle(), it.change);
        database.flush();
        const std::uint64_t copies = database.status().whole_copies - before;
        EXPECT_TRUE(same_on_disk(database.handle(), file));
        exec(database.handle(), "INSERT INTO k VALUES('later', 7); DELETE FROM k WHERE k = 'q'");
        database.flush();
        EXPECT_TRUE(same_on_disk(database.handle(), file)) << "after more changes";
        return copies;
    }

private:
    int files_ = 0;
};

TEST_P(ConformanceSchemaCost, only_the_tables_that_changed_are_written) {
    for (const SchemaCase& it : told_from_their_traces) {
        SCOPED_TRACE(it.name);
        EXPECT_EQ(whole_copies(it), 0U);
    }
}

TEST_P(ConformanceSchemaCost, what_leaves_no_trace_is_followed_by_a_copy) {
    for (const SchemaCase& it : not_to_be_told) {
        SCOPED_TRACE(it.name);
        EXPECT_EQ(whole_copies(it), 1U);
    }
}

/// What this process has written by write(2) and its like.
std::uint64_t bytes_written() {
    std::ifstream counters("/proc/self/io");
    for (std::string name; counters >> name;) {
        std::uint64_t value = 0;
        counters >> value;
        if (name == "wchar:") return value;
    }
    throw std::runtime_error("/proc/self/io does not say how much was written");
}

TEST_P(ConformanceSchemaCost, a_big_table_beside_it_is_not_written) {
    open();
    run("CREATE TABLE big(id INTEGER PRIMARY KEY, x BLOB); CREATE TABLE small(y);"
        "INSERT INTO small VALUES(1)");
    run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
        "INSERT INTO big SELECT i, randomblob(10000) FROM n");
    database().flush();
    run("PRAGMA user_version = 1");
    database().flush();
    const std::uint64_t before = bytes_written();
    for (const char* change :
         {"ALTER TABLE big ADD COLUMN z DEFAULT 5", "ALTER TABLE big RENAME COLUMN z TO zz",
          "ALTER TABLE big RENAME TO large", "CREATE TABLE fresh(x)", "DROP TABLE small"}) {
        run(change);
        database().flush();
    }
    EXPECT_LT(bytes_written() - before, 1'000'000U);
    flush_and_expect_same();
    EXPECT_EQ(database().status().whole_copies, 0U);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSchemaCost);

}  // namespace
}  // namespace tidemark::tests
