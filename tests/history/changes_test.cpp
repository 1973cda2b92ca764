// The public view of a batch: values, JSON, SQL, a changeset; and of a history.

#include "history/walk.hpp"
#include "support/fixture.hpp"

#include <tidemark/history.hpp>

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ChangesView : public KeptDatabase {
protected:
    void begin(const std::string& schema) {
        prepare_file(schema);
        Options options = KeptDatabase::options();
        options.history.enabled = true;
        open(options);
    }
    /// Of the batch that this makes. Leaves the database as it was before beside it.
    Changes change(const std::string& sql) {
        run(sql);
        copy_file(path(), before_);
        exec(Plain(before_), "DROP TABLE _tidemark_state");
        database().flush();
        return History(path()).changes(database().status().mark);
    }
    /// What the kept database is, and what the one before it has become.
    [[nodiscard]] ::testing::AssertionResult before_became_after(const std::string& script) {
        const Plain db(before_);
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
        exec(db, script);
        return same(ram(), db);
    }
    /// From what the database is now.
    [[nodiscard]] ::testing::AssertionResult after_became_before(const std::string& script) {
        const std::string now = directory().file("now.db");
        copy_file(path(), now);
        const Plain db(now);
        exec(db, "DROP TABLE _tidemark_state");
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
        exec(db, script);
        return same(Plain(before_), db);
    }
    [[nodiscard]] const std::string& before() const noexcept { return before_; }

private:
    std::string before_ = directory().file("before.db");
};

constexpr const char* posts =
    "CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, views INT);"
    "INSERT INTO posts VALUES(1, 'one', 10), (2, 'two', 20);";

TEST_P(ChangesView, shows_old_and_new_values) {
    begin(posts);
    const Changes changes = change("UPDATE posts SET views = 11 WHERE id = 1");
    EXPECT_EQ(changes.size(), 1U);
    EXPECT_FALSE(changes.changes_schema());
    int count = 0;
    for (const Change& it : changes) {
        ++count;
        EXPECT_EQ(it.kind(), ChangeKind::update);
        EXPECT_EQ(it.table(), "posts");
        EXPECT_THAT(it.columns(), ElementsAre("id", "title", "views"));
        EXPECT_THAT(it.key(), ElementsAre(0U));
        EXPECT_EQ(it.old_values()[2].integer, 10);
        EXPECT_EQ(it.new_values()[2].integer, 11);
        EXPECT_EQ(it.new_values()[1].bytes, "one");
        EXPECT_FALSE(it.old_rowid());
    }
    EXPECT_EQ(count, 1);
}

TEST_P(ChangesView, can_be_gone_through_twice_and_outlives_the_history) {
    begin(posts);
    const Changes changes = change("DELETE FROM posts");
    for (int i = 0; i < 2; ++i) {
        std::vector<std::int64_t> ids;
        for (const Change& it : changes) ids.push_back(it.old_values()[0].integer);
        EXPECT_THAT(ids, ::testing::UnorderedElementsAre(1, 2));
    }
}

TEST_P(ChangesView, is_json) {
    begin("CREATE TABLE t(a, b)");
    const Changes changes = change("INSERT INTO t VALUES(1.0, x'00ff')");
    EXPECT_THAT(changes.to_json(),
                HasSubstr(R"("schema":[],"changes":[{"table":"t","operation":"INSERT","rowid":1,)"
                          R"("new":{"a":1.0,"b":{"$blob":"00ff"}}}]})"));
}

TEST_P(ChangesView, is_sql_in_both_directions) {
    begin(std::string(posts) +
          "CREATE TABLE w(a TEXT COLLATE NOCASE, b, c REAL, PRIMARY KEY(a, b)) WITHOUT ROWID;"
          "CREATE TABLE n(x, y UNIQUE); INSERT INTO n VALUES(1, 1), (1, NULL);"
          "CREATE TABLE s(k INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO s(v) VALUES(5);"
          "CREATE TRIGGER g AFTER INSERT ON n BEGIN UPDATE posts SET views = views + 1; END");
    const Changes changes = change(
        "INSERT INTO w VALUES('a', 1, 2), ('it''s', x'', 1e999), ('x', 'y', -0.5)"
        " ON CONFLICT DO NOTHING; UPDATE n SET x = CAST(x'610062' AS TEXT) WHERE y = 1;"
        "INSERT OR REPLACE INTO n VALUES(9007199254740993, 1); DELETE FROM posts WHERE id = 2;"
        "UPDATE s SET v = 0.1; UPDATE posts SET id = 7, title = CAST(x'ff' AS TEXT);"
        "PRAGMA user_version = 3");
    EXPECT_TRUE(after_became_before(changes.to_inverse_sql()));
    EXPECT_TRUE(before_became_after(changes.to_sql()));
}

