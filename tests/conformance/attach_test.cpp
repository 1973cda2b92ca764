// Database::attach: the application brings its own RAM connection.

#include "support/fixture.hpp"

#include <filesystem>

namespace tidemark::tests {
namespace {

class ConformanceAttach : public KeptDatabase {
protected:
    Plain own_{":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX};

    void expect_refused(sqlite3* connection) const {
        const bool existed = std::filesystem::exists(path());
        const FolderSnapshot before(directory().path());
        EXPECT_THROW((void)Database::attach(connection, path(), options()), Error);
        EXPECT_EQ(FolderSnapshot(directory().path()), before);
        EXPECT_EQ(std::filesystem::exists(path()), existed);
    }
};

TEST_P(ConformanceAttach, an_empty_connection_is_loaded) {
    prepare_file("CREATE TABLE t(a); INSERT INTO t VALUES(1), (2)");
    auto database = Database::attach(own_, path(), options());
    EXPECT_EQ(database.handle(), static_cast<sqlite3*>(own_));
    EXPECT_EQ(query(own_, "SELECT a FROM t"), (Rows{{1}, {2}}));
    exec(own_, "INSERT INTO t VALUES(3)");
    database.flush();
    EXPECT_TRUE(same_on_disk(own_, path()));
}

TEST_P(ConformanceAttach, a_full_connection_becomes_the_first_content_of_a_missing_file) {
    exec(own_,
         "PRAGMA user_version = 3; CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT);"
         "INSERT INTO t VALUES(5, 'x')");
    auto database = Database::attach(own_, path(), options());
    EXPECT_TRUE(same_on_disk(own_, path())) << "(on disk when attach returns)";
    exec(own_, "INSERT INTO t(a) VALUES('y')");
    database.flush();
    EXPECT_TRUE(same_on_disk(own_, path()));
}

TEST_P(ConformanceAttach, a_full_connection_becomes_the_first_content_of_an_empty_database) {
    prepare_file("CREATE TABLE gone(a); DROP TABLE gone");
    exec(own_, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    auto database = Database::attach(own_, path(), options());
    EXPECT_TRUE(same_on_disk(own_, path()));
}

TEST_P(ConformanceAttach, both_empty_is_a_beginning) {
    auto database = Database::attach(own_, path(), options());
    exec(own_, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    database.flush();
    EXPECT_TRUE(same_on_disk(own_, path()));
}

TEST_P(ConformanceAttach, both_full_is_refused) {
    prepare_file("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    exec(own_, "CREATE TABLE t(a); INSERT INTO t VALUES(2)");
    expect_refused(own_);
    EXPECT_EQ(query(own_, "SELECT a FROM t"), Rows{{2}}) << "the connection is as it was";
}

TEST_P(ConformanceAttach, a_connection_with_a_transaction_open_is_refused) {
    exec(own_, "BEGIN");
    expect_refused(own_);
    exec(own_, "COMMIT");
}

TEST_P(ConformanceAttach, a_connection_with_a_write_half_done_is_refused) {
    exec(own_, "CREATE TABLE t(a)");
    Statement insert(own_, "INSERT INTO t VALUES(1), (2) RETURNING a");
    ASSERT_TRUE(insert.step());
    expect_refused(own_);
}

TEST_P(ConformanceAttach, a_connection_to_a_file_is_refused) {
    const Plain file(directory().file("own.db"));
    exec(file, "CREATE TABLE t(a)");
    expect_refused(file);
}

TEST_P(ConformanceAttach, a_connection_to_a_file_in_ram_that_others_can_open_is_refused) {
    const Plain shared(
        std::string("file:/attach-") + to_string(GetParam()) + "?vfs=memdb",
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_URI);
    expect_refused(shared);
}

TEST_P(ConformanceAttach, another_connection_to_a_shared_cache_is_noticed) {
    const std::string uri =
        std::string("file:attach-") + to_string(GetParam()) + "?mode=memory&cache=shared";
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_URI;
    const Plain own(uri, flags);
    const Plain other(uri, flags);
    exec(own, "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)");
    auto database = Database::attach(own, path(), options());
    for (int round = 0; round < 3; ++round) {
        exec(own, "INSERT INTO t(a) VALUES('own')");
        database.flush();
        EXPECT_TRUE(same_on_disk(own, path()));
        exec(other, "INSERT INTO t(a) VALUES('other'); UPDATE t SET a = a || '!' WHERE id = 1");
        database.flush();
        EXPECT_TRUE(same_on_disk(own, path()));
        exec(other, "DELETE FROM t WHERE id = 2");
        exec(own, "INSERT INTO t(a) VALUES('own')");
        database.flush();
        EXPECT_TRUE(same_on_disk(own, path()));
    }
}

TEST_P(ConformanceAttach, no_connection_is_refused) { expect_refused(nullptr); }

TEST_P(ConformanceAttach, a_damaged_file_is_refused_and_the_connection_stays_usable) {
    write_file(path(), std::string(10'000, 'x'));
    expect_refused(own_);
    exec(own_, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    std::filesystem::remove(path());
    auto database = Database::attach(own_, path(), options());
    EXPECT_TRUE(same_on_disk(own_, path()));
}

TEST_P(ConformanceAttach, closing_leaves_the_connection_open_and_clean) {
    exec(own_, "CREATE TABLE t(a)");
    auto database = Database::attach(own_, path(), options());
    exec(own_, "INSERT INTO t VALUES(1)");
    database.close();
    exec(own_, "INSERT INTO t VALUES(2); DELETE FROM t WHERE a = 1");
    EXPECT_EQ(query(own_, "SELECT a FROM t"), Rows{{2}});
    EXPECT_EQ(on_disk("SELECT a FROM t"), Rows{{1}}) << "what came after close stays in RAM";
    EXPECT_EQ(query(own_, "SELECT name FROM temp.sqlite_schema"), Rows{})
        << "nothing of ours is left";
}

TEST_P(ConformanceAttach, the_same_connection_can_be_attached_again) {
    for (int round = 0; round < 3; ++round) {
        auto database =
            Database::attach(own_, directory().file(std::to_string(round) + ".db"), options());
        exec(own_, "CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES(1)");
        database.flush();
        EXPECT_TRUE(same_on_disk(own_, directory().file(std::to_string(round) + ".db")));
        database.close();
    }
}

TEST_P(ConformanceAttach, statements_prepared_before_are_captured) {
    exec(own_,
         "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES(1, 'x'), (2, 'y')");
    Statement remove(own_, "DELETE FROM t");
    Statement insert(own_, "INSERT INTO t VALUES(3, 'z')");
    auto database = Database::attach(own_, path(), options());
    insert.step();
    database.flush();
    EXPECT_TRUE(same_on_disk(own_, path()));
    remove.step();
    database.flush();
    EXPECT_TRUE(same_on_disk(own_, path()));
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{0}});
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceAttach);

}  // namespace
}  // namespace tidemark::tests
