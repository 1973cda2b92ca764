// What fill() tells, and on which thread and under which locks the observer is called.

#include "sync/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

TEST(SyncLoop, tells_what_has_been_synced) {
    World world({.mark = 10});
    world.start();
    world.capture.commit(3);
    world.pass(5000ms);
    world.capture.commit(4);
    world.pass(5000ms);
    const Status status = world.status();
    EXPECT_EQ(status.state, State::idle);
    EXPECT_EQ(status.mark, 12);
    EXPECT_EQ(status.syncs, 2);
    EXPECT_EQ(status.synced_changes, 7);
    EXPECT_EQ(status.whole_copies, 0);
    EXPECT_EQ(status.failures, 0);
    EXPECT_EQ(status.last_sync, ManualClock::wall_time_at_start + 10s);
    EXPECT_EQ(status.last_stall, 2ms);
    EXPECT_EQ(status.longest_stall, 2ms);
}

TEST(SyncLoop, tells_nothing_of_syncs_before_the_first) {
    World world({.mark = 10});
    world.start();
    EXPECT_EQ(world.status().mark, 10);
    EXPECT_FALSE(world.status().last_sync.has_value());
    EXPECT_EQ(world.status().lag, 0ms);
}

TEST(SyncLoop, tells_how_long_a_sync_took) {
    World world;
    world.start();
    world.destination.hold();
    world.capture.commit();
    world.clock.advance(5000ms);
    world.journal.wait_for("apply 1");
    world.clock.advance(70ms);
    world.destination.let_go_on();
    world.journal.wait_for("state applying -> idle");
    EXPECT_EQ(world.status().last_sync_duration, 70ms);
}

TEST(SyncLoop, tells_the_age_of_the_oldest_change_until_it_is_on_disk) {
    World world;
    world.start();
    world.pass(1000ms);
    world.capture.commit();
    world.pass(3000ms);
    world.capture.commit();
    EXPECT_EQ(world.status().lag, 3000ms);

    world.destination.failures.add(disk_full(), 1);
    world.pass(1000ms);
    world.capture.commit();
    world.pass(50ms);
    EXPECT_EQ(world.status().lag, 4050ms) << "the batch in flight is the oldest";
    world.pass(50ms);
    EXPECT_EQ(world.status().lag, 100ms) << "that one is on disk";
    world.loop.flush(30s);
    EXPECT_EQ(world.status().lag, 0ms);
}

TEST(SyncLoop, tells_no_lag_when_nothing_is_pending) {
    bool once = true;
    World world;
    world.start();
    // A change that announces itself while a cut is under way may be on either side of it.
    world.capture.during_cut = [&] {
        if (std::exchange(once, false)) {
            world.loop.signal(capture::Signal::first_change);
        }
    };
    world.loop.flush(30s);
    world.pass(1000ms);
    EXPECT_EQ(world.status().lag, 0ms);
}

TEST(SyncLoop, tells_the_last_error_until_an_attempt_succeeds) {
    World world;
    world.start();
    world.destination.failures.add(disk_full());
    world.capture.commit();
    world.pass(5000ms);
    ASSERT_TRUE(world.status().last_error.has_value());
    EXPECT_EQ(world.status().last_error->code(), 13);
    world.pass(100ms);
    EXPECT_FALSE(world.status().last_error.has_value());
    EXPECT_EQ(world.status().failures, 1);
}

TEST(SyncLoop, shows_no_failure_without_the_pause_that_follows_it) {
    std::vector<Status> seen;
    World world;
    world.observer->react = [&](const std::string& line) {
        if (line.starts_with("failure")) {
            seen.push_back(world.status());
        }
    };
    world.start();
    world.destination.failures.add(disk_full());
    world.capture.commit();
    world.pass(5000ms);
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].failures, 1);
    EXPECT_TRUE(seen[0].last_error.has_value());
    EXPECT_EQ(seen[0].state, State::waiting_to_retry);
}

TEST(SyncLoop, calls_the_observer_on_one_thread_with_no_lock_held) {
    std::set<std::thread::id> threads;
    std::vector<State> states;
    World world;
    world.observer->react = [&](const std::string&) {
        threads.insert(std::this_thread::get_id());
        states.push_back(world.status().state);
        world.capture.commit();  // takes the RAM lock, and signals
    };
    world.start();
    world.destination.failures.add(disk_full());
    world.capture.commit();
    world.pass(5000ms);
    world.pass(100ms);
    world.loop.abandon();
    EXPECT_THAT(threads, SizeIs(1));
    EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
    EXPECT_EQ(states.back(), State::stopped);
}

TEST(SyncLoop, swallows_what_an_observer_throws) {
    World world;
    world.observer->react = [](const std::string&) { throw std::runtime_error("careless"); };
    world.start();
    world.destination.failures.add(disk_full());
    world.capture.commit();
    world.pass(5000ms);
    world.pass(100ms);
    EXPECT_THAT(world.journal.lines({"failure", "recovery", "sync"}), SizeIs(3));
    EXPECT_EQ(world.status().failures, 1);
    world.loop.stop(30s);
}

TEST(SyncLoop, does_not_wait_for_the_observer_before_it_answers_a_flush) {
    std::promise<void> go_on;
    World world;
    world.observer->react = [&](const std::string& line) {
        if (line == "sync 1, 1 changes") {
            go_on.get_future().wait();
        }
    };
    world.start();
    world.capture.commit();
    world.loop.flush(30s);
    EXPECT_EQ(world.status().mark, 1);
    go_on.set_value();
}

// Writers, flushers and a status reader at once, by the real clock: for the thread sanitizer.
TEST(SyncLoop, serves_many_threads_at_once) {
    Journal journal;
    ScriptedCapture capture(journal, true);
    ScriptedDestination destination(journal, 0);
    sync::SystemClock clock;
    sync::SyncLoop loop(capture, destination, {.path = "app.db", .interval = 1ms}, nullptr, clock);
    capture.signal = [&](capture::Signal signal) { loop.signal(signal); };
    destination.failures.add(disk_busy(), 3);
    destination.failures.add(not_applicable());
    loop.start();
    {
        std::vector<std::jthread> threads;
        threads.reserve(4);
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&] {
                for (int round = 0; round < 50; ++round) {
                    capture.commit();
                    loop.flush(30s);
                    Status status;
                    loop.fill(status);
                }
            });
        }
        threads.emplace_back([&] {
            for (int round = 0; round < 20; ++round) {
                // May meet the batch that does not fit.
                (void)error_of([&] { loop.run_at_boundary([] {}, [] {}, 30s); });
            }
        });
    }
    loop.stop(30s);
    Status status;
    loop.fill(status);
    EXPECT_EQ(status.pending_changes, 0);
    EXPECT_EQ(status.whole_copies, 1);
    EXPECT_EQ(status.failures, 4);
}

}  // namespace
}  // namespace tidemark::tests
