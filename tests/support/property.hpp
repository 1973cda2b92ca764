#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>

namespace tidemark::tests {

/// Has RapidCheck try to refute a property inside a GoogleTest test; it fails with the smallest
/// counterexample found. Every run tries the same cases, so that what failed once fails again.
/// RC_PARAMS="max_success=1000" tries other ones, and more (its seed is printed), and
/// RC_PARAMS="seed=5" those of that seed. Of max_success `share` tries one in so many.
template <typename Property>
void check_property(Property&& property, int share = 1) {
    rc::detail::TestParams params = rc::detail::configuration().testParams;
    // The tests run on one thread when they begin.
    if (std::getenv("RC_PARAMS") == nullptr) params.seed = 1;  // NOLINT(concurrency-mt-unsafe)
    params.maxSuccess = std::max(1, params.maxSuccess / share);
    rc::detail::TestMetadata metadata;
    const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
    metadata.id = std::string(test.test_suite_name()) + "/" + test.name();
    const rc::detail::TestResult result =
        rc::detail::checkTestable(std::forward<Property>(property), metadata, params);
    if (result.is<rc::detail::SuccessResult>()) return;
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    FAIL() << text.str() << "\nseed " << params.seed;
}

}  // namespace tidemark::tests
