#pragma once

#include "support/compare.hpp"
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

/// Both strategies, as the parameter of a suite.
inline const auto both_strategies = ::testing::Values(Strategy::session, Strategy::trigger);

[[nodiscard]] inline std::string strategy_name(const ::testing::TestParamInfo<Strategy>& info) {
    return to_string(info.param);
}

/// Every test of a suite runs once with each strategy.
#define TIDEMARK_FOR_BOTH_STRATEGIES(suite)                                         \
    INSTANTIATE_TEST_SUITE_P(Strategies, suite, ::tidemark::tests::both_strategies, \
                             ::tidemark::tests::strategy_name)

/// A test with a folder of its own, and a database that it opens when it likes.
class KeptDatabase : public ::testing::TestWithParam<Strategy> {
protected:
    /// The strategy under test, an observer, no waiting for the medium, and an interval so long that only `flush()`,
    /// `verify()` and `close()` make a sync: what happens is up to the test alone.
    [[nodiscard]] Options options() const;
    /// The same, syncing in the background as soon as something is committed.
    [[nodiscard]] Options eager_options() const;

    [[nodiscard]] const TemporaryDirectory& directory() const noexcept { return directory_; }
    [[nodiscard]] std::string path() const { return directory_.file("kept.db"); }
    [[nodiscard]] RecordingObserver& observer() const noexcept { return *observer_; }

    /// Runs SQL on the file itself. Only while no database is open.
    void prepare_file(const std::string& sql) const;

    void open() { open(options()); }
    void open(const Options& options) { database_.emplace(Database::open(path(), options)); }
    void close();
    void reopen();
    /// Destroys the database without closing it.
    void drop() { database_.reset(); }

    [[nodiscard]] Database& database() { return *database_; }
    [[nodiscard]] sqlite3* ram() { return database_->handle(); }

    /// Runs SQL on the RAM database. Throws SqlError.
    void run(const std::string& sql) { exec(ram(), sql); }
    void run(const std::string& sql, const Row& parameters) { exec(ram(), sql, parameters); }
    /// What the file says, asked through a separate connection.
    [[nodiscard]] Rows on_disk(const std::string& sql) const { return query(Plain(path()), sql); }

    /// Flushes, and expects the file to be what RAM is.
    void flush_and_expect_same(const CompareOptions& options = {});

    /// The method by which a table is captured, as `status()` says.
    [[nodiscard]] TableStatus table_status(const std::string& table);

private:
    TemporaryDirectory directory_;
    std::shared_ptr<RecordingObserver> observer_ = std::make_shared<RecordingObserver>();
    std::optional<Database> database_;
};

}  // namespace tidemark::tests
