// What sessions have recorded is sealed in parts before a cut asks for it. The parts go with the cut,
// and whatever has happened between them, the disk is what RAM is.

#include "capture/sealed_database.hpp"

#include <tidemark/error.hpp>

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace tidemark::tests {
namespace {

using BatchPointer = std::shared_ptr<const change::Batch>;

constexpr const char* schema =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, n INT, payload TEXT);"
    "CREATE TABLE named(id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
    "CREATE TABLE numbered(id INTEGER PRIMARY KEY AUTOINCREMENT, n INT);"
    "CREATE TABLE nokey(x, y);"
    "INSERT INTO t VALUES(1, 0, 'a'), (2, 0, 'b'), (3, 0, 'c');"
    "INSERT INTO named VALUES(1, 'one'), (2, 'two'), (3, 'three')";

class Sealing : public ::testing::Test {
protected:
    /// One statement or transaction, and a seal after it.
    void run_and_seal(const std::string& sql) {
        db_.run(sql);
        db_.seal();
    }

    /// The changes of rows alone make the batch, in so many changesets.
    void expect_synced_by_parts(std::size_t count) {
        const BatchPointer batch = db_.sync();
        ASSERT_TRUE(batch);
        EXPECT_FALSE(batch->whole);
        EXPECT_EQ(batch->changesets.size(), count);
    }

    SealedDatabase db_{schema};
};

TEST_F(Sealing, parts_go_with_the_next_cut_in_their_order) {
    run_and_seal("INSERT INTO t VALUES(4, 1, 'd')");
    run_and_seal("UPDATE t SET n = 2, payload = 'e' WHERE id = 4");
    run_and_seal("DELETE FROM t WHERE id = 4");
    run_and_seal("INSERT INTO t VALUES(4, 3, 'f')");
    db_.run("UPDATE t SET n = 4 WHERE id = 4");
    expect_synced_by_parts(5);
    EXPECT_FALSE(db_.sync()) << "taken once";
}

TEST_F(Sealing, a_cut_without_a_rest_takes_the_parts) {
    run_and_seal("UPDATE t SET n = 1");
    expect_synced_by_parts(1);
    run_and_seal("UPDATE t SET n = 2");
    db_.run("UPDATE nokey SET x = 1");
    expect_synced_by_parts(1);
}

TEST_F(Sealing, what_is_sealed_is_pending) {
    run_and_seal("UPDATE t SET n = 7, payload = 'something longer than before'");
    EXPECT_EQ(db_.pending().changes, 3U);
    EXPECT_GT(db_.pending().bytes, 100U);
    const BatchPointer batch = db_.cut();
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->changes, 3U);
    EXPECT_GE(db_.pending().bytes, batch->bytes);
    db_.apply(*batch);
    EXPECT_EQ(db_.pending().bytes, 0U);
    EXPECT_EQ(db_.pending().changes, 0U);
}

// Values that trade places within a part, across parts, and by way of a row that is replaced.
TEST_F(Sealing, unique_values_that_move_between_rows) {
    run_and_seal(
        "BEGIN; UPDATE named SET name = 'x' WHERE id = 1; UPDATE named SET name = 'one' WHERE id = "
        "2; UPDATE named SET name = 'two' WHERE id = 1; COMMIT");
    run_and_seal("UPDATE named SET name = 'y' WHERE id = 3");
    run_and_seal("UPDATE named SET name = 'three' WHERE id = 1");
    run_and_seal("UPDATE named SET name = 'two' WHERE id = 3");
    expect_synced_by_parts(4);
    run_and_seal("INSERT OR REPLACE INTO named VALUES(4, 'one')");
    run_and_seal("UPDATE OR REPLACE named SET name = 'one' WHERE id = 1");
    run_and_seal("REPLACE INTO named VALUES(1, 'two')");
    run_and_seal("INSERT INTO named VALUES(2, 'one'), (3, 'three')");
    db_.run("UPDATE named SET id = -id; UPDATE named SET id = -id + 10");
    expect_synced_by_parts(5);
}

