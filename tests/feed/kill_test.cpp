// kill -9 at random moments: in the end both destinations hold what the database holds, and none of them
// has got a batch twice.

#include "feed/feeding.hpp"
#include "feed/subjects.hpp"
#include "history/walk.hpp"
#include "support/child_process.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

std::uint32_t seed() {
    const char* const given = std::getenv("TIDEMARK_FEED_SEED");
    return given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : 1;
}

class KilledFeed : public FedDatabase {
protected:
    [[nodiscard]] std::string lines_path() const { return directory().file("lines.jsonl"); }
    void write_and_die(std::uint32_t seed, int transactions) const {
        ChildProcess writer(TIDEMARK_FEED_WRITER, {path(), copy_path(), lines_path(),
                                                   to_string(GetParam()), std::to_string(seed)});
        for (int i = 0; i < transactions; ++i) {
            const auto line = writer.read_line();
            ASSERT_EQ(line, "done");
        }
        ASSERT_EQ(writer.kill(), -SIGKILL);
    }
};

TEST_P(KilledFeed, each_destination_has_every_batch_once) {
    std::mt19937 random(seed());
    for (int round = 0; round < 10; ++round) {
        const auto seed_of_round = static_cast<std::uint32_t>(random());
        write_and_die(seed_of_round, static_cast<int>(random() % 60));
    }
    Options options = feeding(copy());
    options.destinations.push_back(
        {.name = "lines", .destination = std::make_shared<JsonLines>(lines_path())});
    open(options);
    run("INSERT INTO t VALUES(1000, 1000)");
    std::vector<std::vector<conformance::Row>> expected;
    for (const char* table : {"t", "n"}) expected.push_back(conformance::rows_of(ram(), table));
    close();
    const std::string end = directory().file("end.db");
    copy_file(path(), end);
    exec(Plain(end), "DROP TABLE _tidemark_state");
    EXPECT_TRUE(same(Plain(end), Plain(copy_path())));
    // Throws when a batch is there twice or is missing.
    const JsonLinesReader lines(lines_path());
    EXPECT_GT(lines.batches(), 10U);
    std::size_t place = 0;
    for (const char* table : {"t", "n"}) {
        std::vector<conformance::Row> rows = lines.rows(table);
        std::sort(rows.begin(), rows.end());
        std::sort(expected[place].begin(), expected[place].end());
        EXPECT_EQ(rows, expected[place++]) << table;
    }
}

TIDEMARK_FOR_BOTH_STRATEGIES(KilledFeed);

}  // namespace
}  // namespace tidemark::tests
