// In which order a change log is written, and that the outcome is that of its own order.

#include "destination/sqlite_file/log_writer.hpp"

#include "destination/destination.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/table_info.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::destination {
namespace {

using change::Operation;
using testing::ElementsAre;
using testing::IsEmpty;

change::Value integer(std::int64_t value) {
    return {.storage_class = change::StorageClass::integer, .integer = value};
}
change::Value text(std::string_view value) {
    return {.storage_class = change::StorageClass::text, .bytes = value};
}
const change::Value null;

using Row = std::vector<change::Value>;

/// A database, and a log that is written for its tables.
class LogWriterTest : public testing::Test {
protected:
    void create(const std::string& schema, std::initializer_list<const char*> tables) {
        sqlite::execute(disk_.get(), schema, "prepare");
        auto list = std::make_shared<std::vector<change::Table>>();
        for (const char* table : tables) {
            if (std::string_view(table) == "sqlite_sequence") {
                list->push_back({.name = table,
                                 .identity = change::Identity::rowid,
                                 .rowid_name = "rowid",
                                 .columns = {"name", "seq"}});
            } else {
                list->push_back(change::describe(sqlite::read_table(disk_.get(), table).value()));
            }
        }
        tables_ = std::move(list);
    }

    void insert(const Row& row, change::TableId table = 0) {
        log_.begin_record(Operation::insert, table);
        for (const change::Value& value : row) log_.append(value);
        log_.finish_record();
    }
    void update(const Row& before, const Row& after, change::TableId table = 0) {
        log_.begin_record(Operation::update, table);
        for (std::size_t i = 0; i < before.size(); ++i) {
            log_.append(before[i]);
            if (change::identical(before[i], after[i])) {
                log_.append_same();
            } else {
                log_.append(after[i]);
            }
        }
        log_.finish_record();
    }
    void remove(const Row& row, change::TableId table = 0) {
        log_.begin_record(Operation::remove, table);
        for (const change::Value& value : row) log_.append(value);
        log_.finish_record();
    }
    void clear(change::TableId table = 0) { log_.append_mark(Operation::clear, table); }

    /// Writes the log, and notes what SQLite changes: "INSERT 7", or "INSERT t 7" with `names`.
    std::vector<std::string> write() {
        std::vector<std::string> seen;
        sqlite3_update_hook(
            disk_.get(),
            [](void* to, int operation, const char*, const char*, sqlite3_int64 rowid) {
                const char* name = operation == SQLITE_INSERT   ? "INSERT "
                                   : operation == SQLITE_UPDATE ? "UPDATE "
                                                                : "DELETE ";
                static_cast<std::vector<std::string>*>(to)->push_back(name + std::to_string(rowid));
            },
            &seen);
        change::Batch batch;
        batch.log = std::exchange(log_, {});
        batch.tables = tables_;
        writer_.write(batch);
        sqlite3_update_hook(disk_.get(), nullptr, nullptr);
        return seen;
    }

    [[nodiscard]] std::string all(const std::string& query) const {
        std::string result;
        sqlite::Statement rows(disk_.get(), query);
        while (rows.step()) {
            result += result.empty() ? "" : " ";
            for (int i = 0; i < rows.column_count(); ++i) {
                result += (i > 0 ? "|" : "") +
                          (rows.is_null(i) ? std::string("NULL") : std::string(rows.text(i)));
            }
        }
        return result;
    }