TEST_F(Sealing, nothing_is_sealed_inside_a_transaction) {
    db_.run("BEGIN; UPDATE t SET n = 1");
    db_.seal();
    db_.run("SAVEPOINT s; DELETE FROM t");
    db_.seal();
    db_.run("ROLLBACK TO s; INSERT INTO t VALUES(9, 9, 'i')");
    db_.seal();
    db_.run("COMMIT");
    {
        Statement returning(db_.ram(),
                            "INSERT INTO t VALUES(10, 0, 'j'), (11, 0, 'k') RETURNING id");
        ASSERT_TRUE(returning.step());
        db_.seal();
        ASSERT_TRUE(returning.step());
    }
    expect_synced_by_parts(1);
}

TEST_F(Sealing, what_is_rolled_back_leaves_no_trace) {
    run_and_seal("UPDATE t SET n = 1");
    run_and_seal("BEGIN; DELETE FROM t; UPDATE named SET name = name || '!'; ROLLBACK");
    run_and_seal("BEGIN; UPDATE t SET n = 2; SAVEPOINT s; DELETE FROM t; ROLLBACK TO s; COMMIT");
    run_and_seal("BEGIN; INSERT INTO t VALUES(5, 5, ''); ROLLBACK");
    expect_synced_by_parts(2);
}

// Were the SELECT interrupted, the session could not end its savepoint.
TEST_F(Sealing, not_while_a_select_is_read) {
    Statement select(db_.ram(), "SELECT * FROM t");
    ASSERT_TRUE(select.step());
    run_and_seal("UPDATE t SET n = 1 WHERE id = 3");
    run_and_seal("UPDATE t SET n = 2 WHERE id = 3");
    ASSERT_TRUE(select.step());
    expect_synced_by_parts(1);
}

TEST_F(Sealing, tables_of_the_other_kind_and_sqlites_own) {
    run_and_seal("INSERT INTO numbered(n) VALUES(1), (2); INSERT INTO nokey VALUES(1, 2)");
    run_and_seal("DELETE FROM numbered; INSERT INTO nokey SELECT id, n FROM t");
    run_and_seal("INSERT INTO numbered(n) VALUES(3); ANALYZE; PRAGMA user_version = 7");
    db_.sync();
    run_and_seal("UPDATE numbered SET id = 90");
    run_and_seal("DELETE FROM nokey WHERE x = 1; PRAGMA user_version = 8");
    expect_synced_by_parts(1);
}

TEST_F(Sealing, shadow_tables) {
    for (const char* module : {"fts5(body)", "fts4(body)"}) {
        SCOPED_TRACE(module);
        SealedDatabase db(std::string("CREATE VIRTUAL TABLE f USING ") + module);
        db.run("INSERT INTO f VALUES('one two')");
        db.seal();
        db.run("INSERT INTO f VALUES('three')");
        db.seal();
        db.run("DELETE FROM f WHERE rowid = 1");
        const BatchPointer batch = db.sync();
        ASSERT_TRUE(batch);
        EXPECT_FALSE(batch->whole);
        EXPECT_GT(batch->changesets.size(), 1U);
    }
}

// ---- the schema -------------------------------------------------------------------------------

TEST_F(Sealing, changes_of_the_schema_between_parts) {
    for (const char* ddl :
         {"CREATE UNIQUE INDEX i ON t(payload)", "DROP INDEX i",
          "ALTER TABLE t ADD COLUMN more DEFAULT 1", "ALTER TABLE t RENAME COLUMN payload TO body",
          "ALTER TABLE t DROP COLUMN more", "ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME TO t",
          "CREATE TABLE another(id INTEGER PRIMARY KEY); INSERT INTO another VALUES(1)",
          "DROP TABLE another", "BEGIN; DROP TABLE t; ROLLBACK", "VACUUM",
          "CREATE TABLE copy AS SELECT * FROM t; DROP TABLE t; CREATE TABLE t(id INTEGER PRIMARY "
          "KEY, n INT, body TEXT); INSERT INTO t SELECT * FROM copy; DROP TABLE copy",
          "DROP TABLE t; CREATE TABLE t(id INTEGER PRIMARY KEY, n INT, body TEXT); INSERT INTO t "
          "VALUES(1, 1, 'new')"}) {
        SCOPED_TRACE(ddl);
        run_and_seal("UPDATE t SET n = n + 1; UPDATE named SET name = name || '.'");
        run_and_seal("INSERT INTO t(n) VALUES(1)");
        run_and_seal(ddl);
        run_and_seal("UPDATE t SET n = n + 1 WHERE id = 1; UPDATE named SET name = name || '!'");
        run_and_seal("DELETE FROM t WHERE id > 3");
        db_.sync();
        run_and_seal("UPDATE named SET name = name || ','");
        run_and_seal("UPDATE named SET name = name || ';'");
        expect_synced_by_parts(2);
    }
}

