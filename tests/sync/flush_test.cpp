// flush(): what it promises, and what it says when it cannot keep it.

#include "sync/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SyncLoop, flush_returns_when_everything_is_on_disk) {
    World world;
    world.start();
    world.capture.commit(4);
    world.loop.flush(30s);
    EXPECT_THAT(world.journal.lines({"cut", "apply", "acknowledge"}),
                ElementsAre("cut 1", "apply 1", "acknowledge 1"));
    EXPECT_EQ(world.status().pending_changes, 0);
}

TEST(SyncLoop, flush_does_not_touch_the_destination_when_nothing_changed) {
    World world;
    world.start();
    world.loop.flush(30s);
    world.clock.settle();
    EXPECT_THAT(world.journal.lines({"cut", "apply", "sync"}), ElementsAre("cut 1"));
}

TEST(SyncLoop, flush_is_not_content_with_a_cut_that_began_before_it) {
    World world;
    world.start();
    world.capture.commit(1);
    world.destination.hold();
    world.clock.advance(5000ms);
    world.journal.wait_for("apply 1");

    world.capture.commit(2);
    std::future<std::string> flush = world.begin_flush();
    world.clock.wait_for_sleepers(2);  // the caretaker thread is one
    world.destination.let_go_on();
    EXPECT_EQ(flush.get(), "");
    EXPECT_THAT(world.journal.lines({"apply"}), ElementsAre("apply 1", "apply 2"));
}

TEST(SyncLoop, flushes_that_overlap_share_a_sync) {
    World world;
    world.start();
    world.capture.commit();
    world.destination.hold();
    world.clock.advance(5000ms);
    world.journal.wait_for("apply 1");

    std::vector<std::future<std::string>> flushes;
    for (int i = 0; i < 5; ++i) {
        world.capture.commit();
        flushes.push_back(world.begin_flush());
    }
    world.clock.wait_for_sleepers(6);  // the caretaker thread is one
    world.destination.let_go_on();
    for (std::future<std::string>& flush : flushes) {
        EXPECT_EQ(flush.get(), "");
    }
    EXPECT_THAT(world.journal.lines({"apply"}), ElementsAre("apply 1", "apply 2"));
}

