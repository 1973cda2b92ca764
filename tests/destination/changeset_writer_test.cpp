#include "destination/sqlite_file/changeset_writer.hpp"

#include "destination/destination.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/session.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::destination {
namespace {

using namespace std::string_view_literals;

sqlite::Changeset changeset_of(std::string_view bytes) {
    void* memory = sqlite3_malloc64(bytes.size());
    std::memcpy(memory, bytes.data(), bytes.size());
    return {memory, static_cast<int>(bytes.size())};
}

// INSERT (1, 2), by the first column as the key, and an UPDATE whose key is the second one.
constexpr std::string_view by_first =
    "T\x02\x01\0t\0\x12\0\x01\0\0\0\0\0\0\0\x01\x01\0\0\0\0\0\0\0\x02"sv;
constexpr std::string_view by_second =
    "T\x02\0\x01t\0\x17\0\0\x01\0\0\0\0\0\0\0\x02\x01\0\0\0\0\0\0\0\x07\0"sv;

class ChangesetWriterTest : public testing::Test {
protected:
    void SetUp() override {
        sqlite::execute(disk_.get(), "CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "prepare");
    }

    void write(const sqlite::Changeset& changeset) { writer_.write({&changeset, 1}, {}); }

    const sqlite::Connection disk_ = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    ChangesetWriter writer_{disk_.get()};
};

TEST_F(ChangesetWriterTest, refuses_two_keys_of_one_table_in_a_changeset) {
    const std::string both = std::string(by_first) + std::string(by_second);
    EXPECT_THROW(write(changeset_of(both)), NotApplicable);
    EXPECT_EQ(sqlite::query_integer(disk_.get(), "SELECT count(*) FROM t"), 0);
}

TEST_F(ChangesetWriterTest, refuses_another_key_than_that_of_the_batch_before) {
    write(changeset_of(by_first));
    EXPECT_EQ(sqlite::query_integer(disk_.get(), "SELECT b FROM t WHERE a = 1"), 2);
    EXPECT_THROW(write(changeset_of(by_second)), NotApplicable);
    EXPECT_EQ(sqlite::query_integer(disk_.get(), "SELECT a FROM t"), 1);
}

// Makes a changeset of each text of SQL in a database like this one, and writes all of them.
class WrittenTogetherTest : public ChangesetWriterTest {
protected:
    void on_both(const std::string& sql) {
        sqlite::execute(ram_.get(), sql, "prepare");
        sqlite::execute(disk_.get(), sql, "prepare");
    }

    void change(const std::vector<std::string>& texts) {
        for (const std::string& sql : texts) {
            const sqlite::Session session(ram_.get(), [](const char*) { return true; });
            sqlite::execute(ram_.get(), sql, "change");
            changesets_.push_back(session.changeset());
        }
    }

    void write_all() {
        sqlite::execute(disk_.get(), "BEGIN", "begin");
        writer_.write(changesets_, {});
        sqlite::execute(disk_.get(), "COMMIT", "commit");
        changesets_.clear();
    }

    void expect_same(const std::string& sql) {
        EXPECT_EQ(sqlite::query_text(disk_.get(), sql), sqlite::query_text(ram_.get(), sql));
    }

