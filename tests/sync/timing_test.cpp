// When the sync loop cuts and when it leaves everybody in peace.

#include "sync/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(SyncLoop, syncs_when_the_interval_has_passed) {
    World world;
    world.start();
    world.capture.commit(3);
    world.pass(4999ms);
    EXPECT_THAT(world.journal.lines(), IsEmpty());
    world.pass(1ms);
    EXPECT_THAT(world.journal.lines({"cut", "apply", "acknowledge", "sync"}),
                ElementsAre("cut 1", "apply 1", "acknowledge 1", "sync 1, 3 changes"));
}

TEST(SyncLoop, does_not_touch_the_destination_when_nothing_changed) {
    World world;
    world.start();
    world.pass(5000ms);
    EXPECT_THAT(world.journal.lines({"cut", "apply", "acknowledge", "sync"}),
                ElementsAre("cut 1", "sync 0, 0 changes"));
}

TEST(SyncLoop, numbers_batches_from_the_mark_of_the_destination) {
    World world({.mark = 41});
    world.start();
    world.capture.commit();
    world.pass(5000ms);
    world.capture.commit();
    world.pass(5000ms);
    EXPECT_THAT(world.journal.lines({"apply"}), ElementsAre("apply 42", "apply 43"));
}

TEST(SyncLoop, ticks_at_a_fixed_rate) {
    World world;
    world.start();
    world.pass(3000ms);
    world.loop.flush(30s);
    world.clock.settle();
    EXPECT_EQ(world.clock.sync_thread_sleeps_for(), 2000ms) << "a flush does not move the tick";
    world.pass(2000ms + 1ms);
    EXPECT_EQ(world.clock.sync_thread_sleeps_for(), 4999ms) << "nor does a tick that comes late";
}

TEST(SyncLoop, leaves_missed_ticks_out) {
    World world;
    world.start();
    world.pass(17s);
    EXPECT_EQ(world.journal.count("cut"), 1);
    EXPECT_EQ(world.clock.sync_thread_sleeps_for(), 3000ms);
}

TEST(SyncLoop, bears_the_longest_interval) {
    World world({.interval = std::chrono::milliseconds::max()});
    world.start();
    world.capture.commit();
    world.pass(24h * 365);
    EXPECT_EQ(world.journal.count("cut"), 0);
    world.loop.flush(30s);
    EXPECT_EQ(world.journal.count("apply"), 1);
}

TEST(SyncLoop, sleeps_on_when_something_changes) {
    World world;
    world.start();
    world.capture.commit();
    world.clock.settle();
    EXPECT_THAT(world.journal.lines(), IsEmpty());
    EXPECT_EQ(world.clock.sync_thread_sleeps_for(), 5000ms);
}

TEST(SyncLoop, cuts_at_once_at_the_threshold) {
    World world;
    world.start();
    world.capture.commit(7);
    world.loop.signal(capture::Signal::threshold);
    world.clock.settle();
    EXPECT_THAT(world.journal.lines({"sync"}), ElementsAre("sync 1, 7 changes"));
    EXPECT_EQ(world.clock.sync_thread_sleeps_for(), 5000ms) << "the tick stays where it is";
}

// ---- Interval 0 ----

TEST(SyncLoop, with_interval_zero_syncs_every_change) {
    World world({.interval = 0ms});
    world.start();
    world.capture.commit(2);
    world.clock.settle();
    world.capture.commit(3);
    world.clock.settle();
    EXPECT_THAT(world.journal.lines({"sync"}),
                ElementsAre("sync 1, 2 changes", "sync 2, 3 changes"));
}

TEST(SyncLoop, with_interval_zero_finds_what_announces_itself_to_nobody) {
    World world({.interval = 0ms});
    world.start();
    world.capture.commit_silently();
    world.pass(99ms);
    EXPECT_THAT(world.journal.lines({"sync"}), IsEmpty());
    world.pass(1ms);
    EXPECT_THAT(world.journal.lines({"sync"}), ElementsAre("sync 1, 1 changes"));
}

TEST(SyncLoop, with_interval_zero_does_not_report_that_nothing_changed) {
    World world({.interval = 0ms});
    world.start();
    world.pass_slowly(300ms, 100ms);
    EXPECT_EQ(world.journal.count("cut"), 3);
    EXPECT_THAT(world.journal.lines({"sync", "apply"}), IsEmpty());
}

TEST(SyncLoop, with_interval_zero_waits_for_the_commit) {
    World world({.interval = 0ms});
    world.start();
    world.capture.set_transaction_open(true);
    world.capture.commit();
    world.clock.settle();
    EXPECT_THAT(world.journal.lines({"cut", "sync"}), ElementsAre("cut 1: transaction open"));
    world.capture.set_transaction_open(false);
    world.pass(1ms);
    EXPECT_THAT(world.journal.lines({"sync"}), ElementsAre("sync 1, 1 changes"));
}

TEST(SyncLoop, with_interval_zero_syncs_what_was_committed_during_a_cut) {
    World world({.interval = 0ms});
    world.start();
    world.destination.hold();
    world.capture.commit(1);
    world.journal.wait_for("apply 1");
    world.capture.commit(2);
    world.destination.let_go_on();
    world.clock.settle();
    EXPECT_THAT(world.journal.lines({"sync"}),
                ElementsAre("sync 1, 1 changes", "sync 2, 2 changes"));
}

// ---- An open transaction ----

TEST(SyncLoop, asks_for_the_end_of_a_transaction_less_and_less_often) {
    World world;
    world.start();
    world.capture.set_transaction_open(true);
    world.capture.commit();
    world.pass(5000ms);
    // Several threads may have one open most of the time: a boundary is short then.
    EXPECT_EQ(world.clock.sync_thread_sleeps_for(), 50us);
    world.pass(5ms);
    EXPECT_EQ(world.clock.sync_thread_sleeps_for(), 50us);
    world.pass(507ms);
    EXPECT_EQ(world.clock.sync_thread_sleeps_for(), 500us);
    world.pass(20s);
    EXPECT_EQ(world.clock.sync_thread_sleeps_for(), 10ms);
    EXPECT_EQ(world.status().state, State::cutting);
}

TEST(SyncLoop, cuts_when_a_long_transaction_has_ended) {
    World world;
    world.start();
    world.capture.set_transaction_open(true);
    world.capture.commit(5);
    world.pass(5000ms);
    world.pass_slowly(20s, 500ms);
    EXPECT_EQ(world.journal.count("apply"), 0);
    EXPECT_EQ(world.status().failures, 0) << "waiting is no failure";
    world.capture.set_transaction_open(false);
    world.pass(10ms);
    EXPECT_THAT(world.journal.lines({"state", "sync"}),
                ElementsAre("state idle -> cutting", "state cutting -> applying",
                            "sync 1, 5 changes", "state applying -> idle"));
}

}  // namespace
}  // namespace tidemark::tests
