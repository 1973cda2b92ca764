// The library that this program is linked with commits twice per batch: its rows, and then its mark.
// The linker puts a commit between the two (-Wl,--wrap). When the name is no longer that of
// anything that is called, nothing is planted, and the test fails.

#include "fault/harness.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <iostream>

// C linkage for the names of C++ functions, as the linker sees them.
extern "C" {

// tidemark::destination::StateWriter::advance(std::uint64_t mark, std::int64_t now_ms)
void __real__ZN8tidemark11destination11StateWriter7advanceEml(  // NOLINT
    void* writer, std::uint64_t mark, std::int64_t now_ms);

void __wrap__ZN8tidemark11destination11StateWriter7advanceEml(  // NOLINT
    void* writer, std::uint64_t mark, std::int64_t now_ms) {
    // All that it holds is its statement.
    sqlite3_stmt* statement = *static_cast<sqlite3_stmt**>(writer);
    sqlite3_exec(sqlite3_db_handle(statement), "COMMIT; BEGIN IMMEDIATE", nullptr, nullptr,
                 nullptr);
    __real__ZN8tidemark11destination11StateWriter7advanceEml(writer, mark, now_ms);
}

}  // extern "C"

namespace tidemark::tests {
namespace {

TEST(FaultCanary, a_mark_that_is_committed_after_its_batch_is_found) {
    for (const JournalMode mode : {JournalMode::wal, JournalMode::truncate}) {
        Harness harness({.journal_mode = mode, .workload = make_short_workload()});
        int findings = 0;
        for (std::uint64_t n = 1; n <= harness.history().changes; ++n) {
            const std::string finding = harness.crash_at(n, {});
            if (finding.find("the content of another mark") != std::string::npos) ++findings;
        }
        std::cout << findings << " of " << harness.history().changes << " points show it"
                  << std::endl;
        EXPECT_GT(findings, 0);
    }
}

}  // namespace
}  // namespace tidemark::tests
