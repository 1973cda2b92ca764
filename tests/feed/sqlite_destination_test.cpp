// A further SQLite file: it must be what the RAM database is.

#include "feed/feeding.hpp"
#include "history/walk.hpp"
#include "property/random_program.hpp"
#include "support/property.hpp"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;

/// A kept database and its copy.
class FollowedProgram {
public:
    FollowedProgram(Strategy strategy, const std::string& schema, bool is_there_first) {
        options_.strategy = strategy;
        options_.interval = std::chrono::hours{1};
        options_.synchronous = Synchronous::off;
        options_.history.enabled = true;
        options_.destinations.push_back(
            {.name = "copy",
             .destination = sqlite_destination(copy_, {.synchronous = Synchronous::off})});
        foreign_keys_ = schema.starts_with("PRAGMA foreign_keys");
        if (is_there_first) exec(Plain(path_), "PRAGMA synchronous = OFF;" + schema);
        open();
        if (!is_there_first) exec(ram(), schema);
    }

    [[nodiscard]] sqlite3* ram() { return database_->handle(); }
    void flush() { database_->flush(); }
    void reopen() {
        database_->close();
        database_.reset();
        open();
    }
    /// Closes it: whether both files are the same then.
    [[nodiscard]] ::testing::AssertionResult end() {
        if (in_transaction(ram())) exec(ram(), "ROLLBACK");
        database_->close();
        const DestinationStatus status = database_->status().destinations.at(0);
        if (status.last_error) return ::testing::AssertionFailure() << status.last_error->what();
        const std::string end = directory_.file("end.db");
        copy_file(path_, end);
        exec(Plain(end), "DROP TABLE _tidemark_state");
        const auto equal = same(Plain(end), Plain(copy_));
        if (equal && integrity(Plain(copy_)) != "ok") {
            return ::testing::AssertionFailure() << integrity(Plain(copy_));
        }
        return equal;
    }

private:
    void open() {
        database_.emplace(Database::open(path_, options_));
        if (foreign_keys_) exec(ram(), "PRAGMA foreign_keys = ON");
    }

    TemporaryDirectory directory_;
    std::string path_ = directory_.file("kept.db");
    std::string copy_ = directory_.file("copy.db");
    Options options_;
    bool foreign_keys_ = false;
    std::optional<Database> database_;
};

class SqliteDestination : public FedDatabase {
protected:
    [[nodiscard]] ::testing::AssertionResult copy_is_same() {
        if (!catches_up()) {
            const auto error = destination().last_error;
            return ::testing::AssertionFailure() << (error ? error->what() : "it is late");
        }
        return same_on_disk(ram(), copy_path());
    }
    void make_five_batches() {
        change(
            "CREATE TABLE t(k INTEGER PRIMARY KEY AUTOINCREMENT, u UNIQUE); CREATE TABLE n(a, b)");
        change("INSERT INTO t(u) VALUES('a'), ('b'); INSERT INTO n VALUES(1, 2), (1, 2)");
        change("INSERT OR REPLACE INTO t VALUES(3, 'b'); ALTER TABLE n RENAME TO m");
        change("DELETE FROM t WHERE k = 1; CREATE INDEX i ON m(a); VACUUM");
        change(
            "CREATE TRIGGER r AFTER INSERT ON m BEGIN DELETE FROM t; END; CREATE VIEW w AS SELECT"
            " * FROM m; PRAGMA user_version = 7");
    }
};

TEST_P(SqliteDestination, is_what_the_database_is) {
    open(feeding(copy()));
    make_five_batches();
    EXPECT_TRUE(copy_is_same());
    change("INSERT INTO m VALUES(9, 9); DROP TABLE t");
    EXPECT_TRUE(copy_is_same());
}

TEST_P(SqliteDestination, begins_as_a_copy_of_a_database_that_is_there) {
    open(feeding_options());
    make_five_batches();
    run("CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f VALUES('found')");
    close();
    open(feeding(copy()));
    EXPECT_TRUE(copy_is_same());
    change("INSERT INTO f VALUES('found too'); UPDATE m SET b = 7");
    EXPECT_TRUE(copy_is_same());
    EXPECT_EQ(query(Plain(copy_path()), "SELECT count(*) FROM f('found')"), (Rows{{2}}));
}

TEST_P(SqliteDestination, goes_on_after_each_end) {
    for (int round = 0; round < 3; ++round) {
        open(feeding(copy()));
        change("CREATE TABLE IF NOT EXISTS t(k INTEGER PRIMARY KEY, v)");
        run("INSERT INTO t(v) VALUES('last words')");
        close();
        EXPECT_EQ(query(Plain(copy_path()), "SELECT count(*) FROM t"), (Rows{{round + 1}}));
        EXPECT_EQ(inspect(copy_path()).mark, inspect(path()).mark);
        EXPECT_FALSE(std::filesystem::exists(copy_path() + "-tidemark"));
    }
}

TEST_P(SqliteDestination, the_same_object_can_be_used_again) {
    const auto destination = copy();
    open(feeding(destination));
    change("CREATE TABLE t(v)");
    close();
    open(feeding(destination));
    change("INSERT INTO t VALUES(1)");
    EXPECT_TRUE(copy_is_same());
}

