// What happens when the disk does not take what a COMMIT brings.

#include "commits/commit_fixture.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <utility>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;

class RefusedCommits : public Commits {
protected:
    void SetUp() override {
        open();
        run("CREATE TABLE t(id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES(1, 1)");
    }

    /// A COMMIT of each kind fails with this code and these words, and leaves nothing.
    void expect_refused(int rc, const std::string& words) {
        const Outcome alone = attempt("INSERT INTO t VALUES(2, 2)");
        EXPECT_EQ(alone.rc, rc) << alone.message;
        EXPECT_THAT(alone.message, HasSubstr(words));
        run("BEGIN; INSERT INTO t VALUES(3, 3); UPDATE t SET x = 0");
        const Outcome several = attempt("COMMIT");
        EXPECT_EQ(several.rc, rc) << several.message;
        EXPECT_THAT(several.message, HasSubstr(words));
        EXPECT_NE(sqlite3_get_autocommit(ram()), 0) << "the transaction is rolled back";
        EXPECT_EQ(in_ram("SELECT count(*) || ' ' || sum(x) FROM t"), Cell("1 1"));
        EXPECT_EQ(on_disk("SELECT count(*) || ' ' || sum(x) FROM t"), Cell("1 1"));
    }

    void expect_served_again() {
        run_and_compare("INSERT INTO t VALUES(4, 4)");
        EXPECT_FALSE(database().status().last_error.has_value());
        EXPECT_EQ(database().status().pending_changes, 0U);
    }
};

TEST_F(RefusedCommits, on_a_full_disk) {
    fill_disk();
    expect_refused(SQLITE_FULL, "full");
    EXPECT_TRUE(database().status().last_error.has_value());
    vfs().clear();
    expect_served_again();
    close();
    EXPECT_EQ(observer().heard().failures.size(), 1U);
}

// A refused COMMIT leaves nothing to sync, and a sync of nothing does not show that the disk works.
TEST_F(RefusedCommits, are_not_over_with_a_sync_of_nothing) {
    fill_disk();
    EXPECT_EQ(attempt("INSERT INTO t VALUES(2, 2)").rc, SQLITE_FULL);
    database().flush();
    EXPECT_TRUE(database().status().last_error.has_value());
    EXPECT_EQ(attempt("INSERT INTO t VALUES(2, 2)").rc, SQLITE_FULL);
    database().flush();
    EXPECT_EQ(observer().heard().recoveries, 0U);
    vfs().clear();
    expect_served_again();
    close();
    EXPECT_EQ(observer().heard().failures.size(), 1U);
    EXPECT_EQ(observer().heard().recoveries, 1U);
}

TEST_F(RefusedCommits, on_an_input_output_error) {
    vfs().set({.kind = Fault::Kind::fail, .of = {FileOperation::sync}, .times = Fault::for_ever});
    expect_refused(SQLITE_IOERR, "disk I/O error");
    vfs().clear();
    expect_served_again();
}

TEST_F(RefusedCommits, while_another_process_locks_the_file) {
    {
        const FaultVfs::Bystander bystander;
        const Plain other(path());
        exec(other, "BEGIN IMMEDIATE");
        // With the plain code the transaction would stay open.
        expect_refused(SQLITE_BUSY, "locked");
        (void)attempt("INSERT INTO t VALUES(2, 2)");
        EXPECT_EQ(sqlite3_extended_errcode(ram()), SQLITE_BUSY_TIMEOUT);
    }
    expect_served_again();
}

TEST_F(RefusedCommits, once_another_process_has_written_to_the_file) {
    {
        const FaultVfs::Bystander bystander;
        exec(Plain(path()), "CREATE TABLE theirs(x)");
    }
    const Outcome outcome = attempt("INSERT INTO t VALUES(2, 2)");
    EXPECT_NE(outcome.rc, SQLITE_OK);
    EXPECT_THAT(outcome.message, HasSubstr("somebody else has written"));
    EXPECT_EQ(in_ram("SELECT count(*) FROM t"), Cell(1));
    EXPECT_NE(attempt("INSERT INTO t VALUES(2, 2)").rc, SQLITE_OK);
}

