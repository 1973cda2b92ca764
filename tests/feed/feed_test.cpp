// What a database does with its destinations: order, failures, and that nothing waits for them.

#include "feed/feeding.hpp"

#include <tidemark/history.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <stdexcept>

namespace tidemark::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

Error away() { return Error({.reason = "it is away", .retryable = true}); }
Error broken() { return Error({.reason = "it is broken"}); }

class Feed : public FedDatabase {
protected:
    std::shared_ptr<Gate> gate = std::make_shared<Gate>();
};

TEST_P(Feed, brings_every_batch_in_order_and_on_one_thread) {
    open(feeding(gate));
    change("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    change("INSERT INTO t(v) VALUES('a')");
    change("UPDATE t SET v = 'b'");
    ASSERT_TRUE(catches_up());
    EXPECT_THAT(gate->taken(), ElementsAre(Pair(0, 0), Pair(1, 0), Pair(2, 1), Pair(3, 2)));
    const auto threads = gate->threads();
    EXPECT_EQ(std::set(threads.begin(), threads.end()).size(), 1U);
    EXPECT_NE(threads.front(), std::this_thread::get_id());
    close();
    EXPECT_EQ(gate->disconnects(), 1);
}

TEST_P(Feed, begins_with_all_that_is_there_when_there_is_something) {
    prepare_file("CREATE TABLE t(v); INSERT INTO t VALUES(1)");
    open(feeding(gate));
    ASSERT_TRUE(catches_up());
    change("INSERT INTO t VALUES(2)");
    ASSERT_TRUE(catches_up());
    EXPECT_THAT(gate->taken(), ElementsAre(Pair(0, 0), Pair(1, 0)));
}

TEST_P(Feed, the_content_of_an_attached_database_is_a_batch) {
    const Plain ram;
    exec(ram, "CREATE TABLE t(v); INSERT INTO t VALUES(1)");
    {
        Database database = Database::attach(ram, path(), feeding(gate));
        database.close();
    }
    EXPECT_THAT(gate->taken(), ElementsAre(Pair(0, 0), Pair(1, 0)));
}

TEST_P(Feed, flush_does_not_wait_for_a_destination) {
    gate->shut();
    open(feeding(gate));
    change("CREATE TABLE t(v)");
    gate->wait_until_somebody_waits();
    for (int i = 0; i < 20; ++i) change("INSERT INTO t VALUES(1)");
    EXPECT_TRUE(same_on_disk(ram(), path()));
    EXPECT_EQ(destination().mark, std::nullopt);
    EXPECT_EQ(destination().lag_batches, database().status().mark);
    EXPECT_THAT(gate->taken(), IsEmpty());
    gate->open();
    EXPECT_TRUE(catches_up());
    EXPECT_EQ(gate->taken().size(), 1 + database().status().mark);
}

TEST_P(Feed, a_destination_that_fails_holds_back_neither_the_disk_nor_another_one) {
    const auto healthy = std::make_shared<Gate>();
    gate->refuse(away());
    Options options = feeding(gate);
    options.destinations.push_back({.name = "healthy", .destination = healthy});
    open(options);
    for (int i = 0; i < 5; ++i) change("CREATE TABLE t" + std::to_string(i) + "(v)");
    const std::uint64_t mark = database().status().mark;
    EXPECT_TRUE(observer().wait_until(
        [&](const Heard&) { return database().status().destinations.at(1).mark == mark; }));
    EXPECT_EQ(mark, 5U);
    EXPECT_EQ(destination().mark, std::nullopt);
    EXPECT_TRUE(observer().heard().failures.empty());
}

// The mark is above what the database had when it was opened, and was set all the same by it.
TEST_P(Feed, goes_on_behind_what_was_loaded_and_not_acknowledged) {
    gate->refuse(away());
    open(feeding(gate));
    for (int i = 0; i < 3; ++i) change("CREATE TABLE t" + std::to_string(i) + "(v)");
    gate->lose_next_answer();
    gate->refuse(std::nullopt);
    EXPECT_TRUE(observer().wait_until(
        [](const Heard& heard) { return heard.destination_failures.size() == 2; }));
    change("INSERT INTO t0 VALUES(1)");
    EXPECT_TRUE(catches_up());
    EXPECT_FALSE(destination().stopped);
}

TEST_P(Feed, failures_and_the_recovery_are_told_once) {
    open(feeding(gate));
    change("CREATE TABLE t(v)");
    ASSERT_TRUE(catches_up());
    gate->refuse(away());
    change("INSERT INTO t VALUES(1)");
    EXPECT_THAT(failure(), HasSubstr("it is away"));
    EXPECT_THAT(destination().last_error->what(), HasSubstr("it is away"));
    EXPECT_FALSE(destination().stopped);
    gate->refuse(Error({.reason = "it is elsewhere", .retryable = true}));
    EXPECT_TRUE(observer().wait_until(
        [](const Heard& heard) { return heard.destination_failures.size() == 2; }));
    gate->refuse(std::nullopt);
    EXPECT_TRUE(catches_up());
    EXPECT_TRUE(observer().wait_until(
        [](const Heard& heard) { return heard.destination_recoveries.size() == 1; }));
    EXPECT_EQ(observer().heard().destination_failures.size(), 2U);
    EXPECT_EQ(destination().last_error, std::nullopt);
}

TEST_P(Feed, an_error_that_cannot_be_retried_ends_it_until_the_next_open) {
    gate->refuse(broken());
    open(feeding(gate));
    EXPECT_THAT(failure(), HasSubstr("it is broken"));
    gate->refuse(std::nullopt);
    change("CREATE TABLE t(v)");
    EXPECT_TRUE(destination().stopped);
    close();
    EXPECT_THAT(gate->taken(), IsEmpty());
    open(feeding(gate));
    EXPECT_TRUE(catches_up());
}

TEST_P(Feed, is_away_for_a_thousand_batches_and_gets_each_of_them_once) {
    open(feeding(gate));
    change("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    ASSERT_TRUE(catches_up());
    gate->refuse(away());
    for (int i = 0; i < 1000; ++i) change("INSERT INTO t(v) VALUES(" + std::to_string(i) + ")");
    EXPECT_EQ(destination().lag_batches, 1000U);
    gate->refuse(std::nullopt);
    ASSERT_TRUE(catches_up());
    const Gate::Taken taken = gate->taken();
    ASSERT_EQ(taken.size(), 1002U);
    for (std::size_t i = 1; i < taken.size(); ++i) {
        EXPECT_EQ(taken[i], std::pair(std::uint64_t{i}, std::uint64_t{i - 1}));
    }
}

TEST_P(Feed, close_waits_for_what_is_getting_on_and_not_for_what_fails) {
    const auto slow = std::make_shared<Gate>();
    slow->shut();
    gate->refuse(away());
    Options options = feeding(gate);
    options.destinations.push_back({.name = "slow", .destination = slow});
    open(options);
    change("CREATE TABLE t(v)");
    slow->wait_until_somebody_waits();
    std::thread opener([&] { slow->open(); });
    close();
    opener.join();
    EXPECT_EQ(slow->taken().size(), 2U);
    EXPECT_THAT(gate->taken(), IsEmpty());
}

TEST_P(Feed, limits_of_the_history_wait_for_a_destination_that_is_away) {
    Options options = feeding(gate);
    options.history.batches_max = 2;
    open(options);
    change("CREATE TABLE t(v)");
    ASSERT_TRUE(catches_up());
    gate->refuse(away());
    for (int i = 0; i < 10; ++i) change("INSERT INTO t VALUES(1)");
    EXPECT_EQ(History(path()).batches().size(), 10U);
    gate->refuse(std::nullopt);
    ASSERT_TRUE(catches_up());
    change("INSERT INTO t VALUES(1)");
    EXPECT_EQ(History(path()).batches().size(), 2U);
}

TEST_P(Feed, stops_with_a_word_about_it_when_the_history_has_forgotten_what_it_needs) {
    Options options = feeding(gate);
    options.history.batches_max = 2;
    options.history.held_bytes_max = 1;
    open(options);
    change("CREATE TABLE t(v)");
    ASSERT_TRUE(catches_up());
    gate->refuse(away());
    change("INSERT INTO t VALUES(1)");
    EXPECT_THAT(failure(), HasSubstr("it is away"));
    for (int i = 0; i < 4; ++i) change("INSERT INTO t VALUES(1)");
    gate->refuse(std::nullopt);
    EXPECT_TRUE(observer().wait_until(
        [](const Heard& heard) { return heard.destination_failures.size() == 2; }));
    const Error gap = observer().heard().destination_failures.back().second;
    EXPECT_THAT(gap.what(), HasSubstr("there is a gap in the history: it does not have the batches"
                                      " up to 4"));
    EXPECT_THAT(gap.advice(), HasSubstr("begin it anew"));
    EXPECT_TRUE(destination().stopped);
    // As it says.
    close();
    gate->set_mark(std::nullopt);
    open(options);
    EXPECT_TRUE(catches_up());
}

TEST_P(Feed, does_not_lead_across_what_somebody_else_has_written) {
    Options options = feeding(gate);
    options.foreign_writes = ForeignWrites::overwrite;
    open(options);
    change("CREATE TABLE t(v)");
    ASSERT_TRUE(catches_up());
    exec(Plain(path()), "INSERT INTO t VALUES('foreign')");
    change("INSERT INTO t VALUES(1)");
    EXPECT_THAT(failure(), HasSubstr("somebody else has written to the database before batch"));
    EXPECT_TRUE(same_on_disk(ram(), path()));
}

TEST_P(Feed, takes_no_destination_of_another_database) {
    open(feeding(gate));
    change("CREATE TABLE t(v)");
    ASSERT_TRUE(catches_up());
    close();
    gate->set_mark(DestinationMark{.source = std::string(32, 'f'), .batch = 1});
    open(feeding(gate));
    EXPECT_THAT(failure(), HasSubstr("it has batches of another database"));
    EXPECT_TRUE(destination().stopped);
}

TEST_P(Feed, notices_that_the_database_was_put_back) {
    open(feeding(gate));
    change("CREATE TABLE t(v)");
    close();
    const std::string older = read_file(path());
    open(feeding(gate));
    change("INSERT INTO t VALUES(1)");
    close();
    write_file(path(), older);
    open(feeding(gate));
    EXPECT_THAT(failure(), HasSubstr("it has batch 2, and the database only had 1"));
}

TEST_P(Feed, an_observer_may_ask_for_the_status) {
    class Asking : public RecordingObserver {
    public:
        void on_destination_sync(const std::string& name, std::uint64_t mark) override {
            const Database* asked = database;
            if (asked != nullptr) static_cast<void>(asked->status());
            RecordingObserver::on_destination_sync(name, mark);
        }
        std::atomic<const Database*> database = nullptr;
    };
    const auto asking = std::make_shared<Asking>();
    Options options = feeding(gate);
    options.observer = asking;
    open(options);
    asking->database = &database();
    change("CREATE TABLE t(v)");
    EXPECT_TRUE(asking->wait_until([](const Heard& heard) {
        return !heard.destination_syncs.empty() && heard.destination_syncs.back().second == 1;
    }));
    asking->database = nullptr;
}

TIDEMARK_FOR_BOTH_STRATEGIES(Feed);

TEST(FeedOptions, need_names_destinations_and_a_history) {
    const auto refusal = [](const Options& options) -> std::string {
        try {
            validate(options);
        } catch (const Error& error) {
            return error.what();
        }
        return "none";
    };
    const auto gate = std::make_shared<Gate>();
    Options options;
    options.destinations = {{.name = "a", .destination = gate}};
    EXPECT_THAT(refusal(options), HasSubstr("set Options::history.enabled"));
    options.history.enabled = true;
    EXPECT_EQ(refusal(options), "none");
    options.destinations.push_back({.name = "a", .destination = gate});
    EXPECT_THAT(refusal(options), HasSubstr("two have this name"));
    options.destinations.back() = {.name = "b", .destination = nullptr};
    EXPECT_THAT(refusal(options), HasSubstr("it is null"));
    options.destinations.back() = {.name = "", .destination = gate};
    EXPECT_THAT(refusal(options), HasSubstr("one has no name"));
}

}  // namespace
}  // namespace tidemark::tests
