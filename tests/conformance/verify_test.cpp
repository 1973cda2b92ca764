// verify() and inspect(): do they say what is?

#include "support/fixture.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;

class ConformanceVerify : public KeptDatabase {
protected:
    void SetUp() override {
        prepare_file(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE k(k TEXT PRIMARY KEY, v "
            "INT) WITHOUT ROWID; CREATE TABLE n(x);"
            "INSERT INTO t VALUES(1, 'x'), (2, x'00'); INSERT INTO k VALUES('a', 1.5); INSERT INTO "
            "n VALUES(NULL), (1)");
    }

    /// Somebody changes the file behind tidemark's back, and nothing in RAM.
    void plant(const std::string& sql) const { exec(Plain(path()), sql); }

    void expect_difference_in(const std::string& table) {
        const VerifyReport report = database().verify();
        EXPECT_FALSE(report.equal());
        ASSERT_FALSE(report.differences.empty());
        EXPECT_THAT(report.differences, ::testing::Contains(HasSubstr(table)));
    }
};

TEST_P(ConformanceVerify, equal_databases_are_equal) {
    open();
    const VerifyReport report = database().verify();
    EXPECT_TRUE(report.equal()) << ::testing::PrintToString(report.differences);
    EXPECT_EQ(report.ram, report.disk);
    ASSERT_EQ(report.ram.size(), 3U);
    const auto t = std::find_if(report.ram.begin(), report.ram.end(),
                                [](const TableDigest& digest) { return digest.name == "t"; });
    ASSERT_NE(t, report.ram.end());
    EXPECT_EQ(t->rows, 2U);
}

TEST_P(ConformanceVerify, what_is_pending_is_synced_first) {
    open();
    run("INSERT INTO t VALUES(3, 'z'); DELETE FROM k; CREATE TABLE u(x); INSERT INTO u VALUES(1)");
    EXPECT_TRUE(database().verify().equal());
    EXPECT_TRUE(same_on_disk(ram(), path()));
    EXPECT_EQ(database().status().pending_changes, 0U);
}

TEST_P(ConformanceVerify, a_transaction_that_is_open_makes_it_wait_until_the_deadline) {
    open();
    run("BEGIN; INSERT INTO t VALUES(3, 'z')");
    EXPECT_THROW((void)database().verify(std::chrono::milliseconds{50}), Error);
    run("COMMIT");
    EXPECT_TRUE(database().verify().equal());
}

TEST_P(ConformanceVerify, finds_a_value_that_was_changed) {
    open();
    plant("UPDATE t SET a = 'y' WHERE id = 1");
    expect_difference_in("t");
}

TEST_P(ConformanceVerify, finds_a_storage_class_that_was_changed) {
    open();
    plant("UPDATE n SET x = 1.0 WHERE x = 1");
    expect_difference_in("n");
}

TEST_P(ConformanceVerify, finds_a_row_that_is_missing_and_one_too_many) {
    open();
    plant("DELETE FROM k");
    expect_difference_in("k");
    plant("INSERT INTO k VALUES('a', 1.5), ('b', 2)");
    expect_difference_in("k");
}

TEST_P(ConformanceVerify, finds_a_rowid_that_was_changed) {
    open();
    plant("UPDATE n SET rowid = 50 WHERE x = 1");
    expect_difference_in("n");
}

TEST_P(ConformanceVerify, finds_a_schema_that_was_changed) {
    open();
    plant("CREATE TABLE planted(x)");
    expect_difference_in("planted");
    plant("DROP TABLE planted; CREATE INDEX planted_index ON t(a)");
    expect_difference_in("planted_index");
}

TEST_P(ConformanceVerify, the_hash_tells_values_apart_that_look_alike) {
    prepare_file(
        "CREATE TABLE a(v); CREATE TABLE b(v); CREATE TABLE c(v); CREATE TABLE d(v);"
        "INSERT INTO a VALUES('1'); INSERT INTO b VALUES(1); INSERT INTO c VALUES(x'31'); INSERT "
        "INTO d VALUES(1.0)");
    open();
    const VerifyReport report = database().verify();
    std::vector<std::uint64_t> hashes;
    for (const TableDigest& digest : report.ram) {
        if (digest.rows == 1 && digest.name.size() == 1 && digest.name != "k") {
            hashes.push_back(digest.hash);
        }
    }
    ASSERT_EQ(hashes.size(), 4U);
    std::sort(hashes.begin(), hashes.end());
    EXPECT_EQ(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

TEST_P(ConformanceVerify, inspect_reads_a_file_at_rest) {
    open();
    run("INSERT INTO t VALUES(3, 'z')");
    database().flush();
    const std::uint64_t mark = database().status().mark;
    const std::vector<TableDigest> digests = database().verify().ram;
    close();

    const std::string before = read_file(path());
    const FileReport report = inspect(path());
    EXPECT_EQ(report.path, path());
    EXPECT_TRUE(report.kept_by_tidemark);
    EXPECT_GE(report.mark, mark);
    EXPECT_EQ(report.strategy, to_string(GetParam()));
    EXPECT_EQ(report.writer_version, TIDEMARK_VERSION);
    EXPECT_TRUE(report.last_sync.has_value());
    EXPECT_FALSE(report.held_by.has_value());
    EXPECT_EQ(report.size_bytes, before.size());
    EXPECT_EQ(report.tables, digests);
    EXPECT_TRUE(report.problems.empty());
    EXPECT_EQ(read_file(path()), before) << "it changes nothing";
}

TEST_P(ConformanceVerify, inspect_reads_a_file_that_tidemark_never_kept) {
    const FolderSnapshot before(directory().path());
    const FileReport report = inspect(path());
    EXPECT_FALSE(report.kept_by_tidemark);
    EXPECT_EQ(report.mark, 0U);
    EXPECT_EQ(report.tables.size(), 3U);
    EXPECT_EQ(FolderSnapshot(directory().path()), before);
}

TEST_P(ConformanceVerify, inspect_reads_a_file_that_is_held) {
    open();
    EXPECT_TRUE(inspect(path()).held_by.has_value());
    run("INSERT INTO t VALUES(3, 'z')");
    flush_and_expect_same();
}

TEST_P(ConformanceVerify, inspect_finds_damage) {
    prepare_file(
        "CREATE TABLE big(id INTEGER PRIMARY KEY, a TEXT);"
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000) INSERT "
        "INTO big SELECT x, 'row ' || x FROM n;"
        "CREATE INDEX i ON big(a)");
    open();
    close();
    const Plain file(path());
    exec(file,
         "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'i'; PRAGMA "
         "writable_schema = RESET");
    exec(file, "INSERT INTO big VALUES(5000, 'not in the index')");
    EXPECT_FALSE(inspect(path()).problems.empty()) << "pages that nobody refers to";
    EXPECT_TRUE(inspect(path(), LoadCheck::none).problems.empty()) << "not asked for";
}

TEST_P(ConformanceVerify, inspect_throws_when_there_is_no_database) {
    EXPECT_THROW((void)inspect(directory().file("missing.db")), Error);
    EXPECT_FALSE(std::filesystem::exists(directory().file("missing.db")));
    write_file(directory().file("text.txt"), std::string(5000, 'x'));
    EXPECT_THROW((void)inspect(directory().file("text.txt")), Error);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceVerify);

}  // namespace
}  // namespace tidemark::tests
