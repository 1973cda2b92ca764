// What sessions have recorded is made into changesets in the background, a part at a time, long before
// a cut asks for it. Nobody sees anything of it but that less memory is needed; tests/capture has it
// step by step.

#include "support/fixture.hpp"
#include "support/waiting.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

class ConformanceSealing : public KeptDatabase {
protected:
    void SetUp() override {
        prepare_file(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, n INT, payload TEXT);"
            "CREATE TABLE named(id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
            "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 2000) "
            "INSERT INTO t SELECT n, 0, hex(zeroblob(500)) FROM i;"
            "INSERT INTO named VALUES(1, 'one'), (2, 'two')");
        open();
    }

    /// A session holds a whole row for each that was changed: two megabytes. In a part it is one number.
    void change_all_rows_and_wait_until_they_are_sealed() {
        Statement update(ram(), "UPDATE t SET n = n + 1 WHERE id = ?1");
        for (int id = 1; id <= 2000; ++id) {
            Cell(id).bind(update.get(), 1);
            update.step();
            update.reset();
        }
        EXPECT_TRUE(becomes_true([&] {
            // The background looks again when something has changed.
            run("UPDATE named SET name = name WHERE id = 1");
            return database().status().pending_bytes <= 1'000'000;
        })) << database().status().pending_bytes;
    }
};

TEST_P(ConformanceSealing, parts_and_rest_come_to_the_disk_together) {
    change_all_rows_and_wait_until_they_are_sealed();
    run("UPDATE t SET n = -n WHERE id > 1990; DELETE FROM t WHERE id < 10");
    EXPECT_EQ(on_disk("SELECT count(*), max(n) FROM t"), (Rows{{2000, 0}}));
    const std::uint64_t mark = database().status().mark;
    flush_and_expect_same();
    EXPECT_EQ(database().status().mark, mark + 1) << "one batch";
    EXPECT_EQ(database().status().whole_copies, 0U);
    EXPECT_EQ(database().status().pending_bytes, 0U);
}

TEST_P(ConformanceSealing, an_open_transaction_and_a_change_of_the_schema_behind_parts) {
    change_all_rows_and_wait_until_they_are_sealed();
    run("BEGIN; DELETE FROM t; SAVEPOINT s; DROP TABLE named; ROLLBACK TO s");
    std::this_thread::sleep_for(20ms);  // the background may look at it
    run("ROLLBACK; UPDATE named SET name = 'x' WHERE id = 1");
    change_all_rows_and_wait_until_they_are_sealed();
    run("ALTER TABLE t RENAME COLUMN n TO m; UPDATE t SET m = m + 1 WHERE id = 7");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT m FROM t WHERE id IN (6, 7)"), (Rows{{2}, {3}}));
}

INSTANTIATE_TEST_SUITE_P(Strategies, ConformanceSealing, ::testing::Values(Strategy::session),
                         strategy_name);

}  // namespace
}  // namespace tidemark::tests
