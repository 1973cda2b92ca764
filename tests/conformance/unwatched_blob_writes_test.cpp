// sqlite3_blob_write under the trigger strategy without Options::watch_blob_writes.

#include "support/blob_handle.hpp"
#include "support/fixture.hpp"

#include <string_view>
#include <vector>

namespace tidemark::tests {
namespace {

/// What docs/strategies.md says is lost, and what it says helps.
class ConformanceUnwatchedBlobWrites : public KeptDatabase {
protected:
    void SetUp() override {
        prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, b, n); CREATE INDEX i ON t(n)");
        open();
        run("INSERT INTO t VALUES(1, x'0000', 1)");
        flush_and_expect_same();
    }

    void write(std::string_view bytes) {
        BlobHandle blob(ram(), "t", 1);
        ASSERT_EQ(blob.rc(), SQLITE_OK);
        ASSERT_EQ(blob.write(bytes), SQLITE_OK);
    }
};

TEST_P(ConformanceUnwatchedBlobWrites, are_lost_until_the_value_is_written_anew) {
    write("ab");
    EXPECT_EQ(database().status().pending_changes, 0U);
    database().flush();
    EXPECT_EQ(on_disk("SELECT hex(b) FROM t"), Rows{{"0000"}});
    EXPECT_FALSE(database().verify().differences.empty());

    // The log carries what an update changes, and these leave the value as it is.
    run("UPDATE t SET n = 2; UPDATE t SET b = b");
    database().flush();
    EXPECT_EQ(on_disk("SELECT hex(b), n FROM t"), (Rows{{"0000", 2}}));

    run("REPLACE INTO t SELECT * FROM t WHERE id = 1");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT hex(b) FROM t"), Rows{{"6162"}});
}

TEST_P(ConformanceUnwatchedBlobWrites, are_seen_all_the_same_where_there_is_a_session) {
    run("CREATE VIRTUAL TABLE notes USING fts5(body)");
    flush_and_expect_same();
    write("ab");
    flush_and_expect_same();
}

TEST_P(ConformanceUnwatchedBlobWrites, leave_the_preupdate_hook_to_the_application) {
    std::vector<int> blob_columns;
    sqlite3_preupdate_hook(
        ram(),
        [](void* columns, sqlite3* db, int, const char*, const char*, sqlite3_int64,
           sqlite3_int64) {
            static_cast<std::vector<int>*>(columns)->push_back(sqlite3_preupdate_blobwrite(db));
        },
        &blob_columns);
    write("ab");
    run("UPDATE t SET b = 'x'");
    flush_and_expect_same();
    EXPECT_EQ(blob_columns, (std::vector<int>{1, -1}));
    sqlite3_preupdate_hook(ram(), nullptr, nullptr);
}

INSTANTIATE_TEST_SUITE_P(Strategies, ConformanceUnwatchedBlobWrites,
                         ::testing::Values(Strategy::trigger), strategy_name);

}  // namespace
}  // namespace tidemark::tests
