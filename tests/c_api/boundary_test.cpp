// The border between C and C++: no exception crosses it, also without memory, everything that an observer
// hears arrives on the other side, and both sides mean the same by every number.

#include "c_api/observer.hpp"
#include "support/temporary_directory.hpp"

#include <tidemark/tidemark.h>
#include <tidemark/tidemark.hpp>

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#define ABI(expectation) static_assert(expectation);
#include "c_api/abi.inc"
#undef ABI

namespace {

/// How many allocations of this thread succeed from now on; negative: all.
thread_local int allocations_left = -1;

void* allocate_or_null(std::size_t size) noexcept {
    if (allocations_left == 0) return nullptr;
    if (allocations_left > 0) --allocations_left;
    return std::malloc(size == 0 ? 1 : size);
}

void* allocate(std::size_t size) {
    if (void* memory = allocate_or_null(size)) return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return allocate_or_null(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace tidemark::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Plays a call with no allocation left, then with one, and so on, until it gets along with them. Before
/// that it must say, with an error object, that there is no memory.
int expect_no_memory_until_it_works(const std::function<int(tidemark_error**)>& call) {
    for (int allocations = 0;; ++allocations) {
        tidemark_error* error = nullptr;
        allocations_left = allocations;
        const int result = call(&error);
        allocations_left = -1;
        if (result == TIDEMARK_OK) {
            EXPECT_EQ(error, nullptr);
            return allocations;
        }
        EXPECT_EQ(result, TIDEMARK_NO_MEMORY) << allocations << ": " << error->message;
        EXPECT_EQ(error->code & 0xff, SQLITE_NOMEM);
        EXPECT_THAT(error->message, HasSubstr("memory"));
        EXPECT_STRNE(error->advice, "");
        tidemark_error_destroy(error);
        if (::testing::Test::HasFailure()) return allocations;
    }
}

class CBoundary : public ::testing::Test {
protected:
    [[nodiscard]] std::string path() const { return directory_.file("kept.db"); }

private:
    TemporaryDirectory directory_;
};

using CNoMemory = CBoundary;

TEST_F(CNoMemory, opening_fails_until_there_is_enough) {
    tidemark_database* db = nullptr;
    const std::string file = path();
    const int allocations = expect_no_memory_until_it_works([&](tidemark_error** error) {
        const int result = tidemark_open(file.c_str(), nullptr, &db, error);
        EXPECT_EQ(db == nullptr, result != TIDEMARK_OK);
        return result;
    });
    EXPECT_GT(allocations, 20);
    tidemark_database_destroy(db);
}

TEST_F(CNoMemory, looking_at_the_status_fails_until_there_is_enough) {
    tidemark_database* db = nullptr;
    ASSERT_EQ(tidemark_open(path().c_str(), nullptr, &db, nullptr), TIDEMARK_OK);
    sqlite3_exec(tidemark_handle(db), "CREATE TABLE a_table_with_a_long_name(a PRIMARY KEY)",
                 nullptr, nullptr, nullptr);
    ASSERT_EQ(tidemark_flush(db, nullptr), TIDEMARK_OK);
    tidemark_status* status = nullptr;
    const int allocations = expect_no_memory_until_it_works(
        [&](tidemark_error** error) { return tidemark_get_status(db, &status, error); });
    EXPECT_GT(allocations, 3);
    tidemark_status_destroy(status);
    tidemark_database_destroy(db);
}

TEST_F(CNoMemory, is_remembered_by_the_options) {
    tidemark_options* options = tidemark_options_create();
    allocations_left = 0;
    tidemark_options_add_include_table(options, "a name that does not fit into a short string");
    EXPECT_EQ(tidemark_options_create(), nullptr);
    allocations_left = -1;
    EXPECT_EQ(tidemark_options_validate(options, nullptr), TIDEMARK_NO_MEMORY);
    tidemark_options_destroy(options);
}

TEST_F(CNoMemory, lets_an_observer_go_that_cannot_be_kept) {
    tidemark_options* options = tidemark_options_create();
    int destroyed = 0;
    tidemark_observer observer{};
    observer.size = sizeof observer;
    observer.context = &destroyed;
    observer.destroy = [](void* context) { ++*static_cast<int*>(context); };
    allocations_left = 0;
    tidemark_options_set_observer(options, &observer);
    allocations_left = -1;
    EXPECT_EQ(destroyed, 1);
    tidemark_options_destroy(options);
    EXPECT_EQ(destroyed, 1);
}

TEST_F(CNoMemory, lets_a_destination_go_that_cannot_be_kept) {
    int destroyed = 0;
    tidemark_destination_functions functions{};
    functions.size = sizeof functions;
    functions.context = &destroyed;
    functions.destroy = [](void* context) { ++*static_cast<int*>(context); };
    functions.mark = [](void*, tidemark_destination_mark*, tidemark_destination_failure*) {
        return 0;
    };
    functions.load = [](void*, const tidemark_changes*, const tidemark_destination_mark*,
                        tidemark_destination_failure*) { return 0; };
    functions.apply = functions.load;
    int result = TIDEMARK_NO_MEMORY;
    int attempts = 0;
    for (; result != TIDEMARK_OK && attempts < 100; ++attempts) {
        tidemark_options* options = tidemark_options_create();
        tidemark_options_set_history_enabled(options, 1);
        allocations_left = attempts;
        tidemark_destination* destination =
            tidemark_destination_create("a name that does not fit into a short string", &functions);
        tidemark_destination_set_rule_when(destination, "a table with a name that is long",
                                           "a > 1");
        tidemark_options_add_destination(options, destination);
        allocations_left = -1;
        result = tidemark_options_validate(options, nullptr);
        if (destination != nullptr) {
            EXPECT_TRUE(result == TIDEMARK_OK || result == TIDEMARK_NO_MEMORY) << result;
        }
        tidemark_destination_destroy(destination);
        tidemark_options_destroy(options);
        EXPECT_EQ(destroyed, attempts + 1);
    }
    EXPECT_EQ(result, TIDEMARK_OK);
    EXPECT_GT(attempts, 5);
}

TEST_F(CNoMemory, undoing_fails_until_there_is_enough) {
    tidemark_options* options = tidemark_options_create();
    tidemark_options_set_history_enabled(options, 1);
    tidemark_database* db = nullptr;
    ASSERT_EQ(tidemark_open(path().c_str(), options, &db, nullptr), TIDEMARK_OK);
    tidemark_options_destroy(options);
    sqlite3_exec(tidemark_handle(db), "CREATE TABLE t(a PRIMARY KEY)", nullptr, nullptr, nullptr);
    ASSERT_EQ(tidemark_flush(db, nullptr), TIDEMARK_OK);
    sqlite3_exec(tidemark_handle(db), "INSERT INTO t VALUES(1)", nullptr, nullptr, nullptr);
    ASSERT_EQ(tidemark_flush(db, nullptr), TIDEMARK_OK);
    tidemark_undo_report* report = nullptr;
    const int allocations = expect_no_memory_until_it_works(
        [&](tidemark_error** error) { return tidemark_undo(db, 2, nullptr, &report, error); });
    EXPECT_GT(allocations, 10);
    EXPECT_EQ(report == nullptr ? 0 : report->possible, 1);
    tidemark_undo_report_destroy(report);
    tidemark_database_destroy(db);
}

int throw_something(void* what, sqlite3* /*disk*/) {
    if (what != nullptr) throw 42;
    throw std::runtime_error("thrown by the application");
}

TEST_F(CBoundary, no_exception_of_the_application_crosses) {
    tidemark_options* options = tidemark_options_create();
    tidemark_database* db = nullptr;
    tidemark_error* error = nullptr;
    tidemark_options_set_prepare_disk_connection(options, throw_something, nullptr);
    EXPECT_EQ(tidemark_open(path().c_str(), options, &db, &error), TIDEMARK_INTERNAL);
    EXPECT_THAT(error->reason, HasSubstr("thrown by the application"));
    tidemark_error_destroy(error);
    tidemark_options_set_prepare_disk_connection(options, throw_something, &error);
    EXPECT_EQ(tidemark_open(path().c_str(), options, &db, &error), TIDEMARK_INTERNAL);
    EXPECT_THAT(error->reason, HasSubstr("unknown"));
    tidemark_error_destroy(error);
    tidemark_options_destroy(options);
}

/// Writes down in a word or two what it hears.
tidemark_observer writing_observer(std::vector<std::string>& words) {
    using Words = std::vector<std::string>;
    static const auto add = [](void* context, const std::string& word) {
        static_cast<Words*>(context)->push_back(word);
    };
    tidemark_observer observer{};
    observer.size = sizeof observer;
    observer.context = &words;
    observer.destroy = [](void* context) { add(context, "destroyed"); };
    observer.on_sync = [](void* context, const tidemark_sync_report* report) {
        add(context,
            "sync " + std::to_string(report->mark) + " " + std::to_string(report->changes) + " " +
                std::to_string(report->bytes) + " " + std::to_string(report->duration_ns) + " " +
                std::to_string(report->stall_ns) + " " + std::to_string(report->whole_copy));
    };
    observer.on_failure = [](void* context, const tidemark_error* error, uint64_t pending) {
        add(context, std::string("failure ") + error->reason + " " + std::to_string(pending));
    };
    observer.on_recovery = [](void* context) { add(context, "recovery"); };
    observer.on_checkpoint_stalled = [](void* context, const tidemark_error* error,
                                        uint64_t wal_bytes) {
        add(context, std::string("stalled ") + error->reason + " " + std::to_string(wal_bytes));
    };
    observer.on_checkpoint_resumed = [](void* context) { add(context, "resumed"); };
    observer.on_pending_limit = [](void* context, uint64_t bytes) {
        add(context, "limit " + std::to_string(bytes));
    };
    observer.on_pending_limit_left = [](void* context) { add(context, "limit left"); };
    observer.on_state = [](void* context, int from, int to) {
        add(context, std::string(tidemark_state_name(from)) + " to " + tidemark_state_name(to));
    };
    observer.on_load = [](void* context, uint64_t done, uint64_t total) {
        add(context, "load " + std::to_string(done) + " of " + std::to_string(total));
    };
    observer.on_destination_sync = [](void* context, const char* name, uint64_t mark) {
        add(context, std::string(name) + " has " + std::to_string(mark));
    };
    observer.on_destination_failure = [](void* context, const char* name,
                                         const tidemark_error* error, uint64_t lag_batches) {
        add(context,
            std::string(name) + " failed " + error->reason + " " + std::to_string(lag_batches));
    };
    observer.on_destination_recovery = [](void* context, const char* name) {
        add(context, std::string(name) + " recovered");
    };
    return observer;
}

void tell_everything(Observer& observer) {
    observer.on_sync({.mark = 1,
                      .changes = 2,
                      .bytes = 3,
                      .duration = std::chrono::nanoseconds{4},
                      .stall = std::chrono::nanoseconds{5},
                      .whole_copy = true});
    observer.on_failure(Error({.operation = "try", .reason = "why"}), 6);
    observer.on_recovery();
    observer.on_checkpoint_stalled(Error({.operation = "try", .reason = "reader"}), 7);
    observer.on_checkpoint_resumed();
    observer.on_pending_limit(8);
    observer.on_pending_limit_left();
    observer.on_state(State::idle, State::waiting_to_retry);
    observer.on_load(9, 10);
    observer.on_destination_sync("usb", 11);
    observer.on_destination_failure("usb", Error({.operation = "try", .reason = "away"}), 12);
    observer.on_destination_recovery("usb");
}

TEST(CObserver, hears_everything_and_is_destroyed_once) {
    std::vector<std::string> words;
    {
        c_api::CallingObserver observer(writing_observer(words));
        tell_everything(observer);
    }
    EXPECT_THAT(words, ElementsAre("sync 1 2 3 4 5 1", "failure why 6", "recovery",
                                   "stalled reader 7", "resumed", "limit 8", "limit left",
                                   "idle to waiting to retry", "load 9 of 10", "usb has 11",
                                   "usb failed away 12", "usb recovered", "destroyed"));
}

TEST(CObserver, may_have_no_functions_and_be_shorter) {
    std::vector<std::string> words;
    tidemark_observer functions = writing_observer(words);
    // A program that was compiled when the struct ended there; what follows is not its own.
    functions.size = offsetof(tidemark_observer, on_recovery);
    {
        c_api::CallingObserver observer(functions);
        tell_everything(observer);
    }
    EXPECT_THAT(words, ElementsAre("sync 1 2 3 4 5 1", "failure why 6", "destroyed"));

    tidemark_observer empty{};
    empty.size = sizeof empty;
    c_api::CallingObserver observer(empty);
    tell_everything(observer);
}

TEST(CObserver, is_told_of_a_failure_without_memory) {
    std::vector<std::string> words;
    words.reserve(10);
    c_api::CallingObserver observer(writing_observer(words));
    const Error error({.operation = "try", .reason = std::string(100, 'x')});
    tidemark_observer counting{};
    static int told = 0;
    told = 0;
    counting.size = sizeof counting;
    counting.on_failure = [](void*, const tidemark_error* about, uint64_t) {
        allocations_left = -1;
        ++told;
        EXPECT_EQ(about->code, SQLITE_NOMEM);
    };
    c_api::CallingObserver counter(counting);
    allocations_left = 0;
    counter.on_failure(error, 1);
    allocations_left = -1;
    EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace tidemark::tests
