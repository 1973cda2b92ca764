// Each move of the table in docs/sync.md, as the observer hears of it.

#include "sync/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(SyncLoopState, goes_from_idle_to_cutting_and_back_when_nothing_changed) {
    World world;
    world.start();
    world.pass(5000ms);
    EXPECT_THAT(world.journal.lines({"state"}),
                ElementsAre("state idle -> cutting", "state cutting -> idle"));
}

TEST(SyncLoopState, goes_from_idle_to_cutting_to_applying_and_back_in_a_sync) {
    World world;
    world.start();
    world.capture.commit();
    world.pass(5000ms);
    EXPECT_THAT(world.journal.lines({"state"}),
                ElementsAre("state idle -> cutting", "state cutting -> applying",
                            "state applying -> idle"));
}

TEST(SyncLoopState, goes_from_cutting_to_waiting_to_retry_and_back) {
    World world;
    world.start();
    world.capture.failures.add(disk_busy());
    world.pass(5000ms);
    world.pass(100ms);
    EXPECT_THAT(world.journal.lines({"state"}),
                ElementsAre("state idle -> cutting", "state cutting -> waiting to retry",
                            "state waiting to retry -> cutting", "state cutting -> idle"));
}

TEST(SyncLoopState, goes_from_applying_to_waiting_to_retry_and_back) {
    World world;
    world.start();
    world.destination.failures.add(disk_busy());
    world.capture.commit();
    world.pass(5000ms);
    world.pass(100ms);
    EXPECT_THAT(world.journal.lines({"state"}),
                ElementsAre("state idle -> cutting", "state cutting -> applying",
                            "state applying -> waiting to retry",
                            "state waiting to retry -> applying", "state applying -> idle"));
}

TEST(SyncLoopState, goes_from_applying_to_cutting_for_a_whole_copy) {
    World world;
    world.start();
    world.destination.failures.add(not_applicable());
    world.capture.commit();
    world.pass(5000ms);
    EXPECT_THAT(world.journal.lines({"state"}),
                ElementsAre("state idle -> cutting", "state cutting -> applying",
                            "state applying -> cutting", "state cutting -> applying",
                            "state applying -> idle"));
}

TEST(SyncLoopState, goes_from_idle_to_stopped_when_it_is_closed) {
    World world;
    world.start();
    world.loop.stop(30s);
    EXPECT_THAT(
        world.journal.lines({"state"}),
        ElementsAre("state idle -> cutting", "state cutting -> idle", "state idle -> stopped"));
}

TEST(SyncLoopState, goes_from_cutting_to_stopped_at_an_error) {
    World world;
    world.start();
    world.capture.failures.add(damaged());
    world.pass(5000ms);
    world.loop.abandon();
    EXPECT_THAT(world.journal.lines({"state"}),
                ElementsAre("state idle -> cutting", "state cutting -> stopped"));
}

TEST(SyncLoopState, goes_from_applying_to_stopped_at_an_error) {
    World world;
    world.start();
    world.destination.failures.add(damaged());
    world.capture.commit();
    world.pass(5000ms);
    world.loop.abandon();
    EXPECT_THAT(world.journal.lines({"state"}),
                ElementsAre("state idle -> cutting", "state cutting -> applying",
                            "state applying -> stopped"));
}

TEST(SyncLoopState, goes_from_cutting_to_stopped_when_it_is_abandoned) {
    World world;
    world.start();
    world.capture.set_transaction_open(true);
    world.pass(5000ms);
    world.loop.abandon();
    EXPECT_THAT(world.journal.lines({"state"}),
                ElementsAre("state idle -> cutting", "state cutting -> stopped"));
}

TEST(SyncLoopState, goes_from_waiting_to_retry_to_stopped_when_it_is_abandoned) {
    World world;
    world.start();
    world.capture.failures.add(disk_busy());
    world.pass(5000ms);
    world.loop.abandon();
    EXPECT_THAT(world.journal.lines({"state"}),
                ElementsAre("state idle -> cutting", "state cutting -> waiting to retry",
                            "state waiting to retry -> stopped"));
}

}  // namespace
}  // namespace tidemark::tests
