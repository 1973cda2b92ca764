// fork(): the child never syncs, and whatever it does, its parent goes on undisturbed. The scenes
// are those of forking_main.cpp.

#include "support/child_process.hpp"
#include "support/fixture.hpp"
#include "support/other_process.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;

class Fork : public KeptDatabase {
protected:
    void SetUp() override { prepare_file("CREATE TABLE t(a)"); }

    [[nodiscard]] std::unique_ptr<ChildProcess> begin(const std::string& scene) const {
        return std::make_unique<ChildProcess>(
            TIDEMARK_FORKING, std::vector<std::string>{scene, path(), to_string(GetParam())});
    }

    /// What a program says that plays a scene to its end.
    [[nodiscard]] std::string play(const std::string& scene) {
        const auto program = begin(scene);
        const std::string said = program->read_rest();
        EXPECT_EQ(program->finish(), 0);
        return said;
    }

    void expect_undisturbed(const std::string& scene) {
        EXPECT_EQ(play(scene), "equal\n");
        EXPECT_EQ(on_disk("SELECT a FROM t WHERE a = 2"), Rows{{2}});
        EXPECT_EQ(integrity(Plain(path())), "ok");
    }
};

// Threads of the parent that allocate while it forks: the child's own threads can wait for ever.
#ifdef TIDEMARK_ADDRESS_SANITIZER
#define SKIP_UNDER_ADDRESS_SANITIZER()                                                        \
    GTEST_SKIP() << "the allocator of AddressSanitizer can stay locked in the child of busy " \
                    "threads"
#else
#define SKIP_UNDER_ADDRESS_SANITIZER() static_cast<void>(0)
#endif

TEST_P(Fork, a_child_that_calls_is_refused) { expect_undisturbed("calls"); }
TEST_P(Fork, a_child_may_destroy_its_copy) { expect_undisturbed("destructor"); }
TEST_P(Fork, a_child_may_exit) { expect_undisturbed("exit"); }
TEST_P(Fork, a_child_may_exit_quickly) { expect_undisturbed("quick_exit"); }
TEST_P(Fork, a_child_may_end_without_a_word) { expect_undisturbed("bare_exit"); }
TEST_P(Fork, a_child_may_become_another_program) { expect_undisturbed("exec"); }
TEST_P(Fork, a_child_may_destroy_a_static_object) { expect_undisturbed("static_object"); }
TEST_P(Fork, a_child_may_fork) { expect_undisturbed("child_of_a_child"); }

TEST_P(Fork, a_child_keeps_a_database_of_its_own) {
    SKIP_UNDER_ADDRESS_SANITIZER();
    expect_undisturbed("own_database");
    EXPECT_EQ(query(Plain(path() + ".child"), "SELECT a FROM t"), (Rows{{1}, {2}}));
}

TEST_P(Fork, a_database_of_a_childs_own_is_flushed_at_exit) {
    SKIP_UNDER_ADDRESS_SANITIZER();
    expect_undisturbed("own_database_left_to_exit");
    EXPECT_EQ(query(Plain(path() + ".child"), "SELECT a FROM t"), (Rows{{1}, {2}}));
}

TEST_P(Fork, a_child_cannot_open_what_its_parent_had_open) {
    EXPECT_EQ(play("the_same_file"),
              "the parent of this process had it open when it forked\nequal\n");
}

TEST_P(Fork, a_child_can_open_what_its_parent_had_closed) {
    EXPECT_EQ(play("opened_after_the_fork"), "equal\n");
}

TEST_P(Fork, a_child_that_lives_on_does_not_hold_the_lock_of_its_dead_parent) {
    const auto parent = begin("child_that_lives_on");
    ASSERT_EQ(parent->read_line(), "child");
    EXPECT_EQ(parent->kill(), -SIGKILL);
    ASSERT_FALSE(parent->readable_within(std::chrono::milliseconds{0})) << "the child has ended";
    EXPECT_NO_THROW(open());
}

TEST_P(Fork, the_locks_of_a_parent_outlive_its_child) {
    const auto parent = begin("lock_after_a_child");
    ASSERT_EQ(parent->read_line(), "forked");
    try {
        open();
        FAIL() << "was opened";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr(std::to_string(parent->id())));
    }
    // SQLite's own lock, which says that somebody uses the log.
    const auto other = start_other_process({"sql", path(), "PRAGMA journal_mode = DELETE"});
    EXPECT_THAT(other->read_line().value_or("(nothing)"), HasSubstr("locked"));
    EXPECT_EQ(parent->finish(), 0);
}

TEST_P(Fork, fork_within_an_apply) { expect_undisturbed("within_an_apply"); }
TEST_P(Fork, fork_while_ram_is_locked) { expect_undisturbed("while_ram_is_locked"); }
TEST_P(Fork, fork_while_threads_write_flush_and_open) {
    SKIP_UNDER_ADDRESS_SANITIZER();
    expect_undisturbed("while_busy");
}

TIDEMARK_FOR_BOTH_STRATEGIES(Fork);

}  // namespace
}  // namespace tidemark::tests
