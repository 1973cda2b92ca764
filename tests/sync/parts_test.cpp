// The small parts that the sync loop is made of.

#include "sync/announcer.hpp"
#include "sync/backoff.hpp"
#include "sync/clock.hpp"
#include "sync/pending_age.hpp"
#include "sync/shared_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <stdexcept>
#include <vector>

namespace tidemark::sync {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

std::vector<std::int64_t> pauses(Backoff backoff, std::size_t count) {
    std::vector<std::int64_t> result(count);
    std::generate(result.begin(), result.end(), [&] { return backoff.next().count(); });
    return result;
}

TEST(Backoff, doubles_up_to_the_longest_pause) {
    EXPECT_THAT(pauses(Backoff(100ms, 1000ms), 6), ElementsAre(100, 200, 400, 800, 1000, 1000));
}

TEST(Backoff, takes_zero_as_one_millisecond) {
    EXPECT_THAT(pauses(Backoff(0ms, 5ms), 5), ElementsAre(1, 2, 4, 5, 5));
    EXPECT_THAT(pauses(Backoff(0ms, 0ms), 2), ElementsAre(1, 1));
}

TEST(Backoff, never_pauses_for_less_than_the_first_pause) {
    EXPECT_THAT(pauses(Backoff(100ms, 10ms), 3), ElementsAre(100, 100, 100));
}

TEST(Backoff, does_not_overflow) {
    Backoff backoff(1ms, std::chrono::milliseconds::max());
    for (int i = 0; i < 100; ++i) {
        EXPECT_GT(backoff.next(), 0ms);
    }
    EXPECT_EQ(backoff.next(), std::chrono::milliseconds::max());
}

TEST(Backoff, begins_anew_after_a_reset) {
    Backoff backoff(100ms, 1000ms);
    backoff.next();
    backoff.reset();
    EXPECT_EQ(backoff.next(), 100ms);
}

TEST(Clock, adds_a_pause_of_any_length) {
    const TimePoint now = SystemClock().now();
    EXPECT_EQ(later(now, 5ms), now + 5ms);
    EXPECT_GT(later(now, std::chrono::milliseconds::max()), now);
    EXPECT_LT(later(now, std::chrono::milliseconds::max()), never);
}

TEST(Clock, of_the_system_sleeps_until_the_time_has_come) {
    SystemClock clock;
    std::mutex mutex;
    std::condition_variable condition;
    std::unique_lock lock(mutex);
    const TimePoint until = clock.now() + 5ms;
    while (clock.now() < until) {
        clock.wait_until(condition, lock, until);
    }
    EXPECT_GT(clock.wall_time().time_since_epoch(), 0s);
}

TimePoint at(int milliseconds) { return TimePoint(std::chrono::milliseconds(milliseconds)); }

TEST(PendingAge, is_that_of_the_first_change) {
    PendingAge age;
    EXPECT_EQ(age.oldest(), never);
    age.noticed(at(1));
    age.noticed(at(2));
    EXPECT_EQ(age.gathering_since(), at(1));
    EXPECT_EQ(age.oldest(), at(1));
}

TEST(PendingAge, stays_until_the_batch_is_applied) {
    PendingAge age;
    age.noticed(at(1));
    age.cut_begins();
    EXPECT_EQ(age.oldest(), at(1));
    age.cut_taken(at(5));
    age.noticed(at(7));
    EXPECT_EQ(age.oldest(), at(1));
    EXPECT_EQ(age.gathering_since(), at(7));
    age.applied();
    EXPECT_EQ(age.oldest(), at(7));
}

TEST(PendingAge, counts_an_unannounced_change_from_the_cut) {
    PendingAge age;
    age.cut_begins();
    age.cut_taken(at(5));
    EXPECT_EQ(age.oldest(), at(5));
}

TEST(PendingAge, is_kept_by_a_cut_that_fails) {
    PendingAge age;
    age.noticed(at(1));
    age.cut_begins();
    age.noticed(at(3));
    age.cut_failed();
    EXPECT_EQ(age.gathering_since(), at(1));
}

TEST(PendingAge, ends_when_a_cut_finds_nothing) {
    PendingAge age;
    age.noticed(at(1));
    age.cut_begins();
    age.cut_found_nothing();
    EXPECT_EQ(age.oldest(), never);
}

TEST(PendingAge, is_not_shortened_by_a_second_cut_of_the_same_changes) {
    PendingAge age;
    age.noticed(at(1));
    age.cut_begins();
    age.cut_taken(at(5));
    age.noticed(at(6));
    age.cut_begins();
    age.cut_taken(at(9));
    EXPECT_EQ(age.oldest(), at(1));
}

template <typename Thrown>
SharedError caught(const Thrown& thrown) {
    const ErrorCatcher catcher("app.db");
    try {
        throw thrown;
    } catch (...) {
        return catcher.current();
    }
}

TEST(ErrorCatcher, keeps_an_error_as_it_is) {
    const SharedError error = caught(Error({.code = 13, .reason = "full", .retryable = false}));
    EXPECT_EQ(error->code(), 13);
    EXPECT_EQ(error->reason(), "full");
    EXPECT_FALSE(error->retryable());
}

TEST(ErrorCatcher, takes_what_nobody_expected_as_retryable) {
    EXPECT_EQ(caught(std::bad_alloc())->reason(), "out of memory");
    EXPECT_TRUE(caught(std::bad_alloc())->retryable());
    EXPECT_EQ(caught(std::runtime_error("odd"))->reason(), "odd");
    EXPECT_TRUE(caught(std::runtime_error("odd"))->retryable());
    EXPECT_TRUE(caught(42)->retryable());
    EXPECT_EQ(caught(42)->object(), "app.db");
}

TEST(Announcer, needs_no_observer) {
    Announcer announcer(nullptr);
    announcer.sync({});
    announcer.move(State::idle, State::cutting);
    announcer.failure(caught(42), 1);
    announcer.success();
}

}  // namespace
}  // namespace tidemark::sync
