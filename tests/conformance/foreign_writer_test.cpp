// Somebody else touches the file while tidemark keeps it: noticed, never overwritten by accident.

#include "support/fixture.hpp"
#include "support/other_process.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

class ConformanceForeignWriter : public KeptDatabase {
protected:
    [[nodiscard]] Options impatient() const {
        Options options = KeptDatabase::options();
        options.close_deadline = 100ms;
        return options;
    }

    void SetUp() override { prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)"); }

    [[nodiscard]] Options overwriting() const {
        Options options = KeptDatabase::options();
        options.foreign_writes = ForeignWrites::overwrite;
        return options;
    }

    void write_from_another_process(const std::string& sql) const {
        const auto child = start_other_process({"sql", path(), sql});
        ASSERT_EQ(child->read_line(), "done");
        ASSERT_EQ(child->finish(), 0);
    }

    /// Expects that syncing has stopped with an error that retrying cannot mend.
    void expect_stopped() {
        EXPECT_THROW(database().flush(), Error);
        EXPECT_EQ(database().status().state, State::stopped);
        ASSERT_TRUE(database().status().last_error.has_value());
        EXPECT_FALSE(database().status().last_error->retryable());
        EXPECT_TRUE(
            observer().wait_until([](const Heard& heard) { return !heard.failures.empty(); }));

        const auto start = std::chrono::steady_clock::now();
        EXPECT_THROW(database().flush(60s), Error);
        EXPECT_LT(std::chrono::steady_clock::now() - start, 30s)
            << "at once when syncing has stopped";
        EXPECT_NO_THROW(run("INSERT INTO t(a) VALUES('RAM goes on')"));
        EXPECT_GT(database().status().pending_changes, 0U);
    }
};

TEST_P(ConformanceForeignWriter, another_process_makes_syncing_stop) {
    open();
    run("INSERT INTO t VALUES(1, 'ours')");
    database().flush();
    write_from_another_process("INSERT INTO t VALUES(100, 'theirs')");
    run("INSERT INTO t VALUES(2, 'ours')");
    expect_stopped();
    EXPECT_EQ(on_disk("SELECT id FROM t"), (Rows{{1}, {100}})) << "nothing is overwritten";
}

TEST_P(ConformanceForeignWriter, another_connection_of_this_process_makes_syncing_stop) {
    open();
    run("INSERT INTO t VALUES(1, 'ours')");
    database().flush();
    exec(Plain(path()), "UPDATE t SET a = 'theirs'");
    run("INSERT INTO t VALUES(2, 'ours')");
    expect_stopped();
    EXPECT_EQ(on_disk("SELECT * FROM t"), (Rows{{1, "theirs"}}));
}

TEST_P(ConformanceForeignWriter, a_write_before_the_first_sync_is_noticed_too) {
    open();
    write_from_another_process("INSERT INTO t VALUES(100, 'theirs')");
    run("INSERT INTO t VALUES(1, 'ours')");
    expect_stopped();
    EXPECT_EQ(on_disk("SELECT id FROM t"), Rows{{100}});
}

TEST_P(ConformanceForeignWriter, a_change_of_the_schema_is_noticed_too) {
    open();
    write_from_another_process("CREATE INDEX theirs ON t(a)");
    run("INSERT INTO t VALUES(1, 'ours')");
    expect_stopped();
}

TEST_P(ConformanceForeignWriter, closing_reports_what_could_not_be_written) {
    Options options = KeptDatabase::options();
    options.close_deadline = 200ms;
    open(options);
    write_from_another_process("INSERT INTO t VALUES(100, 'theirs')");
    run("INSERT INTO t VALUES(1, 'ours')");
    EXPECT_THROW(database().close(), Error);
    EXPECT_EQ(on_disk("SELECT id FROM t"), Rows{{100}});
}

TEST_P(ConformanceForeignWriter, ram_wins_by_option) {
    open(overwriting());
    run("INSERT INTO t VALUES(1, 'ours')");
    database().flush();
    write_from_another_process(
        "INSERT INTO t VALUES(100, 'theirs'); UPDATE t SET a = 'theirs'; CREATE TABLE theirs(x)");
    run("INSERT INTO t VALUES(2, 'ours')");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT id, a FROM t"), (Rows{{1, "ours"}, {2, "ours"}}));
    EXPECT_GE(database().status().whole_copies, 1U);

    run("INSERT INTO t VALUES(3, 'ours')");
    flush_and_expect_same();
}

TEST_P(ConformanceForeignWriter, a_vacuum_of_the_file_is_noticed_too) {
    // It may number the rows of tables without a key anew.
    open(impatient());
    run("CREATE TABLE n(x); INSERT INTO n VALUES(1), (2), (3); DELETE FROM n WHERE x = 1");
    database().flush();
    write_from_another_process("VACUUM");
    run("DELETE FROM n WHERE x = 2");
    expect_stopped();
}