// As plain SQLite: the content is rolled back, and the name of the savepoint is still there.
TEST_F(RefusedCommits, by_the_release_of_the_outermost_savepoint) {
    fill_disk();
    run("SAVEPOINT a; INSERT INTO t VALUES(2, 2)");
    EXPECT_EQ(attempt("RELEASE a").rc, SQLITE_FULL);
    EXPECT_EQ(in_ram("SELECT count(*) FROM t"), Cell(1));
    run("ROLLBACK");
    vfs().clear();
    expect_served_again();
}

TEST_F(RefusedCommits, by_a_statement_that_is_reset_half_way) {
    fill_disk();
    Statement insert(ram(), "INSERT INTO t(x) VALUES(2), (3) RETURNING id");
    ASSERT_TRUE(insert.step());
    EXPECT_EQ(sqlite3_reset(insert.get()), SQLITE_FULL);
    EXPECT_EQ(in_ram("SELECT count(*) FROM t"), Cell(1));
    vfs().clear();
    expect_served_again();
}

// SQLite cannot be told to roll back what no trigger hears of: it stays, and is not acknowledged by
// what comes after it either.
TEST_F(RefusedCommits, leave_a_change_of_the_schema_in_ram) {
    fill_disk();
    run("CREATE TABLE u AS SELECT 1 AS x");
    EXPECT_EQ(on_disk("SELECT count(*) FROM sqlite_schema WHERE name = 'u'"), Cell(0));
    EXPECT_EQ(attempt("INSERT INTO u VALUES(3)").rc, SQLITE_FULL);
    EXPECT_EQ(attempt("INSERT INTO t VALUES(2, 2)").rc, SQLITE_FULL);
    vfs().clear();
    run_and_compare("INSERT INTO t VALUES(5, 5)");
    EXPECT_EQ(on_disk("SELECT count(*) FROM u"), Cell(1));
    run_and_compare("INSERT INTO u VALUES(2)");
}

TEST_F(RefusedCommits, leave_a_change_of_the_schema_that_gets_to_the_disk_by_itself) {
    fill_disk();
    run("CREATE TABLE u AS SELECT 1 AS x; PRAGMA user_version = 4");
    vfs().clear();
    database().flush();
    EXPECT_TRUE(same_now());
}

TEST_F(RefusedCommits, roll_a_change_of_the_schema_back_that_comes_with_rows) {
    fill_disk();
    run("BEGIN; CREATE TABLE u(x); INSERT INTO u VALUES(1); INSERT INTO t VALUES(2, 2)");
    EXPECT_EQ(attempt("COMMIT").rc, SQLITE_FULL);
    EXPECT_EQ(in_ram("SELECT count(*) FROM sqlite_schema"), Cell(1));
    vfs().clear();
    database().flush();
    EXPECT_TRUE(same_now());
    expect_served_again();
}

// The disk is ahead for a moment; when the statement returns it is not any more.
TEST_F(RefusedCommits, by_the_commit_hook_are_taken_back_on_disk) {
    bool refuse = false;
    const auto answer = [](void* flag) {
        return std::exchange(*static_cast<bool*>(flag), false) ? 1 : 0;
    };
    sqlite3_commit_hook(ram(), answer, &refuse);
    for (const std::string changes :
         {"INSERT INTO t VALUES(2, 2)", "INSERT INTO t VALUES(3, 3); DELETE FROM t WHERE id = 1",
          "CREATE TABLE u(x); INSERT INTO t VALUES(3, 3)",
          "PRAGMA user_version = 5; UPDATE t SET x = 7"}) {
        run("BEGIN; " + changes);
        refuse = true;
        EXPECT_EQ(attempt("COMMIT").rc, SQLITE_CONSTRAINT);
        EXPECT_EQ(in_ram("SELECT count(*) || ' ' || sum(x) FROM t"), Cell("1 1"));
        EXPECT_TRUE(same_now()) << changes;
    }
    sqlite3_commit_hook(ram(), nullptr, nullptr);
    expect_served_again();
}