    const sqlite::Connection disk_ = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    change::TableList tables_;
    change::ChangeLog log_;
    LogWriter writer_{disk_.get()};
};

TEST_F(LogWriterTest, writes_rows_that_do_not_displace_each_other_in_the_order_of_their_keys) {
    create(
        "CREATE TABLE t(a INTEGER PRIMARY KEY, b); CREATE INDEX i ON t(b);"
        "INSERT INTO t VALUES(-3, 0), (4, 0)",
        {"t"});
    insert({integer(9), null});
    update({integer(4), integer(0)}, {integer(4), integer(1)});
    insert({integer(2), null});
    remove({integer(-3), integer(0)});
    EXPECT_THAT(write(), ElementsAre("DELETE -3", "UPDATE 4", "INSERT 2", "INSERT 9"));
    EXPECT_EQ(all("SELECT a, b FROM t ORDER BY a"), "2|NULL 4|1 9|NULL");
}

TEST_F(LogWriterTest, keeps_the_order_of_what_happens_to_a_row) {
    create("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", {"t"});
    for (int i = 0; i < 40; ++i) {
        const Row first{integer(i % 7), integer(i)};
        const Row second{integer(i % 7), integer(1000 + i)};
        insert(first);
        update(first, second);
        if (i % 3 == 0) remove(second);
    }
    write();
    EXPECT_EQ(all("SELECT a, b FROM t ORDER BY a"), "0|1035 2|1037 3|1038 6|1034");
}

TEST_F(LogWriterTest, keeps_the_order_in_a_table_whose_rows_displace_each_other) {
    create("CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE)", {"t"});
    insert({integer(9), text("x")});
    insert({integer(2), text("x")});
    insert({integer(5), text("x")});
    write();
    EXPECT_EQ(all("SELECT a, b FROM t"), "5|x");
}

TEST_F(LogWriterTest, keeps_the_place_of_a_change_of_the_key) {
    create("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", {"t"});
    insert({integer(5), text("first")});
    update({integer(5), text("first")}, {integer(1), text("first")});
    insert({integer(5), text("second")});
    update({integer(1), text("first")}, {integer(1), text("moved")});
    write();
    EXPECT_EQ(all("SELECT a, b FROM t"), "1|moved 5|second");
}

TEST_F(LogWriterTest, lets_a_change_of_the_key_displace_a_row_that_was_inserted_before) {
    create("CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES(10, 'moves')", {"t"});
    insert({integer(13), text("is displaced")});
    update({integer(10), text("moves")}, {integer(13), text("moves")});
    write();
    EXPECT_EQ(all("SELECT a, b FROM t"), "13|moves");
}

TEST_F(LogWriterTest, clears_a_table_that_has_two_numbers) {
    create("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", {"t", "t"});
    insert({integer(1), text("before")});
    clear(1);
    insert({integer(1), text("after")}, 1);
    write();
    EXPECT_EQ(all("SELECT a, b FROM t"), "1|after");
}

TEST_F(LogWriterTest, writes_sqlite_sequence_behind_the_rows_before_it) {
    create("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b)", {"t", "sqlite_sequence"});
    insert({integer(8), null});
    clear(1);
    insert({integer(1), text("t"), integer(3)}, 1);
    write();
    EXPECT_EQ(all("SELECT name, seq FROM sqlite_sequence"), "t|3");
    insert({integer(5), null});
    write();
    EXPECT_EQ(all("SELECT name, seq FROM sqlite_sequence"), "t|5");
}

TEST_F(LogWriterTest, updates_a_row_with_NULL_in_a_NOT_NULL_column) {
    create(
        "CREATE TABLE t(a INTEGER PRIMARY KEY, b, c);"
        "INSERT INTO t VALUES(1, NULL, 0);"
        "PRAGMA writable_schema = ON;"
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a INTEGER PRIMARY KEY, b NOT NULL DEFAULT "
        "7, c)' WHERE name = 't';"
        "PRAGMA writable_schema = RESET",
        {"t"});
    update({integer(1), null, integer(0)}, {integer(1), null, integer(9)});
    write();
    EXPECT_EQ(all("SELECT a, b, c FROM t"), "1|NULL|9");
}

TEST_F(LogWriterTest, says_when_a_row_is_not_there) {
    create("CREATE TABLE t(a INTEGER PRIMARY KEY, b); CREATE INDEX i ON t(b)", {"t"});
    update({integer(1), integer(0)}, {integer(1), integer(2)});
    EXPECT_THROW(write(), NotApplicable);
    remove({integer(1), integer(0)});
    EXPECT_THROW(write(), NotApplicable);
}

TEST_F(LogWriterTest, finds_each_row_when_it_does_not_know_of_it) {
    create("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", {"t"});
    const Row before{integer(1), integer(0)};
    const Row after{integer(1), integer(2)};
    update(before, after);
    change::Batch batch;
    batch.log = std::exchange(log_, {});
    batch.tables = tables_;
    LogWriter strict(disk_.get(), LogWriter::Rows::unknown);
    EXPECT_THROW(strict.write(batch), NotApplicable);
    EXPECT_EQ(all("SELECT count(*) FROM t"), "0");
}

TEST_F(LogWriterTest, overwrites_a_large_value_in_its_place) {
    create("CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES(1, zeroblob(300000))",
           {"t"});
    const std::int64_t pages = sqlite::query_integer(disk_.get(), "PRAGMA page_count");
    const std::string zeros(300'000, '\0');
    const std::string ones(300'000, '\1');
    const auto blob = [](std::string_view bytes) {
        return change::Value{.storage_class = change::StorageClass::blob, .bytes = bytes};
    };
    update({integer(1), blob(zeros)}, {integer(1), blob(ones)});
    write();
    EXPECT_EQ(all("SELECT length(b), hex(substr(b, 9, 1)) FROM t"), "300000|01");
    EXPECT_EQ(sqlite::query_integer(disk_.get(), "PRAGMA page_count"), pages);
}

TEST_F(LogWriterTest, forgets_the_rows_of_a_log_that_failed) {
    create("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", {"t"});
    sqlite::execute(disk_.get(), "BEGIN", "begin");
    insert({integer(1), null});
    remove({integer(2), null});
    EXPECT_THROW(write(), NotApplicable);
    sqlite::execute(disk_.get(), "ROLLBACK", "take back");
    log_ = {};
    insert({integer(3), null});
    write();
    EXPECT_EQ(all("SELECT a FROM t"), "3");
}

TEST_F(LogWriterTest, writes_every_row_whatever_their_number) {
    create("CREATE TABLE t(a INTEGER PRIMARY KEY, b); CREATE TABLE u(c)", {"t", "u"});
    for (int rows = 0; rows < 150; ++rows) {
        for (int i = 1; i <= rows; ++i) {
            insert({integer(i), integer(rows)});
            insert({integer(i), integer(i)}, 1);
        }
        write();
        ASSERT_EQ(all("SELECT count(*), total(b) FROM t"),
                  std::to_string(rows) + "|" + std::to_string(rows * rows) + ".0");
        ASSERT_EQ(all("SELECT count(*) FROM u"), std::to_string(rows));
    }
}

}  // namespace
}  // namespace tidemark::destination
