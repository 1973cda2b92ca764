// Another process holds a lock on the disk database, for long.

#include "errors/kept.hpp"
#include "support/other_process.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ErrorsLocks : public ::testing::TestWithParam<Kind> {
protected:
    [[nodiscard]] std::string path() const { return directory_.file("kept.db"); }
    [[nodiscard]] static bool in_wal_mode() {
        return std::get<JournalMode>(GetParam()) == JournalMode::wal;
    }

    /// What `child` holds keeps syncing from going on: told once, everything kept, over by itself.
    static void expect_trouble_until_it_ends(Kept& kept, ChildProcess& child) {
        kept.run(
            "INSERT INTO t(a) VALUES('ours'); UPDATE t SET a = a || '!'; CREATE TABLE made(x)");
        EXPECT_FALSE(kept.sync_once());
        kept.wait_for_failures(5);
        kept.expect_told_once();
        for (const auto& [error, pending] : kept.heard().failures) {
            EXPECT_EQ(error.code() & 0xff, SQLITE_BUSY) << error.what();
            EXPECT_THAT(error.advice(), HasSubstr("lock"));
        }
        EXPECT_EQ(child.finish(), 0);
        kept.expect_recovery();
        kept.close();
    }

private:
    TemporaryDirectory directory_;
};

TEST_P(ErrorsLocks, of_a_writer_is_waited_for) {
    Kept kept(path(), patient_options(GetParam()));
    kept.run("CREATE TABLE t(a); INSERT INTO t VALUES('ours')");
    kept.database().flush();
    const auto writer = start_other_process({"lock", path()});
    ASSERT_EQ(writer->read_line(), "done");
    expect_trouble_until_it_ends(kept, *writer);
}

TEST_P(ErrorsLocks, of_a_reader_is_waited_for_where_readers_block) {
    Kept kept(path(), patient_options(GetParam()));
    kept.run("CREATE TABLE t(a); INSERT INTO t VALUES('ours')");
    kept.database().flush();
    const auto reader = start_other_process({"read", path(), "SELECT count(*) FROM t"});
    ASSERT_EQ(reader->read_line(), "done");
    if (!in_wal_mode()) {
        expect_trouble_until_it_ends(kept, *reader);
        return;
    }
    kept.run("INSERT INTO t VALUES('not held up')");
    kept.database().flush();
    kept.expect_disk_is_ram();
    EXPECT_TRUE(kept.heard().failures.empty());
}

TEST_P(ErrorsLocks, that_outlive_closing_are_reported_and_nothing_is_lost_by_waiting) {
    Kept kept(path(), patient_options(GetParam()));
    kept.run("CREATE TABLE t(a)");
    kept.database().flush();
    const auto writer = start_other_process({"lock", path()});
    ASSERT_EQ(writer->read_line(), "done");
    kept.run("INSERT INTO t VALUES('ours')");
    try {
        kept.database().close();
        ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.code() & 0xff, SQLITE_BUSY);
        EXPECT_THAT(error.what(), HasSubstr("1 change is not on disk"));
    }
    EXPECT_EQ(writer->finish(), 0);
    kept.expect_recovery();
    EXPECT_NO_THROW(kept.close());
}

TEST_P(ErrorsLocks, keep_a_file_from_being_opened_and_no_longer) {
    exec(Plain(path()), "CREATE TABLE t(a)");
    const auto writer = start_other_process({"lock", path()});
    ASSERT_EQ(writer->read_line(), "done");
    try {
        const Kept kept(path(), patient_options(GetParam()));
        ADD_FAILURE() << "was opened";
    } catch (const Error& error) {
        EXPECT_EQ(error.code() & 0xff, SQLITE_BUSY) << error.what();
        EXPECT_TRUE(error.retryable());
        EXPECT_THAT(error.advice(), HasSubstr("lock"));
    }
    EXPECT_EQ(writer->finish(), 0);
    Kept kept(path(), patient_options(GetParam()));
    kept.close();
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ErrorsLocks,
    ::testing::Combine(::testing::Values(Strategy::session, Strategy::trigger),
                       ::testing::Values(JournalMode::wal, JournalMode::truncate,
                                         JournalMode::persist, JournalMode::remove)),
    name_of);

}  // namespace
}  // namespace tidemark::tests