    const sqlite::Connection ram_ = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    std::vector<sqlite::Changeset> changesets_;
};

constexpr const char* all_of_p =
    "SELECT count(*) || ' ' || group_concat(id || n || typeof(n) || t || typeof(b) || ifnull(o, "
    "'-'))"
    " FROM (SELECT * FROM p ORDER BY id)";

TEST_F(WrittenTogetherTest, updates_rows_beside_values_that_must_not_be_NULL) {
    sqlite::execute(disk_.get(), "PRAGMA ignore_check_constraints = ON", "as SqliteFile does");
    for (const char* strict : {"", " STRICT"}) {
        on_both(
            "DROP TABLE IF EXISTS p;"
            "CREATE TABLE p(id INTEGER PRIMARY KEY, n INTEGER NOT NULL CHECK(n > 5),"
            " t TEXT NOT NULL CHECK(t <> ''), b BLOB NOT NULL, r REAL NOT NULL, o TEXT)" +
            std::string(strict) +
            "; WITH RECURSIVE i(x) AS (VALUES(-3) UNION ALL SELECT x + 1 FROM i WHERE x < 96) "
            "INSERT INTO p SELECT x, x + 10, 't' || x, x'00', 1.5, 'o' FROM i");
        for (const char* sql :
             {"UPDATE p SET o = NULL", "UPDATE p SET n = n + 1 WHERE id % 3 = 0",
              "UPDATE p SET b = x'0102', r = 7, t = 'u' WHERE id > 50",
              "DELETE FROM p WHERE id % 7 = 0; UPDATE p SET o = 'last' WHERE id % 5 = 0"}) {
            change({sql});
            write_all();
            expect_same(all_of_p);
            expect_same("SELECT group_concat(r || typeof(r) || hex(b)) FROM p");
        }
        // The table is another one the next time round.
        writer_ = ChangesetWriter(disk_.get());
    }
}

TEST_F(WrittenTogetherTest, updates_a_table_whose_name_means_something_in_an_upsert) {
    for (const char* name : {"excluded", "EXCLUDED", "_tidemark_row"}) {
        on_both(std::string("CREATE TABLE ") + name + "(id INTEGER PRIMARY KEY, excluded, v);" +
                "WITH RECURSIVE i(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM i WHERE x < 100) "
                "INSERT INTO " +
                name + "(id, v) SELECT x, 0 FROM i");
        change({std::string("UPDATE ") + name + " SET v = id * 7, excluded = id * 5"});
        write_all();
        const auto check = [&](const char* column, int sum) {
            const std::string sql = std::string("SELECT sum(") + column + ") FROM " + name;
            EXPECT_EQ(sqlite::query_integer(disk_.get(), sql), sum) << name << "." << column;
        };
        check("v", 7 * 5050);
        check("excluded", 5 * 5050);
        on_both(std::string("DROP TABLE ") + name);
        writer_ = ChangesetWriter(disk_.get());
    }
}

TEST_F(WrittenTogetherTest, updates_more_sets_of_columns_than_it_keeps_statements_for) {
    std::string columns;
    for (int i = 0; i < 100; ++i) columns += ", c" + std::to_string(i);
    on_both("CREATE TABLE wide(id INTEGER PRIMARY KEY" + columns +
            "); INSERT INTO wide(id) VALUES(1), (2), (3), (4), (5), (6), (7)");
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 100; ++i) {
            const std::string column = "c" + std::to_string(i);
            change({"UPDATE wide SET " + column + " = id * " + std::to_string(i + round)});
        }
        write_all();
    }
    EXPECT_EQ(sqlite::query_integer(disk_.get(), "SELECT sum(c0 + c50 + c99) FROM wide"),
              28 * (1 + 51 + 100));
}

TEST_F(WrittenTogetherTest, keeps_the_order_of_what_happens_to_a_row) {
    on_both("CREATE TABLE p(id INTEGER PRIMARY KEY, n, t, b, o)");
    change({"INSERT INTO p(id, n) VALUES(2, 1), (1, 1), (3, 1), (4, 1)",
            "UPDATE p SET n = 2; DELETE FROM p WHERE id = 3", "INSERT INTO p(id, n) VALUES(3, 3)",
            "UPDATE p SET n = 4 WHERE id <> 2; UPDATE p SET t = 't' WHERE id = 2",
            "DELETE FROM p WHERE id = 4", "UPDATE p SET id = 4, o = 'moved' WHERE id = 1",
            "UPDATE p SET b = x'07' WHERE id = 4"});
    write_all();
    expect_same(all_of_p);
}