TEST_F(RefusedCommits, by_the_commit_hook_are_taken_back_before_anything_else_is_acknowledged) {
    struct Context {
        FaultVfs& vfs;
    } context{vfs()};
    // The disk becomes full after it has taken the changes.
    sqlite3_commit_hook(
        ram(),
        [](void* hook_context) {
            static_cast<Context*>(hook_context)
                ->vfs.set({.kind = Fault::Kind::fail,
                           .of = {FileOperation::write},
                           .times = Fault::for_ever,
                           .code = SQLITE_FULL});
            return 1;
        },
        &context);
    EXPECT_EQ(attempt("INSERT INTO t VALUES(2, 2)").rc, SQLITE_CONSTRAINT);
    sqlite3_commit_hook(ram(), nullptr, nullptr);
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(2)) << "the case that this test is about";
    EXPECT_EQ(attempt("INSERT INTO t VALUES(3, 3)").rc, SQLITE_FULL);
    vfs().clear();
    run_and_compare("INSERT INTO t VALUES(4, 4)");
    EXPECT_EQ(on_disk("SELECT group_concat(id) FROM t"), Cell("1,4"));
}

// Every operation on the files fails once, each in turn, also where that leaves it open whether the
// disk has committed. A COMMIT that said OK is there, one that failed is not, and the next one works.
class EveryFault : public Commits, public ::testing::WithParamInterface<JournalMode> {
protected:
    [[nodiscard]] bool run_with_fault(std::uint64_t at, bool schema_too) {
        Options with_mode = options();
        with_mode.journal_mode = GetParam();
        open(with_mode);
        run("DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS u; CREATE TABLE t(x)");
        run("INSERT INTO t VALUES(0)");
        vfs().set({.kind = Fault::Kind::fail, .at = at});
        if (schema_too) {
            run("BEGIN; CREATE TABLE u(y)");
        } else {
            run("BEGIN");
        }
        run("INSERT INTO t VALUES(1), (2)");
        const Outcome outcome = attempt("COMMIT");
        const bool struck = vfs().has_struck();
        EXPECT_EQ(in_ram("SELECT count(*) FROM t"), Cell(outcome.rc == SQLITE_OK ? 3 : 1));
        if (outcome.rc == SQLITE_OK) {
            EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Cell(3));
        }
        vfs().clear();
        EXPECT_EQ(attempt("INSERT INTO t VALUES(9)"), Outcome{}) << vfs().trace();
        EXPECT_TRUE(same_now()) << vfs().trace();
        close();
        EXPECT_EQ(on_disk("PRAGMA integrity_check"), Cell("ok"));
        return struck;
    }
};

TEST_P(EveryFault, of_a_commit_leaves_the_disk_as_ram) {
    for (const bool schema_too : {false, true}) {
        std::uint64_t at = 1;
        while (run_with_fault(at, schema_too) && !HasFailure()) ++at;
        EXPECT_GT(at, 8U) << "too few operations to mean anything";
        if (HasFailure()) GTEST_FAIL() << "operation " << at << ", schema too: " << schema_too;
    }
}

INSTANTIATE_TEST_SUITE_P(Journals, EveryFault,
                         ::testing::Values(JournalMode::wal, JournalMode::truncate,
                                           JournalMode::remove),
                         [](const ::testing::TestParamInfo<JournalMode>& mode) {
                             return std::string(mode.param == JournalMode::wal        ? "wal"
                                                : mode.param == JournalMode::truncate ? "truncate"
                                                                                      : "delete");
                         });

}  // namespace
}  // namespace tidemark::tests
