// What is on disk after a program has ended, in whatever way. The ways are the scenes of
// leaving_main.cpp.

#include "support/child_process.hpp"
#include "support/fixture.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;

class Leaving : public KeptDatabase {
protected:
    void SetUp() override { prepare_file("CREATE TABLE t(a)"); }

    [[nodiscard]] std::unique_ptr<ChildProcess> begin(const std::string& scene) const {
        return std::make_unique<ChildProcess>(
            TIDEMARK_LEAVING, std::vector<std::string>{scene, path(), to_string(GetParam())});
    }

    /// The exit code of a program that plays a scene to its end, or minus its signal.
    [[nodiscard]] int play(const std::string& scene) {
        const auto program = begin(scene);
        said_ = program->read_rest();
        return program->finish();
    }

    [[nodiscard]] Rows rows() const { return on_disk("SELECT a FROM t ORDER BY a"); }

    /// Everything was closed: there is nothing beside the database.
    void expect_closed() const {
        EXPECT_EQ(names_in(directory().path()), std::vector<std::string>{"kept.db"});
    }

    std::string said_;
};

TEST_P(Leaving, return_from_main_closes) {
    EXPECT_EQ(play("return_from_main"), 0);
    expect_closed();
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, an_exception_that_is_caught_closes) {
    EXPECT_EQ(play("exception_that_is_caught"), 1);
    EXPECT_THAT(said_, HasSubstr("something else went wrong"));
    expect_closed();
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, a_static_object_closes) {
    EXPECT_EQ(play("local_static"), 0);
    expect_closed();
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, the_end_of_the_main_thread_closes_what_is_on_its_stack) {
    EXPECT_EQ(play("end_of_the_main_thread"), 0);
    expect_closed();
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, exit_flushes_what_is_on_the_stack) {
    EXPECT_EQ(play("exit_in_a_function"), 0);
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, exit_flushes_what_was_moved) {
    EXPECT_EQ(play("moved"), 0);
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, exit_flushes_every_database) {
    EXPECT_EQ(play("two_databases"), 0);
    EXPECT_EQ(rows(), Rows{{1}});
    EXPECT_EQ(query(Plain(path() + ".second"), "SELECT a FROM t"), Rows{{2}});
}

TEST_P(Leaving, exit_flushes_an_attached_connection) {
    EXPECT_EQ(play("attached"), 0);
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, quick_exit_flushes) {
    EXPECT_EQ(play("quick_exit"), 0);
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, a_leaked_database_is_flushed) {
    EXPECT_EQ(play("leaked"), 0);
    EXPECT_EQ(rows(), Rows{{1}});
    open();
    EXPECT_EQ(query(ram(), "SELECT a FROM t"), Rows{{1}}) << "nor is its lock in the way";
}

TEST_P(Leaving, a_global_object_takes_what_destructors_write_after_the_exit_handler) {
    EXPECT_EQ(play("global_written_to_by_a_destructor"), 0);
    expect_closed();
    EXPECT_EQ(rows(), (Rows{{1}, {2}}));
}

TEST_P(Leaving, a_global_object_that_was_closed_is_left_alone) {
    EXPECT_EQ(play("global_closed_by_itself"), 0);
    expect_closed();
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, an_exception_that_nobody_catches_loses_what_was_not_flushed) {
    EXPECT_EQ(play("exception_that_nobody_catches"), -SIGABRT);
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, a_bare_exit_loses_what_was_not_flushed) {
    EXPECT_EQ(play("bare_exit"), 0);
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, a_signal_that_ends_the_process_loses_what_was_not_flushed) {
    EXPECT_EQ(play("sigterm"), -SIGTERM);
    EXPECT_EQ(rows(), Rows{{1}});
}

// ---- at the worst moment ----

TEST_P(Leaving, exit_within_a_transaction_keeps_what_was_committed_before) {
    EXPECT_EQ(play("within_a_transaction"), 0);
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, half_a_transaction_that_goes_on_after_the_exit_handler_is_not_kept) {
    EXPECT_EQ(play("half_a_transaction_goes_on"), 0);
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, exit_does_not_end_the_transaction_of_an_attached_connection) {
    EXPECT_EQ(play("within_a_transaction_of_an_attached_connection"), 0);
    EXPECT_EQ(rows(), Rows{});
}

TEST_P(Leaving, exit_within_a_query_flushes) {
    EXPECT_EQ(play("within_a_query"), 0);
    EXPECT_EQ(rows(), (Rows{{1}, {2}}));
}

TEST_P(Leaving, exit_within_a_function_of_sql_ends_all_the_same) {
    EXPECT_EQ(play("within_a_function_of_sql"), 0);
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, exit_within_an_observer_ends_all_the_same) {
    EXPECT_EQ(play("within_an_observer"), 0);
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, exit_calls_no_observer) {
    EXPECT_EQ(play("with_an_observer_of_dead_objects"), 0);
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, exit_while_others_write_keeps_whole_transactions) {
    EXPECT_EQ(play("while_others_write"), 0);
    const Plain disk(path());
    EXPECT_EQ(integrity(disk), "ok");
    EXPECT_EQ(query_one(disk, "SELECT sum(a) FROM t"), Cell(0)) << "half a transaction";
    EXPECT_GE(query_one(disk, "SELECT count(*) / 2 FROM t").integer(), std::stoll(said_))
        << "committed before exit() was called";
    // Each thread's transactions up to some number, without a gap.
    EXPECT_EQ(query(disk,
                    "SELECT a / 1000000 AS who FROM t WHERE a > 0 GROUP BY who"
                    " HAVING count(*) <> max(a) % 1000000"),
              Rows{});
}

TEST_P(Leaving, exit_while_others_flush_ends_and_keeps_what_was_flushed) {
    EXPECT_EQ(play("while_others_flush"), 0);
    EXPECT_GE(rows().size(), 5U);
}

TEST_P(Leaving, exit_waits_for_a_thread_that_is_closing) {
    const auto program = begin("while_another_thread_closes");
    EXPECT_EQ(program->read_line(), "closing, and leaving");
    EXPECT_FALSE(program->readable_within(std::chrono::milliseconds{50})) << "did not wait";
    EXPECT_EQ(program->finish(), 0);
    EXPECT_EQ(rows(), Rows{{1}});
}

TEST_P(Leaving, exit_gives_up_at_the_deadline_when_the_disk_is_locked) {
    const auto program = begin("while_the_disk_is_locked");
    ASSERT_EQ(program->read_line(), "open");
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    EXPECT_EQ(program->finish(), 0);
    exec(foreigner, "ROLLBACK");
    EXPECT_EQ(rows(), Rows{});
}

TEST_P(Leaving, a_library_that_is_unloaded_stays) {
    EXPECT_EQ(play("unloaded"), 0) << said_;
    EXPECT_EQ(rows(), (Rows{{1}, {2}}));
}

TEST_P(Leaving, exit_after_sqlite_was_shut_down_ends_all_the_same) {
    EXPECT_EQ(play("after_sqlite_was_shut_down"), 0);
    EXPECT_EQ(integrity(Plain(path())), "ok");
}

TIDEMARK_FOR_BOTH_STRATEGIES(Leaving);

}  // namespace
}  // namespace tidemark::tests