TEST_P(SqliteDestination, waits_for_its_folder) {
    const std::string folder = directory().file("medium");
    open(feeding(sqlite_destination(folder + "/copy.db", {.synchronous = Synchronous::off})));
    change("CREATE TABLE t(v)");
    EXPECT_THAT(failure(), HasSubstr("does not exist"));
    std::filesystem::create_directory(folder);
    EXPECT_TRUE(catches_up());
    EXPECT_TRUE(same_on_disk(ram(), folder + "/copy.db"));
}

TEST_P(SqliteDestination, waits_for_a_lock_of_others) {
    open(feeding(sqlite_destination(copy_path(), {.synchronous = Synchronous::off,
                                                  .busy_timeout = std::chrono::milliseconds{0}})));
    change("CREATE TABLE t(v)");
    ASSERT_TRUE(catches_up());
    {
        const Plain other(copy_path());
        exec(other, "BEGIN IMMEDIATE");
        change("INSERT INTO t VALUES(1)");
        EXPECT_THAT(failure(), HasSubstr("lock"));
        exec(other, "ROLLBACK");
    }
    EXPECT_TRUE(copy_is_same());
}

TEST_P(SqliteDestination, is_made_anew_when_it_was_deleted) {
    open(feeding(copy()));
    make_five_batches();
    ASSERT_TRUE(copy_is_same());
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(copy_path() + suffix);
    change("INSERT INTO m VALUES(1, 1)");
    EXPECT_TRUE(copy_is_same());
}

TEST_P(SqliteDestination, writes_to_no_file_that_is_somebody_elses) {
    exec(Plain(copy_path()), "CREATE TABLE mine(a); INSERT INTO mine VALUES(1)");
    open(feeding(copy()));
    change("CREATE TABLE t(v)");
    EXPECT_THAT(failure(), HasSubstr("it holds something, and it is no destination"));
    EXPECT_TRUE(destination().stopped);
    close();
    EXPECT_EQ(query(Plain(copy_path()), "SELECT * FROM mine"), (Rows{{1}}));
}

TEST_P(SqliteDestination, does_not_go_into_the_database_itself) {
    open(feeding(sqlite_destination(path())));
    change("CREATE TABLE t(v)");
    EXPECT_THAT(failure(), HasSubstr("held by another tidemark"));
    EXPECT_TRUE(same_on_disk(ram(), path()));
}

TEST_P(SqliteDestination, stops_when_somebody_else_has_changed_it) {
    open(feeding(copy()));
    change("CREATE TABLE t(k INTEGER PRIMARY KEY, v); INSERT INTO t VALUES(1, 1)");
    ASSERT_TRUE(catches_up());
    exec(Plain(copy_path()), "DELETE FROM t");
    change("UPDATE t SET v = 2");
    EXPECT_THAT(failure(), HasSubstr("somebody else has written to it"));
    EXPECT_TRUE(destination().stopped);
}

TEST_P(SqliteDestination, a_copy_of_the_database_may_be_its_beginning) {
    open(feeding_options());
    make_five_batches();
    close();
    std::filesystem::copy_file(path(), copy_path());
    open(feeding(copy()));
    change("INSERT INTO m VALUES(5, 5)");
    EXPECT_TRUE(copy_is_same());
}

TEST_P(SqliteDestination, registers_what_the_indexes_need) {
    const auto compare = [](void*, int n, const void* a, int m, const void* b) {
        const std::string_view left(static_cast<const char*>(a), static_cast<std::size_t>(n));
        const std::string_view right(static_cast<const char*>(b), static_cast<std::size_t>(m));
        return right.compare(left);
    };
    const auto prepare = [compare](sqlite3* connection) {
        sqlite3_create_collation(connection, "backwards", SQLITE_UTF8, nullptr, compare);
    };
    Options options = feeding(sqlite_destination(
        copy_path(), {.synchronous = Synchronous::off, .prepare_connection = prepare}));
    options.prepare_disk_connection = prepare;
    open(options);
    prepare(ram());
    change(
        "CREATE TABLE t(k TEXT COLLATE backwards PRIMARY KEY) WITHOUT ROWID;"
        "INSERT INTO t VALUES('a'), ('b')");
    change("DELETE FROM t WHERE k = 'a'; INSERT INTO t VALUES('c')");
    EXPECT_TRUE(catches_up());
    const Plain looked_at(copy_path());
    prepare(looked_at);
    EXPECT_EQ(query(looked_at, "SELECT * FROM t"), (Rows{{"c"}, {"b"}}));
}

// A quarter of the programs that RC_PARAMS="max_success=…" says: each opens three files.
TEST_P(SqliteDestination, is_what_the_database_is_after_random_programs) {
    const auto property = [] {
        const Program program = *any_program().as("program");
        const bool is_there_first = *rc::gen::arbitrary<bool>().as("is there from the beginning");
        FollowedProgram followed(GetParam(), program.schema, is_there_first);
        for (const std::string& step : program.steps) {
            if (step == reopen_step) {
                if (!in_transaction(followed.ram())) followed.reopen();
            } else if (step == flush_step) {
                if (!in_transaction(followed.ram())) followed.flush();
            } else {
                static_cast<void>(try_exec(followed.ram(), step));
            }
        }
        const auto result = followed.end();
        if (!result) RC_FAIL(result.message());
    };
    check_property(property, 4);
}

TIDEMARK_FOR_BOTH_STRATEGIES(SqliteDestination);

}  // namespace
}  // namespace tidemark::tests
