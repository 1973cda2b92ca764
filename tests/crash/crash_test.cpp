// kill -9 in a loop: a writer commits transactions, syncs every few milliseconds and flushes with
// acknowledgement; at a random moment it is killed. Then the file must open, pass integrity_check,
// and hold exactly the first k transactions for some k that is no smaller than what the last flush
// acknowledged. The next round goes on from there.
//
//   crash_test --rounds 2000            (or TIDEMARK_CRASH_ROUNDS) per strategy
//   crash_test --seed 42                (or TIDEMARK_CRASH_SEED) draws the same moments again; where
//                                       they hit is up to the machine
//
// Prints the seed, the rounds and what they met.

#include "crash/workload.hpp"
#include "support/child_process.hpp"
#include "support/fixture.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>

namespace tidemark::tests {
namespace {

// A sanitizer makes the writer several times slower: fewer rounds, and longer ones.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int rounds_by_default = 20;
constexpr unsigned kill_after_us_max = 500'000;
#else
constexpr int rounds_by_default = 110;
constexpr unsigned kill_after_us_max = 150'000;
#endif

struct Settings {
    int rounds = rounds_by_default;
    std::uint32_t seed = 0;
};
Settings settings;  // NOLINT(*-avoid-non-const-global-variables): read from the command line

/// What the rounds of one test met, to be printed: a test that always kills an idle process tests
/// nothing, and this shows it.
struct Tally {
    int rounds = 0;
    int without_acknowledgement = 0;
    std::int64_t transactions = 0;
    std::int64_t acknowledgements = 0;

    friend std::ostream& operator<<(std::ostream& out, const Tally& tally) {
        return out << tally.rounds << " rounds, " << tally.without_acknowledgement
                   << " of them ended before a first acknowledgement, " << tally.transactions
                   << " transactions on disk, " << tally.acknowledgements
                   << " flushes acknowledged";
    }
};

class Crash : public ::testing::TestWithParam<Strategy> {
protected:
    void start_afresh() {
        directory_ = std::make_unique<TemporaryDirectory>();
        model_ = std::make_unique<Plain>();
        transactions_ = 0;
        journal_ = random_() % 3 == 0 ? "truncate" : "wal";
        create_workload(*model_);
        create_workload(Plain(path()));
    }

    /// Lets a writer run for a while and kills it. The number that its last flush acknowledged.
    std::int64_t run_and_kill() {
        ChildProcess writer(TIDEMARK_CRASH_WRITER,
                            {path(), to_string(GetParam()), journal_, std::to_string(random_())});
        if (random_() % 12 != 0) {
            EXPECT_EQ(writer.read_line(), "open");
        }
        std::this_thread::sleep_for(std::chrono::microseconds{random_() % kill_after_us_max});
        EXPECT_EQ(writer.kill(), -SIGKILL) << "it ended by itself";
        return read_acknowledgements(writer);
    }

    std::int64_t read_acknowledgements(ChildProcess& writer) {
        std::int64_t last = 0;
        bool acknowledged = false;
        while (const auto line = writer.read_line()) {
            if (line->starts_with("error")) {
                ADD_FAILURE() << "the writer says: " << *line;
            } else if (*line != "open") {
                last = std::stoll(*line);
                ++tally_.acknowledgements;
                acknowledged = true;
            }
        }
        tally_.without_acknowledgement += acknowledged ? 0 : 1;
        return last;
    }

    /// Expects `db` to be exactly the first k transactions, for a k that is possible.
    void expect_prefix(sqlite3* db, std::int64_t acknowledged) {
        EXPECT_EQ(integrity(db), "ok");
        const std::int64_t k = transactions_in(db);
        ASSERT_GE(k, acknowledged) << "an acknowledged flush is lost";
        ASSERT_GE(k, transactions_) << "what an earlier round found on disk is lost";
        tally_.transactions += k - transactions_;
        while (transactions_ < k) {
            run_transaction(*model_, ++transactions_);
        }
        EXPECT_TRUE(same(*model_, db))
            << "(the first " << k << " transactions first, what was found second)";
    }

    void expect_prefix_by_plain_sqlite(std::int64_t acknowledged) {
        expect_prefix(Plain(path()), acknowledged);
    }

    void expect_prefix_by_tidemark(std::int64_t acknowledged) {
        Options options;
        options.strategy = GetParam();
        auto database = Database::open(path(), options);
        expect_prefix(database.handle(), acknowledged);
        EXPECT_TRUE(database.verify().equal());
        database.close();
    }

    void play_round() {
        const std::int64_t acknowledged = run_and_kill();
        // Whoever opens the file first finds the log that the killed process left, and recovers it.
        if (random_() % 2 == 0) {
            expect_prefix_by_plain_sqlite(acknowledged);
            expect_prefix_by_tidemark(acknowledged);
        } else {
            expect_prefix_by_tidemark(acknowledged);
            expect_prefix_by_plain_sqlite(acknowledged);
        }
        ++tally_.rounds;
    }

    [[nodiscard]] std::string path() const { return directory_->file("kept.db"); }

    std::minstd_rand random_{settings.seed};
    Tally tally_;

    static constexpr int rounds_per_file = 25;

private:
    std::unique_ptr<TemporaryDirectory> directory_;
    std::unique_ptr<Plain> model_;  // the first transactions_ transactions, by plain SQLite
    std::int64_t transactions_ = 0;
    std::string journal_;
};

TEST_P(Crash, a_killed_process_leaves_a_prefix_with_everything_that_was_acknowledged) {
    std::cout << "seed " << settings.seed << ", " << settings.rounds << " rounds" << std::endl;
    // A busy or slow machine gets more rounds, until enough of them have had something to lose.
    const auto goes_on = [this](int round) {
        const bool enough = round >= settings.rounds && tally_.acknowledgements > tally_.rounds;
        return !HasFailure() && !enough && round < settings.rounds * 6;
    };
    for (int round = 0; goes_on(round); ++round) {
        SCOPED_TRACE("round " + std::to_string(round) + " of seed " +
                     std::to_string(settings.seed));
        if (round % rounds_per_file == 0) {
            start_afresh();
        }
        play_round();
    }
    std::cout << tally_ << std::endl;
    EXPECT_GT(tally_.acknowledgements, tally_.rounds)
        << "the rounds were too short to mean anything";
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
