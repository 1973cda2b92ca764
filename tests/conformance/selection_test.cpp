// Tables that are not kept on disk, by Options::include_tables and Options::exclude_tables.

#include "support/fixture.hpp"

namespace tidemark::tests {
namespace {

class ConformanceSelection : public KeptDatabase {
protected:
    void SetUp() override {
        prepare_file(
            "CREATE TABLE kept(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE cache(id INTEGER "
            "PRIMARY KEY, a TEXT);"
            "CREATE TABLE sessions(k, v); INSERT INTO kept VALUES(1, 'in the file'); INSERT INTO "
            "cache VALUES(1, 'in the file')");
    }

    [[nodiscard]] Options without(std::vector<std::string> names) const {
        Options options = KeptDatabase::options();
        options.exclude_tables = std::move(names);
        return options;
    }

    const CompareOptions volatile_{{"cache", "sessions"}};
};

TEST_P(ConformanceSelection, an_excluded_table_is_not_synced) {
    open(without({"cache", "sessions"}));
    run("INSERT INTO kept VALUES(2, 'new'); INSERT INTO cache VALUES(2, 'new'); INSERT INTO "
        "sessions VALUES(1, 1); UPDATE cache SET a = 'changed'");
    flush_and_expect_same(volatile_);
    EXPECT_EQ(on_disk("SELECT * FROM cache"), (Rows{{1, "in the file"}}))
        << "the rows which it already had";
    EXPECT_EQ(on_disk("SELECT * FROM sessions"), Rows{});
    EXPECT_EQ(table_status("cache").method, CaptureMethod::excluded);
    EXPECT_NE(table_status("kept").method, CaptureMethod::excluded);
}

TEST_P(ConformanceSelection, names_ignore_the_case_of_letters) {
    open(without({"CACHE", "Sessions"}));
    run("INSERT INTO cache VALUES(2, 'new')");
    flush_and_expect_same(volatile_);
    EXPECT_EQ(on_disk("SELECT count(*) FROM cache"), Rows{{1}});
}

TEST_P(ConformanceSelection, only_included_tables_are_synced) {
    Options options = KeptDatabase::options();
    options.include_tables = {"KEPT"};
    open(options);
    run("INSERT INTO kept VALUES(2, 'new'); INSERT INTO cache VALUES(2, 'new'); INSERT INTO "
        "sessions VALUES(1, 1)");
    flush_and_expect_same(volatile_);
    EXPECT_EQ(on_disk("SELECT count(*) FROM cache"), Rows{{1}});
    EXPECT_EQ(on_disk("SELECT count(*) FROM sessions"), Rows{{0}});
    EXPECT_EQ(on_disk("SELECT count(*) FROM kept"), Rows{{2}});
}

TEST_P(ConformanceSelection, exclusion_wins_over_inclusion) {
    Options options = without({"cache"});
    options.include_tables = {"kept", "cache"};
    open(options);
    run("INSERT INTO kept VALUES(2, 'new'); INSERT INTO cache VALUES(2, 'new')");
    flush_and_expect_same(volatile_);
    EXPECT_EQ(on_disk("SELECT count(*) FROM cache"), Rows{{1}});
}

TEST_P(ConformanceSelection, writing_only_to_excluded_tables_leaves_the_disk_alone) {
    open(without({"cache"}));
    const Plain disk(path());
    (void)query(disk, "SELECT * FROM kept");
    const Cell version = query_one(disk, "PRAGMA data_version");
    for (int i = 10; i < 30; ++i) {
        run("INSERT INTO cache VALUES(?1, 'volatile')", {i});
        database().flush();
    }
    EXPECT_EQ(query_one(disk, "PRAGMA data_version"), version);
    EXPECT_EQ(database().status().pending_changes, 0U);
}

TEST_P(ConformanceSelection, the_definition_of_an_excluded_table_is_kept) {
    open(without({"cache", "later"}));
    run("CREATE INDEX i ON cache(a); CREATE TABLE later(x); INSERT INTO later VALUES(1); INSERT "
        "INTO kept VALUES(2, 'new')");
    flush_and_expect_same({{"cache", "sessions", "later"}});
    EXPECT_EQ(on_disk("SELECT count(*) FROM later"), Rows{{0}});
    EXPECT_EQ(on_disk("SELECT id, a FROM cache"), (Rows{{1, "in the file"}}))
        << "a change of the schema must not lose them";
}

TEST_P(ConformanceSelection, an_excluded_table_that_is_altered_keeps_the_rows_it_had_in_the_file) {
    open(without({"cache"}));
    run("DELETE FROM cache; ALTER TABLE cache ADD COLUMN b DEFAULT 5; INSERT INTO kept VALUES(2, "
        "'new')");
    flush_and_expect_same(volatile_);
    EXPECT_EQ(on_disk("SELECT id, a, b FROM cache"), (Rows{{1, "in the file", 5}}));
}

TEST_P(ConformanceSelection, rows_written_to_an_excluded_table_are_gone_after_reopening) {
    open(without({"cache"}));
    EXPECT_EQ(query(ram(), "SELECT a FROM cache"), Rows{{"in the file"}});
    run("DELETE FROM cache; INSERT INTO cache VALUES(7, 'volatile')");
    close();
    open(without({"cache"}));
    EXPECT_EQ(query(ram(), "SELECT * FROM cache"), (Rows{{1, "in the file"}}));
}

TEST_P(ConformanceSelection, a_trigger_from_an_excluded_table_into_a_kept_one_is_kept) {
    open(without({"cache"}));
    run("CREATE TRIGGER g AFTER INSERT ON cache BEGIN INSERT INTO kept(a) VALUES(NEW.a); END");
    database().flush();
    run("INSERT INTO cache VALUES(5, 'through the trigger')");
    flush_and_expect_same(volatile_);
    EXPECT_EQ(on_disk("SELECT count(*) FROM kept WHERE a = 'through the trigger'"), Rows{{1}});
}

TEST_P(ConformanceSelection, verify_leaves_excluded_tables_out) {
    open(without({"cache", "sessions"}));
    run("INSERT INTO cache VALUES(2, 'volatile'); INSERT INTO kept VALUES(2, 'new')");
    const VerifyReport report = database().verify();
    EXPECT_TRUE(report.equal());
    for (const TableDigest& digest : report.ram) {
        EXPECT_NE(digest.name, "cache");
    }
}

TEST_P(ConformanceSelection, a_foreign_key_into_an_excluded_table_is_nothing_to_the_disk) {
    open(without({"cache"}));
    run("PRAGMA foreign_keys = ON; CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES cache(id) "
        "ON DELETE CASCADE);"
        "INSERT INTO cache VALUES(50, 'x'); INSERT INTO c VALUES(1, 50), (2, 1)");
    flush_and_expect_same(volatile_);
    run("DELETE FROM cache WHERE id = 1");
    flush_and_expect_same(volatile_);
    EXPECT_EQ(on_disk("SELECT id FROM c"), Rows{{1}});
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSelection);

}  // namespace
}  // namespace tidemark::tests
