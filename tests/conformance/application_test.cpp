// What the application sees of itself on the RAM connection: the same as without tidemark.

#include "support/fixture.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

constexpr const char* schema =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE); CREATE TABLE w(k TEXT PRIMARY KEY, v "
    "INT) WITHOUT ROWID;"
    "CREATE TABLE log(id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT);"
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log(what) VALUES(NEW.a), (NEW.id); END";

const std::vector<std::string> statements{"INSERT INTO t VALUES(10, 'x'), (20, 'y')",
                                          "UPDATE t SET a = a || '!'",
                                          "INSERT OR REPLACE INTO t VALUES(30, 'x!')",
                                          "INSERT OR IGNORE INTO t VALUES(1, 'y!')",
                                          "INSERT INTO w VALUES('k', 1)",
                                          "INSERT INTO t VALUES(40, 'x!')",
                                          "DELETE FROM t WHERE id > 20",
                                          "UPDATE w SET v = 2 WHERE k = 'none'",
                                          "BEGIN",
                                          "INSERT INTO t VALUES(50, 'z')",
                                          "ROLLBACK",
                                          "DELETE FROM log WHERE id > 0",
                                          "INSERT INTO nowhere VALUES(1)",
                                          "INSERT INTO t(a) VALUES('last')",
                                          "UPDATE t SET id = id + 1 WHERE a = 'last'"};

/// What the hooks of a connection were told, in order.
struct Hooks {
    std::vector<std::string> told;

    void listen(sqlite3* db) {
        sqlite3_commit_hook(
            db,
            [](void* self) {
                static_cast<Hooks*>(self)->told.emplace_back("commit");
                return 0;
            },
            this);
        sqlite3_rollback_hook(
            db, [](void* self) { static_cast<Hooks*>(self)->told.emplace_back("rollback"); }, this);
        sqlite3_update_hook(
            db,
            [](void* self, int operation, const char* schema_name, const char* table,
               sqlite3_int64 rowid) {
                static_cast<Hooks*>(self)->told.push_back(std::to_string(operation) + " " +
                                                          schema_name + "." + table + " " +
                                                          std::to_string(rowid));
            },
            this);
    }
};

class ConformanceApplication : public KeptDatabase {
protected:
    void SetUp() override {
        prepare_file(schema);
        exec(control_, schema);
    }

    /// Runs all statements on both connections, with a sync after each, and compares what `look`
    /// sees after the statement and once more after the sync.
    template <typename Look>
    void expect_sees_the_same(const Look& look) {
        open(every_millisecond());
        for (const std::string& sql : statements) {
            SCOPED_TRACE(sql);
            const Outcome expected = try_exec(control_, sql);
            const Outcome outcome = try_exec(ram(), sql);
            EXPECT_EQ(outcome, expected);
            EXPECT_EQ(look(ram()), look(control_));
            if (!in_transaction(ram())) {
                database().flush();
                EXPECT_EQ(look(ram()), look(control_)) << "after the sync";
            }
        }
    }

    [[nodiscard]] Options every_millisecond() const {
        Options options = KeptDatabase::options();
        options.interval = 1ms;
        return options;
    }

    /// What the application forbids its connection it may forbid us too, as long as we say so and try
    /// again.
    void flush_if_allowed() {
        try {
            database().flush(500ms);
        } catch (const Error& error) {
            EXPECT_TRUE(error.retryable()) << error.what();
        }
    }

    // The hooks are told of the end of the database too: it ends before them.
    void TearDown() override { drop(); }

    Hooks expected_;
    Hooks heard_;
    Plain control_;
};

TEST_P(ConformanceApplication, changes) {
    expect_sees_the_same([](sqlite3* db) { return sqlite3_changes64(db); });
}

TEST_P(ConformanceApplication, total_changes) {
    // It counts from the beginning of a connection, and loading is a use of it.
    const std::int64_t control_before = sqlite3_total_changes64(control_);
    open(every_millisecond());
    const std::int64_t before = sqlite3_total_changes64(ram());
    for (const std::string& sql : statements) {
        (void)try_exec(control_, sql);
        (void)try_exec(ram(), sql);
        EXPECT_EQ(sqlite3_total_changes64(ram()) - before,
                  sqlite3_total_changes64(control_) - control_before)
            << sql;
    }
    database().flush();
    EXPECT_EQ(sqlite3_total_changes64(ram()) - before,
              sqlite3_total_changes64(control_) - control_before);
}

TEST_P(ConformanceApplication, last_insert_rowid) {
    expect_sees_the_same([](sqlite3* db) { return sqlite3_last_insert_rowid(db); });
}

TEST_P(ConformanceApplication, changes_and_last_insert_rowid_in_sql) {
    open(eager_options());
    for (const std::string& sql : statements) {
        (void)try_exec(control_, sql);
        (void)try_exec(ram(), sql);
        const std::string seen = "SELECT changes(), last_insert_rowid()";
        if (sql != statements.front()) {
            EXPECT_EQ(query(ram(), seen), query(control_, seen)) << sql;
        }
    }
}

TEST_P(ConformanceApplication, the_error_of_a_failing_statement_survives_syncs) {
    Options options = KeptDatabase::options();
    options.interval = 1ms;
    open(options);
    run("INSERT INTO t VALUES(1, 'taken')");
    for (int i = 0; i < 50; ++i) {
        run("INSERT INTO w VALUES(?1, 1)", {i});
        const int rc = try_exec(ram(), "INSERT INTO t VALUES(2, 'taken')").rc;
        EXPECT_EQ(rc & 0xff, SQLITE_CONSTRAINT);
        database().flush();
        EXPECT_STREQ(sqlite3_errmsg(ram()), "UNIQUE constraint failed: t.a");
        EXPECT_EQ(sqlite3_errcode(ram()) & 0xff, SQLITE_CONSTRAINT);
        EXPECT_EQ(sqlite3_extended_errcode(ram()) & 0xff, SQLITE_CONSTRAINT);
        if (HasFailure()) {
            return;
        }
    }
}

TEST_P(ConformanceApplication, the_message_of_a_syntax_error_survives_syncs) {
    open(eager_options());
    run("INSERT INTO t VALUES(1, 'x')");
    EXPECT_EQ(try_exec(ram(), "SELECT a, FROM t").rc, SQLITE_ERROR);
    const std::string message = sqlite3_errmsg(ram());
    database().flush();
    EXPECT_EQ(sqlite3_errmsg(ram()), message);
    EXPECT_EQ(sqlite3_errcode(ram()), SQLITE_ERROR);
    // sqlite3_error_offset() is lost: nothing can set it.
}

TEST_P(ConformanceApplication, its_commit_rollback_and_update_hooks) {
    open(eager_options());
    expected_.listen(control_);
    heard_.listen(ram());
    for (const std::string& sql : statements) {
        (void)try_exec(control_, sql);
        (void)try_exec(ram(), sql);
        if (!in_transaction(ram())) {
            database().flush();
        }
        ASSERT_EQ(heard_.told, expected_.told) << sql;
    }
    EXPECT_FALSE(expected_.told.empty());
    EXPECT_TRUE(same_on_disk(ram(), path()));
}

TEST_P(ConformanceApplication, hooks_that_were_set_before_attaching) {
    const Plain own(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
    heard_.listen(own);
    auto database = Database::attach(own, path(), options());
    heard_.told.clear();
    exec(own, "INSERT INTO t VALUES(1, 'x')");
    const std::vector<std::string> insert{"18 main.t 1", "18 main.log 1", "18 main.log 2",
                                          "commit"};
    EXPECT_EQ(heard_.told, insert);
    database.flush();
    EXPECT_TRUE(same_on_disk(own, path()));

    // SQLite calls the commit hook for TEMP objects too, and nothing can keep it from it: once when
    // the triggers are made anew, once when they are removed (docs/design.md).
    heard_.told.clear();
    exec(own, "CREATE TABLE u(x)");
    database.flush();
    EXPECT_EQ(heard_.told, (std::vector<std::string>{"commit", "commit"}));

    heard_.told.clear();
    database.close();
    EXPECT_EQ(heard_.told, std::vector<std::string>{"commit"});

    heard_.told.clear();
    exec(own, "DELETE FROM t WHERE id = 1");
    EXPECT_EQ(heard_.told, (std::vector<std::string>{"9 main.t 1", "commit"}))
        << "still the application's after close";
}

TEST_P(ConformanceApplication, its_commit_hook_may_refuse) {
    open(eager_options());
    run("INSERT INTO t VALUES(1, 'x')");
    sqlite3_commit_hook(
        ram(), [](void*) { return 1; }, nullptr);
    EXPECT_EQ(try_exec(ram(), "INSERT INTO t VALUES(2, 'refused')").rc, SQLITE_CONSTRAINT);
    sqlite3_commit_hook(ram(), nullptr, nullptr);
    run("INSERT INTO t VALUES(3, 'z')");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT id FROM t"), (Rows{{1}, {3}}));
}

TEST_P(ConformanceApplication, its_authorizer_may_hinder_us_and_nothing_is_lost_or_wrong) {
    open();
    sqlite3_set_authorizer(
        ram(),
        [](void*, int action, const char*, const char*, const char*, const char*) {
            return action == SQLITE_READ ? SQLITE_IGNORE : SQLITE_OK;
        },
        nullptr);
    run("INSERT INTO t VALUES(1, 'x'); INSERT INTO w VALUES('k', 1)");
    flush_if_allowed();
    sqlite3_set_authorizer(
        ram(),
        [](void*, int, const char*, const char*, const char*, const char*) { return SQLITE_DENY; },
        nullptr);
    flush_if_allowed();
    sqlite3_set_authorizer(ram(), nullptr, nullptr);
    flush_and_expect_same();
}

TEST_P(ConformanceApplication, its_progress_handler_may_interrupt_us_and_nothing_is_lost) {
    open();
    run("INSERT INTO t VALUES(1, 'x'); CREATE TABLE u(x); INSERT INTO u VALUES(1)");
    sqlite3_progress_handler(
        ram(), 1, [](void*) { return 1; }, nullptr);
    flush_if_allowed();
    sqlite3_progress_handler(ram(), 0, nullptr, nullptr);
    flush_and_expect_same();
}

TEST_P(ConformanceApplication, an_interrupt_interrupts_the_applications_statement_only) {
    open(eager_options());
    for (int i = 0; i < 100; ++i) {
        run("INSERT INTO w VALUES(?1, 1)", {i});
        sqlite3_interrupt(ram());
    }
    flush_and_expect_same();
}

TEST_P(ConformanceApplication, is_in_no_transaction_of_ours_whenever_it_holds_the_mutex) {
    // Without the mutex it may see one for a moment: sqlite3_get_autocommit() takes none, and the
    // session extension brackets what it reads with a savepoint (docs/design.md).
    open(every_millisecond());
    for (int i = 0; i < 3000; ++i) {
        if (i % 100 == 0) {
            run("INSERT INTO t(a) VALUES(?1)", {i});
            run("INSERT INTO w VALUES(?1, 1)", {i});
        }
        if (i % 500 == 0) {
            run("CREATE TABLE made" + std::to_string(i) + "(x)");
        }
        sqlite3_mutex_enter(sqlite3_db_mutex(ram()));
        const int autocommit = sqlite3_get_autocommit(ram());
        sqlite3_mutex_leave(sqlite3_db_mutex(ram()));
        ASSERT_NE(autocommit, 0) << "look " << i;
        std::this_thread::yield();
    }
}

TEST_P(ConformanceApplication, the_main_schema_holds_nothing_of_ours) {
    open();
    run("INSERT INTO t VALUES(1, 'x')");
    database().flush();
    EXPECT_EQ(query(ram(), "SELECT type, name, sql FROM main.sqlite_schema ORDER BY 1, 2"),
              query(control_, "SELECT type, name, sql FROM main.sqlite_schema ORDER BY 1, 2"));
}

TEST_P(ConformanceApplication, settings_are_those_of_a_fresh_connection) {
    open();
    for (const char* pragma :
         {"foreign_keys", "recursive_triggers", "trusted_schema", "defer_foreign_keys",
          "ignore_check_constraints", "cache_size", "case_sensitive_like", "query_only",
          "read_uncommitted", "writable_schema", "cell_size_check", "count_changes"}) {
        EXPECT_EQ(query(ram(), std::string("PRAGMA ") + pragma),
                  query(control_, std::string("PRAGMA ") + pragma))
            << pragma;
    }
    int triggers_enabled = 0;
    sqlite3_db_config(ram(), SQLITE_DBCONFIG_ENABLE_TRIGGER, -1, &triggers_enabled);
    EXPECT_EQ(triggers_enabled, 1);
}

TEST_P(ConformanceApplication, writes_work_with_an_untrusted_schema_and_in_defensive_mode) {
    open();
    sqlite3_db_config(ram(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    run("PRAGMA trusted_schema = OFF; INSERT INTO t VALUES(1, 'x'); UPDATE t SET a = 'y'; INSERT "
        "INTO w VALUES('k', 1)");
    flush_and_expect_same();
}

TEST_P(ConformanceApplication, limits_of_the_connection_stay_usable) {
    open();
    sqlite3_limit(ram(), SQLITE_LIMIT_SQL_LENGTH, 200);
    sqlite3_limit(ram(), SQLITE_LIMIT_VARIABLE_NUMBER, 5);
    run("INSERT INTO t VALUES(1, 'x'); INSERT INTO w VALUES('k', 1)");
    EXPECT_NO_THROW(database().flush());
    run("CREATE TABLE u(x, y, z); INSERT INTO u VALUES(1, 2, 3)");
    EXPECT_NO_THROW(database().flush());
    sqlite3_limit(ram(), SQLITE_LIMIT_SQL_LENGTH, 1'000'000);
    EXPECT_TRUE(same_on_disk(ram(), path()));
}

TEST_P(ConformanceApplication, a_plan_is_not_changed) {
    open();
    const std::string sql = "EXPLAIN QUERY PLAN SELECT * FROM t WHERE a = 'x' ORDER BY id";
    EXPECT_EQ(query(ram(), sql), query(control_, sql));
}

TEST_P(ConformanceApplication, a_write_without_change_is_no_error) {
    open(eager_options());
    run("UPDATE t SET a = 'x' WHERE 0; DELETE FROM t WHERE 0; INSERT INTO t SELECT 1, 2 WHERE 0; "
        "BEGIN; COMMIT");
    flush_and_expect_same();
    EXPECT_EQ(database().status().pending_changes, 0U);
}

// A change of the TEMP schema ends every statement that is being stepped, as soon as it opens another
// cursor. The second half of a UNION ALL opens one.
TEST_P(ConformanceApplication, a_half_read_select_goes_on_over_a_cut_that_changes_the_triggers) {
    open();
    run("CREATE TABLE a(x INTEGER PRIMARY KEY); CREATE TABLE b(x INTEGER PRIMARY KEY);"
        "INSERT INTO a VALUES(1), (2); INSERT INTO b VALUES(3), (4)");
    flush_and_expect_same();
    Statement select(ram(), "SELECT x FROM a UNION ALL SELECT x FROM b");
    ASSERT_TRUE(select.step());
    run("CREATE TABLE c(x); INSERT INTO c VALUES(1)");
    flush_and_expect_same();
    run("INSERT INTO c VALUES(2); UPDATE b SET x = x + 10");
    flush_and_expect_same();
    for (const int expected : {2, 13, 14}) {
        ASSERT_TRUE(select.step());
        EXPECT_EQ(sqlite3_column_int(select.get(), 0), expected);
    }
    EXPECT_FALSE(select.step());
    run("INSERT INTO c VALUES(3)");
    flush_and_expect_same();
    const std::uint64_t copies = database().status().whole_copies;
    run("INSERT INTO c VALUES(4)");
    flush_and_expect_same();
    EXPECT_EQ(database().status().whole_copies, copies) << "the triggers are there again";
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceApplication);

/// Under the session strategy the one preupdate hook of a connection is occupied.
class ConformancePreupdateHook : public KeptDatabase {};

TEST_P(ConformancePreupdateHook, is_the_applications_under_the_trigger_strategy) {
    prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE n(x)");
    open(eager_options());
    int calls = 0;
    sqlite3_preupdate_hook(
        ram(),
        [](void* count, sqlite3*, int, const char*, const char* table, sqlite3_int64,
           sqlite3_int64) { *static_cast<int*>(count) += table != nullptr ? 1 : 0; },
        &calls);
    run("INSERT INTO t VALUES(1, 'x'), (2, 'y'); UPDATE t SET a = 'z'; DELETE FROM t WHERE id = 1; "
        "INSERT INTO n VALUES(1)");
    flush_and_expect_same();
    EXPECT_EQ(calls, 6);
    run("CREATE TABLE u(x); INSERT INTO u VALUES(1)");
    flush_and_expect_same();
    EXPECT_GE(calls, 7);
    sqlite3_preupdate_hook(ram(), nullptr, nullptr);
}

INSTANTIATE_TEST_SUITE_P(Strategies, ConformancePreupdateHook, ::testing::Values(Strategy::trigger),
                         strategy_name);

}  // namespace
}  // namespace tidemark::tests
