// A process that dies when a batch is in the history and not in the database yet.

#include "history/history_reader.hpp"
#include "history/walk.hpp"
#include "support/child_process.hpp"
#include "support/fixture.hpp"

#include <gmock/gmock.h>

#include <csignal>

namespace tidemark::tests {
namespace {

class KilledBetween : public KeptDatabase {
protected:
    [[nodiscard]] history::HistoryReader reader() const {
        return history::HistoryReader(path() + "-history");
    }
    void write_and_die() const {
        ChildProcess writer(TIDEMARK_HISTORY_DYING, {path(), to_string(GetParam())});
        ASSERT_EQ(writer.finish(), -SIGKILL);
    }
};

TEST_P(KilledBetween, the_history_is_what_the_database_is_when_it_is_opened_again) {
    prepare_file("CREATE TABLE other(a)");
    const std::string start = directory().file("start.db");
    copy_file(path(), start);
    for (int round = 1; round <= 3; ++round) {
        write_and_die();
        const std::uint64_t mark = inspect(path()).mark;
        EXPECT_EQ(reader().batches().back().number, mark + 1);
        EXPECT_EQ(on_disk("SELECT count(*) FROM t WHERE v = 'not committed'"), (Rows{{0}}));
    }
    Options options = KeptDatabase::options();
    options.history.enabled = true;
    open(options);
    const std::uint64_t mark = database().status().mark;
    EXPECT_EQ(reader().batches().back().number, mark);
    run("DELETE FROM t WHERE k = 2");
    close();
    EXPECT_TRUE(reader().gaps().empty());
    Walk(start, path() + "-history").forward(0, mark + 1);
    exec(Plain(path()), "DROP TABLE _tidemark_state");
    EXPECT_TRUE(same(Plain(path()), Plain(start)));
}

TIDEMARK_FOR_BOTH_STRATEGIES(KilledBetween);

}  // namespace
}  // namespace tidemark::tests
