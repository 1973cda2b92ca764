// Opening a file that may be opened: what is created, loaded and left out.

#include "support/fixture.hpp"

#include <filesystem>
#include <stdexcept>

namespace tidemark::tests {
namespace {

class ConformanceOpening : public KeptDatabase {};

TEST_P(ConformanceOpening, a_missing_file_is_created) {
    open();
    EXPECT_TRUE(std::filesystem::exists(path()));
    EXPECT_EQ(query(ram(), "SELECT * FROM sqlite_schema"), Rows{});
    close();
    EXPECT_EQ(integrity(Plain(path())), "ok");
}

TEST_P(ConformanceOpening, an_empty_file_is_an_empty_database) {
    write_file(path(), "");
    open();
    run("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    flush_and_expect_same();
}

TEST_P(ConformanceOpening, an_existing_file_is_loaded) {
    prepare_file(
        "PRAGMA user_version = 7; PRAGMA application_id = 8;"
        "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT); CREATE INDEX i ON t(a);"
        "INSERT INTO t VALUES(40, 'x'), (41, x'00ff'), (42, 1.5);"
        "CREATE VIEW v AS SELECT a FROM t;"
        "CREATE TRIGGER g AFTER DELETE ON t BEGIN INSERT INTO t(a) VALUES(OLD.id); END");
    open();
    EXPECT_TRUE(same_on_disk(ram(), path()));
    EXPECT_EQ(query(ram(), "SELECT id FROM t ORDER BY id"), (Rows{{40}, {41}, {42}}));
}

TEST_P(ConformanceOpening, an_existing_file_of_another_page_size_is_loaded) {
    prepare_file("PRAGMA page_size = 512; CREATE TABLE t(a); INSERT INTO t VALUES(zeroblob(5000))");
    open();
    run("INSERT INTO t VALUES(randomblob(9000)); CREATE INDEX i ON t(a)");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("PRAGMA page_size"), Rows{{512}});
}

TEST_P(ConformanceOpening, a_file_with_auto_vacuum_keeps_it) {
    prepare_file(
        "PRAGMA auto_vacuum = FULL; CREATE TABLE t(a); INSERT INTO t VALUES(zeroblob(50000))");
    open();
    run("DELETE FROM t; INSERT INTO t VALUES(1); CREATE TABLE u(a)");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("PRAGMA auto_vacuum"), Rows{{1}});
}

TEST_P(ConformanceOpening, a_file_in_wal_mode_with_a_log_is_loaded_with_it) {
    const Plain writer(path());
    exec(writer, "PRAGMA journal_mode = WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    open();
    EXPECT_EQ(query(ram(), "SELECT a FROM t"), Rows{{1}});
}

TEST_P(ConformanceOpening, the_bookkeeping_is_not_visible_in_ram) {
    prepare_file("CREATE TABLE t(a)");
    open();
    run("INSERT INTO t VALUES(1)");
    database().flush();
    EXPECT_EQ(query(ram(), "SELECT name FROM main.sqlite_schema"), Rows{{"t"}});
    EXPECT_EQ(on_disk("SELECT count(*) FROM sqlite_schema WHERE name = '_tidemark_state'"),
              Rows{{1}});

    reopen();
    EXPECT_EQ(query(ram(), "SELECT name FROM main.sqlite_schema"), Rows{{"t"}});
    run("INSERT INTO t VALUES(2)");
    flush_and_expect_same();
}

TEST_P(ConformanceOpening, opening_and_closing_again_changes_no_content) {
    prepare_file("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    const Plain before;
    exec(before, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    for (int i = 0; i < 3; ++i) {
        open();
        close();
        EXPECT_TRUE(same(before, Plain(path())));
    }
}

TEST_P(ConformanceOpening, closing_leaves_no_side_file) {
    open();
    run("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    close();
    // A lock file may stay: removing one is a race. A journal or a log may not.
    EXPECT_FALSE(std::filesystem::exists(path() + "-wal"));
    EXPECT_FALSE(std::filesystem::exists(path() + "-journal"));
}

TEST_P(ConformanceOpening, the_observer_hears_how_loading_goes) {
    prepare_file("CREATE TABLE t(a); INSERT INTO t VALUES(zeroblob(3000000))");
    open();
    const auto loads = observer().heard().loads;
    ASSERT_FALSE(loads.empty());
    EXPECT_EQ(loads.back().first, loads.back().second);
    EXPECT_GT(loads.back().second, 700U);
}

TEST_P(ConformanceOpening, a_name_that_looks_like_a_uri_or_has_spaces_is_only_a_name) {
    const std::string odd = directory().file("a file?mode=memory&x=%20 'q\".db");
    {
        auto database = Database::open(odd, options());
        exec(database.handle(), "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
        database.close();
    }
    EXPECT_TRUE(std::filesystem::exists(odd));
    EXPECT_EQ(query(Plain(odd), "SELECT a FROM t"), Rows{{1}});
}

TEST_P(ConformanceOpening, a_folder_that_does_not_exist_is_an_error) {
    EXPECT_THROW((void)Database::open(directory().file("missing/kept.db"), options()), Error);
    EXPECT_FALSE(std::filesystem::exists(directory().file("missing")));
}

TEST_P(ConformanceOpening, what_the_preparation_of_the_disk_connection_throws_comes_out) {
    Options broken = options();
    broken.prepare_disk_connection = [](sqlite3*) { throw std::logic_error("not today"); };
    EXPECT_THROW((void)Database::open(path(), broken), std::logic_error);
    // And nothing is held by it.
    open();
}

TEST_P(ConformanceOpening, two_databases_in_one_process_are_independent) {
    open();
    auto other = Database::open(directory().file("other.db"), options());
    run("CREATE TABLE t(a); INSERT INTO t VALUES('kept')");
    exec(other.handle(), "CREATE TABLE t(a); INSERT INTO t VALUES('other')");
    other.flush();
    flush_and_expect_same();
    EXPECT_EQ(query(Plain(directory().file("other.db")), "SELECT a FROM t"), Rows{{"other"}});
}

TEST_P(ConformanceOpening, the_strategy_can_change_from_one_time_to_the_next) {
    open();
    run("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES(1, 'x')");
    close();
    Options other = options();
    other.strategy = GetParam() == Strategy::session ? Strategy::trigger : Strategy::session;
    open(other);
    run("UPDATE t SET a = 'y'; INSERT INTO t VALUES(2, 'z')");
    flush_and_expect_same();
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceOpening);

}  // namespace
}  // namespace tidemark::tests
