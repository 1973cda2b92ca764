// A WAL that cannot be moved into the database: syncing goes on, and somebody is told.

#include "errors/kept.hpp"
#include "errors/small_disk.hpp"
#include "support/fixture.hpp"
#include "support/other_process.hpp"
#include "support/waiting.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <filesystem>
#include <iostream>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t mebibyte = 1U << 20U;

class ErrorsCheckpoint : public ::testing::TestWithParam<Strategy> {
protected:
    [[nodiscard]] std::string path() const { return directory_.file("kept.db"); }
    [[nodiscard]] std::string wal() const { return path() + "-wal"; }

    [[nodiscard]] static Options options() {
        Options options = patient_options({GetParam(), JournalMode::wal});
        options.interval = 1h;
        options.synchronous = Synchronous::off;
        return options;
    }

    [[nodiscard]] std::unique_ptr<ChildProcess> start_reader() const {
        auto reader = start_other_process({"read", path(), "SELECT count(*) FROM t"});
        EXPECT_EQ(reader->read_line(), "done");
        return reader;
    }

    /// Twenty syncs of a megabyte each.
    static void write_twenty_mebibytes(Kept& kept) {
        for (int i = 0; i < 20; ++i) {
            kept.run("INSERT INTO t VALUES(zeroblob(1 << 20))");
            kept.database().flush();
        }
    }

private:
    TemporaryDirectory directory_;
};

TEST_P(ErrorsCheckpoint, held_up_by_a_reader_is_told_once_and_over_when_it_has_gone) {
    Kept kept(path(), options());
    kept.run("CREATE TABLE t(a)");
    kept.database().flush();
    const auto reader = start_reader();
    write_twenty_mebibytes(kept);
    EXPECT_TRUE(
        kept.observer().wait_until([](const Heard& heard) { return !heard.stalls.empty(); }));
    write_twenty_mebibytes(kept);

    Heard heard = kept.heard();
    EXPECT_THAT(heard.failures, IsEmpty()) << "syncing goes on";
    ASSERT_EQ(heard.stalls.size(), 1U);
    const auto& [error, wal_bytes] = heard.stalls.front();
    EXPECT_EQ(error.code() & 0xff, SQLITE_BUSY);
    EXPECT_EQ(error.object(), path());
    EXPECT_THAT(error.reason(), HasSubstr("reader"));
    EXPECT_THAT(error.advice(), HasSubstr("end that transaction"));
    EXPECT_GT(wal_bytes, 16 * mebibyte);
    Status status = kept.database().status();
    EXPECT_TRUE(status.checkpoint_error.has_value());
    EXPECT_FALSE(status.last_error.has_value());
    EXPECT_EQ(status.pending_changes, 0U);
    kept.expect_disk_is_ram();

    EXPECT_EQ(reader->finish(), 0);
    EXPECT_TRUE(kept.observer().wait_until([](const Heard& now) { return now.resumptions > 0; }))
        << "without any call";
    EXPECT_EQ(std::filesystem::file_size(wal()), 0U) << "it shrinks back";
    EXPECT_TRUE(becomes_true([&] { return kept.database().status().wal_bytes == 0; }));
    EXPECT_FALSE(kept.database().status().checkpoint_error.has_value());

    kept.run("INSERT INTO t VALUES('afterwards'); CREATE TABLE made(x)");
    kept.database().flush();
    kept.expect_disk_is_ram();
    heard = kept.heard();
    EXPECT_EQ(heard.stalls.size(), 1U);
    EXPECT_EQ(heard.resumptions, 1U);
    EXPECT_THAT(heard.failures, IsEmpty());
    EXPECT_EQ(heard.recoveries, 0U);
    kept.close();
}

TEST_P(ErrorsCheckpoint, held_up_for_a_moment_is_no_news) {
    Options patient = options();
    patient.busy_timeout = 10min;
    Kept kept(path(), patient);
    kept.run("CREATE TABLE t(a)");
    kept.database().flush();
    const auto reader = start_reader();
    write_twenty_mebibytes(kept);
    EXPECT_GT(kept.database().status().wal_bytes, 16 * mebibyte);
    EXPECT_EQ(reader->finish(), 0);
    EXPECT_TRUE(becomes_true([&] { return kept.database().status().wal_bytes == 0; }));
    EXPECT_THAT(kept.heard().stalls, IsEmpty());
    EXPECT_EQ(kept.heard().resumptions, 0U);
}

TEST_P(ErrorsCheckpoint, keeps_the_wal_small_when_nobody_is_in_the_way) {
    Kept kept(path(), options());
    kept.run("CREATE TABLE t(a)");
    for (int round = 0; round < 3; ++round) {
        write_twenty_mebibytes(kept);
        EXPECT_LT(kept.database().status().wal_bytes, 8 * mebibyte);
    }
    kept.expect_disk_is_ram();
    EXPECT_THAT(kept.heard().stalls, IsEmpty());
}

// The WAL fits on the disk, and what is in it does not fit once more.
TEST_P(ErrorsCheckpoint, held_up_by_a_full_disk_is_told_once_and_over_when_there_is_room) {
    if (!SmallDisk::is_mounted()) {
        GTEST_SKIP() << "needs a small disk, and this process may not mount one";
    }
    SmallDisk disk;
    const std::string path = disk.file("kept.db");
    exec(Plain(path), "PRAGMA page_size = 512; CREATE TABLE t(a)");
    Kept kept(path, options());
    kept.run("INSERT INTO t VALUES('first')");
    kept.database().flush();
    disk.fill_but(900'000);
    kept.run(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 600)"
        " INSERT INTO t SELECT zeroblob(1000) FROM n");
    kept.database().flush();
    EXPECT_TRUE(
        kept.observer().wait_until([](const Heard& heard) { return !heard.stalls.empty(); }));
    kept.expect_disk_is_ram();
    ASSERT_EQ(kept.heard().stalls.size(), 1U);
    const Error error = kept.heard().stalls.front().first;
    EXPECT_EQ(error.code() & 0xff, SQLITE_FULL) << error.what();
    EXPECT_THAT(error.advice(), HasSubstr("free some space"));

    disk.make_room();
    EXPECT_TRUE(
        kept.observer().wait_until([](const Heard& heard) { return heard.resumptions > 0; }));
    EXPECT_EQ(kept.heard().stalls.size(), 1U);
    EXPECT_THAT(kept.heard().failures, IsEmpty());
    kept.expect_disk_is_ram();
    kept.close();
}

// Nobody frees any space: the WAL is all that is in the way.
TEST_P(ErrorsCheckpoint, frees_the_space_of_the_wal_when_the_disk_is_full) {
    if (!SmallDisk::is_mounted()) {
        GTEST_SKIP() << "needs a small disk, and this process may not mount one";
    }
    SmallDisk disk;
    {
        Kept kept(disk.file("kept.db"), options());
        kept.run("CREATE TABLE t(a); INSERT INTO t VALUES(zeroblob(300000))");
        kept.close();
    }
    Kept kept(disk.file("kept.db"), options());
    kept.run("UPDATE t SET a = randomblob(300000)");
    kept.database().flush();
    disk.fill_but(0);
    kept.run("UPDATE t SET a = randomblob(300000)");
    kept.database().flush();
    kept.expect_recovery();
    EXPECT_EQ(kept.heard().failures.size(), 1U);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ErrorsCheckpoint);

}  // namespace
}  // namespace tidemark::tests
