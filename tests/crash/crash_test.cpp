// kill -9 in a loop: a writer commits transactions in several threads, syncs every few milliseconds
// and flushes with acknowledgement; it is killed while it opens the file, writes, copies the whole
// database to the disk, or closes. Then the file must open, pass integrity_check, and hold exactly
// the first k transactions for some k that is no smaller than what the last flush acknowledged, and no
// larger than what the writer has asked to commit. The next round goes on from there. Every other file
// has a history, which must lead from the first content of the file to the last one.
//
//   crash_test --rounds 1000            (or TIDEMARK_CRASH_ROUNDS) per strategy
//   crash_test --seed 42                (or TIDEMARK_CRASH_SEED) draws the same plans again; where
//                                       the kills hit is up to the machine
//
// The writer says when it has come to the moment in which it is to be killed; only the last stretch
// from there is a matter of time, and any length of it is right. Prints the seed, the rounds and what
// they met.

#include "crash/plan.hpp"
#include "crash/workload.hpp"
#include "history/history_reader.hpp"
#include "history/walk.hpp"
#include "support/child_process.hpp"
#include "support/fixture.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>

namespace tidemark::tests {
namespace {

// A sanitizer makes the writer several times slower.
#if defined(TIDEMARK_ADDRESS_SANITIZER) || defined(TIDEMARK_THREAD_SANITIZER)
constexpr int rounds_by_default = 20;
constexpr unsigned int slowness = 4;
#else
constexpr int rounds_by_default = 100;
constexpr unsigned int slowness = 1;
#endif

struct Settings {
    int rounds = rounds_by_default;
    std::uint32_t seed = 0;
};
Settings settings;  // NOLINT(*-avoid-non-const-global-variables): read from the command line

/// What the rounds of one test met, to be printed: a test that always kills an idle process tests
/// nothing, and this shows it.
struct Tally {
    std::array<int, moment_names.size()> rounds{};
    int closed_before_the_kill = 0;
    std::int64_t transactions = 0;
    std::int64_t acknowledgements = 0;
    std::int64_t whole_copies = 0;
    std::int64_t histories = 0;

    friend std::ostream& operator<<(std::ostream& out, const Tally& tally) {
        out << "killed while it ";
        for (std::size_t i = 0; i < moment_names.size(); ++i) {
            out << (i == 0 ? "" : ", ") << moment_names.at(i) << ": " << tally.rounds.at(i);
        }
        return out << " (closed before: " << tally.closed_before_the_kill << "); "
                   << tally.transactions << " transactions on disk, " << tally.acknowledgements
                   << " flushes acknowledged, " << tally.whole_copies << " whole copies, "
                   << tally.histories << " histories walked along";
    }
};

/// How one round goes, drawn from the seed.
struct Plan {
    Moment moment = Moment::write;
    int count = 1;
    int threads = 1;
    bool attached = false;
    std::string journal;
    unsigned int kill_after_us = 0;
    unsigned int seed = 0;

    friend std::ostream& operator<<(std::ostream& out, const Plan& plan) {
        return out << name_of(plan.moment) << " " << plan.count << ", " << plan.threads
                   << " threads, " << (plan.attached ? "attached" : "opened") << ", "
                   << plan.journal << ", killed " << plan.kill_after_us << " us later";
    }
};

class Crash : public ::testing::TestWithParam<Strategy> {
protected:
    void start_afresh() {
        directory_ = std::make_unique<TemporaryDirectory>();
        model_ = std::make_unique<Plain>();
        transactions_ = 0;
        create_workload(*model_);
        create_workload(Plain(path()));
        has_history_ = !has_history_;
        if (has_history_) copy_file(path(), directory_->file("begin.db"));
    }

    Plan draw_plan() {
        constexpr std::array moments{Moment::open,       Moment::write, Moment::write,
                                     Moment::write,      Moment::write, Moment::whole_copy,
                                     Moment::whole_copy, Moment::close};
        constexpr std::array journals{"wal", "wal", "wal", "truncate", "persist", "remove"};
        Plan plan;
        plan.moment = moments.at(random_() % moments.size());
        plan.count = plan.moment == Moment::whole_copy ? 1 : static_cast<int>(1 + random_() % 20);
        plan.threads = static_cast<int>(1 + random_() % 4);
        plan.attached = random_() % 4 == 0;
        plan.journal = journals.at(random_() % journals.size());
        // Short stretches more often than long ones.
        const auto longest = 1U + static_cast<unsigned int>(random_() % 8000);
        plan.kill_after_us = slowness * static_cast<unsigned int>(random_() % longest);
        plan.seed = static_cast<unsigned int>(random_());
        return plan;
    }

    /// Lets a writer come to its moment, and kills it a little later.
    void run_and_kill(const Plan& plan) {
        ChildProcess writer(TIDEMARK_CRASH_WRITER,
                            {path(), told_path(), to_string(GetParam()), plan.journal,
                             plan.attached ? "attached" : "opened", std::to_string(plan.threads),
                             name_of(plan.moment), std::to_string(plan.count),
                             std::to_string(plan.seed), has_history_ ? "history" : "none"});
        EXPECT_EQ(writer.read_line(), "now");
        std::this_thread::sleep_for(std::chrono::microseconds{plan.kill_after_us});
        const int end = writer.kill();
        const bool closed = end == 0 && plan.moment == Moment::close;
        EXPECT_TRUE(closed || end == -SIGKILL) << "it ended by itself, with " << end;
        EXPECT_EQ(writer.read_rest(), "");
        tally_.closed_before_the_kill += closed ? 1 : 0;
        ++tally_.rounds.at(static_cast<std::size_t>(plan.moment));
    }

