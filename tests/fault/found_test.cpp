// What the sweeps over all points have found, one by one.

#include "support/fault_vfs.hpp"
#include "support/fixture.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

namespace tidemark::tests {
namespace {

class DiskErrors : public KeptDatabase {
protected:
    [[nodiscard]] Options options_with(JournalMode mode) const {
        Options options = KeptDatabase::options();
        options.journal_mode = mode;
        options.synchronous = Synchronous::full;
        options.busy_timeout = std::chrono::milliseconds{0};
        options.retry_pause_first = std::chrono::milliseconds{1};
        options.retry_pause_max = std::chrono::milliseconds{1};
        return options;
    }

    void open_with_a_row(JournalMode mode) {
        open(options_with(mode));
        run("CREATE TABLE t(x); INSERT INTO t VALUES(1)");
        database().flush();
    }

    // What is open goes through vfs_.
    void TearDown() override { drop(); }

    FaultVfs vfs_;
};

// An error makes SQLite throw its page cache away, and then PRAGMA data_version is another.
TEST_P(DiskErrors, are_not_taken_for_a_foreign_writer) {
    open_with_a_row(JournalMode::truncate);
    vfs_.set({.kind = Fault::Kind::fail, .of = {FileOperation::truncate}, .file = "-journal"});
    run("INSERT INTO t VALUES(2)");
    EXPECT_NO_THROW(database().flush());
    EXPECT_TRUE(vfs_.has_struck());
    flush_and_expect_same();
    EXPECT_EQ(database().status().failures, 1U);
}

// The version cannot even be read at once.
TEST_P(DiskErrors, of_some_duration_are_not_taken_for_a_foreign_writer) {
    open_with_a_row(JournalMode::truncate);
    vfs_.set({.kind = Fault::Kind::fail,
              .of = {FileOperation::truncate},
              .file = "-journal",
              .times = Fault::for_ever});
    run("INSERT INTO t VALUES(2)");
    EXPECT_THROW(database().flush(std::chrono::milliseconds{0}), Error);
    vfs_.set({.kind = Fault::Kind::fail, .times = 30});
    EXPECT_NO_THROW(database().flush());
    EXPECT_TRUE(vfs_.has_struck());
    flush_and_expect_same();
}

// A reader keeps the COMMIT waiting, and the disk fails in the ROLLBACK, which SQLite does not tell.
TEST_P(DiskErrors, while_somebody_reads_are_not_taken_for_a_foreign_writer) {
    open_with_a_row(JournalMode::truncate);
    run("INSERT INTO t VALUES(2)");
    {
        const Plain reader(path());
        exec(reader, "BEGIN; SELECT * FROM t");
        vfs_.set({.kind = Fault::Kind::fail, .of = {FileOperation::truncate}, .file = "-journal"});
        EXPECT_THROW(database().flush(std::chrono::milliseconds{0}), Error);
        EXPECT_TRUE(vfs_.has_struck());
    }
    EXPECT_NO_THROW(database().flush());
    flush_and_expect_same();
}

TEST_P(DiskErrors, do_not_hide_a_foreign_writer_that_comes_later) {
    open_with_a_row(JournalMode::truncate);
    vfs_.set({.kind = Fault::Kind::fail, .of = {FileOperation::truncate}, .file = "-journal"});
    run("INSERT INTO t VALUES(2)");
    database().flush();
    ASSERT_TRUE(vfs_.has_struck());
    exec(Plain(path()), "INSERT INTO t VALUES(99)");
    run("INSERT INTO t VALUES(3)");
    EXPECT_THROW(database().flush(), Error);
    EXPECT_EQ(database().status().state, State::stopped);
}

TEST_P(DiskErrors, do_not_hide_the_foreign_writer_that_kept_us_waiting) {
    open_with_a_row(JournalMode::wal);
    {
        const Plain other(path());
        exec(other, "BEGIN IMMEDIATE; INSERT INTO t VALUES(99)");
        run("INSERT INTO t VALUES(2)");
        EXPECT_THROW(database().flush(std::chrono::milliseconds{0}), Error);
        exec(other, "COMMIT");
    }
    EXPECT_THROW(database().flush(), Error);
    EXPECT_EQ(database().status().state, State::stopped);
}

TIDEMARK_FOR_BOTH_STRATEGIES(DiskErrors);

// With synchronous=FULL alone SQLite does not sync the folder after it has deleted the journal.
class PowerLoss : public DiskErrors {};

TEST_P(PowerLoss, brings_no_deleted_journal_back_over_an_acknowledged_flush) {
    for (std::uint32_t seed = 0; seed < 10; ++seed) {
        open_with_a_row(JournalMode::remove);
        run("INSERT INTO t VALUES(2)");
        database().flush();
        vfs_.stop();
        drop();
        vfs_.restore_after_power_loss(seed);
        EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{Cell(2)}}) << "seed " << seed;
        open(options_with(JournalMode::remove));
        run("DROP TABLE t");
        close();
    }
}

// A copy with other pages left WAL mode, and every other mode, for DELETE.
TEST_P(PowerLoss, takes_no_acknowledged_change_of_the_page_size_back) {
    for (const JournalMode mode : {JournalMode::wal, JournalMode::truncate, JournalMode::persist}) {
        for (std::uint32_t seed = 0; seed < 10; ++seed) {
            open(options_with(mode));
            run("PRAGMA page_size = 1024; CREATE TABLE t(x)");
            database().flush();
            vfs_.stop();
            drop();
            vfs_.restore_after_power_loss(seed);
            EXPECT_EQ(on_disk("SELECT count(*) FROM sqlite_schema WHERE name = 't'"),
                      Rows{{Cell(1)}})
                << "journal mode " << static_cast<int>(mode) << ", seed " << seed;
            for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
                std::filesystem::remove(path() + suffix);
            }
        }
    }
}

TIDEMARK_FOR_BOTH_STRATEGIES(PowerLoss);

}  // namespace
}  // namespace tidemark::tests
