// A disk that is really full, at every moment at which that can happen.

#include "errors/kept.hpp"
#include "errors/small_disk.hpp"
#include "support/waiting.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <chrono>
#include <cmath>
#include <iostream>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Matcher;

constexpr std::uint64_t page = 4096;

constexpr const char* first_content =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b BLOB); CREATE INDEX i ON t(a);"
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100)"
    " INSERT INTO t SELECT x, 'row ' || x, zeroblob(100) FROM n";

class ErrorsFullDisk : public ::testing::TestWithParam<Kind> {
protected:
    static void SetUpTestSuite() { std::cout << "full disk: " << SmallDisk::kind() << '\n'; }

    void TearDown() override { disk_.make_room(); }

    [[nodiscard]] SmallDisk& disk() { return disk_; }
    [[nodiscard]] std::string path() const { return disk_.file("kept.db"); }

    /// SQLite says SQLITE_IOERR when it is the WAL index that cannot grow, or a limit that is met.
    static void expect_full(const Error& error) {
        EXPECT_THAT(error.code() & 0xff, AnyOf(SQLITE_FULL, SQLITE_IOERR)) << error.what();
        const auto full = HasSubstr("free some space");
        const auto limit = HasSubstr("a limit of file sizes");
        EXPECT_THAT(error.advice(),
                    SmallDisk::is_mounted() ? Matcher<std::string>(full) : AnyOf(full, limit));
    }

    /// Runs `sql` while the disk has room for 0, 1, 2 … pages, until that is enough. Each time:
    /// told once, everything kept, and as soon as there is room everything gets to the disk.
    void fail_at_every_page(const std::string& sql) {
        int failures = 0;
        for (std::uint64_t room = 0;; room += page) {
            SCOPED_TRACE("room for " + std::to_string(room) + " bytes");
            ASSERT_LT(room, SmallDisk::size_bytes) << "it never fits";
            if (!fails_with_room_for(room, sql)) break;
            ++failures;
            if (HasFatalFailure() || HasNonfatalFailure()) return;
        }
        EXPECT_GT(failures, 0);
        RecordProperty("failures", failures);
    }

private:
    [[nodiscard]] static bool fails_with_room_for(std::uint64_t room, const std::string& sql) {
        SmallDisk disk;
        Kept kept(disk.file("kept.db"), patient_options(GetParam()));
        kept.run(first_content);
        kept.database().flush();
        disk.fill_but(room);
        kept.run(sql);
        const bool failed = !kept.sync_once();
        if (failed) {
            kept.wait_for_failures(3);
            kept.expect_told_once();
            for (const auto& failure : kept.heard().failures) expect_full(failure.first);
        }
        disk.make_room();
        if (failed) kept.expect_recovery();
        kept.run("INSERT INTO t(a) VALUES('afterwards')");
        kept.close();
        return failed;
    }

    SmallDisk disk_;
};

TEST_P(ErrorsFullDisk, takes_rows_when_there_is_room_again) {
    fail_at_every_page(
        "INSERT INTO t SELECT id + 1000, 'new', zeroblob(1000) FROM t WHERE id <= 40");
}

TEST_P(ErrorsFullDisk, takes_updates_and_deletes_when_there_is_room_again) {
    fail_at_every_page(
        "BEGIN; UPDATE t SET a = a || ' and much longer'; DELETE FROM t WHERE id % 3 = 0;"
        "UPDATE t SET id = id + 500 WHERE id < 50; COMMIT");
}

TEST_P(ErrorsFullDisk, takes_schema_changes_when_there_is_room_again) {
    fail_at_every_page(
        "CREATE TABLE made AS SELECT id, a, zeroblob(300) AS b FROM t; CREATE INDEX made_a ON "
        "made(a);"
        "ALTER TABLE t ADD COLUMN c DEFAULT 'x'; CREATE VIEW v AS SELECT * FROM made");
}

TEST_P(ErrorsFullDisk, takes_a_whole_copy_when_there_is_room_again) {
    fail_at_every_page("INSERT INTO t SELECT id + 1000, 'new', zeroblob(300) FROM t; VACUUM");
}

