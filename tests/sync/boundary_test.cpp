// run_at_boundary(): looking at both sides of one transaction boundary.

#include "sync/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Calls run_at_boundary with functions that write into the journal.
std::uint64_t look(World& world, std::chrono::milliseconds deadline = 30s) {
    return world.loop.run_at_boundary([&] { world.journal.write("look at RAM"); },
                                      [&] { world.journal.write("look at disk"); }, deadline);
}

std::future<std::string> begin_look(World& world, std::chrono::milliseconds deadline = 30s) {
    return std::async(std::launch::async,
                      [&world, deadline] { return error_of([&] { look(world, deadline); }); });
}

TEST(SyncLoop, calls_at_the_boundary_and_after_the_apply) {
    World world({.mark = 3});
    world.start();
    world.capture.commit(2);
    EXPECT_EQ(look(world), 4);
    EXPECT_THAT(world.journal.lines({"look", "cut", "apply", "acknowledge"}),
                ElementsAre("look at RAM", "cut 4", "apply 4", "acknowledge 4", "look at disk"));
}

TEST(SyncLoop, calls_both_when_there_is_nothing_to_take) {
    World world({.mark = 3});
    world.start();
    EXPECT_EQ(look(world), 3);
    EXPECT_THAT(world.journal.lines({"look", "cut", "apply"}),
                ElementsAre("look at RAM", "cut 4", "look at disk"));
}

TEST(SyncLoop, calls_on_the_sync_thread) {
    World world;
    world.start();
    std::thread::id at;
    std::thread::id after;
    world.loop.run_at_boundary([&] { at = std::this_thread::get_id(); },
                               [&] { after = std::this_thread::get_id(); }, 30s);
    EXPECT_NE(at, std::this_thread::get_id());
    EXPECT_EQ(at, after);
}

TEST(SyncLoop, calls_after_the_apply_when_it_succeeds_at_last) {
    World world;
    world.start();
    world.destination.failures.add(disk_busy());
    world.capture.commit(1);
    std::future<std::string> look = begin_look(world);
    world.journal.wait_for("state applying -> waiting to retry");
    world.wait_for_askers();
    world.capture.commit(2);
    world.pass(100ms);
    EXPECT_EQ(look.get(), "");
    EXPECT_THAT(world.journal.lines({"look", "cut", "apply"}),
                ElementsAre("look at RAM", "cut 1", "apply 1", "apply 1", "look at disk"));
}

TEST(SyncLoop, calls_once_when_the_transaction_has_ended) {
    World world;
    world.start();
    world.capture.set_transaction_open(true);
    world.capture.commit();
    std::future<std::string> look = begin_look(world);
    world.wait_for_askers();
    world.pass(10ms);
    EXPECT_THAT(world.journal.lines({"look"}), IsEmpty());
    world.capture.set_transaction_open(false);
    world.clock.advance(10ms);
    EXPECT_EQ(look.get(), "");
    EXPECT_THAT(world.journal.lines({"look"}), ElementsAre("look at RAM", "look at disk"));
}

TEST(SyncLoop, calls_that_overlap_share_a_boundary) {
    World world;
    world.start();
    world.capture.commit();
    world.destination.hold();
    world.clock.advance(5000ms);
    world.journal.wait_for("apply 1");
    world.capture.commit();
    std::future<std::string> first = begin_look(world);
    std::future<std::string> second = begin_look(world);
    world.clock.wait_for_sleepers(3);  // the caretaker thread is one
    world.destination.let_go_on();
    EXPECT_EQ(first.get(), "");
    EXPECT_EQ(second.get(), "");
    EXPECT_THAT(
        world.journal.lines({"look", "apply 2"}),
        ElementsAre("look at RAM", "look at RAM", "apply 2", "look at disk", "look at disk"));
}

