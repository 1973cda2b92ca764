// When the capture is tended: while something is pending, whatever the sync thread is doing.

#include "sync/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(Caretaker, comes_every_10_ms_while_something_is_pending) {
    World world({.wants_tending = true});
    world.start();
    world.capture.commit();
    world.clock.settle();
    EXPECT_EQ(world.journal.count("tend"), 0);
    world.pass_slowly(50ms, 10ms);
    EXPECT_EQ(world.journal.count("tend"), 5);
}

TEST(Caretaker, sleeps_without_waking_up_when_nothing_is_pending) {
    World world({.wants_tending = true});
    world.start();
    EXPECT_EQ(world.clock.caretaker_thread_sleeps_for(), std::nullopt);
    world.capture.commit();
    world.loop.flush(30s);
    // While the sync thread is still telling the observer the caretaker has to come again.
    world.clock.settle();
    world.pass(10ms);
    EXPECT_EQ(world.journal.count("tend"), 1);
    EXPECT_EQ(world.clock.caretaker_thread_sleeps_for(), std::nullopt);
}

TEST(Caretaker, leaves_a_capture_alone_that_does_not_ask) {
    World world;
    world.start();
    world.capture.commit();
    world.pass_slowly(100ms, 10ms);
    EXPECT_EQ(world.journal.count("tend"), 0);
    EXPECT_EQ(world.clock.caretaker_thread_sleeps_for(), std::nullopt);
}

TEST(Caretaker, makes_the_sync_thread_cut_at_the_threshold) {
    World world({.wants_tending = true});
    world.start();
    world.capture.reach_threshold_when_tended();
    world.capture.commit(9);
    world.pass(10ms);
    EXPECT_THAT(world.journal.lines({"tend", "sync"}), ElementsAre("tend", "sync 1, 9 changes"));
}

TEST(Caretaker, goes_on_while_a_transaction_is_open_and_while_a_retry_is_waited_for) {
    World world({.wants_tending = true});
    world.start();
    world.capture.set_transaction_open(true);
    world.capture.commit();
    world.pass(5000ms);
    world.journal.clear();
    world.pass_slowly(100ms, 10ms);
    EXPECT_GE(world.journal.count("tend"), 9);

    world.capture.set_transaction_open(false);
    world.destination.failures.add(disk_full());
    world.pass(10ms);
    world.capture.commit();
    ASSERT_EQ(world.status().state, State::waiting_to_retry);
    world.journal.clear();
    world.pass_slowly(50ms, 10ms);
    EXPECT_GE(world.journal.count("tend"), 4);
    EXPECT_EQ(world.journal.count("apply"), 0);
}

TEST(Caretaker, goes_on_while_the_disk_hangs) {
    World world({.wants_tending = true});
    world.start();
    world.destination.hold();
    world.capture.commit();
    world.clock.advance(5000ms);
    world.journal.wait_for("apply 1");
    world.clock.settle_caretaker();
    world.capture.commit();
    world.journal.clear();
    for (int i = 0; i < 5; ++i) {
        world.pass_while_applying(10ms);
    }
    EXPECT_GE(world.journal.count("tend"), 5);
    world.destination.let_go_on();
    world.clock.settle();
    EXPECT_EQ(world.status().mark, 1U);
}

TEST(Caretaker, goes_on_when_the_loop_has_stopped_since_the_limit_still_holds) {
    World world({.wants_tending = true});
    world.start();
    world.destination.failures.add(damaged());
    world.capture.commit();
    world.pass(5000ms);
    ASSERT_EQ(world.status().state, State::stopped);
    world.capture.commit();
    world.journal.clear();
    world.pass_slowly(50ms, 10ms);
    EXPECT_GE(world.journal.count("tend"), 4);
    EXPECT_EQ(world.journal.count("cut"), 0);
}

TEST(Caretaker, comes_when_the_capture_wants_it_and_tells_the_stall) {
    World world({.wants_tending = true});
    world.capture.tended_every = 250us;
    world.capture.stall_when_tended = 3ms;
    world.start();
    world.capture.commit();
    world.caretaker.signal(capture::Signal::tend_soon);
    world.clock.settle();
    EXPECT_EQ(world.clock.caretaker_thread_sleeps_for(), 1ms);
    world.pass(1ms);
    EXPECT_EQ(world.journal.count("tend"), 1);
    EXPECT_EQ(world.clock.caretaker_thread_sleeps_for(), 250us);
    world.pass_slowly(2ms, 1ms);
    EXPECT_EQ(world.status().longest_stall, 3ms);
}

TEST(Caretaker, rests_until_the_capture_asks_again) {
    World world({.wants_tending = true});
    world.start();
    world.capture.commit();
    world.pass(10ms);
    ASSERT_EQ(world.journal.count("tend"), 1);
    world.caretaker.rest();
    world.pass_slowly(50ms, 10ms);
    EXPECT_EQ(world.journal.count("tend"), 1);
    world.caretaker.signal(capture::Signal::tend);
    world.pass_slowly(20ms, 10ms);
    EXPECT_EQ(world.journal.count("tend"), 3);
}

TEST(Caretaker, ends_the_refusal_of_writes_after_a_sync) {
    World world({.wants_tending = true});
    world.start();
    world.capture.commit();
    world.capture.set_refusing_writes(true);
    world.loop.flush(30s);
    world.pass(10ms);
    EXPECT_FALSE(world.status().refusing_writes);
    world.pass(10ms);
    EXPECT_EQ(world.clock.caretaker_thread_sleeps_for(), std::nullopt);
}

}  // namespace
}  // namespace tidemark::tests
