// Effects replayed: forward from the database of the start they give that of the end, and backward
// from that of the end the start, whatever was done to it, with either strategy.

#include "history/walk.hpp"

#include "property/random_program.hpp"
#include "support/fixture.hpp"
#include "support/property.hpp"

#include <rapidcheck.h>

#include <memory>
#include <optional>
#include <string>

namespace tidemark::tests {
namespace {

/// A kept database, and what it was when its history began.
class Recorded {
public:
    Recorded(Strategy strategy, const std::string& schema) {
        options_.strategy = strategy;
        options_.interval = std::chrono::hours{1};
        options_.synchronous = Synchronous::off;
        options_.history.enabled = true;
        exec(Plain(path_), "PRAGMA synchronous = OFF;" + schema);
        open();
        foreign_keys_ = schema.starts_with("PRAGMA foreign_keys");
        if (foreign_keys_) exec(ram(), "PRAGMA foreign_keys = ON");
        copy_file(path_, start_);
    }

    [[nodiscard]] sqlite3* ram() { return database_->handle(); }
    void flush() { database_->flush(); }
    void reopen() {
        database_->close();
        database_.reset();
        open();
        if (foreign_keys_) exec(ram(), "PRAGMA foreign_keys = ON");
    }

    /// Closes it. Both ways along the history, each from a copy.
    [[nodiscard]] ::testing::AssertionResult walks_both_ways() {
        database_->close();
        const std::uint64_t mark = database_->status().mark;
        database_.reset();
        const std::string end = directory_.file("end.db");
        copy_file(path_, end);
        exec(Plain(end), "DROP TABLE _tidemark_state");
        const std::string start = directory_.file("start without.db");
        copy_file(start_, start);
        exec(Plain(start), "DROP TABLE _tidemark_state");
        const std::string forward = directory_.file("forward.db");
        copy_file(start, forward);
        const std::string backward = directory_.file("backward.db");
        copy_file(end, backward);
        Walk(forward, path_ + "-history").forward(0, mark);
        Walk(backward, path_ + "-history").backward(mark, 0);
        const auto there = same(Plain(end), Plain(forward));
        const auto back = same(Plain(start), Plain(backward));
        if (!there) return ::testing::AssertionFailure() << "forward: " << there.message();
        if (!back) return ::testing::AssertionFailure() << "backward: " << back.message();
        if (integrity(Plain(backward)) != "ok" || integrity(Plain(forward)) != "ok") {
            return ::testing::AssertionFailure() << integrity(Plain(backward));
        }
        return ::testing::AssertionSuccess();
    }

private:
    void open() { database_.emplace(Database::open(path_, options_)); }

