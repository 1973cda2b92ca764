#include "targets.hpp"

#include <algorithm>
#include <array>

namespace bench {
namespace {

using enum Target::Of;

constexpr std::string_view trigger = "tidemark_trigger";
constexpr std::string_view session = "tidemark_session";

// The one place where they are written down. A name that no measure has is an error of the tests.
constexpr std::array targets{
    Target{"autocommit insert", trigger, 1.40},
    Target{"autocommit insert", session, 1.36},
    Target{"1,000 inserts per transaction", trigger, 2.9},
    Target{"1,000 inserts per transaction", session, 2.0},
    Target{"autocommit insert, sync every 100 ms, against WAL + NORMAL", trigger, 7},
    Target{"autocommit insert, sync every 100 ms, against WAL + NORMAL", session, 7},
    Target{"sync of 100,000 changes, against recipe-trigger", trigger, 8},
    Target{"apply on disk, 100,000 changes", trigger, 0.45},
    Target{"apply on disk, 100,000 changes", session, 0.6},
    Target{"p99.9 of a write while 1,000,000 changes sync", trigger, 0.25, value},
    Target{"p99.9 of a write while 1,000,000 changes sync", session, 0.25, value},
    Target{"longest stall while 1,000,000 changes sync", trigger, 3, value},
    Target{"longest stall while 1,000,000 changes sync", session, 3, value},
    Target{"bytes written, 1,000,000 updates of 10,000 rows", trigger, 0.01},
    Target{"bytes written, 1,000,000 updates of 10,000 rows", session, 0.01},
    Target{"memory per pending insert", trigger, 32, value},
    Target{"memory per pending insert, against the session API", session, 1.0},
    Target{"load of a file", trigger, 1.5},
    Target{"load of a file", session, 1.5},
    Target{"load of a file, unchecked", trigger, 1.5},
    Target{"load of a file, unchecked", session, 1.5},
    Target{"sync of 10 changes, large over small database", trigger, 1.2},
    Target{"sync of 10 changes, large over small database", session, 1.2},
    Target{"durable commits, 16 threads", trigger, 4},
    Target{"durable commits, 16 threads", session, 4},
};

}  // namespace

bool Target::met(const Measure& of_measure, const Result& result) const {
    const double reached = of == ratio ? result.ratio : result.median;
    return of_measure.smaller_is_better ? reached <= limit : reached >= limit;
}

const Target* find_target(const Measure& measure, const Result& result) {
    const auto* const found = std::find_if(targets.begin(), targets.end(), [&](const Target& one) {
        return one.measure == measure.name && one.contender == result.contender &&
               (one.of != Target::Of::ratio || result.has_ratio);
    });
    return found == targets.end() ? nullptr : found;
}

}  // namespace bench
