#pragma once

#include "support/compare.hpp"
#include "support/recording_observer.hpp"
#include "support/sql.hpp"

#include <tidemark/tidemark.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace tidemark::tests {

/// Both strategies with each journal mode.
using Kind = std::tuple<Strategy, JournalMode>;

[[nodiscard]] std::string name_of(const ::testing::TestParamInfo<Kind>& info);

/// The options of these tests: syncing at every change, and retrying without long pauses.
[[nodiscard]] Options patient_options(const Kind& kind);

/// A database that meets trouble, and all that was heard of it.
class Kept {
public:
    Kept(std::string path, Options options);

    [[nodiscard]] Database& database() { return *database_; }
    [[nodiscard]] sqlite3* ram() { return database_->handle(); }
    void run(const std::string& sql) { exec(ram(), sql); }
    void close();

    [[nodiscard]] RecordingObserver& observer() const noexcept { return *observer_; }
    [[nodiscard]] Heard heard() const { return observer_->heard(); }

    /// One attempt to sync. False when it failed; an Error that says why is checked for its parts.
    [[nodiscard]] bool sync_once();
    /// Waits until so many attempts have failed since opening.
    void wait_for_failures(std::uint64_t attempts);

    /// Expects what every error promises: told once, with advice; everything kept.
    void expect_told_once();
    /// Waits, without any call that would make a sync, until syncing has resumed; then expects one
    /// `on_recovery`, and the disk to be what RAM is.
    void expect_recovery();
    void expect_disk_is_ram();

private:
    std::string path_;
    std::shared_ptr<RecordingObserver> observer_ = std::make_shared<RecordingObserver>();
    std::optional<Database> database_;
};

}  // namespace tidemark::tests
