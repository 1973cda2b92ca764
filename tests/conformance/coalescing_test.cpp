// A row that is changed again and again costs one entry, whatever the strategy.

#include "support/fixture.hpp"
#include "support/waiting.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

class ConformanceCoalescing : public KeptDatabase {
protected:
    void SetUp() override {
        prepare_file(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, n INT, payload TEXT);"
            "CREATE TABLE named(id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INT);"
            "INSERT INTO t VALUES(1, 0, 'a payload of some length, as rows have it'), (2, 0, 'b');"
            "INSERT INTO named VALUES(1, 'one', 0), (2, 'two', 0)");
        open(patient());
    }

    /// Nothing is cut but by a flush. The limit decides how soon what is pending is coalesced.
    [[nodiscard]] Options patient(std::uint64_t pending_bytes_max = 512U << 10U) const {
        Options options = KeptDatabase::options();
        options.cut_changes = 0;
        options.cut_bytes = 0;
        options.pending_bytes_max = pending_bytes_max;
        return options;
    }

    /// One statement or one transaction. Waits where the background has not caught up with a test that does nothing but write.
    void run_patiently(const std::string& sql) {
        const auto give_up = std::chrono::steady_clock::now() + 30s;
        for (;;) {
            const Outcome outcome = try_exec(ram(), sql);
            if (outcome.rc == SQLITE_OK) return;
            if (in_transaction(ram())) run("ROLLBACK");
            if (outcome.rc != SQLITE_FULL || std::chrono::steady_clock::now() > give_up) {
                FAIL() << sql << ": " << outcome.message;
            }
            std::this_thread::sleep_for(1ms);
        }
    }

    void repeat(int times, const std::string& sql) {
        for (int i = 0; i < times && !HasFatalFailure(); ++i) run_patiently(sql);
    }

    [[nodiscard]] bool is_trigger() const { return GetParam() == Strategy::trigger; }

    void wait_for_coalescing(std::uint64_t changes) {
        if (!is_trigger()) return;
        ASSERT_TRUE(becomes_true([&] { return database().status().coalesced_changes >= changes; }))
            << database().status().coalesced_changes << " of " << changes << " changes";
    }
};

// Sessions have no queue.
class ConformanceCoalescedQueue : public ConformanceCoalescing {};

