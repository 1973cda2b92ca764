// What becomes of a batch when something fails, and what the observer hears of it.

#include "sync/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <vector>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SyncLoop, keeps_the_batch_when_the_disk_is_busy) {
    World world;
    world.start();
    world.destination.failures.add(disk_busy());
    world.capture.commit(3);
    world.pass(5000ms);
    EXPECT_THAT(world.journal.lines({"apply", "acknowledge"}), ElementsAre("apply 1"));
    EXPECT_EQ(world.status().pending_changes, 3);

    world.capture.commit(4);
    world.pass(100ms);
    EXPECT_THAT(world.journal.lines({"cut", "apply", "acknowledge", "sync"}),
                ElementsAre("cut 1", "apply 1", "apply 1", "acknowledge 1", "sync 1, 3 changes"));
}

TEST(SyncLoop, doubles_the_pause_until_a_success) {
    World world({.retry_pause_first = 100ms, .retry_pause_max = 500ms});
    world.start();
    world.destination.failures.add(disk_full(), 5);
    world.capture.commit();
    world.pass(5000ms);
    std::vector<std::int64_t> pauses;
    while (world.status().state == State::waiting_to_retry) {
        pauses.push_back(world.clock.sync_thread_sleeps_for().value() / 1ms);
        world.pass(*world.clock.sync_thread_sleeps_for());
    }
    EXPECT_THAT(pauses, ElementsAre(100, 200, 400, 500, 500));

    world.destination.failures.add(disk_full());
    world.capture.commit();
    EXPECT_NE(error_of([&] { world.loop.flush(0ms); }), "");
    world.clock.settle();
    EXPECT_EQ(world.clock.sync_thread_sleeps_for(), 100ms);
}

TEST(SyncLoop, takes_a_pause_of_zero_as_one_millisecond) {
    World world({.retry_pause_first = 0ms, .retry_pause_max = 0ms});
    world.start();
    world.destination.failures.add(disk_full());
    world.capture.commit();
    world.pass(5000ms);
    EXPECT_EQ(world.clock.sync_thread_sleeps_for(), 1ms);
}

TEST(SyncLoop, makes_up_for_a_tick_that_passed_during_retries) {
    World world({.retry_pause_first = 10s});
    world.start();
    world.destination.failures.add(disk_full());
    world.capture.commit(1);
    world.pass(5000ms);
    world.capture.commit(2);
    world.pass(10s);
    EXPECT_THAT(world.journal.lines({"sync"}),
                ElementsAre("sync 1, 1 changes", "sync 2, 2 changes"));
}

TEST(SyncLoop, tries_a_cut_that_failed_again) {
    World world;
    world.start();
    world.capture.failures.add(disk_busy());
    world.capture.commit(2);
    world.pass(5000ms);
    EXPECT_EQ(world.status().state, State::waiting_to_retry);
    world.pass(100ms);
    EXPECT_THAT(world.journal.lines({"cut", "sync"}),
                ElementsAre("cut 1", "cut 1", "sync 1, 2 changes"));
}

TEST(SyncLoop, stops_at_a_cut_that_can_never_succeed) {
    World world;
    world.start();
    world.capture.failures.add(damaged());
    world.capture.commit(2);
    world.pass(5000ms);
    EXPECT_EQ(world.status().state, State::stopped);
    EXPECT_EQ(world.status().pending_changes, 2);
}

TEST(SyncLoop, stops_at_an_error_that_only_a_person_can_resolve) {
    World world;
    world.start();
    world.destination.failures.add(damaged());
    world.capture.commit(2);
    world.pass(5000ms);
    EXPECT_EQ(world.status().state, State::stopped);
    EXPECT_THAT(world.journal.lines({"failure"}),
                ElementsAre("failure database disk image is malformed, 2 pending"));

    world.capture.commit(3);
    world.pass(60s);
    EXPECT_THAT(world.journal.lines({"cut", "apply"}), ElementsAre("cut 1", "apply 1"));
    EXPECT_EQ(world.status().pending_changes, 5);
    EXPECT_EQ(world.status().last_error->code(), 11);
}

TEST(SyncLoop, replaces_a_batch_that_does_not_fit_by_a_whole_copy) {
    World world;
    world.start();
    world.destination.failures.add(not_applicable());
    world.capture.commit(2);
    world.pass(5000ms);
    EXPECT_THAT(
        world.journal.lines({"cut", "apply", "acknowledge", "sync", "failure", "recovery"}),
        ElementsAre("cut 1", "apply 1", "failure no such row, 2 pending", "cut 1 whole",
                    "apply 1 whole", "acknowledge 1", "recovery", "sync 1, 0 changes, whole"));
    EXPECT_EQ(world.status().whole_copies, 1);
    EXPECT_EQ(world.status().pending_changes, 0);

    world.capture.commit(1);
    world.pass(5000ms);
    EXPECT_THAT(world.journal.lines({"cut 2"}), ElementsAre("cut 2"));
}

