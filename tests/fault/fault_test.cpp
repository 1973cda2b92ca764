// Crashes, losses of power and errors at one operation after the other.
//
//   TIDEMARK_FAULT_POINTS=all     every point instead of a sample (or a number: so many per test)
//   TIDEMARK_FAULT_SEED=42        other points and losses of power (also: random)
//
// Prints the seed and how many of the points were tried.

#include "fault/fixture.hpp"

#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

class FaultPoints : public FaultTest {};

TEST_P(FaultPoints, a_crash_leaves_a_committed_prefix) {
    crash_everywhere(fault_case(), {}, points_of_test(24));
}

TEST_P(FaultPoints, a_crash_while_a_file_is_opened_leaves_what_there_was) {
    for (const Start start : {Start::nothing, Start::file_of_others, Start::left_by_a_crash}) {
        FaultCase opening = fault_case();
        opening.start = start;
        opening.workload = make_short_workload();
        crash_everywhere(opening, {}, points_of_test(12));
        crash_everywhere(opening, {.power_loss = true}, points_of_test(12));
    }
}

TEST_P(FaultPoints, a_loss_of_power_leaves_everything_acknowledged) {
    crash_everywhere(fault_case(), {.power_loss = true}, points_of_test(24));
}

TEST_P(FaultPoints, a_loss_of_power_around_large_syncs_leaves_everything_acknowledged) {
    FaultCase large = fault_case();
    large.workload = make_large_workload();
    crash_everywhere(large, {.power_loss = true}, points_of_test(4));
}

TEST_P(FaultPoints, a_loss_of_power_leaves_everything_acknowledged_with_extra_syncs) {
    FaultCase extra = fault_case();
    extra.synchronous = Synchronous::extra;
    crash_everywhere(extra, {.power_loss = true}, points_of_test(6));
}

TEST_P(FaultPoints, a_loss_of_power_leaves_everything_acknowledged_on_any_device) {
    FaultCase other = fault_case();
    constexpr Device devices[] = {
        {.characteristics = 0, .sector_bytes = 4096},
        {.characteristics = 0, .sector_bytes = 512},
        {.characteristics = SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_SAFE_APPEND},
        {.characteristics = SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_ATOMIC},
        {.characteristics = SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_SEQUENTIAL}};
    for (const Device& device : devices) {
        // A journal that is overwritten is not appended to, and SQLite does not tell the two apart:
        // it is left with the checksums of the journal, which skip most bytes. Linux never claims it.
        const bool appends = (device.characteristics & SQLITE_IOCAP_SAFE_APPEND) != 0;
        if (appends && other.journal_mode == JournalMode::persist) continue;
        other.device = device;
        crash_everywhere(other, {.power_loss = true}, points_of_test(4));
    }
}

TEST_P(FaultPoints, one_error_loses_nothing) {
    const FaultCase subject = fault_case();
    Harness harness(subject);
    try_points(subject, harness.history().operations, 24,
               [&](std::uint64_t n) { return harness.fail({.kind = Fault::Kind::fail, .at = n}); });
}

TEST_P(FaultPoints, many_errors_lose_nothing) {
    const FaultCase subject = fault_case();
    Harness harness(subject);
    try_points(subject, harness.history().operations, points_of_test(12), [&](std::uint64_t n) {
        return harness.fail({.kind = Fault::Kind::fail, .at = n, .times = 2 + n % 9});
    });
}

TEST_P(FaultPoints, a_full_disk_loses_nothing) {
    const FaultCase subject = fault_case();
    Harness harness(subject);
    try_points(subject, harness.history().writes, points_of_test(12), [&](std::uint64_t n) {
        return harness.fail_until_noticed({.kind = Fault::Kind::fail,
                                           .at = n,
                                           .of = {FileOperation::write},
                                           .code = SQLITE_FULL,
                                           .partial = true});
    });
}

TEST_P(FaultPoints, a_disk_that_does_not_sync_loses_nothing) {
    const FaultCase subject = fault_case();
    Harness harness(subject);
    try_points(subject, harness.history().syncs, points_of_test(6), [&](std::uint64_t n) {
        return harness.fail_until_noticed(
            {.kind = Fault::Kind::fail, .at = n, .of = {FileOperation::sync}});
    });
}

