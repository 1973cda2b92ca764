// stop(), abandon() and the destructor.

#include "sync/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::future<std::string> begin_stop(World& world, std::chrono::milliseconds deadline) {
    return std::async(std::launch::async,
                      [&world, deadline] { return error_of([&] { world.loop.stop(deadline); }); });
}

TEST(SyncLoop, stop_flushes_a_last_time) {
    World world;
    world.start();
    world.capture.commit(6);
    world.loop.stop(30s);
    EXPECT_THAT(world.journal.lines({"sync"}), ElementsAre("sync 1, 6 changes"));
    EXPECT_EQ(world.status().state, State::stopped);
    EXPECT_FALSE(world.status().last_error.has_value());
    EXPECT_EQ(world.loop.abandon(), 0);
}

TEST(SyncLoop, stop_does_nothing_the_second_time) {
    World world;
    world.start();
    world.loop.stop(30s);
    world.loop.stop(30s);
    EXPECT_EQ(world.journal.count("cut"), 1);
}

TEST(SyncLoop, stop_retries_until_the_disk_works) {
    World world;
    world.start();
    world.destination.failures.add(disk_full(), 3);
    world.capture.commit(1);
    std::future<std::string> stop = begin_stop(world, 30s);
    world.wait_for_askers();
    world.pass(100ms);
    world.pass(200ms);
    world.clock.advance(400ms);
    EXPECT_EQ(stop.get(), "");
    EXPECT_THAT(world.journal.lines({"recovery", "sync"}),
                ElementsAre("recovery", "sync 1, 1 changes"));
}

TEST(SyncLoop, stop_begins_with_short_pauses_again) {
    World world({.retry_pause_first = 100ms, .retry_pause_max = 1h});
    world.start();
    world.destination.failures.add(disk_full(), 12);
    world.capture.commit();
    world.pass(5000ms);
    for (int i = 0; i < 10; ++i) {
        world.pass(*world.clock.sync_thread_sleeps_for());
    }
    ASSERT_GT(world.clock.sync_thread_sleeps_for(), 60s);
    std::future<std::string> stop = begin_stop(world, 30s);
    world.wait_for_askers();
    EXPECT_EQ(world.clock.sync_thread_sleeps_for(), 100ms);
    world.clock.advance(100ms);
    EXPECT_EQ(stop.get(), "");
}

TEST(SyncLoop, stop_that_fails_leaves_the_loop_running) {
    World world;
    world.start();
    world.destination.failures.add(disk_full());
    world.capture.commit(7);
    EXPECT_THAT(error_of([&] { world.loop.stop(0ms); }),
                AllOf(HasSubstr("cannot close 'app.db'"), HasSubstr("disk is full"),
                      HasSubstr("7 changes are not on disk")));
    world.clock.settle();
    EXPECT_EQ(world.status().state, State::waiting_to_retry);
    world.pass(100ms);
    EXPECT_THAT(world.journal.lines({"sync"}), ElementsAre("sync 1, 7 changes"));
    world.capture.commit(1);
    world.pass(5000ms);
    EXPECT_EQ(world.status().syncs, 2);
    world.loop.stop(30s);
    EXPECT_EQ(world.status().state, State::stopped);
}

TEST(SyncLoop, stop_ends_at_the_deadline_when_a_transaction_stays_open) {
    World world;
    world.start();
    world.capture.set_transaction_open(true);
    world.capture.commit(2);
    std::future<std::string> stop = begin_stop(world, 3s);
    world.wait_for_askers();
    world.pass(3s);
    EXPECT_THAT(stop.get(), AllOf(HasSubstr("transaction is open"), HasSubstr("2 changes")));
    EXPECT_EQ(world.status().state, State::cutting);
}

TEST(SyncLoop, stop_throws_the_error_that_stopped_it_before) {
    World world;
    world.start();
    world.destination.failures.add(damaged());
    world.capture.commit(2);
    world.pass(5000ms);
    EXPECT_THAT(error_of([&] { world.loop.stop(30s); }),
                AllOf(HasSubstr("malformed"), HasSubstr("2 changes are not on disk")));
}

TEST(SyncLoop, stop_without_a_start_does_nothing) {
    World world;
    world.loop.stop(30s);
    EXPECT_EQ(world.loop.abandon(), 0);
    EXPECT_THAT(world.journal.lines(), IsEmpty());
}

TEST(SyncLoop, abandon_makes_no_attempt_and_says_what_is_lost) {
    World world;
    world.start();
    world.destination.failures.add(disk_full(), 100);
    world.capture.commit(7);
    EXPECT_NE(error_of([&] { world.loop.stop(0ms); }), "");
    world.capture.commit(1);
    world.clock.settle();
    world.journal.clear();
    EXPECT_EQ(world.loop.abandon(), 8);
    EXPECT_THAT(world.journal.lines(),
                ElementsAre("failure the last attempt failed: database or disk is full; 8 changes "
                            "are not on disk, 8 pending",
                            "state waiting to retry -> stopped"));
}

TEST(SyncLoop, abandon_says_that_a_transaction_was_open) {
    World world;
    world.start();
    world.capture.set_transaction_open(true);
    world.capture.commit(7);
    EXPECT_NE(error_of([&] { world.loop.stop(0ms); }), "");
    EXPECT_EQ(world.loop.abandon(), 7);
    EXPECT_THAT(world.journal.lines({"failure"}),
                ElementsAre(HasSubstr("failure a transaction is open")));
}

TEST(SyncLoop, abandon_after_an_error_has_the_last_word) {
    World world;
    world.start();
    world.destination.failures.add(damaged());
    world.capture.commit(2);
    world.pass(5000ms);
    world.capture.commit(3);
    EXPECT_EQ(world.loop.abandon(), 5);
    EXPECT_THAT(world.journal.lines({"failure"}),
                ElementsAre("failure database disk image is malformed, 2 pending",
                            HasSubstr("failure syncing has stopped: ")));
}

TEST(SyncLoop, abandon_lets_the_attempt_that_is_under_way_end) {
    World world;
    world.start();
    world.capture.commit(2);
    world.destination.hold();
    world.clock.advance(5000ms);
    world.journal.wait_for("apply 1");
    std::future<std::uint64_t> lost =
        std::async(std::launch::async, [&] { return world.loop.abandon(); });
    world.destination.let_go_on();
    EXPECT_EQ(lost.get(), 0);
    EXPECT_THAT(world.journal.lines({"failure"}), IsEmpty());
}

TEST(SyncLoop, abandon_says_nothing_when_nothing_is_lost) {
    World world;
    world.start();
    EXPECT_EQ(world.loop.abandon(), 0);
    EXPECT_THAT(world.journal.lines(), ElementsAre("state idle -> stopped"));
}

TEST(SyncLoop, destructor_abandons) {
    Journal journal;
    {
        World world;
        world.observer->react = [&](const std::string& line) { journal.write(line); };
        world.start();
        world.capture.commit(2);
    }
    EXPECT_THAT(
        journal.lines(),
        ElementsAre("failure no attempt has been made; 2 changes are not on disk, 2 pending",
                    "state idle -> stopped"));
}

}  // namespace
}  // namespace tidemark::tests
