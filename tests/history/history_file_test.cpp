// The file of a history: what stands in it, when it is refused, what it says of what it lacks.

#include "history/history_reader.hpp"
#include "history/walk.hpp"
#include "support/fixture.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace tidemark::tests {
namespace {

using history::HistoryReader;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class History : public KeptDatabase {
protected:
    [[nodiscard]] Options with_history() const {
        Options options = KeptDatabase::options();
        options.history.enabled = true;
        return options;
    }
    [[nodiscard]] std::string history_path() const { return path() + "-history"; }
    [[nodiscard]] HistoryReader reader() const { return HistoryReader(history_path()); }
    [[nodiscard]] std::vector<std::uint64_t> numbers() const {
        std::vector<std::uint64_t> found;
        for (const BatchSummary& batch : reader().batches()) found.push_back(batch.number);
        return found;
    }
    [[nodiscard]] std::vector<std::string> gaps() const {
        std::vector<std::string> found;
        for (const HistoryGap& gap : reader().gaps()) {
            found.push_back(std::to_string(gap.first) + "-" + std::to_string(gap.last) + " " +
                            gap.reason);
        }
        return found;
    }
    void change(const std::string& sql) {
        run(sql);
        database().flush();
    }
    [[nodiscard]] std::string why_not(const Options& options) {
        try {
            open(options);
        } catch (const Error& error) {
            return error.what();
        }
        return "it can be opened";
    }
    void begin_with_a_table() {
        open(with_history());
        change("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    }
    void change_the_history(const std::string& sql) const { exec(Plain(history_path()), sql); }
};

TEST_P(History, is_kept_only_when_it_is_asked_for) {
    open();
    change("CREATE TABLE t(k)");
    close();
    EXPECT_FALSE(std::filesystem::exists(history_path()));
}

TEST_P(History, counts_the_rows_of_each_batch) {
    begin_with_a_table();
    change("INSERT INTO t VALUES(1, 1), (2, 2), (3, 3)");
    change("INSERT INTO t VALUES(4, 4); UPDATE t SET v = 5 WHERE k = 1; DELETE FROM t WHERE k > 2");
    close();
    const std::vector<BatchSummary> batches = reader().batches();
    ASSERT_EQ(batches.size(), 3U);
    EXPECT_TRUE(batches[0].changes_schema);
    EXPECT_THAT(batches[0].tables, IsEmpty());
    EXPECT_FALSE(batches[1].changes_schema);
    EXPECT_EQ(batches[1].tables.at(0).table, "t");
    EXPECT_EQ(batches[1].tables.at(0).inserts, 3U);
    EXPECT_EQ(batches[2].previous, batches[1].number);
    EXPECT_EQ(batches[2].tables.at(0).updates, 1U);
    // A session tells of a row that came and went nothing at all.
    EXPECT_THAT(batches[2].tables.at(0).deletes, ::testing::AnyOf(1U, 2U));
    EXPECT_THAT(gaps(), IsEmpty());
}

TEST_P(History, has_old_and_new_values_of_a_change) {
    begin_with_a_table();
    change("INSERT INTO t VALUES(1, 'before')");
    change("UPDATE t SET v = 'after'");
    close();
    const change::Effects effects = reader().read(numbers().back());
    change::LogReader log(effects.log, table_list(effects.tables));
    change::Record record;
    ASSERT_TRUE(log.next(record));
    EXPECT_EQ(record.operation, change::Operation::update);
    EXPECT_EQ(record.old_values.at(1).bytes, "before");
    EXPECT_EQ(record.new_values.at(1).bytes, "after");
    EXPECT_FALSE(log.next(record));
}

TEST_P(History, forgets_a_batch_that_the_database_does_not_have) {
    begin_with_a_table();
    change("INSERT INTO t VALUES(1, 1)");
    close();
    const std::string before = read_file(path());
    open(with_history());
    change("INSERT INTO t VALUES(2, 2)");
    close();
    ASSERT_THAT(numbers(), ElementsAre(1, 2, 3));
    write_file(path(), before);
    open(with_history());
    EXPECT_THAT(numbers(), ElementsAre(1, 2));
    change("INSERT INTO t VALUES(3, 3)");
    close();
    EXPECT_THAT(numbers(), ElementsAre(1, 2, 3));
    EXPECT_THAT(gaps(), IsEmpty());
    const std::string back = directory().file("back.db");
    copy_file(path(), back);
    Walk(back, history_path()).backward(3, 1);
    EXPECT_EQ(query(Plain(back), "SELECT * FROM t"), Rows{});
}

TEST_P(History, says_which_batches_were_synced_without_it) {
    begin_with_a_table();
    close();
    open();
    change("INSERT INTO t VALUES(1, 1)");
    change("INSERT INTO t VALUES(2, 2)");
    close();
    open(with_history());
    change("INSERT INTO t VALUES(3, 3)");
    close();
    EXPECT_THAT(numbers(), ElementsAre(1, 4));
    EXPECT_THAT(gaps(), ElementsAre("2-3 the database was kept without its history"));
}

TEST_P(History, begins_where_the_database_is) {
    open();
    change("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    close();
    open(with_history());
    change("INSERT INTO t VALUES(1, 1)");
    close();
    EXPECT_THAT(numbers(), ElementsAre(2));
    EXPECT_THAT(gaps(), ElementsAre("1-1 the history begins"));
}

TEST_P(History, begins_anew_for_a_copy_of_the_database_alone) {
    begin_with_a_table();
    change("INSERT INTO t VALUES(1, 1)");
    close();
    const std::string first_id = reader().id();
    std::filesystem::remove(history_path());
    open(with_history());
    change("INSERT INTO t VALUES(2, 2)");
    close();
    EXPECT_NE(reader().id(), first_id);
    EXPECT_THAT(numbers(), ElementsAre(3));
    EXPECT_THAT(gaps(), ElementsAre("1-2 the history begins"));
    // And the new one is known from now on.
    open(with_history());
    close();
    EXPECT_THAT(gaps(), ElementsAre("1-2 the history begins"));
}

TEST_P(History, of_another_database_is_refused) {
    begin_with_a_table();
    close();
    const std::string other = directory().file("other.db");
    exec(Plain(other), "CREATE TABLE x(y)");
    std::filesystem::copy_file(other, path(), std::filesystem::copy_options::overwrite_existing);
    const FolderSnapshot before(directory().path());
    EXPECT_THAT(why_not(with_history()), HasSubstr("it is the history of another database"));
    EXPECT_EQ(FolderSnapshot(directory().path()), before);
    // Without a history it is nobody's business.
    open();
    close();
}

TEST_P(History, that_was_only_begun_is_made_anew) {
    begin_with_a_table();
    close();
    change_the_history("DELETE FROM batches; UPDATE info SET value = 'x' WHERE name = 'id'");
    open(with_history());
    change("INSERT INTO t VALUES(1, 1)");
    close();
    EXPECT_THAT(numbers(), ElementsAre(2));
    write_file(history_path(), "");
    open(with_history());
    change("INSERT INTO t VALUES(2, 1)");
    close();
    EXPECT_THAT(numbers(), ElementsAre(3));
}

TEST_P(History, is_no_other_database) {
    exec(Plain(history_path()), "CREATE TABLE mine(a)");
    EXPECT_THAT(why_not(with_history()), HasSubstr("it is another database, not a history"));
    write_file(history_path(), "something else, and longer than the header of a database: " +
                                   std::string(200, 'x'));
    EXPECT_THAT(why_not(with_history()), HasSubstr("file is not a database"));
    EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_P(History, of_a_newer_format_is_refused) {
    begin_with_a_table();
    close();
    change_the_history("PRAGMA user_version = 2");
    EXPECT_THAT(why_not(with_history()), HasSubstr("its format has version 2"));
}

TEST_P(History, follows_no_link) {
    const std::string elsewhere = directory().file("elsewhere");
    write_file(elsewhere, "");
    std::filesystem::create_symlink(elsewhere, history_path());
    EXPECT_THAT(why_not(with_history()), HasSubstr("it is a symbolic link"));
    std::filesystem::remove(history_path());
    std::filesystem::create_hard_link(elsewhere, history_path());
    EXPECT_THAT(why_not(with_history()), HasSubstr("it has 2 names"));
    EXPECT_EQ(read_file(elsewhere), "");
}

TEST_P(History, has_the_permissions_of_the_database) {
    prepare_file("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    ASSERT_EQ(::chmod(path().c_str(), 0640), 0);
    open(with_history());
    change("INSERT INTO t VALUES(1, 1)");
    struct stat status {};
    for (const char* suffix : {"", "-wal"}) {
        ASSERT_EQ(::stat((history_path() + suffix).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0640U) << suffix;
    }
}

// ---- limits -----------------------------------------------------------------------------------

TEST_P(History, keeps_so_many_batches) {
    Options options = with_history();
    options.history.batches_max = 2;
    open(options);
    change("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    for (int i = 0; i < 4; ++i) change("INSERT INTO t(v) VALUES(1)");
    close();
    EXPECT_THAT(numbers(), ElementsAre(4, 5));
    const Plain file(history_path());
    EXPECT_EQ(query_one(file, "SELECT count(DISTINCT number) FROM parts"), Cell(2));
    EXPECT_EQ(query_one(file, "SELECT count(DISTINCT number) FROM counts"), Cell(2));
}

TEST_P(History, keeps_so_many_bytes_and_the_newest_batch) {
    Options options = with_history();
    options.history.bytes_max = 20'000;
    open(options);
    change("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    for (int i = 0; i < 5; ++i) change("INSERT INTO t(v) VALUES(randomblob(8000))");
    EXPECT_THAT(numbers(), ElementsAre(5, 6));
    change("INSERT INTO t(v) VALUES(randomblob(50000))");
    EXPECT_THAT(numbers(), ElementsAre(7));
    close();
    open(options);
    for (int i = 0; i < 3; ++i) change("INSERT INTO t(v) VALUES(randomblob(8000))");
    close();
    EXPECT_THAT(numbers(), ElementsAre(9, 10));
    EXPECT_LT(std::filesystem::file_size(history_path()), 60'000U);
}

TEST_P(History, keeps_batches_so_long) {
    Options options = with_history();
    options.history.age_max = std::chrono::hours{1};
    open(options);
    change("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    change("INSERT INTO t(v) VALUES(1)");
    change("INSERT INTO t(v) VALUES(2)");
    close();
    change_the_history("UPDATE batches SET time_ms = time_ms - 3700000 WHERE number < 3");
    open(options);
    change("INSERT INTO t(v) VALUES(3)");
    close();
    EXPECT_THAT(numbers(), ElementsAre(3, 4));
}

TEST_P(History, has_no_limits_when_it_is_not_kept) {
    Options options = KeptDatabase::options();
    options.history.batches_max = 5;
    EXPECT_THAT(why_not(options), HasSubstr("it has limits, but is not enabled"));
}

TEST_P(History, does_not_take_a_negative_age) {
    Options options = with_history();
    options.history.age_max = std::chrono::milliseconds{-1};
    EXPECT_THAT(why_not(options), HasSubstr("it is negative"));
}

// ---- damage and failures ----------------------------------------------------------------------

TEST_P(History, tells_which_batch_is_damaged) {
    begin_with_a_table();
    change("INSERT INTO t VALUES(1, 'some text')");
    change("INSERT INTO t VALUES(2, 'other text')");
    close();
    change_the_history(
        "UPDATE parts SET data = CAST(substr(data, 1, length(data) - 1) || x'00'"
        " AS BLOB) WHERE number = 2");
    try {
        static_cast<void>(reader().read(2));
        ADD_FAILURE() << "it was read";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("cannot read batch 2 of the history"));
        EXPECT_THAT(error.what(), HasSubstr("its checksum is wrong"));
    }
    EXPECT_EQ(reader().read(3).tables.at(0).inserts, 1U);
}

TEST_P(History, notices_a_payload_under_the_number_of_another_batch) {
    begin_with_a_table();
    change("INSERT INTO t VALUES(1, 'some text')");
    change("INSERT INTO t VALUES(2, 'other text')");
    close();
    change_the_history(
        "UPDATE batches SET number = number + 10; UPDATE parts SET number = number + 10");
    EXPECT_THROW(static_cast<void>(reader().read(12)), Error);
}

TEST_P(History, that_cannot_be_written_is_a_failed_sync) {
    Options options = with_history();
    options.busy_timeout = std::chrono::milliseconds{0};
    options.retry_pause_first = std::chrono::milliseconds{10};
    open(options);
    change("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    {
        const Plain other(history_path());
        exec(other, "BEGIN IMMEDIATE");
        run("INSERT INTO t VALUES(1, 1)");
        EXPECT_THROW(database().flush(std::chrono::milliseconds{100}), Error);
        EXPECT_EQ(on_disk("SELECT count(*) FROM t"), (Rows{{0}}));
        ASSERT_TRUE(database().status().last_error);
        EXPECT_THAT(database().status().last_error->what(), HasSubstr("-history"));
        exec(other, "ROLLBACK");
    }
    database().flush();
    EXPECT_FALSE(database().status().last_error);
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), (Rows{{1}}));
    close();
    EXPECT_THAT(numbers(), ElementsAre(1, 2));
    EXPECT_THAT(gaps(), IsEmpty());
}

TEST_P(History, that_was_moved_away_holds_the_disk_back_until_it_is_there_again) {
    Options options = with_history();
    options.retry_pause_first = std::chrono::milliseconds{10};
    open(options);
    change("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    const std::string elsewhere = directory().file("elsewhere");
    std::filesystem::rename(history_path(), elsewhere);
    run("INSERT INTO t VALUES(1, 1)");
    EXPECT_THROW(database().flush(std::chrono::milliseconds{100}), Error);
    ASSERT_TRUE(database().status().last_error);
    EXPECT_THAT(database().status().last_error->what(), HasSubstr("moved, replaced or deleted"));
    std::filesystem::rename(elsewhere, history_path());
    database().flush();
    close();
    EXPECT_THAT(numbers(), ElementsAre(1, 2));
}

TEST_P(History, says_where_somebody_else_has_written_to_the_database) {
    Options options = with_history();
    options.foreign_writes = ForeignWrites::overwrite;
    open(options);
    change("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    exec(Plain(path()), "INSERT INTO t VALUES(9, 'foreign')");
    change("INSERT INTO t VALUES(1, 1)");
    close();
    EXPECT_THAT(gaps(), ElementsAre("2-1 somebody else has written to the database"));
    EXPECT_TRUE(reader().read(numbers().back()).after_foreign_writes);
}

TEST_P(History, of_an_attached_database_begins_with_its_content) {
    Plain ram(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
    exec(ram, "CREATE TABLE t(k); INSERT INTO t VALUES(1), (2)");
    Database attached = Database::attach(ram, path(), with_history());
    attached.close();
    EXPECT_EQ(reader().batches().at(0).tables.at(0).inserts, 2U);
}

TIDEMARK_FOR_BOTH_STRATEGIES(History);

}  // namespace
}  // namespace tidemark::tests
