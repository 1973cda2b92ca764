// Database::undo: the inverse of a batch as a change of its own.

#include "history/undo_case.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using Kind = UndoConflict::Kind;

class Undo : public UndoCase {};

// ---- what is undone ---------------------------------------------------------------------------

TEST_P(Undo, takes_back_inserts_updates_and_deletes) {
    begin(posts);
    const std::uint64_t batch = change(
        "INSERT INTO posts VALUES(4, 'four', 40); UPDATE posts SET views = 0, title = NULL"
        " WHERE id = 1; DELETE FROM posts WHERE id = 3");
    change("INSERT INTO posts VALUES(5, 'later', 50)");
    const UndoReport report = database().undo(batch);
    ASSERT_TRUE(report.possible()) << report.to_json();
    ASSERT_THAT(report.tables, SizeIs(1));
    EXPECT_EQ(report.tables[0].inserts, 1U);
    EXPECT_EQ(report.tables[0].updates, 1U);
    EXPECT_EQ(report.tables[0].deletes, 1U);
    EXPECT_EQ(rows("SELECT * FROM posts"),
              (Rows{{1, "one", 10}, {2, "two", 20}, {3, "three", 30}, {5, "later", 50}}));
    flush_and_expect_same();
}

TEST_P(Undo, is_one_batch_of_its_own_that_can_be_undone) {
    begin(std::string(posts) + "CREATE TABLE other(a)");
    const std::uint64_t batch =
        change("DELETE FROM posts WHERE id > 1; INSERT INTO other VALUES(7)");
    undo(batch);
    const auto batches = History(path()).batches(batch);
    ASSERT_THAT(batches, SizeIs(1));
    EXPECT_THAT(batches[0].tables, SizeIs(2));
    EXPECT_EQ(rows("SELECT count(*) FROM posts"), Rows{{3}});
    undo(batches[0].number);
    EXPECT_EQ(rows("SELECT count(*) FROM posts"), Rows{{1}});
    EXPECT_EQ(rows("SELECT a FROM other"), Rows{{7}});
}

TEST_P(Undo, flushes_first_so_that_what_is_pending_has_a_number) {
    begin(posts);
    run("DELETE FROM posts");
    undo(database().status().mark + 1);
    EXPECT_EQ(rows("SELECT count(*) FROM posts"), Rows{{3}});
}

TEST_P(Undo, lets_rows_exchange_unique_values_and_keys) {
    begin(
        "CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE, v);"
        "INSERT INTO t VALUES(1, 'a', 1), (2, 'b', 2), (3, 'c', 3)");
    const Rows before = rows("SELECT * FROM t");
    const std::uint64_t values = change("UPDATE t SET u = NULL; UPDATE t SET u = char(97 + k % 3)");
    undo(values);
    EXPECT_EQ(rows("SELECT * FROM t"), before);
    const std::uint64_t keys =
        change("UPDATE t SET k = k + 10; UPDATE t SET k = 14 - k; INSERT INTO t VALUES(9, 'd', 9)");
    undo(keys);
    EXPECT_EQ(rows("SELECT * FROM t"), before);
}

TEST_P(Undo, brings_back_what_replace_has_deleted) {
    begin(
        "CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE, w UNIQUE);"
        "INSERT INTO t VALUES(1, 1, 1), (2, 2, 2), (3, 3, 3)");
    const Rows before = rows("SELECT * FROM t");
    undo(change("INSERT OR REPLACE INTO t VALUES(1, 2, 3)"));
    EXPECT_EQ(rows("SELECT * FROM t"), before);
}

TEST_P(Undo, tells_keys_apart_that_are_one_to_the_table) {
    begin(
        "CREATE TABLE w(k TEXT PRIMARY KEY COLLATE NOCASE, v) WITHOUT ROWID;"
        "CREATE TABLE t(k TEXT PRIMARY KEY COLLATE NOCASE, v);"
        "INSERT INTO w VALUES('a', 1); INSERT INTO t VALUES('a', 1)");
    undo(change("UPDATE w SET k = 'A'; UPDATE t SET k = 'A'"));
    EXPECT_EQ(rows("SELECT * FROM w UNION ALL SELECT * FROM t"), (Rows{{"a", 1}, {"a", 1}}));
}