TEST_F(Sealing, a_table_that_becomes_one_of_the_other_kind) {
    run_and_seal("UPDATE t SET n = 1");
    run_and_seal("ALTER TABLE t ADD COLUMN w DEFAULT 7");
    run_and_seal("UPDATE t SET w = NULL");
    db_.sync();
    run_and_seal("UPDATE t SET w = 8");
    run_and_seal("UPDATE named SET name = name || '.'");
    run_and_seal("ALTER TABLE t DROP COLUMN w");
    run_and_seal("UPDATE t SET n = 2");
    db_.sync();
}

TEST_F(Sealing, a_copy_of_everything_takes_the_place_of_parts) {
    run_and_seal("UPDATE t SET n = 1");
    run_and_seal("DELETE FROM t WHERE id = 2");
    const BatchPointer batch = db_.sync(true);
    ASSERT_TRUE(batch);
    EXPECT_TRUE(batch->whole);
    EXPECT_TRUE(batch->changesets.empty());
    EXPECT_EQ(db_.pending().bytes, 0U);
    run_and_seal("INSERT INTO t VALUES(2, 2, 'again')");
    expect_synced_by_parts(1);
}

// ---- what fails, and what is bounded ----------------------------------------------------------

int interrupt(void*) { return 1; }

TEST_F(Sealing, a_seal_or_a_cut_that_fails_has_taken_nothing) {
    run_and_seal("UPDATE t SET n = 1");
    db_.run("UPDATE t SET n = 2");
    sqlite3_progress_handler(db_.ram(), 1, interrupt, nullptr);
    db_.seal();
    EXPECT_THROW(db_.cut(), Error);
    sqlite3_progress_handler(db_.ram(), 0, nullptr, nullptr);
    EXPECT_FALSE(in_transaction(db_.ram()));
    EXPECT_GT(db_.pending().bytes, 0U);
    run_and_seal("UPDATE t SET n = 3");
    db_.run("UPDATE t SET n = 4");
    expect_synced_by_parts(2);
    run_and_seal("UPDATE t SET n = 5");
    db_.run("UPDATE t SET n = 6");
    expect_synced_by_parts(2);
}

TEST_F(Sealing, keeps_what_the_application_sees_of_its_last_error) {
    db_.run("UPDATE t SET n = 1");
    EXPECT_EQ(try_exec(db_.ram(), "INSERT INTO t VALUES(1, 1, '')").rc, SQLITE_CONSTRAINT);
    const std::string message = sqlite3_errmsg(db_.ram());
    db_.seal();
    EXPECT_EQ(sqlite3_errcode(db_.ram()), SQLITE_CONSTRAINT);
    EXPECT_EQ(sqlite3_errmsg(db_.ram()), message);
    expect_synced_by_parts(1);
}

TEST(SealingLimits, parts_of_hot_rows_take_no_more_than_a_cut_takes) {
    constexpr std::uint64_t cut_bytes = 10'000;
    SealedDatabase db(schema, {.cut_bytes = cut_bytes});
    std::uint64_t most = 0;
    for (int i = 0; i < 2000; ++i) {
        db.run("UPDATE t SET n = n + 1, payload = 'some text of some length'");
        db.seal();
        most = std::max(most, db.pending().bytes);
    }
    EXPECT_GT(most, cut_bytes / 2) << "it is sealed at all";
    EXPECT_LT(most, 2 * cut_bytes) << "a part, and the session of three rows";
    EXPECT_GT(db.sync()->changesets.size(), 10U);
}