TEST_P(FaultPoints, a_busy_file_loses_nothing) {
    const FaultCase subject = fault_case();
    Harness harness(subject);
    try_points(subject, harness.history().locks, points_of_test(12), [&](std::uint64_t n) {
        return harness.fail({.kind = Fault::Kind::fail,
                             .at = n,
                             .of = {FileOperation::lock, FileOperation::shm_lock},
                             .times = 1 + n % 3,
                             .code = SQLITE_BUSY});
    });
}

TIDEMARK_FOR_ALL_FILES(FaultPoints);

// ---- settings that promise less ---------------------------------------------------------------

class FaultPointsOfWeakSyncs : public FaultTest {
protected:
    [[nodiscard]] static FaultCase with(Synchronous synchronous) {
        FaultCase weak = fault_case();
        weak.synchronous = synchronous;
        return weak;
    }

    /// Whether some loss of power has a consequence that the harness describes in these words.
    [[nodiscard]] static bool can_lead_to(const FaultCase& weak, const Crash& crash,
                                          const std::vector<std::string>& words) {
        Harness harness(weak);
        Crash next = crash;
        // Every point five times if need be, in an order that comes around everywhere soon.
        for (std::uint64_t i = 0; i < harness.history().changes * 5; ++i) {
            next.seed = seed_of_this_run() + static_cast<std::uint32_t>(i);
            const std::string finding =
                harness.crash_at(1 + i * 7919 % harness.history().changes, next);
            for (const std::string& word : words) {
                if (finding.find(word) != std::string::npos) return true;
            }
        }
        return false;
    }
};

TEST_P(FaultPointsOfWeakSyncs, a_crash_takes_nothing_back) {
    crash_everywhere(with(Synchronous::normal), {}, points_of_test(8));
    crash_everywhere(with(Synchronous::off), {}, points_of_test(8));
}

TEST_P(FaultPointsOfWeakSyncs, a_loss_of_power_can_damage_the_file_if_nothing_is_synced) {
    EXPECT_TRUE(can_lead_to(with(Synchronous::off), {.power_loss = true, .may_take_back = true},
                            {"malformed", "damaged", "not a database", "never committed"}));
}

TIDEMARK_FOR_ALL_FILES(FaultPointsOfWeakSyncs);

// With NORMAL only checkpoints sync.
class FaultPointsOfNormalWal : public FaultPointsOfWeakSyncs {};

TEST_P(FaultPointsOfNormalWal, a_loss_of_power_takes_back_whole_flushes_and_damages_nothing) {
    crash_everywhere(with(Synchronous::normal), {.power_loss = true, .may_take_back = true},
                     points_of_test(24));
}

TEST_P(FaultPointsOfNormalWal, a_loss_of_power_can_take_back_an_acknowledged_flush) {
    EXPECT_TRUE(can_lead_to(with(Synchronous::normal), {.power_loss = true}, {"was acknowledged"}));
}

INSTANTIATE_TEST_SUITE_P(Files, FaultPointsOfNormalWal,
                         ::testing::Combine(::testing::Values(Strategy::session, Strategy::trigger),
                                            ::testing::Values(JournalMode::wal)),
                         fault_name);

// SQLite calls the chance small, and it is least with PERSIST.
class FaultPointsOfNormalJournal : public FaultPointsOfWeakSyncs {};

TEST_P(FaultPointsOfNormalJournal, a_loss_of_power_can_damage_the_file) {
    EXPECT_TRUE(can_lead_to(with(Synchronous::normal), {.power_loss = true, .may_take_back = true},
                            {"malformed", "damaged", "integrity_check", "never committed"}));
}

INSTANTIATE_TEST_SUITE_P(Files, FaultPointsOfNormalJournal,
                         ::testing::Combine(::testing::Values(Strategy::session),
                                            ::testing::Values(JournalMode::truncate)),
                         fault_name);

}  // namespace
}  // namespace tidemark::tests