TEST_P(ConformanceForeignWriter, ram_wins_over_a_vacuum_and_a_table_made_anew) {
    open(overwriting());
    run("CREATE TABLE n(x); INSERT INTO n VALUES(1), (2), (3); DELETE FROM n WHERE x = 1");
    database().flush();
    for (const char* theirs :
         {"VACUUM", "DROP TABLE n; CREATE TABLE n(x)", "DROP TABLE t", "PRAGMA user_version = 77",
          "CREATE TRIGGER g AFTER INSERT ON n BEGIN SELECT RAISE(ABORT, 'theirs'); END"}) {
        SCOPED_TRACE(theirs);
        write_from_another_process(theirs);
        run("INSERT INTO n VALUES(4); UPDATE n SET x = x + 10 WHERE rowid = 3; INSERT INTO t(a) "
            "VALUES('ours')");
        flush_and_expect_same();
        run("DELETE FROM n WHERE rowid = 2; CREATE TABLE IF NOT EXISTS made(x)");
        flush_and_expect_same();
    }
}

TEST_P(ConformanceForeignWriter, a_checkpoint_by_another_process_is_no_write) {
    open();
    for (int i = 0; i < 5; ++i) {
        run("INSERT INTO t(a) VALUES('ours')");
        database().flush();
        // RESTART and TRUNCATE can look like one (docs/durability.md).
        write_from_another_process(i % 2 == 0 ? "PRAGMA wal_checkpoint(PASSIVE)"
                                              : "PRAGMA wal_checkpoint(FULL)");
    }
    run("CREATE TABLE made(x)");
    flush_and_expect_same();
    EXPECT_TRUE(observer().heard().failures.empty());
}

TEST_P(ConformanceForeignWriter, a_reader_of_a_rollback_journal_holds_syncing_up_and_no_more) {
    Options options = KeptDatabase::options();
    options.journal_mode = JournalMode::truncate;
    options.busy_timeout = 5ms;
    options.retry_pause_first = 1ms;
    options.retry_pause_max = 5ms;
    open(options);
    const Plain reader(path());
    for (int round = 0; round < 3; ++round) {
        exec(reader, "BEGIN");
        const Cell before = query_one(reader, "SELECT count(*) FROM t");
        run("INSERT INTO t(a) VALUES('ours'), ('ours')");
        EXPECT_THROW(database().flush(100ms), Error);
        EXPECT_EQ(query_one(reader, "SELECT count(*) FROM t"), before);
        exec(reader, "COMMIT");
        flush_and_expect_same();
        const auto child = start_other_process({"sql", path(), "BEGIN EXCLUSIVE; ROLLBACK"});
        EXPECT_EQ(child->read_line(), "done") << "no lock is left behind";
    }
}

TEST_P(ConformanceForeignWriter, readers_are_no_writers) {
    open();
    for (int i = 0; i < 10; ++i) {
        run("INSERT INTO t(a) VALUES('x')");
        const Plain reader(path());
        (void)query(reader, "SELECT * FROM t");
        exec(reader, "BEGIN IMMEDIATE; ROLLBACK");
        flush_and_expect_same();
    }
    EXPECT_TRUE(observer().heard().failures.empty());
}

TEST_P(ConformanceForeignWriter, a_reader_that_stays_does_not_stop_syncing) {
    open();
    const Plain reader(path());
    exec(reader, "BEGIN");
    EXPECT_EQ(query_one(reader, "SELECT count(*) FROM t"), Cell(0));
    for (int i = 0; i < 20; ++i) {
        run("INSERT INTO t(a) VALUES(zeroblob(50000))");
        database().flush();
    }
    EXPECT_EQ(query_one(reader, "SELECT count(*) FROM t"), Cell(0)) << "its snapshot";
    exec(reader, "COMMIT");
    EXPECT_EQ(query_one(reader, "SELECT count(*) FROM t"), Cell(20));
    flush_and_expect_same();
    EXPECT_TRUE(observer().heard().failures.empty());
}

TEST_P(ConformanceForeignWriter, a_file_that_was_replaced_is_noticed_and_not_touched) {
    open(impatient());
    run("INSERT INTO t VALUES(1, 'ours')");
    database().flush();
    const std::string other = directory().file("other.db");
    exec(Plain(other), "CREATE TABLE theirs(x); INSERT INTO theirs VALUES('theirs')");
    const std::string content = read_file(other);
    std::filesystem::rename(other, path());
    run("INSERT INTO t VALUES(2, 'ours')");
    EXPECT_THROW(database().flush(2s), Error);
    EXPECT_TRUE(observer().wait_until([](const Heard& heard) { return !heard.failures.empty(); }));
    EXPECT_EQ(read_file(path()), content);
    EXPECT_GT(database().status().pending_changes, 0U);
}

TEST_P(ConformanceForeignWriter, a_file_that_was_removed_is_noticed) {
    open(impatient());
    run("INSERT INTO t VALUES(1, 'ours')");
    database().flush();
    std::filesystem::remove(path());
    run("INSERT INTO t VALUES(2, 'ours')");
    EXPECT_THROW(database().flush(2s), Error);
    EXPECT_TRUE(observer().wait_until([](const Heard& heard) { return !heard.failures.empty(); }));
    EXPECT_EQ(query_one(ram(), "SELECT count(*) FROM t"), Cell(2));
    EXPECT_GT(database().status().pending_changes, 0U);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceForeignWriter);

}  // namespace
}  // namespace tidemark::tests