    void advance_model(std::int64_t k) {
        while (transactions_ < k) {
            ++transactions_;
            if (has_vacuum(transactions_)) vacuum(*model_);
            run_transaction(*model_, transactions_);
        }
    }

    /// Expects `db` to be exactly the first k transactions, for a k that is possible.
    void expect_prefix(sqlite3* db, const SharedTold& told) {
        EXPECT_EQ(integrity(db), "ok");
        const std::int64_t k = transactions_in(db);
        ASSERT_GE(k, told->acknowledged) << "an acknowledged flush is lost";
        ASSERT_GE(k, transactions_) << "what an earlier round found on disk is lost";
        ASSERT_LE(k, std::max<std::int64_t>(told->committing, transactions_))
            << "a transaction is on disk that nobody has committed";
        tally_.transactions += k - transactions_;
        advance_model(k);
        // A VACUUM gives new rowids to tables that have no key.
        if (has_vacuum(k + 1) && !same(*model_, db)) vacuum(*model_);
        EXPECT_TRUE(same(*model_, db))
            << "(the first " << k << " transactions first, what was found second)";
    }

    void expect_prefix_by_plain_sqlite(const SharedTold& told) {
        expect_prefix(Plain(path()), told);
    }

    void expect_prefix_by_tidemark(const SharedTold& told) {
        Options options;
        options.strategy = GetParam();
        options.history.enabled = has_history_;
        auto database = Database::open(path(), options);
        expect_prefix(database.handle(), told);
        EXPECT_TRUE(database.verify().equal());
        database.close();
    }

    /// From the beginning of the file to where it is now. Nobody has it open.
    void expect_whole_history() {
        if (!has_history_) return;
        const std::string history = path() + "-history";
        EXPECT_TRUE(history::HistoryReader(history).gaps().empty());
        const std::string walked = directory_->file("walked.db");
        copy_file(directory_->file("begin.db"), walked);
        Walk(walked, history).forward(0, inspect(path(), LoadCheck::none).mark);
        const std::string now = directory_->file("now.db");
        copy_file(path(), now);
        exec(Plain(now), "DROP TABLE _tidemark_state");
        EXPECT_TRUE(same(Plain(now), Plain(walked)));
        std::filesystem::remove(walked);
        std::filesystem::remove(now);
        ++tally_.histories;
    }

    void play_round() {
        const Plan plan = draw_plan();
        SCOPED_TRACE(::testing::PrintToString(plan));
        std::filesystem::remove(told_path());
        const SharedTold told(told_path());
        ASSERT_TRUE(told.is_mapped());
        run_and_kill(plan);
        tally_.acknowledgements += told->flushes;
        tally_.whole_copies += told->whole_copies;
        // Whoever opens the file first finds the log that the killed process left, and recovers it.
        if (random_() % 2 == 0) {
            expect_prefix_by_plain_sqlite(told);
            expect_prefix_by_tidemark(told);
        } else {
            expect_prefix_by_tidemark(told);
            expect_prefix_by_plain_sqlite(told);
        }
    }

    [[nodiscard]] std::string path() const { return directory_->file("kept.db"); }
    [[nodiscard]] std::string told_path() const { return directory_->file("told"); }

    std::minstd_rand random_{settings.seed};
    Tally tally_;

    static constexpr int rounds_per_file = 25;

private:
    std::unique_ptr<TemporaryDirectory> directory_;
    std::unique_ptr<Plain> model_;  // the first transactions_ transactions, by plain SQLite
    std::int64_t transactions_ = 0;
    bool has_history_ = false;
};

TEST_P(Crash, a_killed_process_leaves_a_prefix_with_everything_that_was_acknowledged) {
    std::cout << "seed " << settings.seed << ", " << settings.rounds << " rounds" << std::endl;
    for (int round = 0; round < settings.rounds && !HasFailure(); ++round) {
        SCOPED_TRACE("round " + std::to_string(round) + " of seed " +
                     std::to_string(settings.seed));
        if (round % rounds_per_file == 0) {
            start_afresh();
        }
        play_round();
        const bool is_last = round + 1 == settings.rounds || (round + 1) % rounds_per_file == 0;
        if (is_last && !HasFailure()) expect_whole_history();
    }
    std::cout << tally_ << std::endl;
    const int written = tally_.rounds.at(static_cast<std::size_t>(Moment::write));
    EXPECT_GE(tally_.acknowledgements, written);
    EXPECT_GT(tally_.histories, 0);
}

TIDEMARK_FOR_BOTH_STRATEGIES(Crash);

const char* environment(const char* name) {
    return std::getenv(name);
}  // NOLINT(concurrency-mt-unsafe)

void read_settings(int argc, char** argv) {
    settings.seed = std::random_device{}();
    if (const char* rounds = environment("TIDEMARK_CRASH_ROUNDS")) {
        settings.rounds = std::stoi(rounds);
    }
    if (const char* seed = environment("TIDEMARK_CRASH_SEED")) {
        settings.seed = static_cast<std::uint32_t>(std::stoul(seed));
    }
    for (int i = 1; i + 1 < argc; ++i) {
        if (argv[i] == std::string("--rounds")) {
            settings.rounds = std::stoi(argv[i + 1]);
        } else if (argv[i] == std::string("--seed")) {
            settings.seed = static_cast<std::uint32_t>(std::stoul(argv[i + 1]));
        }
    }
}

}  // namespace
}  // namespace tidemark::tests

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    tidemark::tests::read_settings(argc, argv);
    return RUN_ALL_TESTS();
}