TEST_P(Undo, goes_over_values_of_any_kind_and_generated_columns) {
    begin(
        "PRAGMA encoding = 'UTF-16';"
        "CREATE TABLE t(k INTEGER PRIMARY KEY, r REAL, x, g AS (k + 1) UNIQUE);"
        "INSERT INTO t VALUES(1, 5, NULL), (2, 1e999, x''), (3, 0.1, CAST(x'00d8' AS TEXT)),"
        " (4, 7, 4611686018427387904)");
    const Rows before = rows("SELECT * FROM t");
    undo(change("UPDATE t SET r = r / 2, x = 'ö'; DELETE FROM t WHERE k > 2"));
    EXPECT_EQ(rows("SELECT * FROM t"), before);
}

TEST_P(Undo, writes_rows_that_nothing_can_name_together) {
    begin("CREATE TABLE h(rowid, oid, _rowid_, x); INSERT INTO h VALUES(1, 2, 3, 4), (1, 2, 3, 4)");
    const std::uint64_t batch = change("UPDATE h SET x = 5; INSERT INTO h VALUES(0, 0, 0, 0)");
    undo(batch);
    EXPECT_EQ(rows("SELECT x FROM h"), (Rows{{4}, {4}}));
    change("INSERT INTO h VALUES(9, 9, 9, 9)");
    EXPECT_EQ(expect_conflict(batch, Kind::differs).table, "h");
}

TEST_P(Undo, gives_a_row_another_rowid_when_its_own_is_taken) {
    begin(
        "CREATE TABLE t(a); CREATE TABLE p(k TEXT PRIMARY KEY, a);"
        "INSERT INTO t VALUES('x'), ('y'); INSERT INTO p VALUES('x', 1), ('y', 2)");
    const std::uint64_t batch = change("DELETE FROM t WHERE a = 'y'; DELETE FROM p WHERE k = 'y'");
    change("INSERT INTO t VALUES('new'); INSERT INTO p VALUES('new', 3)");
    undo(batch);
    EXPECT_EQ(rows("SELECT a FROM t ORDER BY a"), (Rows{{"new"}, {"x"}, {"y"}}));
    EXPECT_EQ(rows("SELECT k FROM p ORDER BY k"), (Rows{{"new"}, {"x"}, {"y"}}));
}

TEST_P(Undo, takes_counters_back_unless_they_have_moved_on) {
    begin("CREATE TABLE t(k INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO t(v) VALUES(1)");
    undo(change("INSERT INTO t(v) VALUES(2), (3)"));
    EXPECT_EQ(rows("SELECT seq FROM sqlite_sequence"), Rows{{1}});
    const std::uint64_t batch = change("INSERT INTO t(v) VALUES(4)");
    change("INSERT INTO t(v) VALUES(5)");
    undo(batch);
    EXPECT_EQ(rows("SELECT seq FROM sqlite_sequence"), Rows{{3}});
    EXPECT_EQ(rows("SELECT k FROM t"), (Rows{{1}, {3}}));
    // An insert would move one that was set back by hand.
    const std::uint64_t deletion = change("DELETE FROM t WHERE k = 3");
    change("UPDATE sqlite_sequence SET seq = 0");
    undo(deletion);
    EXPECT_EQ(rows("SELECT seq FROM sqlite_sequence"), Rows{{0}});
}

TEST_P(Undo, takes_the_header_back) {
    begin(posts);
    const std::uint64_t batch = change("PRAGMA user_version = 7; PRAGMA application_id = -5");
    undo(batch);
    EXPECT_EQ(rows("PRAGMA user_version"), Rows{{0}});
    EXPECT_EQ(rows("PRAGMA application_id"), Rows{{0}});
    change("PRAGMA user_version = 8; PRAGMA application_id = -5");
    EXPECT_EQ(expect_conflict(batch, Kind::differs).table, "PRAGMA user_version");
}

// ---- effects, not causes ----------------------------------------------------------------------

