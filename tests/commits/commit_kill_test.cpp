// kill -9 while a writer commits with durability = commit. TIDEMARK_COMMIT_KILLS: how often.

#include "commits/commit_workload.hpp"
#include "support/child_process.hpp"
#include "support/compare.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace tidemark::tests {
namespace {

/// Kills it after so many COMMITs and some that it makes meanwhile. The last one that it told.
std::int64_t run_and_kill(const std::string& path, std::uint64_t commits) {
    ChildProcess writer(TIDEMARK_COMMIT_WRITER, {path});
    std::int64_t last = 0;
    const auto hear = [&](const std::string& line) {
        if (line.starts_with("error")) {
            ADD_FAILURE() << "the writer says: " << line;
        } else {
            last = std::stoll(line);
        }
    };
    for (std::uint64_t i = 0; i < commits && !::testing::Test::HasFailure(); ++i) {
        const auto line = writer.read_line();
        if (line) hear(*line);
    }
    EXPECT_EQ(writer.kill(), -SIGKILL) << "it ended by itself";
    while (const auto line = writer.read_line()) hear(*line);
    return last;
}

TEST(CommitKill, leaves_every_transaction_whose_commit_has_returned_and_at_most_one_more) {
    const char* given = std::getenv("TIDEMARK_COMMIT_KILLS");  // NOLINT(concurrency-mt-unsafe)
    const int kills = given == nullptr ? 12 : std::stoi(given);
    const TemporaryDirectory directory;
    const std::string path = directory.file("kept.db");
    const Plain model;
    create_commit_workload(model);
    create_commit_workload(Plain(path));
    std::minstd_rand random(std::random_device{}());
    std::int64_t one_more = 0;
    std::int64_t done = 0;
    for (int round = 0; round < kills && !::testing::Test::HasFailure(); ++round) {
        const std::int64_t told = run_and_kill(path, 1 + random() % 60);
        const Plain disk(path);
        const std::int64_t k = commits_in(disk);
        EXPECT_GE(k, told) << "an acknowledged COMMIT is lost";
        EXPECT_LE(k, told + 1);
        one_more += k - told;
        while (done < k) run_commit(model, ++done);
        EXPECT_TRUE(same(model, disk)) << "first what " << k << " transactions make, then the disk";
    }
    std::cout << kills << " kills, " << done << " transactions, " << one_more
              << " of them on disk without having been told" << std::endl;
}

}  // namespace
}  // namespace tidemark::tests
