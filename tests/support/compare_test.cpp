// The canary of every other test: an oracle that sees no difference would make all of them pass.

#include "support/compare.hpp"

#include "support/sql.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>

namespace tidemark::tests {
namespace {

class Oracle : public ::testing::Test {
protected:
    Plain first_;
    Plain second_;

    void both(const std::string& sql) const {
        exec(first_, sql);
        exec(second_, sql);
    }
    [[nodiscard]] std::size_t differences() const { return compare(first_, second_).found.size(); }
};

TEST_F(Oracle, finds_nothing_in_equal_databases) {
    both(
        "CREATE TABLE t(a, b); CREATE INDEX i ON t(a); CREATE VIEW v AS SELECT a FROM t;"
        "INSERT INTO t VALUES(1, x'00'), (1.5, NULL), (1, x'00')");
    EXPECT_EQ(differences(), 0U) << compare(first_, second_);
}

TEST_F(Oracle, ignores_the_bookkeeping_on_disk_but_not_in_ram) {
    exec(second_, "CREATE TABLE _tidemark_state(x UNIQUE); INSERT INTO _tidemark_state VALUES(1)");
    EXPECT_EQ(differences(), 0U) << compare(first_, second_);
    EXPECT_FALSE(compare(second_, first_).empty());
}

TEST_F(Oracle, finds_a_storage_class) {
    both("CREATE TABLE t(a)");
    exec(first_, "INSERT INTO t VALUES(1)");
    exec(second_, "INSERT INTO t VALUES(1.0)");
    EXPECT_EQ(differences(), 2U);
}

TEST_F(Oracle, finds_text_that_is_a_blob) {
    both("CREATE TABLE t(a)");
    exec(first_, "INSERT INTO t VALUES('a')");
    exec(second_, "INSERT INTO t VALUES(x'61')");
    EXPECT_EQ(differences(), 2U);
}

TEST_F(Oracle, finds_the_sign_of_zero) {
    both("CREATE TABLE t(a)");
    exec(first_, "INSERT INTO t VALUES(?1)", {0.0});
    exec(second_, "INSERT INTO t VALUES(?1)", {-0.0});
    EXPECT_EQ(differences(), 2U);
}

TEST_F(Oracle, finds_the_last_digit_of_a_double) {
    both("CREATE TABLE t(a)");
    exec(first_, "INSERT INTO t VALUES(?1)", {0.1});
    exec(second_, "INSERT INTO t VALUES(?1)", {0.10000000000000002});
    EXPECT_EQ(differences(), 2U);
}

TEST_F(Oracle, finds_what_follows_a_nul) {
    both("CREATE TABLE t(a)");
    exec(first_, "INSERT INTO t VALUES(?1)", {std::string("a\0b", 3)});
    exec(second_, "INSERT INTO t VALUES(?1)", {std::string("a\0c", 3)});
    EXPECT_EQ(differences(), 2U);
}

TEST_F(Oracle, finds_a_rowid) {
    both("CREATE TABLE t(k TEXT PRIMARY KEY)");
    exec(first_, "INSERT INTO t(rowid, k) VALUES(1, 'a')");
    exec(second_, "INSERT INTO t(rowid, k) VALUES(2, 'a')");
    EXPECT_EQ(differences(), 2U);
}

TEST_F(Oracle, finds_a_rowid_behind_columns_that_shadow_two_of_its_names) {
    both("CREATE TABLE t(rowid, oid)");
    exec(first_, "INSERT INTO t(_rowid_) VALUES(1)");
    exec(second_, "INSERT INTO t(_rowid_) VALUES(2)");
    EXPECT_EQ(differences(), 2U);
}

TEST_F(Oracle, finds_how_often_an_equal_row_is_there) {
    both("CREATE TABLE t(rowid, oid, _rowid_); INSERT INTO t VALUES(1, 1, 1)");
    exec(second_, "INSERT INTO t VALUES(1, 1, 1)");
    EXPECT_EQ(differences(), 1U);
}

TEST_F(Oracle, finds_rows_of_a_table_without_rowid) {
    both("CREATE TABLE t(k TEXT PRIMARY KEY COLLATE NOCASE) WITHOUT ROWID");
    exec(first_, "INSERT INTO t VALUES('a')");
    exec(second_, "INSERT INTO t VALUES('A')");
    EXPECT_EQ(differences(), 2U);
}

TEST_F(Oracle, finds_schema_headers_and_sequences) {
    both("CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT)");
    exec(second_, "PRAGMA user_version = 1");
    EXPECT_EQ(differences(), 1U);
    exec(second_, "PRAGMA application_id = 1");
    EXPECT_EQ(differences(), 2U);
    exec(second_, "INSERT INTO sqlite_sequence VALUES('t', 7)");
    EXPECT_EQ(differences(), 3U);
    exec(first_, "CREATE INDEX i ON t(id)");
    exec(second_, "CREATE INDEX i ON t(id DESC)");
    EXPECT_EQ(differences(), 5U);
    exec(first_, "CREATE TABLE only_here(x)");
    EXPECT_EQ(differences(), 6U);
}

TEST_F(Oracle, finds_rows_of_shadow_and_virtual_tables) {
    both("CREATE VIRTUAL TABLE f USING fts5(a)");
    EXPECT_EQ(differences(), 0U) << compare(first_, second_);
    exec(first_, "INSERT INTO f VALUES('some words')");
    EXPECT_GT(differences(), 0U);
}

TEST_F(Oracle, finds_another_encoding) {
    exec(first_, "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(a)");
    exec(second_, "CREATE TABLE t(a)");
    EXPECT_EQ(differences(), 1U);
}

TEST_F(Oracle, shows_at_most_a_few_rows_of_many) {
    both("CREATE TABLE t(a)");
    exec(first_,
         "INSERT INTO t WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < "
         "100)"
         " SELECT x FROM n");
    EXPECT_EQ(differences(), 5U);
}

}  // namespace
}  // namespace tidemark::tests