TEST(SyncLoop, hands_the_exception_of_a_call_to_the_caller_and_goes_on) {
    World world;
    world.start();
    const auto fail = [] { throw std::range_error("mine"); };
    world.capture.commit(1);
    EXPECT_THROW(world.loop.run_at_boundary(
                     fail, [] { FAIL(); }, 30s),
                 std::range_error);
    world.capture.commit(1);
    EXPECT_THROW(world.loop.run_at_boundary([] {}, fail, 30s), std::range_error);
    world.loop.flush(30s);
    EXPECT_EQ(world.status().syncs, 2);
    EXPECT_EQ(world.status().failures, 0);
}

TEST(SyncLoop, says_when_the_boundary_was_missed) {
    World world;
    world.start();
    world.destination.failures.add(not_applicable());
    world.capture.commit();
    EXPECT_THAT(error_of([&] { look(world); }), HasSubstr("no such row"));
    world.clock.settle();
    EXPECT_THAT(world.journal.lines({"look"}), ElementsAre("look at RAM"));
    EXPECT_EQ(world.status().whole_copies, 1);
}

TEST(SyncLoop, says_when_the_cut_failed_after_the_boundary) {
    World world;
    world.start();
    world.capture.failures.add(disk_busy());
    EXPECT_THAT(error_of([&] { look(world); }), HasSubstr("locked"));
    world.clock.settle();
    world.pass(100ms);
    EXPECT_THAT(world.journal.lines({"look"}), ElementsAre("look at RAM"));
}

TEST(SyncLoop, calls_nothing_after_the_deadline) {
    World world;
    world.start();
    world.capture.set_transaction_open(true);
    world.capture.commit();
    std::future<std::string> look = begin_look(world, 1s);
    world.wait_for_askers();
    world.pass(1s);
    EXPECT_THAT(look.get(),
                AllOf(HasSubstr("cannot verify 'app.db'"), HasSubstr("transaction is open")));
    world.capture.set_transaction_open(false);
    world.pass(10ms);
    EXPECT_EQ(world.status().syncs, 1);
    EXPECT_THAT(world.journal.lines({"look"}), IsEmpty());
}

TEST(SyncLoop, does_not_call_after_the_apply_when_the_caller_has_given_up) {
    World world;
    world.start();
    world.destination.failures.add(disk_busy());
    world.capture.commit();
    EXPECT_THAT(error_of([&] { look(world, 0ms); }), HasSubstr("locked"));
    world.clock.settle();
    world.pass(100ms);
    EXPECT_EQ(world.status().syncs, 1);
    EXPECT_THAT(world.journal.lines({"look"}), ElementsAre("look at RAM"));
}

TEST(SyncLoop, waits_at_the_deadline_for_a_call_that_is_under_way) {
    World world;
    world.start();
    std::promise<void> go_on;
    std::future<std::string> look = std::async(std::launch::async, [&] {
        return error_of([&] {
            world.loop.run_at_boundary(
                [&] {
                    world.journal.write("begin");
                    go_on.get_future().wait();
                    world.journal.write("end");
                },
                [&] { world.journal.write("after"); }, 1s);
        });
    });
    world.journal.wait_for("begin");
    world.clock.wait_for_sleepers(2);  // the caretaker thread is one
    world.clock.advance(1s);
    EXPECT_EQ(look.wait_for(20ms), std::future_status::timeout);
    go_on.set_value();
    (void)look.get();  // late, or just in time
    world.clock.settle();
    EXPECT_THAT(world.journal.lines({"begin", "end"}), ElementsAre("begin", "end"));
}

TEST(SyncLoop, says_at_once_that_it_has_stopped) {
    World world;
    world.start();
    world.destination.failures.add(damaged());
    world.capture.commit();
    EXPECT_THAT(error_of([&] { look(world); }), HasSubstr("malformed"));
    EXPECT_THAT(error_of([&] { look(world); }), HasSubstr("malformed"));
    EXPECT_THAT(world.journal.lines({"look"}), ElementsAre("look at RAM"));
}

}  // namespace
}  // namespace tidemark::tests