TEST_F(WrittenTogetherTest, writes_a_row_that_several_changesets_change_once) {
    on_both(
        "CREATE TABLE p(id INTEGER PRIMARY KEY, n, t, b, o); INSERT INTO p(id, n) VALUES(1, 0), "
        "(2, 0)");
    change({"UPDATE p SET n = 1", "UPDATE p SET n = 2", "UPDATE p SET n = 3"});
    const std::int64_t before = sqlite3_total_changes64(disk_.get());
    write_all();
    EXPECT_EQ(sqlite3_total_changes64(disk_.get()) - before, 2);
    expect_same(all_of_p);
}

TEST_F(WrittenTogetherTest, writes_tables_of_both_kinds) {
    on_both(
        "CREATE TABLE p(id INTEGER PRIMARY KEY, n, t, b, o);"
        "CREATE TABLE u(a INTEGER PRIMARY KEY, b UNIQUE);"
        "CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID;"
        "INSERT INTO w VALUES('a', 1);"
        "CREATE TABLE i(id INTEGER PRIMARY KEY, v NOT NULL, x NOT NULL); CREATE INDEX iv ON i(v)");
    change(
        {"INSERT INTO u VALUES(1, 'x'), (2, 'y'); INSERT INTO p(id, n) VALUES(1, 1);"
         "INSERT INTO i VALUES(1, 1, 1), (2, 2, 2)",
         "UPDATE u SET b = NULL; UPDATE u SET b = CASE a WHEN 1 THEN 'y' ELSE 'x' END;"
         "UPDATE p SET n = 2; UPDATE i SET v = 3 - v",
         "DELETE FROM w; INSERT INTO w VALUES('A', 2); DELETE FROM u WHERE a = 1;"
         "UPDATE p SET n = 3; UPDATE i SET x = 7"});
    write_all();
    expect_same(all_of_p);
    expect_same("SELECT group_concat(a || b) FROM u");
    expect_same("SELECT group_concat(k || v) FROM w");
    expect_same("SELECT group_concat(v || x) FROM i INDEXED BY iv WHERE v > 0");
    EXPECT_EQ(sqlite::query_text(disk_.get(), "PRAGMA integrity_check"), "ok");
}

TEST_F(WrittenTogetherTest, says_when_a_row_is_not_there) {
    for (const char* count : {"3", "16", "17", "40"}) {
        for (const char* missing : {"0", "1", "3"}) {
            on_both(
                std::string(
                    "DROP TABLE IF EXISTS p; CREATE TABLE p(id INTEGER PRIMARY KEY, n, t, b, o);"
                    "WITH RECURSIVE i(x) AS (VALUES(0) UNION ALL SELECT x + 1 FROM i WHERE x < ") +
                count + ") INSERT INTO p(id) SELECT x FROM i");
            sqlite::execute(disk_.get(), std::string("DELETE FROM p WHERE id = ") + missing,
                            "change");
            change({"UPDATE p SET n = 2"});
            EXPECT_THROW(write_all(), NotApplicable) << count << " rows, without " << missing;
            sqlite::execute(disk_.get(), "ROLLBACK", "roll back");
            changesets_.clear();
            writer_ = ChangesetWriter(disk_.get());
        }
    }
}

TEST_F(WrittenTogetherTest, writes_one_after_another_where_rows_of_one_trade_values) {
    on_both("CREATE TABLE u(a INTEGER PRIMARY KEY, b UNIQUE)");
    change({"INSERT INTO u VALUES(1, 'x'), (2, 'y'), (3, 'z')",
            "UPDATE u SET b = NULL; UPDATE u SET b = CASE a WHEN 1 THEN 'z' WHEN 2 THEN 'x' ELSE "
            "'y' END",
            "DELETE FROM u WHERE a = 1; INSERT INTO u VALUES(4, 'z'); UPDATE u SET a = 9 WHERE a = "
            "2"});
    write_all();
    const char* const rows = "SELECT group_concat(a || b) FROM (SELECT a, b FROM u ORDER BY a)";
    EXPECT_EQ(sqlite::query_text(disk_.get(), rows), "3y,4z,9x");
    EXPECT_EQ(sqlite::query_text(ram_.get(), rows), "3y,4z,9x");
}

}  // namespace
}  // namespace tidemark::destination
