// A disk that answers late, wrongly or not at all: what flush(), close() and status() say then.

#include "errors/kept.hpp"
#include "support/fault_vfs.hpp"
#include "support/temporary_directory.hpp"
#include "support/waiting.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <chrono>
#include <future>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ErrorsOfTheDisk : public ::testing::TestWithParam<Kind> {
protected:
    void SetUp() override {
        kept_.emplace(path(), patient_options(GetParam()));
        kept().run("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t(a) VALUES('first')");
        kept().database().flush();
    }

    void TearDown() override {
        disk_.clear();
        kept_.reset();
    }

    [[nodiscard]] std::string path() const { return directory_.file("kept.db"); }
    [[nodiscard]] Kept& kept() { return *kept_; }
    [[nodiscard]] FaultVfs& disk() { return disk_; }

    void expect_recovery() {
        disk().clear();
        const FaultVfs::Bystander bystander;
        kept().expect_recovery();
    }

    /// Something of the kind fails until further notice: told once, kept, and over by itself.
    void fails_for_a_while(OperationSet operations, int code, bool partial = false) {
        disk().set({.kind = Fault::Kind::fail,
                    .of = operations,
                    .times = Fault::for_ever,
                    .code = code,
                    .partial = partial});
        kept().run("UPDATE t SET a = zeroblob(20000); INSERT INTO t(a) VALUES('second')");
        EXPECT_FALSE(kept().sync_once());
        kept().wait_for_failures(5);
        kept().expect_told_once();
        EXPECT_TRUE(disk().has_struck());
        expect_recovery();
    }

    /// The next sync of the disk does not return.
    void hang() {
        disk().set({.kind = Fault::Kind::hang, .of = {FileOperation::sync, FileOperation::write}});
        kept().run("INSERT INTO t(a) VALUES('second'), ('third')");
        ASSERT_TRUE(disk().wait_until_hanging());
    }

private:
    TemporaryDirectory directory_;
    FaultVfs disk_;
    std::optional<Kept> kept_;
};

TEST_P(ErrorsOfTheDisk, that_fails_each_sync_are_told_once_and_pass) {
    fails_for_a_while({FileOperation::sync}, 0);
}

TEST_P(ErrorsOfTheDisk, that_fails_each_write_are_told_once_and_pass) {
    fails_for_a_while({FileOperation::write}, 0);
}

TEST_P(ErrorsOfTheDisk, that_writes_only_a_part_are_told_once_and_pass) {
    fails_for_a_while({FileOperation::write}, SQLITE_FULL, true);
}

TEST_P(ErrorsOfTheDisk, that_hangs_are_seen_in_the_status) {
    hang();
    const Status first = kept().database().status();
    EXPECT_EQ(first.state, State::applying);
    EXPECT_EQ(first.pending_changes, 2U);
    EXPECT_TRUE(becomes_true([&] { return kept().database().status().lag > first.lag + 5ms; }))
        << "lag grows";
    kept().run("UPDATE t SET a = 'meanwhile'");
    EXPECT_EQ(query_one(kept().ram(), "SELECT count(*) FROM t WHERE a = 'meanwhile'"), Cell(3));
    disk().clear();
    kept().database().flush();
    const FaultVfs::Bystander bystander;
    kept().expect_disk_is_ram();
    EXPECT_TRUE(kept().heard().failures.empty()) << "slow is no failure";
}

TEST_P(ErrorsOfTheDisk, that_hangs_do_not_outlast_a_deadline) {
    hang();
    for (const auto& call : {+[](Database& database) { database.flush(20ms); },
                             +[](Database& database) { database.close(20ms); }}) {
        // Not a matter of time: without its deadline the call would never return.
        auto answer = std::async(std::launch::async, [&]() -> std::string {
            try {
                call(kept().database());
                return "";
            } catch (const Error& error) {
                return error.what();
            }
        });
        const bool in_time = answer.wait_for(30s) == std::future_status::ready;
        EXPECT_TRUE(in_time);
        if (!in_time) disk().clear();
        const std::string said = answer.get();
        EXPECT_THAT(said, HasSubstr("still being written"));
        EXPECT_THAT(said, HasSubstr("2 changes are not on disk"));
    }
    disk().clear();
    kept().database().flush();
    const FaultVfs::Bystander bystander;
    kept().expect_disk_is_ram();
}

INSTANTIATE_TEST_SUITE_P(Kinds, ErrorsOfTheDisk,
                         ::testing::Combine(::testing::Values(Strategy::session, Strategy::trigger),
                                            ::testing::Values(JournalMode::wal,
                                                              JournalMode::truncate)),
                         name_of);

}  // namespace
}  // namespace tidemark::tests