TEST_P(ErrorsFullDisk, is_tried_again_with_doubling_pauses_only) {
    Options options = patient_options(GetParam());
    options.retry_pause_first = 10ms;
    options.retry_pause_max = 10s;
    Kept kept(path(), options);
    kept.run(first_content);
    kept.database().flush();
    disk().fill_but(0);

    const auto began = std::chrono::steady_clock::now();
    kept.run("UPDATE t SET b = zeroblob(2000)");
    kept.wait_for_failures(4);
    const std::uint64_t failures = kept.database().status().failures;
    const std::chrono::duration<double, std::milli> passed =
        std::chrono::steady_clock::now() - began;
    EXPECT_LE(failures, 2 + std::log2(1 + passed / 10ms));
    kept.expect_told_once();
    // Where this thread was kept waiting, the next attempt may be under way.
    EXPECT_TRUE(
        becomes_true([&] { return kept.database().status().state == State::waiting_to_retry; }));
    disk().make_room();
    kept.expect_recovery();
}

TEST_P(ErrorsFullDisk, is_told_by_flush_and_close_in_time_and_loses_nothing) {
    Kept kept(path(), patient_options(GetParam()));
    kept.run(first_content);
    kept.database().flush();
    disk().fill_but(0);
    kept.run("UPDATE t SET b = zeroblob(2000)");
    for (const auto& call : {+[](Database& database) { database.flush(50ms); },
                             +[](Database& database) { database.close(); },
                             +[](Database& database) { database.close(0ms); }}) {
        try {
            call(kept.database());
            ADD_FAILURE() << "nothing was thrown";
        } catch (const Error& error) {
            expect_full(error);
            EXPECT_THAT(error.reason(), HasSubstr("100 changes are not on disk"));
        }
    }
    disk().make_room();
    kept.expect_recovery();
    kept.close();
}

TEST_P(ErrorsFullDisk, lets_the_application_go_on_meanwhile) {
    Kept kept(path(), patient_options(GetParam()));
    kept.run(first_content);
    kept.database().flush();
    disk().fill_but(0);
    for (int i = 0; i < 20; ++i) {
        kept.run("INSERT INTO t(a, b) VALUES('meanwhile', zeroblob(1000))");
        EXPECT_EQ(query_one(kept.ram(), "SELECT count(*) FROM t"), Cell(101 + i));
    }
    kept.wait_for_failures(2);
    kept.expect_told_once();
    disk().make_room();
    kept.expect_recovery();
}

TEST_P(ErrorsFullDisk, refuses_to_open_and_leaves_nothing_behind) {
    int refused = 0;
    for (std::uint64_t room = 0;; room += page) {
        SCOPED_TRACE("room for " + std::to_string(room) + " bytes");
        ASSERT_LT(room, SmallDisk::size_bytes) << "it never fits";
        disk().fill_but(room);
        std::optional<Error> error;
        try {
            Kept kept(path(), patient_options(GetParam()));
            kept.run("CREATE TABLE t(a)");
        } catch (const Error& thrown) {
            error = thrown;
        }
        disk().make_room();
        if (!error) break;
        expect_full(*error);
        EXPECT_TRUE(error->retryable());
        EXPECT_THAT(names_in(disk().path()), IsEmpty());
        ++refused;
    }
    EXPECT_GT(refused, 0);
}

TEST_P(ErrorsFullDisk, refuses_to_open_a_file_and_leaves_it_as_it_is) {
    exec(Plain(path()), first_content);
    const FolderSnapshot before(disk().path());
    int refused = 0;
    for (std::uint64_t room = 0;; room += page) {
        SCOPED_TRACE("room for " + std::to_string(room) + " bytes");
        ASSERT_LT(room, SmallDisk::size_bytes) << "it never fits";
        disk().fill_but(room);
        std::optional<Error> error;
        try {
            Kept kept(path(), patient_options(GetParam()));
        } catch (const Error& thrown) {
            error = thrown;
        }
        disk().make_room();
        if (!error) break;
        expect_full(*error);
        const Plain file(path());
        EXPECT_EQ(query_one(file, "SELECT count(*) FROM t"), Cell(100));
        EXPECT_EQ(integrity(file), "ok");
        ++refused;
    }
    EXPECT_GT(refused, 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ErrorsFullDisk,
                         ::testing::Combine(::testing::Values(Strategy::session, Strategy::trigger),
                                            ::testing::Values(JournalMode::wal,
                                                              JournalMode::truncate)),
                         name_of);

}  // namespace
}  // namespace tidemark::tests