TEST(SealingLimits, nothing_is_sealed_near_the_pending_limit) {
    SealedDatabase db(schema, {.cut_bytes = 32U << 20U, .pending_bytes_max = 20'000});
    for (int i = 0; i < 1000; ++i) {
        db.run("UPDATE t SET n = n + 1, payload = 'some text of some length'");
        db.seal();
        ASSERT_FALSE(db.pending().at_limit);
    }
    db.sync();
}

TEST(SealingLimits, nothing_is_sealed_where_nothing_makes_cuts_early) {
    SealedDatabase db(schema, {});
    for (int i = 0; i < 10; ++i) {
        db.run("UPDATE t SET n = n + 1");
        db.seal();
    }
    EXPECT_EQ(db.sync()->changesets.size(), 1U);
}

// ---- the pace ---------------------------------------------------------------------------------

using namespace std::chrono_literals;
using capture::SealPace;

SealPace::Look look_at(std::chrono::nanoseconds time, std::uint64_t bytes, std::uint64_t changes) {
    return {
        .time = SealPace::TimePoint(1s) + time, .bytes = bytes, .tables = 1, .changes = changes};
}

TEST(SealPace, makes_seals_last_as_long_as_they_should) {
    for (const double nanoseconds_per_byte : {1.0, 10.0, 60.0}) {
        SealPace pace({});
        std::uint64_t bytes = 1;
        for (int i = 0; i < 100; ++i) {
            for (bytes = 1; !pace.is_due(look_at(0s, bytes, bytes));) bytes += 100;
            const auto took = static_cast<std::int64_t>(nanoseconds_per_byte * double(bytes));
            pace.sealed(bytes, std::chrono::nanoseconds(took));
        }
        EXPECT_NEAR(nanoseconds_per_byte * double(bytes), 1.2e6, 0.1e6);
    }
}

TEST(SealPace, one_seal_that_was_held_up_says_little) {
    SealPace pace({.bytes_first = 100'000});
    pace.sealed(100'000, 1s);
    EXPECT_FALSE(pace.is_due(look_at(0s, 74'000, 1)));
    EXPECT_TRUE(pace.is_due(look_at(0s, 75'000, 1)));
}

TEST(SealPace, waits_longer_the_more_tables_there_are) {
    SealPace pace({.bytes_first = 1000, .bytes_per_table = 500});
    EXPECT_TRUE(pace.is_due({.time = {}, .bytes = 1000, .tables = 2, .changes = 1}));
    EXPECT_FALSE(pace.is_due({.time = {}, .bytes = 1000, .tables = 3, .changes = 1}));
}

TEST(SealPace, looks_again_when_it_will_be_due) {
    SealPace pace({.bytes_first = 100'000});
    EXPECT_EQ(pace.next_look(look_at(0ms, 10'000, 100)), 1ms);
    EXPECT_EQ(pace.next_look(look_at(1ms, 40'000, 400)), 2ms);
    EXPECT_EQ(pace.next_look(look_at(3ms, 99'999, 900)), 200us) << "not all the time";
    EXPECT_EQ(pace.next_look(look_at(4ms, 99'999, 900)), 10ms) << "nobody writes";
    EXPECT_EQ(pace.next_look(look_at(14ms, 99'999, 950)), 3ms) << "the same rows again";
    EXPECT_EQ(pace.next_look(look_at(18ms, 2000, 20)), 1ms) << "a cut was made";
}

TEST(SealPace, asks_less_and_less_often_whether_a_transaction_has_ended) {
    SealPace pace({});
    const SealPace::TimePoint now(1s);
    EXPECT_EQ(pace.ask_again(now), 50us);
    EXPECT_EQ(pace.ask_again(now + 64ms), 1ms);
    EXPECT_EQ(pace.ask_again(now + 10s), 10ms);
    pace.sealed(1000, 1ms);
    EXPECT_EQ(pace.ask_again(now + 11s), 50us);
}

}  // namespace
}  // namespace tidemark::tests