TEST_P(ChangesView, is_sql_of_a_changed_schema) {
    begin(posts);
    const Changes changes = change(
        "CREATE TABLE t(a, b); INSERT INTO t VALUES(1, 2); CREATE UNIQUE INDEX i ON t(b);"
        "CREATE VIEW v AS SELECT * FROM t; ALTER TABLE posts RENAME TO articles;"
        "UPDATE articles SET views = 0");
    EXPECT_TRUE(changes.changes_schema());
    EXPECT_THAT(changes.schema_after_rows(), SizeIs(2));
    const Plain db(before());
    exec(db, changes.to_sql());
    EXPECT_EQ(query(db, "SELECT * FROM v"), (Rows{{1, 2}}));
    EXPECT_EQ(query_one(db, "SELECT sum(views) FROM articles"), Cell(0));
    EXPECT_THROW(static_cast<void>(changes.to_inverse_sql()), Error);
}

int omit(void*, int, sqlite3_changeset_iter*) { return SQLITE_CHANGESET_ABORT; }

TEST_P(ChangesView, is_a_changeset_that_sqlite_applies) {
    begin(std::string(posts) +
          "CREATE TABLE w(a TEXT NOT NULL, b INT NOT NULL, c, PRIMARY KEY(b, a)) WITHOUT ROWID;"
          "CREATE TABLE n(x); INSERT INTO w VALUES('x', 1, 1), ('y', 2, 2)");
    const Changes changes = change(
        "UPDATE posts SET title = NULL WHERE id = 1; DELETE FROM posts WHERE id = 2;"
        "INSERT INTO posts VALUES(5, 'ä', 1.5), (6, x'00', -1); UPDATE posts SET views = 3"
        " WHERE id = 5; UPDATE w SET b = 3 WHERE a = 'x'; UPDATE w SET c = 'z' WHERE a = 'y'");
    Changeset changeset = changes.to_changeset();
    EXPECT_THAT(changeset.left_out, IsEmpty());
    const Plain db(before());
    ASSERT_EQ(sqlite3changeset_apply(db, static_cast<int>(changeset.bytes.size()),
                                     changeset.bytes.data(), nullptr, omit, nullptr),
              SQLITE_OK);
    EXPECT_TRUE(same(ram(), db));
}

TEST_P(ChangesView, says_what_a_changeset_cannot_carry) {
    begin("CREATE TABLE n(x); CREATE TABLE k(a TEXT PRIMARY KEY, b)");
    const Changes changes = change(
        "INSERT INTO n VALUES(1); INSERT INTO k VALUES(NULL, 1), ('a', 2); CREATE TABLE m(y)");
    const Changeset changeset = changes.to_changeset();
    EXPECT_THAT(changeset.left_out,
                ::testing::UnorderedElementsAre("the changes of the schema",
                                                HasSubstr("'k': rows with NULL"),
                                                HasSubstr("'n': it has no PRIMARY KEY")));
}

TEST_P(ChangesView, of_one_row_are_found_by_its_key) {
    begin(std::string(posts) + "CREATE TABLE n(x)");
    change("UPDATE posts SET views = 11 WHERE id = 1");
    change("UPDATE posts SET views = 21 WHERE id = 2; INSERT INTO n VALUES('first')");
    change("UPDATE posts SET id = 9 WHERE id = 1");
    change("DELETE FROM posts WHERE id = 9; UPDATE n SET x = 'second'");
    const auto life = [this](const std::string& table, const std::string& key) {
        std::vector<std::string> found;
        History(path()).row(table, {key}, [&found](const Changes& batch, const Change& it) {
            found.push_back(std::to_string(batch.batch()) + " " + to_string(it.kind()));
        });
        return found;
    };
    EXPECT_THAT(life("posts", "1"), ::testing::Contains("1 UPDATE"));
    EXPECT_THAT(life("posts", "1"), ::testing::Not(::testing::Contains("2 UPDATE")));
    EXPECT_THAT(life("POSTS", "9"), ::testing::Contains("4 DELETE"));
    EXPECT_THAT(life("n", "1"), ElementsAre("2 INSERT", "4 UPDATE"));
    EXPECT_THAT(life("none", "1"), IsEmpty());
}

TEST_P(ChangesView, of_a_database_without_history_are_an_error) {
    try {
        const History none(path());
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("there is no such file"));
        EXPECT_THAT(error.what(), HasSubstr("--history"));
    }
}

TIDEMARK_FOR_BOTH_STRATEGIES(ChangesView);

}  // namespace
}  // namespace tidemark::tests
