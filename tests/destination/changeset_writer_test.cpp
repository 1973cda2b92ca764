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

TEST_F(ChangesetWriterTest, writes_one_after_another_where_rows_of_one_trade_values) {
    const sqlite::Connection ram = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    for (const sqlite::Connection* connection : {&ram, &disk_}) {
        sqlite::execute(connection->get(), "CREATE TABLE u(a INTEGER PRIMARY KEY, b UNIQUE)",
                        "prepare");
    }
    std::vector<sqlite::Changeset> changesets;
    for (const char* sql : {"INSERT INTO u VALUES(1, 'x'), (2, 'y'), (3, 'z')",
                            "UPDATE u SET b = NULL; UPDATE u SET b = CASE a WHEN 1 THEN 'z' WHEN 2 "
                            "THEN 'x' ELSE 'y' END",
                            "DELETE FROM u WHERE a = 1; INSERT INTO u VALUES(4, 'z'); UPDATE u SET "
                            "a = 9 WHERE a = 2"}) {
        const sqlite::Session session(ram.get(), [](const char*) { return true; });
        sqlite::execute(ram.get(), sql, "change");
        changesets.push_back(session.changeset());
    }
    sqlite::execute(disk_.get(), "BEGIN", "begin");
    writer_.write(changesets, {});
    sqlite::execute(disk_.get(), "COMMIT", "commit");
    const char* const rows = "SELECT group_concat(a || b) FROM (SELECT a, b FROM u ORDER BY a)";
    EXPECT_EQ(sqlite::query_text(disk_.get(), rows), "3y,4z,9x");
    EXPECT_EQ(sqlite::query_text(ram.get(), rows), "3y,4z,9x");
}

}  // namespace
}  // namespace tidemark::destination
