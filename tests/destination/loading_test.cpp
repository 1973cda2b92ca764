#include "destination/sqlite_file/sqlite_file.hpp"
#include "sqlite/connection.hpp"
#include "support/sql.hpp"
#include "support/temporary_directory.hpp"

#include <tidemark/error.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <pthread.h>

namespace tidemark::destination {
namespace {

using namespace std::chrono_literals;
using tests::Plain;
using tests::Rows;

constexpr int rows = 10'000;

/// What the check and the copy do to each other. The check calls `look`, an SQL function, once for
/// each row; the copy tells its progress.
struct Meeting {
    std::atomic<int> looked_at = 0;
    /// Waits for the copy at the first row.
    std::atomic<bool> check_waits = false;
    std::atomic<bool> copy_is_almost_done = false;
    std::chrono::microseconds time_per_row{0};

    static bool wait_until(const std::atomic<bool>& flag) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!flag && std::chrono::steady_clock::now() < deadline)
            std::this_thread::sleep_for(1ms);
        return flag;
    }
};

void look(sqlite3_context* context, int, sqlite3_value** values) {
    auto& meeting = *static_cast<Meeting*>(sqlite3_user_data(context));
    if (meeting.check_waits) Meeting::wait_until(meeting.copy_is_almost_done);
    if (meeting.time_per_row > 0us) std::this_thread::sleep_for(meeting.time_per_row);
    ++meeting.looked_at;
    sqlite3_result_value(context, values[0]);
}

/// No thread can be made while this lives: none gets the stack that it would have.
class NoThreads {
public:
    NoThreads() {
        pthread_getattr_default_np(&before_);
        pthread_attr_t huge;
        pthread_attr_init(&huge);
        pthread_attr_setstacksize(&huge, std::size_t{1} << 50U);
        pthread_setattr_default_np(&huge);
        pthread_attr_destroy(&huge);
    }
    NoThreads(const NoThreads&) = delete;
    NoThreads& operator=(const NoThreads&) = delete;
    ~NoThreads() {
        pthread_setattr_default_np(&before_);
        pthread_attr_destroy(&before_);
    }

private:
    pthread_attr_t before_{};
};

/// A file that is checked while it is copied.
class LoadingTest : public testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        const Plain file(path());
        register_look(file);
        tests::exec(file, std::string("PRAGMA journal_mode = ") + GetParam() +
                              "; CREATE TABLE t(id INTEGER PRIMARY KEY, bytes,"
                              "                 seen AS (look(id)) NOT NULL);"
                              "CREATE INDEX i ON t(id);"
                              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                              "                        WHERE i < " +
                              std::to_string(rows) +
                              ") INSERT INTO t(id, bytes) SELECT i, randomblob(1000) FROM n;"
                              "PRAGMA wal_checkpoint(TRUNCATE)");
        meeting_.looked_at = 0;
    }

    [[nodiscard]] std::string path() const { return directory_.file("app.db"); }

    void register_look(sqlite3* connection) {
        sqlite3_create_function_v2(connection, "look", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                   &meeting_, look, nullptr, nullptr, nullptr);
    }

    [[nodiscard]] std::unique_ptr<SqliteFile> open() {
        return std::make_unique<SqliteFile>(
            SqliteFile::Settings{.path = path(),
                                 .strategy = "trigger",
                                 .busy_timeout = 0ms,
                                 .prepare_connection = [this](sqlite3* connection) {
                                     ++prepared_;
                                     register_look(connection);
                                 }});
    }

    [[nodiscard]] std::optional<Error> load(
        const SqliteFile& file, LoadCheck check = LoadCheck::quick,
        const sqlite::CopyProgress& progress = [](std::uint64_t, std::uint64_t) {}) {
        try {
            file.load_into(ram_, check, progress);
        } catch (const Error& error) {
            return error;
        }
        return std::nullopt;
    }

    // A page in the middle of the table, while nobody has the file open.
    void damage() const {
        std::string bytes = tests::read_file(path());
        const std::size_t middle = bytes.size() / 2 / 4096 * 4096;
        bytes.replace(middle, 200, std::string(200, '\xff'));
        tests::write_file(path(), bytes);
    }

    [[nodiscard]] std::int64_t count_in_ram() {
        register_look(ram_);
        return tests::query_one(ram_, "SELECT count(*) FROM t").integer();
    }

    const tests::TemporaryDirectory directory_;
    Meeting meeting_;
    int prepared_ = 0;
    const Plain ram_;
};

TEST_P(LoadingTest, copies_on_when_the_check_has_ended) {
    const auto file = open();
    bool check_was_first = false;
    const auto progress = [&](std::uint64_t, std::uint64_t) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (meeting_.looked_at < rows && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(1ms);
        }
        check_was_first = meeting_.looked_at >= rows;
    };
    EXPECT_EQ(load(*file, LoadCheck::quick, progress), std::nullopt);
    EXPECT_TRUE(check_was_first);
    EXPECT_EQ(count_in_ram(), rows);
    EXPECT_NO_THROW(file->accept());
}

TEST_P(LoadingTest, waits_with_the_last_page_for_the_check) {
    meeting_.check_waits = true;
    const auto file = open();
    std::uint64_t done_before_the_check = 0;
    const auto progress = [&](std::uint64_t done, std::uint64_t total) {
        if (meeting_.looked_at < rows) done_before_the_check = done;
        if (done + 1 == total) meeting_.copy_is_almost_done = true;
        EXPECT_TRUE(done < total || meeting_.looked_at >= rows);
    };
    EXPECT_EQ(load(*file, LoadCheck::quick, progress), std::nullopt);
    EXPECT_TRUE(meeting_.copy_is_almost_done) << "they run at the same time";
    EXPECT_GT(done_before_the_check, 0);
    EXPECT_EQ(count_in_ram(), rows);
    EXPECT_NO_THROW(file->accept());
}