TEST(SyncLoop, flush_says_that_a_transaction_is_open) {
    World world;
    world.start();
    world.capture.set_transaction_open(true);
    world.capture.commit(12);
    std::future<std::string> flush = world.begin_flush(30s);
    world.wait_for_askers();
    world.pass(29'999ms);
    world.wait_for_askers();
    world.pass(1ms);
    EXPECT_THAT(flush.get(),
                AllOf(HasSubstr("cannot flush 'app.db'"), HasSubstr("transaction is open"),
                      HasSubstr("12 changes are not on disk"), HasSubstr("commit it or roll it")));

    world.capture.set_transaction_open(false);
    world.pass(10ms);
    EXPECT_THAT(world.journal.lines({"sync"}), ElementsAre("sync 1, 12 changes"))
        << "what a flush asked for goes on being tried";
}

TEST(SyncLoop, flush_says_what_the_disk_said) {
    World world;
    world.start();
    world.destination.failures.add(disk_full(), 100);
    world.capture.commit(1);
    std::future<std::string> flush = world.begin_flush(1s);
    world.wait_for_askers();
    world.pass(1s);
    EXPECT_THAT(flush.get(), AllOf(HasSubstr("database or disk is full"),
                                   HasSubstr("1 change is not on disk"), HasSubstr("free some")));
    EXPECT_EQ(world.status().pending_changes, 1);
}

TEST(SyncLoop, flush_says_that_the_disk_is_slow) {
    World world;
    world.start();
    world.capture.commit(2);
    world.destination.hold();
    std::future<std::string> flush = world.begin_flush(1s);
    world.journal.wait_for("apply 1");
    world.clock.wait_for_sleepers(2);  // the caretaker thread is one
    world.clock.advance(1s);
    EXPECT_THAT(flush.get(),
                AllOf(HasSubstr("still being written"), HasSubstr("2 changes are not on disk")));
    world.destination.let_go_on();
}

TEST(SyncLoop, flush_with_deadline_zero_makes_one_attempt) {
    World world;
    world.start();
    world.capture.commit();
    EXPECT_EQ(error_of([&] { world.loop.flush(0ms); }), "");

    world.capture.commit();
    world.destination.failures.add(disk_full());
    EXPECT_THAT(error_of([&] { world.loop.flush(0ms); }), HasSubstr("disk is full"));

    world.loop.flush(30s);
    world.capture.commit();
    world.capture.set_transaction_open(true);
    EXPECT_THAT(error_of([&] { world.loop.flush(0ms); }), HasSubstr("transaction is open"));
}

TEST(SyncLoop, flush_bears_the_longest_deadline) {
    World world;
    world.start();
    world.capture.commit();
    EXPECT_EQ(error_of([&] { world.loop.flush(std::chrono::milliseconds::max()); }), "");
}

TEST(SyncLoop, flush_does_not_wait_for_the_pause_before_a_retry) {
    World world({.retry_pause_first = 10s});
    world.start();
    world.destination.failures.add(disk_full());
    world.capture.commit(1);
    world.pass(5000ms);
    ASSERT_EQ(world.status().state, State::waiting_to_retry);
    world.capture.commit(2);
    world.loop.flush(30s);
    EXPECT_THAT(world.journal.lines({"apply", "acknowledge"}),
                ElementsAre("apply 1", "apply 1", "acknowledge 1", "apply 2", "acknowledge 2"));
}

TEST(SyncLoop, flush_causes_one_attempt_and_no_storm) {
    World world;
    world.start();
    world.destination.failures.add(disk_full(), 100);
    world.capture.commit();
    world.pass(5000ms);
    world.journal.clear();
    std::future<std::string> flush = world.begin_flush(50ms);
    world.wait_for_askers();
    EXPECT_EQ(world.journal.count("apply"), 1);
    world.pass(50ms);
    EXPECT_NE(flush.get(), "");
    EXPECT_EQ(world.journal.count("apply"), 1);
}

TEST(SyncLoop, flush_during_an_attempt_that_fails_causes_another_at_once) {
    World world;
    world.start();
    world.destination.failures.add(disk_full());
    world.destination.hold();
    world.capture.commit();
    world.clock.advance(5000ms);
    world.journal.wait_for("apply 1");
    std::future<std::string> flush = world.begin_flush();
    world.clock.wait_for_sleepers(2);  // the caretaker thread is one
    world.destination.let_go_on();
    EXPECT_EQ(flush.get(), "");
    EXPECT_THAT(world.journal.lines({"apply"}), ElementsAre("apply 1", "apply 1"));
}

TEST(SyncLoop, flush_throws_at_once_when_syncing_has_stopped) {
    World world;
    world.start();
    world.destination.failures.add(damaged());
    world.capture.commit(3);
    world.pass(5000ms);
    try {
        world.loop.flush(30s);
        FAIL() << "flush returned";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), 11);
        EXPECT_FALSE(error.retryable());
        EXPECT_THAT(error.what(), AllOf(HasSubstr("syncing has stopped"), HasSubstr("malformed"),
                                        HasSubstr("3 changes are not on disk")));
    }
}

TEST(SyncLoop, flush_that_waits_hears_at_once_that_syncing_has_stopped) {
    World world;
    world.start();
    world.destination.failures.add(damaged());
    world.capture.commit();
    EXPECT_THAT(error_of([&] { world.loop.flush(30s); }), HasSubstr("malformed"));
}

TEST(SyncLoop, flush_from_an_observer_throws) {
    std::vector<std::string> errors;
    World world;
    world.observer->react = [&](const std::string& line) {
        if (line == "sync 1, 1 changes") {
            errors.push_back(error_of([&] { world.loop.flush(30s); }));
            errors.push_back(error_of([&] { world.loop.run_at_boundary([] {}, [] {}, 30s); }));
            errors.push_back(error_of([&] { world.loop.stop(30s); }));
        }
    };
    world.start();
    world.capture.commit();
    world.loop.flush(30s);
    world.clock.settle();
    EXPECT_THAT(errors, testing::SizeIs(3));
    EXPECT_THAT(errors, testing::Each(HasSubstr("called from an observer")));
}

TEST(SyncLoop, flush_after_the_end_throws) {
    World world;
    world.start();
    world.loop.stop(30s);
    EXPECT_THAT(error_of([&] { world.loop.flush(30s); }), HasSubstr("it is closed"));
}

TEST(SyncLoop, reports_a_flush_that_found_nothing_only_at_a_tick) {
    World world;
    world.start();
    world.loop.flush(30s);
    world.clock.settle();
    EXPECT_THAT(world.journal.lines({"sync"}), IsEmpty());
    world.pass(5000ms);
    EXPECT_THAT(world.journal.lines({"sync"}), ElementsAre("sync 0, 0 changes"));
}

}  // namespace
}  // namespace tidemark::tests
