// The process dies, or the power goes, at every operation on the files: the disk has every transaction
// whose COMMIT had returned, and at most the one after it.

#include "commits/commit_fixture.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

/// One transaction each, of every kind that gets to the disk in another way.
const std::vector<std::string>& transactions() {
    static const std::vector<std::string> all = {
        "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, x)",
        "INSERT INTO t(x) VALUES('one'), ('two'), (zeroblob(9000))",
        "BEGIN; UPDATE t SET x = x || '!'; DELETE FROM t WHERE id = 3; COMMIT",
        "BEGIN; ALTER TABLE t ADD COLUMN y DEFAULT 1; UPDATE t SET y = id; CREATE INDEX i ON t(y); "
        "COMMIT",
        "INSERT INTO t(x) VALUES('four')",
        "PRAGMA user_version = 7",
        "BEGIN; CREATE TABLE u(z); INSERT INTO u VALUES(1); COMMIT",
        "BEGIN; INSERT INTO u VALUES(2); INSERT INTO t(x) VALUES('five'); COMMIT",
        "DELETE FROM t",
        "INSERT INTO t(x) VALUES('six')"};
    return all;
}

struct Point {
    Fault::Kind kind = Fault::Kind::stop;
    std::uint64_t at = 1;
    bool power_loss = false;
    std::uint32_t seed = 1;

    friend std::ostream& operator<<(std::ostream& out, const Point& point) {
        return out << (point.kind == Fault::Kind::tear ? "torn" : "stopped") << " at operation "
                   << point.at << (point.power_loss ? ", power lost" : "") << ", seed "
                   << point.seed;
    }
};

std::uint32_t number_from_environment(const char* name, std::uint32_t otherwise) {
    const char* given = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return given == nullptr ? otherwise : static_cast<std::uint32_t>(std::stoul(given));
}

class CommitCrash : public ::testing::TestWithParam<JournalMode> {
protected:
    /// False when the work was done before the point was reached.
    bool crash_at(const Point& point) {
        const TemporaryDirectory directory;
        const std::string path = directory.file("kept.db");
        FaultVfs vfs({}, point.seed);
        const std::size_t acknowledged = work(vfs, path, point);
        if (!vfs.is_stopped()) return false;
        if (point.power_loss) {
            vfs.restore_after_power_loss(point.seed);
        } else {
            vfs.restore_after_stop();
        }
        expect_prefix(path, acknowledged);
        return true;
    }

private:
    /// How many transactions were acknowledged.
    std::size_t work(FaultVfs& vfs, const std::string& path, const Point& point) const {
        Options options;
        options.strategy = Strategy::trigger;
        options.durability = Durability::commit;
        options.journal_mode = GetParam();
        options.close_deadline = std::chrono::milliseconds{0};
        auto database = Database::open(path, options);
        vfs.set({.kind = point.kind, .at = point.at, .of = what_changes_files});
        std::size_t acknowledged = 0;
        for (const std::string& transaction : transactions()) {
            const Outcome outcome = try_exec(database.handle(), transaction);
            // What a dead process says is heard by nobody.
            if (vfs.is_stopped()) break;
            EXPECT_EQ(outcome.rc, SQLITE_OK) << outcome.message;
            ++acknowledged;
        }
        return acknowledged;
    }

    static void expect_prefix(const std::string& path, std::size_t acknowledged) {
        const Plain disk(path);
        ASSERT_EQ(integrity(disk), "ok");
        const Plain model;
        for (std::size_t i = 0; i < acknowledged; ++i) exec(model, transactions()[i]);
        if (compare(model, disk).empty()) return;
        ASSERT_LT(acknowledged, transactions().size());
        exec(model, transactions()[acknowledged]);
        EXPECT_TRUE(same(model, disk))
            << acknowledged << " transactions were acknowledged; one more first, the disk second";
    }
};

// TIDEMARK_COMMIT_STRIDE=1 takes every operation, TIDEMARK_COMMIT_SEED begins with another one and
// loses other parts of what was not synced.
TEST_P(CommitCrash, at_any_operation_keeps_what_was_acknowledged_and_at_most_one_more) {
    const std::uint32_t stride = number_from_environment("TIDEMARK_COMMIT_STRIDE", 4);
    const std::uint32_t seed = number_from_environment("TIDEMARK_COMMIT_SEED", 1);
    std::uint64_t crashes = 0;
    bool reached = true;
    for (std::uint64_t at = 1 + seed % stride; reached && !HasFailure(); at += stride) {
        const auto draw = seed + static_cast<std::uint32_t>(at);
        const Point stopped{.at = at, .seed = draw};
        const Point without_power{.at = at, .power_loss = true, .seed = draw};
        const Point torn{.kind = Fault::Kind::tear, .at = at, .power_loss = true, .seed = draw};
        for (const Point& point : {stopped, without_power, torn}) {
            SCOPED_TRACE(::testing::PrintToString(point));
            reached = crash_at(point);
            crashes += reached ? 1 : 0;
        }
    }
    std::cout << crashes << " crashes, seed " << seed << ", stride " << stride << std::endl;
    EXPECT_GT(crashes, 50U) << "too few to mean anything";
}

INSTANTIATE_TEST_SUITE_P(Journals, CommitCrash,
                         ::testing::Values(JournalMode::wal, JournalMode::truncate),
                         [](const ::testing::TestParamInfo<JournalMode>& mode) {
                             return std::string(mode.param == JournalMode::wal ? "wal"
                                                                               : "truncate");
                         });

}  // namespace
}  // namespace tidemark::tests