    TemporaryDirectory directory_;
    std::string path_ = directory_.file("kept.db");
    std::string start_ = directory_.file("start.db");
    Options options_;
    bool foreign_keys_ = false;
    std::optional<Database> database_;
};

class HistoryWalk : public ::testing::TestWithParam<Strategy> {
protected:
    static void expect_walk(const std::string& schema, const std::vector<std::string>& batches) {
        Recorded recorded(GetParam(), schema);
        for (const std::string& sql : batches) {
            exec(recorded.ram(), sql);
            recorded.flush();
        }
        EXPECT_TRUE(recorded.walks_both_ways());
    }
};

TEST_P(HistoryWalk, goes_both_ways_over_rows_of_any_value) {
    expect_walk("CREATE TABLE t(k INTEGER PRIMARY KEY, r REAL, x, s TEXT)",
                {"INSERT INTO t VALUES(1, 5, NULL, ''), (2, -0.0, x'', 'a'), (3, 1e999, 1, NULL)",
                 "UPDATE t SET r = 7, x = zeroblob(3000), s = 'b' WHERE k < 3",
                 "UPDATE t SET k = k + 10; DELETE FROM t WHERE k = 11", "DELETE FROM t"});
}

TEST_P(HistoryWalk, knows_the_rows_that_replace_has_deleted) {
    expect_walk("CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE, w UNIQUE)",
                {"INSERT INTO t VALUES(1, 1, 1), (2, 2, 2), (3, 3, 3)",
                 "INSERT OR REPLACE INTO t VALUES(1, 2, 3)",
                 "INSERT INTO t VALUES(5, 5, 5); UPDATE OR REPLACE t SET u = 2 WHERE k = 5"});
}

TEST_P(HistoryWalk, takes_what_was_written_twice_once) {
    expect_walk("CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE)",
                {"INSERT INTO t VALUES(1, 'a'), (2, 'b'), (3, 'c')",
                 "UPDATE t SET u = NULL WHERE k = 1; UPDATE t SET u = 'a' WHERE k = 2;"
                 "UPDATE t SET u = 'b' WHERE k = 1; DELETE FROM t WHERE k = 3;"
                 "INSERT INTO t VALUES(4, 'c')"});
}

TEST_P(HistoryWalk, goes_over_defaults_of_added_columns) {
    expect_walk(
        "CREATE TABLE t(k INTEGER PRIMARY KEY, u); INSERT INTO t VALUES(1, 1), (2, 2);"
        "ALTER TABLE t ADD COLUMN d DEFAULT 'old'",
        {"UPDATE t SET u = 5 WHERE k = 1", "DELETE FROM t WHERE k = 2",
         "ALTER TABLE t ADD COLUMN e DEFAULT 7.5", "UPDATE t SET u = 6; DELETE FROM t"});
}

TEST_P(HistoryWalk, goes_over_generated_columns) {
    expect_walk(
        "CREATE TABLE t(a AS (x || 1), x REAL, b AS (y) STORED, k INTEGER PRIMARY KEY,"
        " c AS (k), y); CREATE TABLE w(v AS (k + y), y, k, z REAL, PRIMARY KEY(k))"
        " WITHOUT ROWID",
        {"INSERT INTO t(k, x, y) VALUES(1, 2, 3), (4, 5.5, 6)",
         "INSERT INTO w(k, y, z) VALUES(1, 2, 3), (4, 5.5, 6)",
         "UPDATE t SET y = 3.0, x = 8; UPDATE w SET z = 9, y = 'y'",
         "DELETE FROM t; UPDATE w SET k = k + 1; DELETE FROM w WHERE k = 2"});
}

TEST_P(HistoryWalk, goes_over_statistics_of_tables_that_are_altered_or_dropped) {
    expect_walk(
        "CREATE TABLE t(k TEXT PRIMARY KEY, u UNIQUE); CREATE TABLE o(a UNIQUE);"
        "INSERT INTO t VALUES('a', 1), ('b', 2); INSERT INTO o VALUES(1)",
        {"ANALYZE", "ALTER TABLE t ADD COLUMN n DEFAULT 2", "ANALYZE", "DROP TABLE t"});
}

TEST_P(HistoryWalk, goes_over_statistics_of_tables_that_are_created_anew) {
    expect_walk(
        "CREATE TABLE t(k PRIMARY KEY, u) WITHOUT ROWID; CREATE TABLE o(a UNIQUE);"
        "INSERT INTO t VALUES('a', 1), ('b', 2); INSERT INTO o VALUES(1); ANALYZE",
        {"ALTER TABLE t RENAME TO swap; ALTER TABLE swap RENAME TO t",
         "ALTER TABLE t ADD COLUMN n; ANALYZE t; INSERT INTO t VALUES(1, 2, 3); ANALYZE o;"
         "ANALYZE t",
         "DELETE FROM sqlite_stat1 WHERE tbl = 't'; ANALYZE; ALTER TABLE t DROP COLUMN u", "VACUUM",
         "DROP TABLE t; CREATE TABLE t(k UNIQUE); INSERT INTO t VALUES(1)",
         "ANALYZE; DROP TABLE t; CREATE TABLE t(k); ANALYZE", "DROP TABLE sqlite_stat1"});
}

TEST_P(HistoryWalk, goes_over_changes_of_the_schema) {
    expect_walk(
        "CREATE TABLE t(k INTEGER PRIMARY KEY, u); INSERT INTO t VALUES(1, 1), (2, 2)",
        {"CREATE TABLE s(a, b); INSERT INTO s VALUES(1, 2); CREATE INDEX i ON s(b)",
         "ALTER TABLE t RENAME TO t2; UPDATE t2 SET u = 8", "ALTER TABLE t2 RENAME COLUMN u TO w",
         "ALTER TABLE t2 DROP COLUMN w", "DROP TABLE s",
         "CREATE VIEW v AS SELECT * FROM t2; CREATE TRIGGER g AFTER INSERT ON t2 BEGIN SELECT 1; "
         "END",
         "INSERT INTO t2 VALUES(7); CREATE UNIQUE INDEX j ON t2(k)",
         "DROP VIEW v; DROP INDEX j; DROP TABLE t2"});
}

TEST_P(HistoryWalk, goes_over_rows_older_than_a_column_where_nothing_names_a_row) {
    expect_walk(
        "CREATE TABLE h(rowid, oid, _rowid_, k);"
        "INSERT INTO h(k) VALUES(1), (2), (3), (3)",
        {"ALTER TABLE h ADD COLUMN n DEFAULT 7; DELETE FROM h WHERE k = 1",
         "UPDATE h SET oid = 5 WHERE k = 2", "INSERT INTO h(k, n) VALUES(3, NULL)",
         "ALTER TABLE h ADD COLUMN m DEFAULT 'm'; INSERT INTO h(k) VALUES(4)",
         "ALTER TABLE h ADD COLUMN l DEFAULT 0.5", "DELETE FROM h WHERE k = 3",
         "ALTER TABLE h ADD COLUMN i DEFAULT 1; DELETE FROM h"});
}

TEST_P(HistoryWalk, goes_back_over_the_creation_of_a_unique_index) {
    expect_walk("CREATE TABLE t(k INTEGER PRIMARY KEY, u); INSERT INTO t VALUES(1, 1), (2, 1)",
                {"DELETE FROM t WHERE k = 2; CREATE UNIQUE INDEX i ON t(u)",
                 "INSERT OR REPLACE INTO t VALUES(3, 1)",
                 "DROP INDEX i; INSERT INTO t VALUES(4, 1), (5, 1)"});
}

TEST_P(HistoryWalk, goes_over_a_table_that_was_dropped_and_made_anew) {
    expect_walk("CREATE TABLE t(a, b); INSERT INTO t VALUES(1, 2), (3, 4)",
                {"DROP TABLE t; CREATE TABLE t(a, b); INSERT INTO t VALUES(5, 6)",
                 "ALTER TABLE t RENAME TO u; CREATE TABLE t(c); INSERT INTO t SELECT a FROM u"});
}

TEST_P(HistoryWalk, counts_autoincrement_as_it_was) {
    expect_walk("CREATE TABLE t(k INTEGER PRIMARY KEY AUTOINCREMENT, v)",
                {"INSERT INTO t(v) VALUES(1), (2)", "DELETE FROM t",
                 "UPDATE sqlite_sequence SET seq = 100", "INSERT INTO t(v) VALUES(3)",
                 "CREATE TABLE s(k INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO s VALUES(50)",
                 "DROP TABLE t", "DELETE FROM sqlite_sequence"});
}

TEST_P(HistoryWalk, goes_back_before_the_first_autoincrement) {
    expect_walk("CREATE TABLE t(v)",
                {"CREATE TABLE s(k INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO s VALUES(5)"});
}

TEST_P(HistoryWalk, goes_over_statistics_and_the_header) {
    expect_walk(
        "CREATE TABLE t(a, b); CREATE INDEX i ON t(a); INSERT INTO t VALUES(1, 2), (2, 3)",
        {"ANALYZE", "INSERT INTO t VALUES(3, 3); ANALYZE",
         "PRAGMA user_version = 7; PRAGMA application_id = -5", "DELETE FROM sqlite_stat1"});
}

TEST_P(HistoryWalk, goes_over_copies_of_the_whole_database) {
    expect_walk(
        "CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE, v); CREATE TABLE n(a, b);"
        "CREATE TABLE h(rowid, oid, _rowid_, x);"
        "INSERT INTO t VALUES(1, 1, 1), (2, 2, 2); INSERT INTO n VALUES(1, 2), (3, 4)",
        {"VACUUM",
         "UPDATE t SET u = NULL; UPDATE t SET u = 3 - k; DELETE FROM n WHERE a = 1;"
         "INSERT INTO h VALUES(1, 2, 3, 4), (1, 2, 3, 4); VACUUM",
         "CREATE TABLE s(a INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO s VALUES(9);"
         "DROP TABLE t; DELETE FROM h; INSERT INTO h VALUES(0, 0, 0, 0); VACUUM"});
}

TEST_P(HistoryWalk, goes_over_full_text_indexes) {
    expect_walk("CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES('first')",
                {"INSERT INTO f VALUES('second row'), ('third')", "DELETE FROM f WHERE rowid = 1",
                 "CREATE VIRTUAL TABLE g USING fts5(x); INSERT INTO g VALUES('y')",
                 "INSERT INTO f(f) VALUES('optimize')", "DROP TABLE f"});
}

TEST_P(HistoryWalk, goes_over_text_in_utf16) {
    expect_walk("PRAGMA encoding = 'UTF-16'; CREATE TABLE t(k TEXT PRIMARY KEY, v)",
                {"INSERT INTO t VALUES('ä', CAST(x'00d8' AS TEXT))", "UPDATE t SET v = 'ö'",
                 "INSERT OR REPLACE INTO t VALUES('ä', 1)"});
}

TEST_P(HistoryWalk, goes_both_ways_over_random_programs) {
    check_property([] {
        const Program program = *any_program().as("program");
        Recorded recorded(GetParam(), program.schema);
        for (const std::string& step : program.steps) {
            if (step == reopen_step) {
                if (!in_transaction(recorded.ram())) recorded.reopen();
            } else if (step == flush_step) {
                if (!in_transaction(recorded.ram())) recorded.flush();
            } else {
                static_cast<void>(try_exec(recorded.ram(), step));
            }
        }
        if (in_transaction(recorded.ram())) exec(recorded.ram(), "ROLLBACK");
        const auto result = recorded.walks_both_ways();
        if (!result) RC_FAIL(result.message());
    });
}

TIDEMARK_FOR_BOTH_STRATEGIES(HistoryWalk);

}  // namespace
}  // namespace tidemark::tests
