// A database as it was, and batches applied to another one.

#include "history/walk.hpp"
#include "support/fixture.hpp"

#include <tidemark/restore.hpp>

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <string>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;

class Restore : public KeptDatabase {
protected:
    void SetUp() override { open(with_history()); }

    [[nodiscard]] Options with_history() const {
        Options options = KeptDatabase::options();
        options.history.enabled = true;
        return options;
    }
    /// One batch; leaves a copy of what the database is after it.
    void change(const std::string& sql) {
        run(sql);
        database().flush();
        const std::string copy = after(database().status().mark);
        copy_file(path(), copy);
        exec(Plain(copy), "DROP TABLE _tidemark_state");
    }
    void make_five_batches() {
        change("CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE); CREATE TABLE n(a, b)");
        change("INSERT INTO t VALUES(1, 'a'), (2, 'b'); INSERT INTO n VALUES(1, 2), (1, 2)");
        change("INSERT OR REPLACE INTO t VALUES(3, 'b'); ALTER TABLE n RENAME TO m");
        change("DELETE FROM t WHERE k = 1; VACUUM");
        change("DROP TABLE t; UPDATE m SET b = 7");
    }
    [[nodiscard]] std::string after(std::uint64_t mark) const {
        return directory().file("after " + std::to_string(mark));
    }
    [[nodiscard]] std::string output() const { return directory().file("output.db"); }
    template <typename Work>
    [[nodiscard]] static std::string error_of(Work work) {
        try {
            work();
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }
};

TEST_P(Restore, gives_the_database_as_it_was_after_each_batch) {
    make_five_batches();
    const std::uint64_t mark = database().status().mark;
    for (std::uint64_t batch = 1; batch <= mark; ++batch) {
        // A number may have been given to a batch that was never carried out.
        if (!std::filesystem::exists(after(batch))) continue;
        restore(path(), batch, output());
        EXPECT_TRUE(same(Plain(after(batch)), Plain(output()))) << "after batch " << batch;
        EXPECT_EQ(integrity(Plain(output())), "ok");
        std::filesystem::remove(output());
    }
}

TEST_P(Restore, gives_the_empty_database_of_the_beginning) {
    make_five_batches();
    restore(path(), 0, output());
    EXPECT_EQ(query_one(Plain(output()), "SELECT count(*) FROM sqlite_schema"), Cell(0));
}

TEST_P(Restore, writes_to_no_file_that_is_there) {
    make_five_batches();
    write_file(output(), "mine");
    EXPECT_THAT(error_of([this] { restore(path(), 1, output()); }), HasSubstr("exists already"));
    EXPECT_EQ(read_file(output()), "mine");
}

TEST_P(Restore, does_not_go_across_a_gap) {
    make_five_batches();
    close();
    open();
    run("UPDATE m SET b = 8");
    close();
    open(with_history());
    run("UPDATE m SET b = 9");
    close();
    EXPECT_THAT(error_of([this] { restore(path(), 2, output()); }),
                HasSubstr("its history does not have batch"));
    EXPECT_FALSE(std::filesystem::exists(output()));
}

TEST_P(Restore, does_not_go_where_the_database_has_not_been_yet) {
    make_five_batches();
    EXPECT_THAT(error_of([this] { restore(path(), 1000, output()); }),
                HasSubstr("its last batch is"));
}

TEST_P(Restore, leaves_nothing_when_a_batch_is_damaged) {
    make_five_batches();
    close();
    exec(Plain(path() + "-history"), "UPDATE parts SET data = x'00' WHERE number = 2");
    EXPECT_THAT(error_of([this] { restore(path(), 1, output()); }), HasSubstr("it is damaged"));
    EXPECT_FALSE(std::filesystem::exists(output()));
}

TEST_P(Restore, finds_the_batch_of_a_time) {
    make_five_batches();
    close();
    exec(Plain(path() + "-history"), "UPDATE batches SET time_ms = number * 1000");
    using std::chrono::milliseconds;
    const std::chrono::system_clock::time_point begin{};
    EXPECT_EQ(batch_at(path(), begin + milliseconds{1000}), 1U);
    EXPECT_EQ(batch_at(path(), begin + milliseconds{2999}), 2U);
    EXPECT_THAT(error_of([&] { static_cast<void>(batch_at(path(), begin)); }),
                HasSubstr("it begins later"));
}

TEST_P(Restore, and_replay_come_to_the_same_end) {
    make_five_batches();
    restore(path(), 1, output());
    EXPECT_EQ(replay(path(), 1, output()), database().status().mark);
    EXPECT_TRUE(same(ram(), Plain(output())));
    EXPECT_EQ(replay(path(), database().status().mark, output()), database().status().mark);
}

TEST_P(Restore, replay_advances_the_mark_of_a_copy) {
    make_five_batches();
    std::filesystem::remove(output());
    copy_file(path(), output());
    change("INSERT INTO m VALUES(5, 5)");
    const std::uint64_t mark = database().status().mark;
    EXPECT_EQ(replay(path(), inspect(output()).mark, output()), mark);
    EXPECT_EQ(inspect(output()).mark, mark);
}

TEST_P(Restore, replay_leaves_another_database_as_it_is) {
    change("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    change("INSERT INTO t VALUES(1, 1), (2, 2)");
    change("INSERT INTO t VALUES(3, 3); UPDATE t SET v = 5 WHERE k = 2");
    exec(Plain(output()), "CREATE TABLE t(k INTEGER PRIMARY KEY, v); INSERT INTO t VALUES(1, 1)");
    EXPECT_THAT(error_of([this] { static_cast<void>(replay(path(), 2, output())); }),
                HasSubstr("it is not what the database was after batch 2"));
    EXPECT_EQ(query(Plain(output()), "SELECT * FROM t"), (Rows{{1, 1}}));
}

TEST_P(Restore, replay_does_not_write_to_a_database_that_is_kept) {
    make_five_batches();
    EXPECT_THAT(error_of([this] { static_cast<void>(replay(path(), 1, path())); }),
                HasSubstr("held by another tidemark"));
}

TIDEMARK_FOR_BOTH_STRATEGIES(Restore);

}  // namespace
}  // namespace tidemark::tests