TEST_P(ConformanceCoalescing, a_hot_row_does_not_cost_a_record_for_each_change) {
    repeat(40'000, "UPDATE t SET n = n + 1 WHERE id = 1");
    wait_for_coalescing(20'000);
    const Status status = database().status();
    EXPECT_LT(status.pending_bytes, 512U << 10U) << "40,000 records would be more than 2 MB";
    EXPECT_FALSE(status.refusing_writes);
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT n FROM t WHERE id = 1"), Rows{{40'000}});
    EXPECT_EQ(database().status().whole_copies, 0U);
    EXPECT_EQ(database().status().pending_bytes, 0U);
}

TEST_P(ConformanceCoalescing, rows_that_come_and_go_leave_little) {
    for (int i = 0; i < 10'000 && !HasFatalFailure(); ++i) {
        run_patiently("INSERT INTO t(n, payload) VALUES(1, 'a job of some length')");
        run_patiently("DELETE FROM t WHERE n = 1");
    }
    wait_for_coalescing(10'000);
    flush_and_expect_same();
    EXPECT_EQ(database().status().whole_copies, 0U);
}

TEST_P(ConformanceCoalescing, a_hot_row_with_a_unique_column_too) {
    repeat(20'000, "UPDATE named SET n = n + 1 WHERE name = 'one'");
    wait_for_coalescing(10'000);
    run("INSERT OR REPLACE INTO named VALUES(3, 'one', 7); UPDATE named SET name = 'one' WHERE id "
        "= 2 AND 0; UPDATE OR REPLACE named SET name = 'one' WHERE id = 2");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT id, name FROM named"), (Rows{{2, "one"}}));
    EXPECT_EQ(database().status().whole_copies, 0U);
}

TEST_P(ConformanceCoalescing, what_is_rolled_back_leaves_no_trace) {
    for (int i = 0; i < 4000 && !HasFatalFailure(); ++i) {
        run_patiently("UPDATE t SET n = n + 1 WHERE id = 1");
        run_patiently(
            "BEGIN; UPDATE t SET n = -1; SAVEPOINT s; DELETE FROM t; ROLLBACK TO s;"
            "UPDATE named SET n = n + 1; ROLLBACK");
        run_patiently(
            "BEGIN; UPDATE t SET n = n + 1 WHERE id = 2; SAVEPOINT s; DELETE FROM t;"
            "ROLLBACK TO s; COMMIT");
    }
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT n FROM t"), (Rows{{4000}, {4000}}));
}

TEST_P(ConformanceCoalescing, changes_of_the_schema_behind_it) {
    for (const char* ddl :
         {"CREATE UNIQUE INDEX i ON t(payload)", "DROP INDEX i",
          "ALTER TABLE t ADD COLUMN more DEFAULT 1", "ALTER TABLE t RENAME COLUMN payload TO body",
          "ALTER TABLE t DROP COLUMN more",
          "CREATE TRIGGER on_t AFTER UPDATE ON t BEGIN UPDATE named SET n = NEW.n WHERE id = 1; "
          "END",
          "CREATE TABLE another(x); INSERT INTO another VALUES(1)",
          "DROP TABLE t;"
          "CREATE TABLE t(id INTEGER PRIMARY KEY, n INT UNIQUE); INSERT INTO t VALUES(1, 1)"}) {
        SCOPED_TRACE(ddl);
        const std::uint64_t before = database().status().coalesced_changes;
        repeat(8000, "UPDATE t SET n = n + 1 WHERE id = 1");
        wait_for_coalescing(before + 1);
        run(ddl);
        repeat(10, "UPDATE t SET n = n + 1 WHERE id = 1");
        flush_and_expect_same();
    }
}

TEST_P(ConformanceCoalescedQueue, shows_what_is_left_with_the_numbers_that_it_had) {
    run("INSERT INTO named VALUES(9, 'first', 0)");
    repeat(20'000, "UPDATE t SET n = n + 1 WHERE id = 1");
    run("INSERT INTO named VALUES(10, 'last', 0)");
    wait_for_coalescing(10'000);
    const Rows named = query(
        ram(), "SELECT id, operation, \"transaction\" FROM _sync_queue WHERE table_name = 'named'");
    EXPECT_EQ(named, (Rows{{1, "INSERT", 1}, {20'002, "INSERT", 20'002}}));
    EXPECT_LT(query_one(ram(), "SELECT count(*) FROM _sync_queue").integer(), 15'000);
    EXPECT_EQ(query(ram(),
                    "SELECT id, json_extract(record_data, '$.n') FROM _sync_queue WHERE "
                    "table_name = 't' ORDER BY id DESC LIMIT 1"),
              (Rows{{20'001, 20'000}}));
    EXPECT_EQ(query_one(ram(),
                        "SELECT count(*) FROM (SELECT id - lag(id) OVER () AS step FROM "
                        "_sync_queue) WHERE step < 1"),
              Cell(0))
        << "in order";
    flush_and_expect_same();
    run("INSERT INTO named VALUES(11, 'next', 0)");
    EXPECT_EQ(query(ram(), "SELECT id, \"transaction\" FROM _sync_queue"),
              (Rows{{20'003, 20'003}}));
}

TEST_P(ConformanceCoalescedQueue, is_complete_as_long_as_it_is_small) {
    close();
    open(patient(64U << 20U));
    repeat(5000, "UPDATE t SET n = n + 1 WHERE id = 1");
    EXPECT_EQ(query_one(ram(), "SELECT count(*) FROM _sync_queue"), Cell(5000));
    EXPECT_EQ(database().status().coalesced_changes, 0U);
}

TEST_P(ConformanceCoalescing, goes_on_while_the_disk_is_blocked) {
    close();
    Options options = patient();
    options.interval = 5ms;
    options.busy_timeout = 0ms;
    options.retry_pause_first = 5ms;
    open(options);
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    repeat(40'000, "UPDATE t SET n = n + 1 WHERE id = 1");
    EXPECT_LT(database().status().pending_bytes, 1U << 20U);
    exec(foreigner, "ROLLBACK");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT n FROM t WHERE id = 1"), Rows{{40'000}});
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceCoalescing);
INSTANTIATE_TEST_SUITE_P(Strategies, ConformanceCoalescedQueue,
                         ::testing::Values(Strategy::trigger), strategy_name);

}  // namespace
}  // namespace tidemark::tests
