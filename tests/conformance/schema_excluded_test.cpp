// DDL beside and on tables that are not kept on disk. Their definitions are kept, their rows are the
// file's own, and nothing that they hold may harm the tables that are kept.

#include "support/fixture.hpp"

#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

class ConformanceSchemaExcluded : public KeptDatabase {
protected:
    void SetUp() override {
        prepare_file(
            "CREATE TABLE kept(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE cache(id INTEGER "
            "PRIMARY KEY, a TEXT, b INT DEFAULT 1); CREATE TABLE loose(a);"
            "INSERT INTO kept VALUES(1, 'in the file'), (2, 'in the file');"
            "INSERT INTO cache(id, a) VALUES(1, 'x'), (2, 'x'), (3, 'y')");
        Options without_cache = options();
        without_cache.exclude_tables = {"cache"};
        open(without_cache);
    }

    /// Runs each step, with rows of all tables before and after it, and compares all but `cache`.
    void expect_others_kept(const std::vector<std::string>& steps) {
        int n = 100;
        for (const std::string& step : steps) {
            SCOPED_TRACE(step);
            write_rows(++n);
            run(step);
            write_rows(++n);
            flush_and_expect_same({{"cache"}});
            write_rows(++n);
            flush_and_expect_same({{"cache"}});
        }
    }

    static constexpr const char* rows_of_cache = "SELECT id, a FROM cache ORDER BY id";
    const Rows rows_in_the_file_{{1, "x"}, {2, "x"}, {3, "y"}};

private:
    void write_rows(int n) {
        run("INSERT INTO kept(id, a) VALUES(?1, 'new')", {n});
        run("UPDATE kept SET a = ?1 WHERE id = 1", {n});
        run("INSERT INTO loose VALUES(?1)", {n});
        (void)try_exec(ram(), "INSERT INTO cache(id, a) VALUES(" + std::to_string(n) + ", " +
                                  std::to_string(n) + ")");
    }
};

TEST_P(ConformanceSchemaExcluded, ddl_elsewhere_leaves_its_rows_alone) {
    expect_others_kept({"ALTER TABLE kept ADD COLUMN b DEFAULT 5", "CREATE INDEX i ON kept(a)",
                        "CREATE TABLE made(x); INSERT INTO made VALUES(1)",
                        "DROP TABLE made; CREATE TABLE made(x, y)",
                        "DELETE FROM loose WHERE rowid = 1; VACUUM",
                        "ALTER TABLE loose RENAME TO tmp; ALTER TABLE tmp RENAME TO loose",
                        "CREATE VIEW v AS SELECT * FROM cache", "DROP INDEX i"});
    EXPECT_EQ(on_disk(rows_of_cache), rows_in_the_file_);
}

TEST_P(ConformanceSchemaExcluded, its_own_ddl_reaches_the_disk_and_its_rows_stay) {
    expect_others_kept({"CREATE INDEX i ON cache(a)", "ALTER TABLE cache ADD COLUMN c DEFAULT 9",
                        "ALTER TABLE cache RENAME COLUMN c TO d", "ALTER TABLE cache DROP COLUMN b",
                        "DROP INDEX i"});
    EXPECT_EQ(on_disk("SELECT id, a, d FROM cache ORDER BY id"),
              (Rows{{1, "x", 9}, {2, "x", 9}, {3, "y", 9}}));
}

TEST_P(ConformanceSchemaExcluded, a_unique_index_that_the_rows_in_the_file_violate) {
    // In RAM the duplicate is gone; on the disk it is not, for the deletion is not kept.
    run("DELETE FROM cache WHERE id = 2");
    expect_others_kept({"CREATE UNIQUE INDEX u ON cache(a)"});
}

TEST_P(ConformanceSchemaExcluded, dropped_and_made_again) {
    expect_others_kept({"DROP TABLE cache",
                        "CREATE TABLE cache(id INTEGER PRIMARY KEY, a TEXT, b INT DEFAULT 1)",
                        "DROP TABLE cache; CREATE TABLE cache(id TEXT PRIMARY KEY, a) WITHOUT "
                        "ROWID; INSERT INTO cache VALUES('k', 'v')"});
    EXPECT_EQ(on_disk("SELECT id FROM cache WHERE id = 'k'"), Rows{});
}

TEST_P(ConformanceSchemaExcluded, renamed_to_a_name_that_is_kept) {
    run("INSERT INTO cache(id, a) VALUES(4, 'in RAM only'); DELETE FROM cache WHERE id = 1");
    database().flush();
    run("ALTER TABLE cache RENAME TO now_kept");
    flush_and_expect_same();
    run("UPDATE now_kept SET a = 'kept'");
    flush_and_expect_same();
}

TEST_P(ConformanceSchemaExcluded, its_name_given_to_another_table_and_back) {
    run("ALTER TABLE cache RENAME TO away; ALTER TABLE kept RENAME TO cache; INSERT INTO cache(a) "
        "VALUES('not kept')");
    flush_and_expect_same({{"cache"}});
    run("INSERT INTO cache(a) VALUES('not kept'); UPDATE away SET a = 'kept'");
    flush_and_expect_same({{"cache"}});
    run("ALTER TABLE cache RENAME TO kept; ALTER TABLE away RENAME TO cache");
    flush_and_expect_same({{"cache"}});
}

TEST_P(ConformanceSchemaExcluded, made_as_a_copy_of_a_kept_table) {
    expect_others_kept({"DROP TABLE cache; CREATE TABLE cache AS SELECT * FROM kept",
                        "CREATE TABLE copy AS SELECT * FROM cache"});
}

TEST_P(ConformanceSchemaExcluded, with_triggers_and_foreign_keys_made_and_dropped) {
    expect_others_kept(
        {"CREATE TRIGGER g AFTER INSERT ON cache BEGIN UPDATE kept SET a = NEW.a WHERE id = 2; END",
         "CREATE TABLE child(p REFERENCES cache(id) ON DELETE CASCADE); INSERT INTO child "
         "VALUES(3)",
         "PRAGMA foreign_keys = ON; DELETE FROM cache WHERE id = 3; DROP TRIGGER g",
         "PRAGMA foreign_keys = OFF; DROP TABLE child"});
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSchemaExcluded);

}  // namespace
}  // namespace tidemark::tests
