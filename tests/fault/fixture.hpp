#pragma once

/// Tests that try the same at many points of a run.

#include "fault/harness.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <tuple>
#include <vector>

namespace tidemark::tests {

/// So many points of a test in a usual build; a sanitizer is slow, and finds other things.
[[nodiscard]] constexpr std::uint64_t points_of_test(std::uint64_t usual) {
#if defined(TIDEMARK_ADDRESS_SANITIZER)
    return (usual + 3) / 4;
#else
    return usual;
#endif
}

using FaultParameter = std::tuple<Strategy, JournalMode>;

[[nodiscard]] inline std::string fault_name(const ::testing::TestParamInfo<FaultParameter>& info) {
    return std::string(to_string(std::get<0>(info.param))) + "_" + name_of(std::get<1>(info.param));
}

/// Every test of a suite runs once with each strategy and each journal mode of the disk database.
#define TIDEMARK_FOR_ALL_FILES(suite)                                                     \
    INSTANTIATE_TEST_SUITE_P(                                                             \
        Files, suite,                                                                     \
        ::testing::Combine(::testing::Values(Strategy::session, Strategy::trigger),       \
                           ::testing::Values(JournalMode::wal, JournalMode::truncate,     \
                                             JournalMode::persist, JournalMode::remove)), \
        fault_name)

class FaultTest : public ::testing::TestWithParam<FaultParameter> {
protected:
    [[nodiscard]] static FaultCase fault_case() {
        return {.strategy = std::get<0>(GetParam()),
                .journal_mode = std::get<1>(GetParam()),
                .workload = make_workload(seed_of_this_run())};
    }

    /// Calls `judge` with `at_most` of the points 1 … `count`, until it finds something.
    template <typename Judge>
    static void try_points(const FaultCase& fault_case, std::uint64_t count, std::uint64_t at_most,
                           const Judge& judge) {
        const std::vector<std::uint64_t> points = choose_points(count, at_most);
        std::cout << "seed " << seed_of_this_run() << ", " << fault_case << ": " << points.size()
                  << " of " << count << " points" << std::endl;
        for (const std::uint64_t n : points) {
            const std::string finding = judge(n);
            if (finding.empty()) continue;
            FAIL() << fault_case << ", at point " << n << " of seed " << seed_of_this_run() << ": "
                   << finding;
        }
    }

    static void crash_everywhere(const FaultCase& fault_case, Crash crash, std::uint64_t at_most) {
        Harness harness(fault_case);
        // At the last one everything is done.
        const std::uint64_t count = harness.history().changes + 1;
        try_points(fault_case, count, at_most, [&](std::uint64_t n) {
            crash.seed = seed_of_this_run() + static_cast<std::uint32_t>(n);
            return harness.crash_at(n, crash);
        });
    }
};

}  // namespace tidemark::tests
