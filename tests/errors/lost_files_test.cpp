// Somebody moves, replaces or removes the files of the disk database while it is kept.

#include "errors/kept.hpp"
#include "support/fixture.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <filesystem>
#include <vector>

namespace tidemark::tests {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ErrorsLostFiles : public ::testing::TestWithParam<Kind> {
protected:
    ErrorsLostFiles() {
        fs::create_directory(folder());
        kept_.emplace(path(), patient_options(GetParam()));
        kept().run("CREATE TABLE t(a); INSERT INTO t VALUES('first')");
        kept().database().flush();
    }

    [[nodiscard]] std::string folder() const { return directory_.file("folder"); }
    [[nodiscard]] std::string path() const { return folder() + "/kept.db"; }
    [[nodiscard]] std::string elsewhere() const { return directory_.file("elsewhere"); }
    [[nodiscard]] Kept& kept() { return *kept_; }

    void expect_noticed() {
        kept().run("INSERT INTO t VALUES('meanwhile')");
        EXPECT_FALSE(kept().sync_once());
        kept().wait_for_failures(4);
        kept().expect_told_once();
        const Error error = kept().heard().failures.at(0).first;
        EXPECT_EQ(error.code(), SQLITE_READONLY_DBMOVED) << error.what();
        EXPECT_EQ(error.object(), path());
        EXPECT_THAT(error.advice(), HasSubstr("put the same file back"));
        EXPECT_THAT(error.advice(), HasSubstr("VACUUM INTO"));
    }

private:
    TemporaryDirectory directory_;
    std::optional<Kept> kept_;
};

TEST_P(ErrorsLostFiles, put_back_are_synced_again) {
    fs::rename(path(), elsewhere());
    expect_noticed();
    EXPECT_FALSE(fs::exists(path())) << "none is made in its place";
    fs::rename(elsewhere(), path());
    kept().expect_recovery();
    kept().close();
}

TEST_P(ErrorsLostFiles, replaced_are_not_touched_until_the_right_one_is_back) {
    fs::rename(path(), elsewhere());
    write_file(path(), "somebody else's");
    expect_noticed();
    EXPECT_EQ(read_file(path()), "somebody else's");
    fs::rename(elsewhere(), path());
    kept().expect_recovery();
    kept().close();
}

TEST_P(ErrorsLostFiles, in_a_folder_that_was_moved_are_synced_again) {
    fs::rename(folder(), elsewhere());
    expect_noticed();
    fs::rename(elsewhere(), folder());
    kept().expect_recovery();
    kept().close();
}

TEST_P(ErrorsLostFiles, that_are_gone_for_good_leave_everything_in_ram) {
    fs::remove_all(folder());
    expect_noticed();
    kept().run("VACUUM INTO '" + elsewhere() + "'");
    EXPECT_TRUE(same(kept().ram(), Plain(elsewhere())));
    try {
        kept().database().close(20ms);
        ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("1 change is not on disk"));
    }
    EXPECT_EQ(query_one(kept().ram(), "SELECT count(*) FROM t"), Cell(2)) << "RAM goes on";
    EXPECT_EQ(kept().heard().failures.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ErrorsLostFiles,
                         ::testing::Combine(::testing::Values(Strategy::session, Strategy::trigger),
                                            ::testing::Values(JournalMode::wal,
                                                              JournalMode::remove)),
                         name_of);

/// The parameter says which file is lost, and whether another one takes its place.
class ErrorsLostWal : public ::testing::TestWithParam<std::tuple<const char*, bool>> {
protected:
    [[nodiscard]] std::string path() const { return directory_.file("kept.db"); }

    void lose_a_file() const {
        const auto& [suffix, replaced] = GetParam();
        fs::remove(path() + suffix);
        if (replaced) write_file(path() + suffix, "");
    }

    /// As a process finds it that comes after a crash of this one.
    [[nodiscard]] Cell rows_after_a_crash() const {
        const TemporaryDirectory other;
        for (const char* suffix : {"", "-wal"}) {
            if (!fs::exists(path() + suffix)) continue;
            fs::copy_file(path() + suffix, other.file("kept.db") + suffix);
        }
        return query_one(Plain(other.file("kept.db")), "SELECT count(*) FROM t");
    }

private:
    TemporaryDirectory directory_;
};

TEST_P(ErrorsLostWal, is_told_and_what_is_acknowledged_is_safe_in_new_files) {
    Options options = patient_options({Strategy::session, JournalMode::wal});
    options.interval = 1h;
    Kept kept(path(), options);
    kept.run("CREATE TABLE t(a); INSERT INTO t VALUES('first')");
    kept.database().flush();
    lose_a_file();
    kept.run("INSERT INTO t VALUES('second')");
    kept.database().flush();
    EXPECT_EQ(rows_after_a_crash(), Cell(2)) << "what flush() acknowledged";
    kept.expect_disk_is_ram();
    // The look after the first batch can have come late enough to notice it before the second one.
    EXPECT_TRUE(kept.observer().wait_until(
        [](const Heard& heard) { return heard.recoveries + heard.resumptions > 0; }));
    std::vector<Error> told;
    for (const auto& [error, pending] : kept.heard().failures) told.push_back(error);
    for (const auto& [error, wal_bytes] : kept.heard().stalls) told.push_back(error);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told.front().reason(), HasSubstr("-wal"));

    kept.run("INSERT INTO t VALUES('third'); CREATE TABLE made(x)");
    kept.database().flush();
    EXPECT_EQ(rows_after_a_crash(), Cell(3));
    kept.expect_disk_is_ram();
    EXPECT_EQ(kept.heard().failures.size() + kept.heard().stalls.size(), 1U);
    kept.close();
}

// Nothing has changed since, so no batch finds out.
TEST_P(ErrorsLostWal, is_mended_when_nothing_changes_any_more) {
    Options options = patient_options({Strategy::trigger, JournalMode::wal});
    options.interval = 10ms;
    Kept kept(path(), options);
    kept.run("CREATE TABLE t(a); INSERT INTO t VALUES('first')");
    kept.database().flush();
    lose_a_file();
    EXPECT_TRUE(
        kept.observer().wait_until([](const Heard& heard) { return heard.resumptions > 0; }));
    EXPECT_EQ(kept.heard().stalls.size(), 1U);
    EXPECT_EQ(rows_after_a_crash(), Cell(1));
    kept.expect_disk_is_ram();
    kept.close();
}

INSTANTIATE_TEST_SUITE_P(Files, ErrorsLostWal,
                         ::testing::Combine(::testing::Values("-wal", "-shm"), ::testing::Bool()));

}  // namespace
}  // namespace tidemark::tests
