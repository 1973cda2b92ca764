// What the application sets, and what it does to its connection as a whole: it stays as it was set,
// and tidemark works with it.

#include "support/fixture.hpp"

#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

class ConformanceApplicationSettings : public KeptDatabase {
protected:
    void SetUp() override { prepare_file(schema); }

    static constexpr const char* schema =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE); CREATE TABLE n(x);"
        "CREATE TABLE g(id INTEGER PRIMARY KEY, a, b AS (a || '!') STORED);"
        "CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO t VALUES(1, 'one'); INSERT INTO n "
        "VALUES(1)";

    /// Rows of every kind, and a change of the schema; each of them synced.
    void live_a_little(int round) {
        const std::string n = std::to_string(round);
        run("INSERT INTO t(a) VALUES('row " + n +
            "'); UPDATE n SET x = x + 1; INSERT INTO g(a) "
            "VALUES(" +
            n + "); INSERT INTO f VALUES('tide " + n + "')");
        flush_and_expect_same();
        run("CREATE TABLE made" + n + "(x); INSERT INTO made" + n + " VALUES(1)");
        flush_and_expect_same();
    }
};

TEST_P(ConformanceApplicationSettings, stay_what_they_were_without_being_set) {
    const Plain control;
    exec(control, schema);
    open();
    live_a_little(1);
    EXPECT_EQ(query(ram(), "PRAGMA busy_timeout"), Rows{{0}});
    for (const char* pragma : {"foreign_keys",
                               "recursive_triggers",
                               "trusted_schema",
                               "defer_foreign_keys",
                               "ignore_check_constraints",
                               "cache_size",
                               "cache_spill",
                               "case_sensitive_like",
                               "query_only",
                               "read_uncommitted",
                               "reverse_unordered_selects",
                               "writable_schema",
                               "cell_size_check",
                               "count_changes",
                               "full_column_names",
                               "short_column_names",
                               "automatic_index",

                               "secure_delete",
                               "synchronous",

                               "journal_mode",
                               "locking_mode",
                               "max_page_count",
                               "legacy_alter_table",
                               "threads"}) {
        EXPECT_EQ(query(ram(), std::string("PRAGMA ") + pragma),
                  query(control, std::string("PRAGMA ") + pragma))
            << pragma;
    }
}

TEST_P(ConformanceApplicationSettings, stay_what_the_application_made_of_them) {
    const std::vector<std::pair<std::string, Cell>> settings{
        {"foreign_keys", 1},       {"recursive_triggers", 1},        {"trusted_schema", 0},
        {"cache_size", -1234},     {"reverse_unordered_selects", 1}, {"cell_size_check", 1},
        {"automatic_index", 0},    {"busy_timeout", 4321},           {"secure_delete", 1},
        {"legacy_alter_table", 1}, {"ignore_check_constraints", 1},  {"read_uncommitted", 1}};
    open();
    for (const auto& [name, value] : settings) {
        run("PRAGMA " + name + " = " + value.to_string());
    }
    for (int round = 0; round < 3; ++round) {
        live_a_little(round);
        for (const auto& [name, value] : settings) {
            EXPECT_EQ(query_one(ram(), "PRAGMA " + name), value) << name;
        }
    }
}

TEST_P(ConformanceApplicationSettings, may_forbid_writing) {
    open();
    run("INSERT INTO t(a) VALUES('two'); INSERT INTO n VALUES(2); PRAGMA query_only = ON");
    flush_and_expect_same();
    run("PRAGMA query_only = OFF; CREATE TABLE made(x); PRAGMA query_only = ON");
    try {
        database().flush(std::chrono::milliseconds{500});
    } catch (const Error& error) {
        EXPECT_TRUE(error.retryable()) << error.what();
    }
    EXPECT_EQ(query(ram(), "PRAGMA query_only"), Rows{{1}});
    run("PRAGMA query_only = OFF; INSERT INTO made VALUES(1)");
    flush_and_expect_same();
}

