// Database::undo: what is in the way, row by row, and what is refused.

#include "history/undo_case.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <cstdint>
#include <string>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = UndoConflict::Kind;

class UndoConflicts : public UndoCase {};

// ---- conflicts --------------------------------------------------------------------------------

TEST_P(UndoConflicts, says_which_row_is_gone_differs_or_is_there_already) {
    begin(posts);
    const std::uint64_t insertion = change("INSERT INTO posts VALUES(4, 'four', 40)");
    change("UPDATE posts SET views = 41 WHERE id = 4");
    UndoConflict conflict = expect_conflict(insertion, Kind::differs);
    EXPECT_EQ(conflict.table, "posts");
    EXPECT_EQ(conflict.key, "{\"id\":4}");
    EXPECT_EQ(conflict.left, R"({"id":4,"title":"four","views":40})");
    EXPECT_EQ(conflict.found, R"({"id":4,"title":"four","views":41})");
    change("DELETE FROM posts WHERE id = 4");
    conflict = expect_conflict(insertion, Kind::gone);
    EXPECT_THAT(conflict.found, IsEmpty());
    const std::uint64_t deletion = change("DELETE FROM posts WHERE id = 3");
    change("INSERT INTO posts VALUES(3, 'another', 0)");
    conflict = expect_conflict(deletion, Kind::already_there);
    EXPECT_EQ(conflict.found, R"({"id":3,"title":"another","views":0})");
}

TEST_P(UndoConflicts, does_nothing_a_second_time) {
    begin(
        "CREATE TABLE t(a); CREATE TABLE k(a TEXT PRIMARY KEY, b);"
        "INSERT INTO t VALUES(1); INSERT INTO k VALUES('x', 1)");
    const std::uint64_t batch = change("DELETE FROM t; DELETE FROM k");
    undo(batch);
    const UndoReport report = database().undo(batch);
    EXPECT_EQ(report.conflict_count, 2U) << report.to_json();
    EXPECT_EQ(rows("SELECT count(*) FROM t"), Rows{{1}});
}

TEST_P(UndoConflicts, says_which_constraint_refuses_a_row) {
    begin(
        "CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE ON CONFLICT REPLACE);"
        "INSERT INTO t VALUES(1, 'a')");
    const std::uint64_t deletion = change("DELETE FROM t");
    change("INSERT INTO t VALUES(2, 'a')");
    EXPECT_THAT(expect_conflict(deletion, Kind::constraint).reason,
                HasSubstr("UNIQUE constraint failed: t.u"));
    EXPECT_EQ(rows("SELECT * FROM t"), (Rows{{2, "a"}}));
}

TEST_P(UndoConflicts, does_not_bring_back_what_a_check_refuses_now) {
    begin("CREATE TABLE t(k INTEGER PRIMARY KEY, v CHECK(v > 0)); INSERT INTO t VALUES(1, 1)");
    run("PRAGMA ignore_check_constraints = ON");
    change("INSERT INTO t VALUES(2, -1)");
    const std::uint64_t batch = change("UPDATE t SET v = 5 WHERE k = 2");
    run("PRAGMA ignore_check_constraints = OFF");
    EXPECT_THAT(expect_conflict(batch, Kind::constraint).reason, HasSubstr("CHECK"));
    run("PRAGMA ignore_check_constraints = ON");
    EXPECT_TRUE(database().undo(batch).possible());
    EXPECT_EQ(rows("SELECT v FROM t WHERE k = 2"), Rows{{-1}});
}

TEST_P(UndoConflicts, says_which_table_is_another_one_now) {
    begin(std::string(posts) + "CREATE TABLE other(a, b); INSERT INTO other VALUES(1, 2)");
    const std::uint64_t batch = change("DELETE FROM posts WHERE id = 1");
    const std::uint64_t second = change("DELETE FROM other");
    change("ALTER TABLE posts ADD COLUMN more; DROP TABLE other");
    EXPECT_THAT(expect_conflict(batch, Kind::table_changed).reason, HasSubstr("other columns"));
    EXPECT_THAT(expect_conflict(second, Kind::table_changed).reason, HasSubstr("not there"));
}