TEST_P(LoadingTest, refuses_a_damaged_file_before_it_is_taken) {
    damage();
    const auto error = load(*open());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), SQLITE_CORRUPT);
    EXPECT_EQ(tests::query(ram_, "SELECT * FROM sqlite_schema"), Rows{});
}

TEST_P(LoadingTest, says_the_same_without_a_thread) {
    damage();
    const auto error = load(*open());
    const NoThreads no_threads;
    const auto alone = load(*open());
    ASSERT_TRUE(error && alone);
    EXPECT_STREQ(error->what(), alone->what());
}

TEST_P(LoadingTest, loads_without_a_thread) {
    meeting_.check_waits = true;
    meeting_.copy_is_almost_done = true;
    const auto file = open();
    const NoThreads no_threads;
    int looked_at_before_the_copy = -1;
    const auto progress = [&](std::uint64_t, std::uint64_t) {
        if (looked_at_before_the_copy < 0) looked_at_before_the_copy = meeting_.looked_at;
    };
    EXPECT_EQ(load(*file, LoadCheck::quick, progress), std::nullopt);
    EXPECT_GE(looked_at_before_the_copy, rows);
    EXPECT_EQ(count_in_ram(), rows);
    EXPECT_NO_THROW(file->accept());
}

TEST_P(LoadingTest, says_what_the_check_cannot_do) {
    const auto file =
        std::make_unique<SqliteFile>(SqliteFile::Settings{.path = path(), .strategy = "trigger"});
    const auto error = load(*file);
    const NoThreads no_threads;
    const auto alone = load(*file);
    ASSERT_TRUE(error && alone);
    EXPECT_NE(std::string(error->what()).find("look()"), std::string::npos);
    EXPECT_STREQ(error->what(), alone->what());
}

TEST_P(LoadingTest, prepares_the_connection_of_the_check) {
    const auto file = open();
    EXPECT_EQ(load(*file), std::nullopt);
    EXPECT_EQ(prepared_, 2);
    EXPECT_EQ(load(*file, LoadCheck::none), std::nullopt);
    EXPECT_EQ(prepared_, 2);
}

TEST_P(LoadingTest, passes_on_what_preparing_a_connection_throws) {
    auto file = open();
    prepared_ = 0;
    const SqliteFile once(
        {.path = path(), .strategy = "trigger", .prepare_connection = [this](sqlite3* connection) {
             register_look(connection);
             if (prepared_++ > 0) throw std::runtime_error("not again");
         }});
    EXPECT_THROW(once.load_into(ram_, LoadCheck::quick, {}), std::runtime_error);
}

TEST_P(LoadingTest, cancels_the_check_when_the_copy_ends) {
    meeting_.time_per_row = 5ms;
    const auto file = open();
    const auto give_up = [](std::uint64_t, std::uint64_t) { throw std::runtime_error("enough"); };
    EXPECT_THROW(file->load_into(ram_, LoadCheck::quick, give_up), std::runtime_error);
    EXPECT_LT(meeting_.looked_at, rows / 2);
    meeting_.time_per_row = 0us;
    EXPECT_EQ(load(*file), std::nullopt) << "nothing is left of the attempt";
    EXPECT_NO_THROW(file->accept());
}

TEST_P(LoadingTest, tells_of_the_copy_that_failed_when_the_file_is_sound) {
    tests::exec(ram_, "PRAGMA max_page_count = 100");
    const auto error = load(*open());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), SQLITE_FULL);
    EXPECT_GE(meeting_.looked_at, rows);
}

TEST_P(LoadingTest, tells_of_the_damage_also_when_the_copy_failed) {
    damage();
    tests::exec(ram_, "PRAGMA max_page_count = 100");
    const auto error = load(*open());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), SQLITE_CORRUPT);
}

// In WAL mode the writer gets in between, and is found; in the others it cannot.
TEST_P(LoadingTest, notices_who_writes_meanwhile) {
    meeting_.check_waits = true;
    const auto file = open();
    const Plain other(path());
    register_look(other);
    sqlite3_busy_timeout(other, 0);
    int written = SQLITE_ERROR;
    const auto progress = [&](std::uint64_t done, std::uint64_t total) {
        if (written == SQLITE_ERROR) {
            meeting_.check_waits = false;
            written = tests::try_exec(other, "INSERT INTO t(bytes) VALUES('other')").rc;
        }
        if (done + 1 == total) meeting_.copy_is_almost_done = true;
    };
    EXPECT_EQ(load(*file, LoadCheck::quick, progress), std::nullopt);
    EXPECT_EQ(count_in_ram(), rows);
    if (std::string(GetParam()) == "WAL") {
        EXPECT_EQ(written, SQLITE_OK);
        EXPECT_THROW(file->accept(), Error);
    } else {
        EXPECT_EQ(written, SQLITE_BUSY);
        EXPECT_NO_THROW(file->accept());
    }
}

INSTANTIATE_TEST_SUITE_P(JournalModes, LoadingTest, testing::Values("WAL", "DELETE"),
                         [](const auto& mode) { return std::string(mode.param); });

}  // namespace
}  // namespace tidemark::destination