TEST_P(Undo, does_not_fire_the_applications_triggers) {
    begin(std::string(posts) +
          "CREATE TABLE audit(id INTEGER PRIMARY KEY, w);"
          "CREATE TRIGGER i AFTER INSERT ON posts BEGIN INSERT INTO audit(w) VALUES('i'); END;"
          "CREATE TRIGGER u AFTER UPDATE ON posts BEGIN INSERT INTO audit(w) VALUES('u'); END;"
          "CREATE TRIGGER d BEFORE DELETE ON posts BEGIN INSERT INTO audit(w) VALUES('d'); END;");
    const std::uint64_t batch = change(
        "INSERT INTO posts VALUES(4, 'four', 40); UPDATE posts SET views = 0 WHERE id = 1;"
        "DELETE FROM posts WHERE id = 3");
    EXPECT_EQ(rows("SELECT w FROM audit"), (Rows{{"i"}, {"u"}, {"d"}}));
    // Tidemark's own triggers have to: under the trigger strategy the disk follows by them.
    undo(batch);
    EXPECT_EQ(rows("SELECT w FROM audit"), Rows{});
    EXPECT_EQ(rows("SELECT count(*), sum(views) FROM posts"), (Rows{{3, 60}}));
    run("INSERT INTO posts VALUES(5, 'five', 50)");
    EXPECT_EQ(rows("SELECT w FROM audit"), Rows{{"i"}}) << "they are on again";
}

constexpr const char* family =
    "CREATE TABLE parent(id INTEGER PRIMARY KEY);"
    "CREATE TABLE child(id INTEGER PRIMARY KEY, p REFERENCES parent ON DELETE CASCADE);"
    "INSERT INTO parent VALUES(1), (2); INSERT INTO child VALUES(10, 1), (20, 2);";

TEST_P(Undo, brings_back_what_a_cascade_has_deleted) {
    begin(family);
    run("PRAGMA foreign_keys = ON");
    const std::uint64_t batch = change("DELETE FROM parent WHERE id = 1");
    EXPECT_EQ(rows("SELECT id FROM child"), Rows{{20}});
    undo(batch);
    EXPECT_EQ(rows("SELECT id FROM child"), (Rows{{10}, {20}}));
    EXPECT_EQ(rows("PRAGMA foreign_keys"), Rows{{1}}) << "they are on again";
}

TEST_P(Undo, does_not_delete_what_refers_to_a_row_that_goes) {
    begin(family);
    run("PRAGMA foreign_keys = ON");
    const std::uint64_t batch = change("INSERT INTO parent VALUES(3)");
    change("INSERT INTO child VALUES(30, 3)");
    const UndoConflict conflict = expect_conflict(batch, Kind::foreign_key);
    EXPECT_EQ(conflict.table, "child");
    EXPECT_EQ(conflict.key, "{\"id\":30}");
    change("DELETE FROM child WHERE id = 30");
    undo(batch);
}

TEST_P(Undo, is_not_held_up_by_what_referred_to_nothing_before) {
    begin(family);
    change("INSERT INTO child VALUES(40, 4)");
    const std::uint64_t batch = change("DELETE FROM child WHERE id = 10");
    run("PRAGMA foreign_keys = ON");
    undo(batch);
    EXPECT_EQ(rows("SELECT id FROM child"), (Rows{{10}, {20}, {40}}));
}

TEST_P(Undo, refuses_to_bring_back_a_row_whose_parent_is_gone) {
    begin(family);
    run("PRAGMA foreign_keys = ON");
    const std::uint64_t batch = change("DELETE FROM child WHERE id = 10");
    change("DELETE FROM parent WHERE id = 1");
    EXPECT_EQ(expect_conflict(batch, Kind::foreign_key).key, "{\"id\":10}");
    // Who does not enforce them has nothing against it.
    run("PRAGMA foreign_keys = OFF");
    undo(batch);
}

// ---- beside others ----------------------------------------------------------------------------

TEST_P(Undo, does_not_ask_the_applications_authorizer) {
    begin(posts);
    const std::uint64_t batch = change("DELETE FROM posts; PRAGMA user_version = 3");
    database().set_authorizer(
        [](void*, int, const char*, const char*, const char*, const char*) { return SQLITE_DENY; },
        nullptr);
    const UndoReport report = database().undo(batch);
    database().set_authorizer(nullptr, nullptr);
    EXPECT_TRUE(report.possible()) << report.to_json();
    EXPECT_EQ(rows("SELECT count(*) FROM posts"), Rows{{3}});
    flush_and_expect_same();
}