TEST(SyncLoop, retries_a_whole_copy_until_it_is_taken_and_applied) {
    World world;
    world.start();
    world.destination.failures.add(not_applicable());
    world.destination.failures.add(disk_full());
    world.capture.commit();
    world.pass(5000ms);
    world.pass(100ms);
    EXPECT_THAT(world.journal.lines({"cut", "apply"}),
                ElementsAre("cut 1", "apply 1", "cut 1 whole", "apply 1 whole", "apply 1 whole"));
    EXPECT_EQ(world.status().state, State::idle);
}

TEST(SyncLoop, asks_for_the_whole_copy_until_the_transaction_ends) {
    World world;
    world.start();
    world.destination.failures.add([&] {
        world.capture.set_transaction_open(true);
        not_applicable()();
    });
    world.capture.commit();
    world.pass(5000ms);
    EXPECT_EQ(world.status().state, State::cutting);
    world.capture.failures.add(disk_busy());
    world.capture.set_transaction_open(false);
    world.pass(1ms);
    EXPECT_EQ(world.status().state, State::waiting_to_retry);
    world.pass(100ms);
    EXPECT_THAT(world.journal.lines({"cut 1 whole", "sync"}),
                ElementsAre("cut 1 whole: transaction open", "cut 1 whole", "cut 1 whole",
                            "sync 1, 0 changes, whole"));
}

TEST(SyncLoop, stops_when_not_even_a_whole_copy_fits) {
    World world;
    world.start();
    world.destination.failures.add(not_applicable(), 2);
    world.capture.commit();
    world.pass(5000ms);
    EXPECT_EQ(world.status().state, State::stopped);
    EXPECT_THAT(world.journal.lines({"apply"}), ElementsAre("apply 1", "apply 1 whole"));
}

TEST(SyncLoop, flush_is_served_by_the_whole_copy) {
    World world;
    world.start();
    world.destination.failures.add(not_applicable());
    world.capture.commit();
    EXPECT_EQ(error_of([&] { world.loop.flush(0ms); }), "");
    EXPECT_EQ(world.status().whole_copies, 1);
}

TEST(SyncLoop, survives_running_out_of_memory) {
    World world;
    world.start();
    world.destination.failures.add([] { throw std::bad_alloc(); });
    world.capture.failures.add([] { throw std::bad_alloc(); });
    world.capture.commit(2);
    world.pass(5000ms);
    world.pass(100ms);
    EXPECT_THAT(world.journal.lines({"failure"}), ElementsAre("failure out of memory, 2 pending"));
    world.pass(200ms);
    EXPECT_THAT(world.journal.lines({"sync"}), ElementsAre("sync 1, 2 changes"));
}

TEST(SyncLoop, takes_an_unknown_exception_for_one_that_may_pass) {
    World world;
    world.start();
    world.destination.failures.add([] { throw std::runtime_error("odd"); });
    world.destination.failures.add([] { throw 42; });
    world.capture.commit();
    world.pass(5000ms);
    world.pass(100ms);
    world.pass(200ms);
    EXPECT_EQ(world.journal.count("failure"), 2);
    EXPECT_THAT(world.journal.lines({"sync"}), ElementsAre("sync 1, 1 changes"));
}

// ---- What the observer hears ----

TEST(SyncLoop, announces_a_row_of_equal_failures_once) {
    World world;
    world.start();
    world.destination.failures.add(disk_full(), 3);
    world.destination.failures.add(disk_busy(), 2);
    world.destination.failures.add(disk_full(), 1);
    world.capture.commit();
    world.pass(5000ms);
    world.pass_slowly(20s, 100ms);
    EXPECT_THAT(world.journal.lines({"failure", "recovery"}),
                ElementsAre("failure database or disk is full, 1 pending",
                            "failure database is locked, 1 pending",
                            "failure database or disk is full, 1 pending", "recovery"));
    EXPECT_EQ(world.status().failures, 6);
}

TEST(SyncLoop, announces_the_same_failure_again_after_a_recovery) {
    World world;
    world.start();
    for (int i = 0; i < 2; ++i) {
        world.destination.failures.add(disk_full());
        world.capture.commit();
        EXPECT_NE(error_of([&] { world.loop.flush(0ms); }), "");
        world.loop.flush(30s);
        world.clock.settle();
    }
    EXPECT_EQ(world.journal.count("failure"), 2);
    EXPECT_EQ(world.journal.count("recovery"), 2);
}

TEST(SyncLoop, recovers_also_when_there_is_nothing_left_to_take) {
    World world;
    world.start();
    world.capture.failures.add(disk_busy());
    world.pass(5000ms);
    world.pass(100ms);
    EXPECT_THAT(
        world.journal.lines({"failure", "recovery", "sync"}),
        ElementsAre("failure database is locked, 0 pending", "recovery", "sync 0, 0 changes"));
    EXPECT_FALSE(world.status().last_error.has_value());
}

TEST(SyncLoop, says_nothing_of_recovery_without_a_failure) {
    World world;
    world.start();
    world.capture.commit();
    world.loop.flush(30s);
    world.clock.settle();
    EXPECT_THAT(world.journal.lines({"failure", "recovery"}), IsEmpty());
}

}  // namespace
}  // namespace tidemark::tests