TEST_P(UndoConflicts, counts_all_conflicts_and_lists_as_many_as_are_wanted) {
    begin("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    const std::uint64_t batch = change(
        "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
        " INSERT INTO t SELECT i, i FROM n");
    change("UPDATE t SET v = 0 WHERE k <= 20; DELETE FROM t WHERE k > 45");
    UndoReport report = database().undo(batch, {.conflicts_max = 7});
    EXPECT_EQ(report.conflict_count, 25U);
    EXPECT_THAT(report.conflicts, SizeIs(7));
    report = database().undo(batch, {.conflicts_max = 0});
    EXPECT_THAT(report.conflicts, SizeIs(25));
    EXPECT_EQ(rows("SELECT count(*) FROM t"), Rows{{45}});
}

TEST_P(UndoConflicts, dry_runs_change_nothing) {
    begin(posts);
    const std::uint64_t batch = change("DELETE FROM posts WHERE id > 1");
    const UndoReport report = database().undo(batch, {.dry_run = true});
    EXPECT_TRUE(report.possible());
    ASSERT_THAT(report.tables, SizeIs(1));
    EXPECT_EQ(report.tables[0].inserts, 2U);
    EXPECT_EQ(rows("SELECT count(*) FROM posts"), Rows{{1}});
    flush_and_expect_same();
    EXPECT_EQ(database().status().mark, batch) << "there was nothing to write";
}

// ---- what is refused --------------------------------------------------------------------------

TEST_P(UndoConflicts, refuses_what_it_cannot_do) {
    begin(posts);
    const std::uint64_t schema = change("CREATE TABLE s(a); INSERT INTO posts VALUES(7, '', 0)");
    EXPECT_THAT(error_of_undo(schema), HasSubstr("the schema changes with it"));
    change("CREATE VIRTUAL TABLE f USING fts5(x)");
    const std::uint64_t virtual_table = change("INSERT INTO f VALUES('words')");
    EXPECT_THAT(error_of_undo(virtual_table), HasSubstr("belongs to a virtual table"));
    EXPECT_THAT(error_of_undo(1000), HasSubstr("its last batch is"));
    EXPECT_THAT(error_of_undo(0), HasSubstr("it has no batch 0"));
    const std::uint64_t batch = change("DELETE FROM posts");
    run("CREATE TEMP TRIGGER mine AFTER INSERT ON posts BEGIN SELECT 1; END");
    EXPECT_THAT(error_of_undo(batch), HasSubstr("TEMP trigger 'mine'"));
    run("DROP TRIGGER mine");
    undo(batch);
}

TEST_P(UndoConflicts, needs_a_history_and_a_boundary) {
    begin(posts);
    const std::uint64_t batch = change("DELETE FROM posts");
    run("BEGIN");
    EXPECT_THAT(error_of_undo(batch), HasSubstr("a transaction is open"));
    run("ROLLBACK");
    {
        Statement half(ram(), "INSERT INTO posts VALUES(8, '', 0), (9, '', 0) RETURNING id");
        ASSERT_TRUE(half.step());
        EXPECT_THAT(error_of_undo(batch), HasSubstr("a transaction is open"));
    }
    {
        // Were it interrupted now, nothing could be taken back.
        Statement half(ram(), "SELECT 1 UNION ALL SELECT 2");
        ASSERT_TRUE(half.step());
        EXPECT_THAT(error_of_undo(batch), HasSubstr("not been stepped to its end"));
    }
    reopen();
    EXPECT_THAT(error_of_undo(batch), HasSubstr("no history is kept"));
}

TEST_P(UndoConflicts, fails_as_a_whole_when_the_commit_does) {
    begin(posts);
    const std::uint64_t batch = change("DELETE FROM posts");
    sqlite3_commit_hook(
        ram(), [](void*) { return 1; }, nullptr);
    EXPECT_THAT(error_of_undo(batch), HasSubstr("constraint failed"));
    sqlite3_commit_hook(ram(), nullptr, nullptr);
    EXPECT_FALSE(in_transaction(ram()));
    EXPECT_EQ(rows("SELECT count(*) FROM posts"), Rows{{0}});
    undo(batch);
}

TIDEMARK_FOR_BOTH_STRATEGIES(UndoConflicts);

}  // namespace
}  // namespace tidemark::tests
