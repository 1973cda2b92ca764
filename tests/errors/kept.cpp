#include "errors/kept.hpp"

#include "support/waiting.hpp"

#include <utility>

namespace tidemark::tests {

using namespace std::chrono_literals;

std::string name_of(const ::testing::TestParamInfo<Kind>& info) {
    const char* const modes[] = {"wal", "truncate", "persist", "remove"};
    return std::string(to_string(std::get<Strategy>(info.param))) + "_" +
           modes[static_cast<int>(std::get<JournalMode>(info.param))];
}

Options patient_options(const Kind& kind) {
    Options options;
    options.strategy = std::get<Strategy>(kind);
    options.journal_mode = std::get<JournalMode>(kind);
    options.interval = 0ms;
    options.busy_timeout = 1ms;
    options.retry_pause_first = 1ms;
    options.retry_pause_max = 8ms;
    options.close_deadline = 100ms;
    return options;
}

Kept::Kept(std::string path, Options options) : path_(std::move(path)) {
    options.observer = observer_;
    database_.emplace(Database::open(path_, options));
}

void Kept::close() {
    database_->close();
    database_.reset();
}

bool Kept::sync_once() {
    try {
        database().flush(0ms);
        return true;
    } catch (const Error& error) {
        EXPECT_NE(error.code(), 0) << error.what();
        EXPECT_TRUE(error.retryable()) << error.what();
        EXPECT_NE(error.advice(), "") << error.what();
        return false;
    }
}

void Kept::wait_for_failures(std::uint64_t attempts) {
    EXPECT_TRUE(becomes_true([&] { return database().status().failures >= attempts; }));
}

void Kept::expect_told_once() {
    const Heard heard = observer_->heard();
    EXPECT_EQ(heard.failures.size(), 1U);
    for (const auto& [error, pending] : heard.failures) {
        EXPECT_NE(error.advice(), "") << error.what();
        EXPECT_TRUE(error.retryable()) << error.what();
        EXPECT_GT(pending, 0U) << error.what();
        SCOPED_TRACE(error.what());
    }
    EXPECT_EQ(heard.recoveries, 0U);
    const Status status = database().status();
    EXPECT_TRUE(status.last_error.has_value());
    EXPECT_GT(status.pending_changes, 0U);
}

void Kept::expect_recovery() {
    EXPECT_TRUE(observer_->wait_until([](const Heard& heard) { return heard.recoveries > 0; }));
    EXPECT_TRUE(becomes_true([&] { return database().status().pending_changes == 0; }));
    EXPECT_EQ(observer_->heard().recoveries, 1U);
    EXPECT_FALSE(database().status().last_error.has_value());
    expect_disk_is_ram();
}

void Kept::expect_disk_is_ram() { EXPECT_TRUE(same_on_disk(ram(), path_)); }

}  // namespace tidemark::tests