TEST_P(ConformanceApplicationSettings,
       total_changes_counts_nothing_of_ours_when_the_schema_changes) {
    const Plain control;
    exec(control, schema);
    open();
    const std::int64_t before = sqlite3_total_changes64(ram());
    const std::int64_t control_before = sqlite3_total_changes64(control);
    for (const char* step :
         {"INSERT INTO t(a) VALUES('two')", "CREATE TABLE made(x)",
          "INSERT INTO made VALUES(1), (2)", "ALTER TABLE t ADD COLUMN c DEFAULT 1",
          "DELETE FROM n", "DROP TABLE made"}) {
        SCOPED_TRACE(step);
        run(step);
        exec(control, step);
        for (int look = 0; look < 2; ++look) {
            EXPECT_EQ(sqlite3_total_changes64(ram()) - before,
                      sqlite3_total_changes64(control) - control_before);
            EXPECT_EQ(sqlite3_changes64(ram()), sqlite3_changes64(control));
            EXPECT_EQ(sqlite3_last_insert_rowid(ram()), sqlite3_last_insert_rowid(control));
            database().flush();
        }
    }
}

TEST_P(ConformanceApplicationSettings, savepoints_may_have_the_names_that_others_like_too) {
    open();
    for (const std::string name : {"changeset", "tidemark", "_tidemark", "replace_op", "main"}) {
        SCOPED_TRACE(name);
        run("SAVEPOINT " + name + "; INSERT INTO t(a) VALUES('" + name +
            "'); INSERT INTO n VALUES('" + name + "')");
        EXPECT_THROW(database().flush(std::chrono::milliseconds{20}), Error);
        run("SAVEPOINT " + name + "; DELETE FROM t; ROLLBACK TO " + name + "; RELEASE " + name +
            "; RELEASE " + name);
        flush_and_expect_same();
    }
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{6}});
}

TEST_P(ConformanceApplicationSettings, a_function_that_the_disk_lacks_is_an_error_or_no_hindrance) {
    const auto define_twice = [](sqlite3* db) {
        sqlite3_create_function_v2(
            db, "twice", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr,
            [](sqlite3_context* context, int, sqlite3_value** values) {
                sqlite3_result_int64(context, 2 * sqlite3_value_int64(values[0]));
            },
            nullptr, nullptr, nullptr);
    };
    open();
    define_twice(ram());
    for (const char* step :
         {"CREATE TABLE d(id INTEGER PRIMARY KEY, a INT); CREATE INDEX i ON d(twice(a))",
          "INSERT INTO d(a) VALUES(1), (2)", "UPDATE d SET a = a + 1; DELETE FROM d WHERE id = 1",
          "ALTER TABLE d ADD COLUMN b DEFAULT 1", "UPDATE d SET b = 2", "DROP INDEX i"}) {
        SCOPED_TRACE(step);
        run(step);
        try {
            database().flush(std::chrono::seconds{1});
            const Plain disk(path());
            define_twice(disk);
            EXPECT_EQ(integrity(disk), "ok");
            EXPECT_TRUE(same(ram(), disk));
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find("no such function"), std::string::npos)
                << error.what();
        }
    }
    flush_and_expect_same();
}

TEST_P(ConformanceApplicationSettings, a_backup_into_the_ram_database_replaces_the_disk_as_well) {
    const Plain source;
    exec(source,
         "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE); INSERT INTO t VALUES(1, "
         "'restored'), (7, 'restored too'); PRAGMA user_version = 9");
    open();
    live_a_little(1);
    run("INSERT INTO t(a) VALUES('soon gone')");
    sqlite3_backup* backup = sqlite3_backup_init(ram(), "main", source, "main");
    ASSERT_NE(backup, nullptr) << sqlite3_errmsg(ram());
    EXPECT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    EXPECT_EQ(sqlite3_backup_finish(backup), SQLITE_OK);
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT id FROM t"), (Rows{{1}, {7}}));
    run("INSERT INTO t VALUES(8, 'goes on'); UPDATE t SET a = 'changed' WHERE id = 1");
    flush_and_expect_same();
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceApplicationSettings);

}  // namespace
}  // namespace tidemark::tests
