// Resident memory stays flat, however long a database is worked on at full speed.
//
//     TIDEMARK_SOAK_SECONDS=600   runs for so long per strategy

#include "support/fixture.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>

#include <unistd.h>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// A sanitizer keeps what is freed for a while, and its own books; and it is too slow to come to all
// that a soak does now and then.
#if defined(TIDEMARK_ADDRESS_SANITIZER) || defined(TIDEMARK_THREAD_SANITIZER)
constexpr bool at_full_speed = false;
constexpr std::chrono::seconds usual_duration{2};
#else
constexpr bool at_full_speed = true;
constexpr std::chrono::seconds usual_duration{28};
#endif

/// What one commit may leave behind, and what the allocator may make of the rest. The smallest thing
/// that can be forgotten on the heap takes 32 bytes.
constexpr std::uint64_t bytes_per_commit_max = 1;
constexpr std::uint64_t slack_bytes = 2U << 20U;

/// In which the disk is blocked twice.
constexpr std::int64_t rounds_min = 100;

std::chrono::seconds duration() {
    const char* seconds = std::getenv("TIDEMARK_SOAK_SECONDS");
    return seconds == nullptr ? usual_duration : std::chrono::seconds(std::atoi(seconds));
}

std::uint64_t resident_bytes() {
    ::malloc_trim(0);
    std::ifstream statm("/proc/self/statm");
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    statm >> all >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

class Soak : public KeptDatabase {
protected:
    void SetUp() override {
        prepare_file(
            "CREATE TABLE counter(id INTEGER PRIMARY KEY, n INT, note TEXT);"
            "CREATE TABLE job(id INTEGER PRIMARY KEY, body TEXT);"
            "CREATE TABLE cache(key TEXT PRIMARY KEY, value BLOB);"
            "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000)"
            " INSERT INTO counter SELECT i, 0, 'a note of some length' FROM c");
        Options options = KeptDatabase::options();
        options.interval = 20ms;
        options.pending_bytes_max = 1U << 20U;
        options.busy_timeout = 0ms;
        options.retry_pause_first = 5ms;
        options.retry_pause_max = 50ms;
        open(options);
    }

    /// Longer on a machine that is too busy to do everything once in that time.
    void work_for(std::chrono::milliseconds time) {
        const auto end = Clock::now() + time;
        const std::int64_t last_round = round_ + (at_full_speed ? rounds_min : 0);
        while (Clock::now() < end || round_ < last_round) {
            for (int i = 0; i < 200; ++i) change_rows();
            now_and_then();
        }
    }

    [[nodiscard]] std::uint64_t memory_at_rest() {
        blocker_.reset();
        database().flush();
        return resident_bytes();
    }

    std::uint64_t commits_ = 0;
    std::uint64_t refused_ = 0;

private:
    // What is refused because the disk is slow is left out.
    void write(Statement& statement, const Row& parameters) {
        try {
            for (std::size_t i = 0; i < parameters.size(); ++i) {
                parameters[i].bind(statement.get(), static_cast<int>(i) + 1);
            }
            statement.step();
            ++commits_;
        } catch (const SqlError& error) {
            if ((error.rc() & 0xff) != SQLITE_FULL) throw;
            ++refused_;
        }
        statement.reset();
    }

    void change_rows() {
        ++n_;
        write(statements_->update, {n_, n_ * 7 % 1000 + 1});
        write(statements_->update, {n_, 1});
        write(statements_->insert, {"job number " + std::to_string(n_)});
        write(statements_->remove, {});
        write(statements_->replace, {"key" + std::to_string(n_ % 50), n_});
    }

    void now_and_then() {
        ++round_;
        if (round_ % 20 == 0) {
            (void)try_exec(ram(), round_ % 40 == 0
                                      ? "CREATE TABLE extra(a); INSERT INTO extra VALUES(1)"
                                      : "DROP TABLE IF EXISTS extra");
        }
        if (round_ % 32 == 0) {
            (void)try_exec(ram(), round_ % 64 == 0 ? "CREATE INDEX by_n ON counter(n)"
                                                   : "DROP INDEX IF EXISTS by_n");
        }
        if (round_ % 50 == 0) block_disk();
        if (round_ % 50 == 10) blocker_.reset();
        if (GetParam() == Strategy::trigger && round_ % 10 == 0) {
            (void)query(ram(), "SELECT count(*) FROM _sync_queue");
        }
        (void)database().status();
    }

    void block_disk() {
        blocker_.emplace(path());
        if (try_exec(*blocker_, "BEGIN IMMEDIATE").rc != SQLITE_OK) blocker_.reset();
    }

    struct Statements {
        explicit Statements(sqlite3* ram)
            : update(ram, "UPDATE counter SET n = ?1 WHERE id = ?2"),
              insert(ram, "INSERT INTO job(body) VALUES(?1)"),
              remove(ram, "DELETE FROM job WHERE id <= (SELECT max(id) - 100 FROM job)"),
              replace(ram, "REPLACE INTO cache VALUES(?1, zeroblob(50 + ?2 % 50))") {}
        Statement update;
        Statement insert;
        Statement remove;
        Statement replace;
    };

protected:
    void begin() { statements_.emplace(ram()); }
    void end() { statements_.reset(); }

private:
    std::optional<Statements> statements_;
    std::optional<Plain> blocker_;
    std::int64_t n_ = 0;
    std::int64_t round_ = 0;
};

TEST_P(Soak, memory_stays_flat_at_full_speed) {
    begin();
    work_for(std::max<std::chrono::milliseconds>(duration() / 4, 2s));
    const std::uint64_t before = memory_at_rest();
    const std::uint64_t commits_before = commits_;
    work_for(duration());
    const std::uint64_t after = memory_at_rest();
    const std::uint64_t commits = commits_ - commits_before;
    end();
    flush_and_expect_same();
    const Status status = database().status();
    std::cout << commits << " commits, " << refused_ << " refused, " << status.coalesced_changes
              << " coalesced, " << status.syncs << " syncs, " << status.whole_copies
              << " whole copies, " << status.failures << " failures; resident " << before / 1024
              << " KiB before, " << after / 1024 << " KiB after\n";
    EXPECT_GT(commits, 0U);
    if (at_full_speed) {
        EXPECT_GT(status.failures, 0U) << "the disk was never slow";
        EXPECT_EQ(status.coalesced_changes > 0, GetParam() == Strategy::trigger);
        EXPECT_LE(after, before + slack_bytes + bytes_per_commit_max * commits);
    }
}

TIDEMARK_FOR_BOTH_STRATEGIES(Soak);

}  // namespace
}  // namespace tidemark::tests