TEST_P(Undo, leaves_a_reader_alone_and_is_done_when_it_has_ended) {
    begin(posts);
    const std::uint64_t batch = change("INSERT INTO posts VALUES(4, 'four', 40)");
    Statement reader(ram(), "SELECT id FROM posts");
    ASSERT_TRUE(reader.step());
    EXPECT_THAT(error_of_undo(batch), HasSubstr("not been stepped to its end"));
    for (int row = 2; row <= 4; ++row) EXPECT_TRUE(reader.step());
    EXPECT_FALSE(reader.step());
    reader.reset();
    undo(batch);
}

TEST_P(Undo, goes_on_beside_threads_that_write) {
    begin(std::string(posts) + "CREATE TABLE other(a INTEGER PRIMARY KEY)");
    const std::uint64_t batch = change("DELETE FROM posts WHERE id = 1");
    // Each row has a key of its own: a hidden rowid could be given to another row meanwhile.
    std::thread writer([this] {
        for (int i = 0; i < 300; ++i) run("INSERT INTO other VALUES(" + std::to_string(i) + ")");
    });
    std::uint64_t last = batch;
    for (int i = 0; i < 10; ++i) {
        const std::uint64_t before = database().status().mark;
        EXPECT_THAT(error_of_undo(last), HasSubstr("\"undone\":true"));
        database().flush();
        // The batch may hold rows of the writer's, which the next undo deletes.
        for (const BatchSummary& it : History(path()).batches(before)) {
            for (const TableChanges& table : it.tables) {
                if (table.table == "posts") last = it.number;
            }
        }
    }
    writer.join();
    EXPECT_EQ(rows("SELECT count(*) FROM posts"), Rows{{2}});
    flush_and_expect_same();
}

TEST_P(Undo, is_handed_over_when_cuts_are_made_in_calls) {
    prepare_file(posts);
    Options options = with_history();
    options.cutting = Cutting::in_calls;
    options.interval = std::chrono::milliseconds{10};
    open(options);
    const std::uint64_t batch = change("DELETE FROM posts");
    EXPECT_TRUE(database().undo(batch).possible());
    // Without another call.
    EXPECT_TRUE(observer().wait_until(
        [batch](const Heard& it) { return !it.syncs.empty() && it.syncs.back().mark > batch; }));
    EXPECT_EQ(on_disk("SELECT count(*) FROM posts"), Rows{{3}});
    const std::uint64_t header = change("PRAGMA user_version = 3");
    undo(header);
    EXPECT_EQ(rows("PRAGMA user_version"), Rows{{0}});
}

TIDEMARK_FOR_BOTH_STRATEGIES(Undo);

/// What there is under one strategy only.
class UndoByTrigger : public Undo {};

TEST_P(UndoByTrigger, waits_for_the_disk_when_commits_do) {
    prepare_file(posts);
    Options options = with_history();
    options.durability = Durability::commit;
    open(options);
    const auto last_batch = [this] { return History(path()).batches().back().number; };
    run("DELETE FROM posts");
    EXPECT_TRUE(database().undo(last_batch()).possible());
    EXPECT_EQ(on_disk("SELECT count(*) FROM posts"), Rows{{3}});
    run("PRAGMA user_version = 3");
    EXPECT_TRUE(database().undo(last_batch()).possible());
    EXPECT_EQ(on_disk("PRAGMA user_version"), Rows{{0}});
}

TEST_P(UndoByTrigger, shows_in_the_queue_like_any_other_change) {
    begin(std::string(posts) + "CREATE TRIGGER d AFTER DELETE ON posts BEGIN SELECT 1; END");
    const std::uint64_t batch = change("DELETE FROM posts WHERE id = 2");
    ASSERT_TRUE(database().undo(batch).possible());
    EXPECT_EQ(rows("SELECT operation, table_name FROM _sync_queue"), (Rows{{"INSERT", "posts"}}));
    flush_and_expect_same();
}

INSTANTIATE_TEST_SUITE_P(Strategies, UndoByTrigger, ::testing::Values(Strategy::trigger),
                         strategy_name);

}  // namespace
}  // namespace tidemark::tests
