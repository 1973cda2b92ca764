#pragma once

#include "support/compare.hpp"
#include "support/fault_vfs.hpp"
#include "support/recording_observer.hpp"
#include "support/sql.hpp"
#include "support/temporary_directory.hpp"

#include <tidemark/tidemark.hpp>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>

namespace tidemark::tests {

/// A database with `durability = commit` over a disk that can fail. Nothing here flushes: what is
/// on disk is there because a statement has brought it there.
class Commits : public ::testing::Test {
protected:
    [[nodiscard]] Options options() const;
    void open() { open(options()); }
    void open(const Options& options) { database_.emplace(Database::open(path(), options)); }
    void close();

    [[nodiscard]] std::string path() const { return directory_.file("kept.db"); }
    [[nodiscard]] Database& database() { return *database_; }
    [[nodiscard]] sqlite3* ram() { return database_->handle(); }
    [[nodiscard]] FaultVfs& vfs() { return vfs_; }
    [[nodiscard]] RecordingObserver& observer() const { return *observer_; }

    void run(const std::string& sql) { exec(ram(), sql); }
    [[nodiscard]] Outcome attempt(const std::string& sql) { return try_exec(ram(), sql); }
    [[nodiscard]] Cell in_ram(const std::string& sql) { return query_one(ram(), sql); }
    [[nodiscard]] Cell on_disk(const std::string& sql) const;
    /// As it is now, without a flush.
    [[nodiscard]] ::testing::AssertionResult same_now();
    /// Runs it and expects the disk to be what RAM is then.
    void run_and_compare(const std::string& sql);

    /// Every write to the file fails as on a full disk, until `vfs().clear()`.
    void fill_disk();

private:
    TemporaryDirectory directory_;
    FaultVfs vfs_;
    std::shared_ptr<RecordingObserver> observer_ = std::make_shared<RecordingObserver>();
    std::optional<Database> database_;
};

}  // namespace tidemark::tests
