// Batches that touch more pages than SQLite's default cache holds.

#include "support/fault_vfs.hpp"
#include "support/fixture.hpp"
#include "support/waiting.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace tidemark::tests {
namespace {

class ConformanceDiskCache : public KeptDatabase {};

TEST_P(ConformanceDiskCache, a_batch_all_over_an_index_reads_and_writes_a_page_once) {
    // An index of some 5 MB, in no order of the rows.
    const auto rows = [](int count) {
        return "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < " +
               std::to_string(count) + ") INSERT INTO t(k) SELECT randomblob(400) FROM n";
    };
    prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, k BLOB); CREATE INDEX t_k ON t(k);" +
                 rows(12'000));
    const std::int64_t pages = query_one(Plain(path()), "PRAGMA page_count").integer();
    ASSERT_GT(pages * 4096, 8'000'000);

    FaultVfs vfs;
    open();
    run(rows(4'000));
    const OperationSet transfers{FileOperation::read, FileOperation::write};
    const std::uint64_t before = vfs.count(transfers);
    database().flush();
    const std::uint64_t made = vfs.count(transfers) - before;
    EXPECT_GT(made, 3'000U) << "most pages of the index change";
    // A page is read, and its header and itself are written to the log. (With SQLite's default cache
    // there are eight for each.)
    EXPECT_LT(made, 4 * static_cast<std::uint64_t>(pages));
    flush_and_expect_same();
    close();
}

TEST_P(ConformanceDiskCache, a_large_batch_leaves_a_small_cache_behind) {
    prepare_file(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a BLOB);"
        "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
        "INSERT INTO t(a) SELECT randomblob(1500) FROM n");
    open();
    run("UPDATE t SET a = randomblob(1500) WHERE id = 1");
    database().flush();
    const std::int64_t before = sqlite3_memory_used();
    run("UPDATE t SET a = randomblob(1500)");
    database().flush();
    // Of 10 MB of pages on either side. Those of the RAM database were there before. What a session held is
    // freed beside the flush.
    EXPECT_TRUE(becomes_true([&] { return sqlite3_memory_used() - before < 3'000'000; }))
        << sqlite3_memory_used() - before;
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceDiskCache);

}  // namespace
}  // namespace tidemark::tests
