#pragma once

// A capture that seals whenever it is tended, and its file; the test is sync thread and caretaker.

#include "capture/combined_capture.hpp"
#include "destination/sqlite_file/sqlite_file.hpp"
#include "sqlite/authorizer.hpp"
#include "support/compare.hpp"
#include "support/sql.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

namespace tidemark::tests {

class SealedDatabase {
public:
    explicit SealedDatabase(const std::string& schema,
                            capture::Recorder::Limits limits = {.cut_bytes = 32U << 20U})
        : SealedDatabase(prepared(schema), limits) {}

    [[nodiscard]] sqlite3* ram() const { return ram_; }
    [[nodiscard]] std::string path() const { return directory_.file("kept.db"); }
    void run(const std::string& sql) { exec(ram(), sql); }

    /// What the caretaker does.
    capture::Care seal() { return capture_.tend(); }
    [[nodiscard]] capture::Pending pending() const { return capture_.pending(); }

    /// Null when there was nothing to take. Throws Error.
    std::shared_ptr<const change::Batch> cut(bool whole = false) {
        return capture_.cut({.number = disk_.mark() + 1, .whole = whole, .at_boundary = {}}).batch;
    }
    void apply(const change::Batch& batch) {
        disk_.apply(batch);
        capture_.acknowledge(batch.number);
    }
    /// Cuts, applies, and expects that the disk is what RAM is.
    std::shared_ptr<const change::Batch> sync(bool whole = false) {
        const std::shared_ptr<const change::Batch> batch = cut(whole);
        if (batch) apply(*batch);
        EXPECT_TRUE(same_on_disk(ram(), path()));
        return batch;
    }

private:
    static std::unique_ptr<Plain> prepared(const std::string& schema) {
        auto ram = std::make_unique<Plain>();
        exec(*ram, schema);
        return ram;
    }

    SealedDatabase(std::unique_ptr<Plain> ram, capture::Recorder::Limits limits)
        : owner_(std::move(ram)),
          ram_(*owner_),
          authorizer_(ram_),
          disk_({.path = path(), .strategy = "session", .synchronous = Synchronous::off}),
          capture_(
              ram_,
              {.rules = {.strategy = Strategy::session},
               .limits = limits,
               .sealing = {.bytes_first = 1, .bytes_min = 1, .bytes_max = 1, .bytes_per_table = 0}},
              [](capture::Signal) {}, authorizer_) {
        disk_.accept();
        sync(true);
    }

    TemporaryDirectory directory_;
    std::unique_ptr<Plain> owner_;
    sqlite3* ram_;
    sqlite::Authorizer authorizer_;
    destination::SqliteFile disk_;
    capture::CombinedCapture capture_;
};

}  // namespace tidemark::tests
