// leave(): what an ending process does about a loop that nobody has stopped.

#include "sync/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

std::future<void> begin_leaving(World& world, const sync::SyncLoop::Leaving& leaving) {
    return std::async(std::launch::async, [&world, leaving] { world.loop.leave(leaving); });
}

TEST(SyncLoop, leaving_flushes_and_tells_nobody) {
    World world;
    world.start();
    world.capture.commit(6);
    world.journal.clear();
    world.loop.leave({});
    EXPECT_EQ(world.status().mark, 1U);
    EXPECT_THAT(world.journal.lines({"sync", "state", "failure"}), IsEmpty());
}

TEST(SyncLoop, after_leaving_it_rests_until_it_is_asked) {
    World world;
    world.start();
    world.loop.leave({});
    world.clock.settle();
    world.journal.clear();
    world.capture.commit(2);
    world.pass(1h);
    EXPECT_EQ(world.status().mark, 0U);
    EXPECT_THAT(world.journal.lines(), IsEmpty());
    world.loop.flush(30s);
    world.journal.wait_for("sync 1, 2 changes");
    world.capture.commit(1);
    world.pass(5s);
    EXPECT_EQ(world.status().mark, 2U) << "the interval counts again";
}

TEST(SyncLoop, leaving_waits_for_a_boundary_no_longer_than_its_patience) {
    World world;
    world.start();
    world.capture.commit(1);
    world.capture.set_transaction_open(true);
    auto leaving = begin_leaving(world, {.patience = 1s, .deadline = 1h});
    world.wait_for_askers();
    while (leaving.wait_for(1ms) != std::future_status::ready) {
        world.clock.advance(100ms);
    }
    EXPECT_EQ(world.status().mark, 0U);
    world.capture.set_transaction_open(false);
    world.clock.settle();
    world.journal.clear();
    world.pass(1h);
    EXPECT_THAT(world.journal.lines(), IsEmpty()) << "asked again by itself";
}

TEST(SyncLoop, leaving_waits_for_the_disk_until_the_deadline) {
    World world;
    world.start();
    world.destination.failures.add(disk_full(), 2);
    world.capture.commit(1);
    auto leaving = begin_leaving(world, {.patience = 10ms, .deadline = 30s});
    while (leaving.wait_for(1ms) != std::future_status::ready) {
        world.clock.advance(50ms);
    }
    EXPECT_EQ(world.status().mark, 1U);
}

TEST(SyncLoop, leaving_gives_up_at_the_deadline) {
    World world;
    world.start();
    world.destination.failures.add(disk_full(), 100'000);
    world.capture.commit(1);
    auto leaving = begin_leaving(world, {.deadline = 2s});
    while (leaving.wait_for(1ms) != std::future_status::ready) {
        world.clock.advance(100ms);
    }
    EXPECT_EQ(world.status().mark, 0U);
}

}  // namespace
}  // namespace tidemark::tests
