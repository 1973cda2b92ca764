// What rules leave of a database: the destination must be what plain SQL says of the RAM database.

#include "feed/feeding.hpp"
#include "support/destination_conformance.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Rules : public FedDatabase {
protected:
    [[nodiscard]] Options ruled(std::vector<TableRule> rules) const {
        Options options = feeding(copy());
        options.destinations.front().rules = std::move(rules);
        return options;
    }
    [[nodiscard]] Rows at_destination(const std::string& sql) {
        if (!catches_up()) {
            const auto error = destination().last_error;
            ADD_FAILURE() << (error ? error->what() : "it is late");
        }
        return query(Plain(copy_path()), sql);
    }
    /// What opening says.
    [[nodiscard]] std::string refusal(std::vector<TableRule> rules) {
        try {
            open(ruled(std::move(rules)));
        } catch (const Error& error) {
            return error.what();
        }
        close();
        return "none";
    }
};

TEST_P(Rules, rows_come_and_go_as_in_a_publication_of_postgresql) {
    prepare_file(
        "CREATE TABLE posts(id INTEGER PRIMARY KEY, title, views INT);"
        "INSERT INTO posts VALUES(1, 'low', 5), (2, 'high', 500)");
    const auto keeper = std::make_shared<conformance::Keeper>();
    Options options = feeding(keeper);
    options.destinations.front().rules = {{.table = "posts", .when = "views > 100"}};
    open(options);
    ASSERT_TRUE(catches_up());
    change("UPDATE posts SET views = 101 WHERE id = 1");
    change("UPDATE posts SET title = 'still high' WHERE id = 2");
    change("UPDATE posts SET views = 100 WHERE id = 2");
    change("UPDATE posts SET views = 99 WHERE id = 2");
    change("DELETE FROM posts WHERE id = 2");
    change("DELETE FROM posts WHERE id = 1");
    change("INSERT INTO posts VALUES(3, 'low', NULL), (4, 'high', 1000)");
    ASSERT_TRUE(catches_up());
    close();
    const auto lines = [](const Changes& changes) {
        std::string all;
        for (const Change& change : changes) {
            all += std::string(to_string(change.kind())) + " " +
                   std::to_string(
                       (change.new_values().empty() ? change.old_values() : change.new_values())[0]
                           .integer) +
                   ";";
        }
        return all;
    };
    EXPECT_EQ(lines(keeper->loads.at(0).first), "INSERT 2;");
    std::vector<std::string> batches;
    for (const auto& [batch, mark] : keeper->batches) batches.push_back(lines(batch));
    EXPECT_THAT(batches, ElementsAre("INSERT 1;", "UPDATE 2;", "DELETE 2;", "", "", "DELETE 1;",
                                     "INSERT 4;"));
}

TEST_P(Rules, columns_are_chosen_renamed_transformed_and_masked) {
    open(ruled({{.table = "People",
                 .columns = {"id", "upper(name) AS \"the name\"", "'***' AS email", "born AS year",
                             "CAST(born AS TEXT) as born_text"}}}));
    change(
        "CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE,"
        " born INT CHECK(born > 1800)); CREATE INDEX by_name ON people(name)");
    change("INSERT INTO people VALUES(1, 'Ann', 'a@x', 1990), (2, 'Bob', 'b@x', 1980)");
    change(
        "UPDATE people SET email = 'hidden' WHERE id = 1; UPDATE people SET id = 5 WHERE id = 2");
    EXPECT_EQ(at_destination("SELECT * FROM people ORDER BY id"),
              (Rows{{1, "ANN", "***", 1990, "1990"}, {5, "BOB", "***", 1980, "1980"}}));
    EXPECT_EQ(at_destination("SELECT sql FROM sqlite_schema WHERE tbl_name = 'people'"),
              (Rows{{"CREATE TABLE \"people\"(\"id\" INTEGER PRIMARY KEY, \"the name\", \"email\","
                     " \"year\" INT, \"born_text\")"}}));
}

TEST_P(Rules, a_row_is_known_by_its_key_also_when_that_is_not_shown) {
    open(ruled({{.table = "t", .columns = {"v"}}, {.table = "n", .columns = {"b", "a"}}}));
    change("CREATE TABLE t(k INTEGER PRIMARY KEY, v); CREATE TABLE n(a, b)");
    change(
        "INSERT INTO t VALUES(1, 'same'), (2, 'same'), (3, 'same'); INSERT INTO n VALUES(1, 2), "
        "(1, 2)");
    change(
        "DELETE FROM t WHERE k = 2; UPDATE t SET v = 'other' WHERE k = 3; DELETE FROM n WHERE "
        "rowid = 1");
    EXPECT_EQ(at_destination("SELECT rowid, v FROM t"), (Rows{{1, "same"}, {3, "other"}}));
    EXPECT_EQ(at_destination("SELECT rowid, * FROM n"), (Rows{{2, 2, 1}}));
}

TEST_P(Rules, tables_are_renamed_with_their_indexes_and_left_out) {
    prepare_file(
        "CREATE TABLE a(k TEXT PRIMARY KEY, v UNIQUE); CREATE INDEX i ON a(v, k);"
        "INSERT INTO a VALUES('x', 1); CREATE TABLE secret(s); INSERT INTO secret VALUES(1);"
        "CREATE TABLE secret_not(s);"
        "CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES('secret');"
        "CREATE VIEW w AS SELECT * FROM secret; CREATE TABLE plain(p AS (1), q); INSERT INTO "
        "plain(q) "
        "VALUES(2)");
    open(ruled({{.table = "a", .rename = "b"},
                {.table = "secret", .exclude = true},
                {.table = "f", .exclude = true}}));
    change(
        "INSERT INTO a VALUES('y', 2); INSERT INTO secret VALUES(2); INSERT INTO f VALUES('more')");
    change("CREATE TABLE later(a); CREATE INDEX j ON a(k); INSERT INTO later VALUES(1)");
    change("INSERT OR REPLACE INTO a VALUES('z', 1)");
    EXPECT_EQ(at_destination("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND"
                             " name NOT LIKE '_tidemark%' ORDER BY name"),
              (Rows{{"b"}, {"i"}, {"j"}, {"later"}, {"plain"}, {"secret_not"}}));
    EXPECT_EQ(at_destination("SELECT * FROM b ORDER BY k"), (Rows{{"y", 2}, {"z", 1}}));
    EXPECT_EQ(at_destination("SELECT * FROM plain, later"), (Rows{{1, 2, 1}}));
    EXPECT_EQ(integrity(Plain(copy_path())), "ok");
}

TEST_P(Rules, compare_as_the_columns_do) {
    prepare_file(
        "CREATE TABLE t(k INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, n INTEGER, x,"
        " g AS (n * 2), length_ INT GENERATED ALWAYS AS (length(name)) STORED);"
        "INSERT INTO t(name, n, x) VALUES('Ann', 100, '100'), ('ann', 5, 100), ('bob', 100, NULL)");
    open(ruled({{.table = "t", .when = "name = 'ANN' AND n <> '99' AND g > 0 AND length_ = 3"}}));
    EXPECT_EQ(at_destination("SELECT k FROM t"), (Rows{{1}, {2}}));
    close();
    std::filesystem::remove(copy_path());
    open(ruled({{.table = "t", .when = "n = '100' -- a comment at the end"}}));
    EXPECT_EQ(at_destination("SELECT k FROM t"), (Rows{{1}, {3}}));
    close();
    std::filesystem::remove(copy_path());
    open(ruled({{.table = "t", .when = "x = 100"}}));
    EXPECT_EQ(at_destination("SELECT k FROM t"), (Rows{{2}}));
}

TEST_P(Rules, a_function_may_filter_and_change_rows_too) {
    prepare_file("CREATE TABLE t(k INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES(1, 'one')");
    const auto function = [](std::span<Value> row) {
        if (row[0].integer % 2 == 0) return false;
        row[1] = {.storage_class = StorageClass::text, .bytes = "masked"};
        return true;
    };
    open(ruled({{.table = "t", .columns = {"k", "v || '!' AS w"}, .row = function}}));
    change("INSERT INTO t VALUES(2, 'two'), (3, 'three')");
    change("UPDATE t SET k = 4 WHERE k = 3; UPDATE t SET k = 7 WHERE k = 2");
    EXPECT_EQ(at_destination("SELECT * FROM t"), (Rows{{1, "masked"}, {7, "masked"}}));
}

TEST_P(Rules, a_function_may_not_give_a_row_another_key) {
    prepare_file("CREATE TABLE t(k INTEGER PRIMARY KEY); INSERT INTO t VALUES(1)");
    open(ruled({{.table = "t", .row = [](std::span<Value> row) {
                     ++row[0].integer;
                     return true;
                 }}}));
    EXPECT_THAT(failure(), HasSubstr("it has given a row another key"));
}

TEST_P(Rules, what_does_not_compile_is_refused_with_the_words_of_sqlite) {
    prepare_file(
        "CREATE TABLE t(k INTEGER PRIMARY KEY, v); CREATE TABLE w(a PRIMARY KEY, b) WITHOUT ROWID;"
        "CREATE TABLE o(a); CREATE VIRTUAL TABLE f USING fts5(x)");
    const FolderSnapshot before(directory().path());
    EXPECT_THAT(refusal({{.table = "t", .when = "views > 1"}}), HasSubstr("no such column: views"));
    EXPECT_THAT(refusal({{.table = "t", .when = "v >"}}), HasSubstr("syntax error"));
    EXPECT_THAT(refusal({{.table = "t", .when = "1) OR (1"}}), HasSubstr("syntax error"));
    EXPECT_THAT(refusal({{.table = "t", .columns = {"k", "nowhere"}}}),
                HasSubstr("no such column: nowhere"));
    EXPECT_THAT(refusal({{.table = "t", .columns = {"k", "v + 1"}}}), HasSubstr("it has no name"));
    EXPECT_THAT(refusal({{.table = "t", .columns = {"k, v"}}}), HasSubstr("more than one column"));
    EXPECT_THAT(refusal({{.table = "t", .when = "v = ?1"}}), HasSubstr("parameters prohibited"));
    EXPECT_THAT(refusal({{.table = "t", .columns = {"k", "v", "1 AS V"}}}),
                HasSubstr("two columns of the name"));
    EXPECT_THAT(refusal({{.table = "t", .when = "random() > 0"}}), HasSubstr("non-deterministic"));
    EXPECT_THAT(refusal({{.table = "t", .when = "v IN (SELECT a FROM w)"}}),
                HasSubstr("no such table"));
    EXPECT_THAT(refusal({{.table = "t", .when = "(SELECT 1)"}}),
                HasSubstr("subqueries prohibited"));
    EXPECT_THAT(refusal({{.table = "t", .when = "count(*) > 0"}}), HasSubstr("aggregate"));
    EXPECT_THAT(refusal({{.table = "t", .when = "missing(v)"}}),
                HasSubstr("no such function: missing"));
    EXPECT_THAT(refusal({{.table = "posts", .when = "1"}}), HasSubstr("no such table: posts"));
    EXPECT_THAT(refusal({{.table = "w", .columns = {"b"}}}), HasSubstr("column a of its key"));
    EXPECT_THAT(refusal({{.table = "t", .when = "1"}, {.table = "T", .exclude = true}}),
                HasSubstr("it has two rules"));
    EXPECT_THAT(refusal({{.table = "t", .exclude = true, .when = "1"}}),
                HasSubstr("it is excluded"));
    EXPECT_THAT(refusal({{.table = "t", .rename = "o"}}), HasSubstr("two tables of the name"));
    EXPECT_THAT(refusal({{.table = "f", .when = "1"}}), HasSubstr("can only be excluded"));
    EXPECT_EQ(FolderSnapshot(directory().path()), before);
    EXPECT_EQ(refusal({{.table = "t", .when = "v > 1"}}), "none");
}

TEST_P(Rules, may_be_about_tables_that_a_new_database_is_going_to_have) {
    open(ruled({{.table = "t", .when = "v > 1"}, {.table = "u", .when = "nowhere"}}));
    change("CREATE TABLE t(v); INSERT INTO t VALUES(1), (2)");
    EXPECT_EQ(at_destination("SELECT v FROM t"), (Rows{{2}}));
    change("CREATE TABLE u(v)");
    EXPECT_THAT(failure(), HasSubstr("no such column: nowhere"));
    EXPECT_TRUE(destination().stopped);
    EXPECT_TRUE(same_on_disk(ram(), path()));
}

TEST_P(Rules, a_table_that_is_altered_comes_anew) {
    prepare_file(
        "CREATE TABLE t(k INTEGER PRIMARY KEY, v); INSERT INTO t VALUES(1, 1), (2, 2);"
        "CREATE TABLE x(a); INSERT INTO x VALUES(1)");
    open(ruled({{.table = "t", .when = "v > 1"}, {.table = "x", .exclude = true}}));
    change("ALTER TABLE t ADD COLUMN n DEFAULT 5");
    EXPECT_EQ(at_destination("SELECT * FROM t"), (Rows{{2, 2, 5}}));
    change("ALTER TABLE x RENAME TO y");
    EXPECT_EQ(at_destination("SELECT * FROM y"), (Rows{{1}}));
    change("ALTER TABLE t RENAME TO u; INSERT INTO u VALUES(3, 0, 0)");
    EXPECT_EQ(at_destination("SELECT k FROM u"), (Rows{{1}, {2}, {3}}));
    change("DROP TABLE u; CREATE TABLE t(v); INSERT INTO t VALUES(1), (7)");
    EXPECT_EQ(at_destination("SELECT * FROM t"), (Rows{{7}}));
    EXPECT_EQ(at_destination("SELECT name FROM sqlite_schema WHERE name IN ('t', 'u')"),
              (Rows{{"t"}}));
}

TEST_P(Rules, know_the_schema_of_the_batch_at_which_they_go_on) {
    const auto rules = [] {
        return std::vector<TableRule>{{.table = "t", .when = "v >= '2'", .columns = {"v", "k"}}};
    };
    prepare_file("CREATE TABLE t(k INTEGER PRIMARY KEY, v INT)");
    open(ruled(rules()));
    change("INSERT INTO t VALUES(1, 1), (2, 2)");
    EXPECT_EQ(at_destination("SELECT * FROM t"), (Rows{{2, 2}}));
    close();
    open(feeding_options());
    change("INSERT INTO t VALUES(3, 3)");
    change("CREATE TABLE beside(a); INSERT INTO beside VALUES(1)");
    change("UPDATE t SET v = 10 WHERE k = 1");
    change("CREATE INDEX i ON beside(a)");
    close();
    open(ruled(rules()));
    EXPECT_EQ(at_destination("SELECT * FROM t ORDER BY k"), (Rows{{10, 1}, {2, 2}, {3, 3}}));
    EXPECT_EQ(at_destination("SELECT * FROM beside"), (Rows{{1}}));
    close();
    open(feeding_options());
    change("INSERT INTO t VALUES(4, 4)");
    change("ALTER TABLE t RENAME COLUMN v TO w");
    close();
    EXPECT_THAT(refusal(rules()), HasSubstr("no such column: v"));
}

// ---- random programs --------------------------------------------------------------------------

/// A table, a rule, and what SQL would make of the two.
struct Case {
    TableRule rule;
    std::string reference;
};

std::vector<Case> cases() {
    return {
        {{.table = "posts", .when = "views > 50 OR title = 'HOT'"},
         "SELECT * FROM posts WHERE views > 50 OR title = 'HOT'"},
        {{.table = "words",
          .rename = "renamed",
          .when = "n <> 3",
          .columns = {"n", "k", "v AS value", "upper(k) || n AS both"}},
         "SELECT n, k, v, upper(k) || n FROM words WHERE n <> 3"},
        {{.table = "notes", .columns = {"typeof(a) AS t", "b", "a", "ifnull(b, 'none') AS c"}},
         "SELECT typeof(a), b, a, ifnull(b, 'none') FROM notes"},
        {{.table = "figures", .when = "g % 3 <> 0", .columns = {"x", "g"}},
         "SELECT x, g FROM figures WHERE g % 3 <> 0"},
        {{.table = "strict_ones", .when = "a IS NOT NULL", .columns = {"k", "a"}},
         "SELECT k, a FROM strict_ones WHERE a IS NOT NULL"},
    };
}

constexpr const char* schema =
    "CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT COLLATE NOCASE UNIQUE, views INT);"
    "CREATE TABLE words(k TEXT, v, n INT, PRIMARY KEY(n, k COLLATE NOCASE)) WITHOUT ROWID;"
    "CREATE TABLE notes(a, b);"
    "CREATE TABLE figures(k INTEGER PRIMARY KEY, x REAL, g INT AS (k * 7 % 10) STORED);"
    "CREATE TABLE strict_ones(k INT PRIMARY KEY, a ANY) STRICT";

std::string any_value(std::mt19937& random) {
    const std::string number = std::to_string(random() % 100);
    switch (random() % 7) {
        case 0:
            return "NULL";
        case 1:
            return "'" + number + "'";
        case 2:
            return number + ".5";
        case 3:
            return "x'" + std::to_string(10 + random() % 90) + "'";
        case 4:
            return random() % 2 == 0 ? "'hot'" : "'Hot'";
        default:
            return number;
    }
}

std::string any_statement(std::mt19937& random) {
    const std::string key = std::to_string(random() % 12);
    const std::string value = any_value(random);
    const std::string number = std::to_string(random() % 100);
    switch (random() % 14) {
        case 0:
        case 1:
            return "INSERT OR REPLACE INTO posts VALUES(" + key + ", " + value + ", " + number +
                   ")";
        case 2:
            return "UPDATE OR REPLACE posts SET views = " + number + ", title = " + value +
                   " WHERE id = " + key;
        case 3:
            return "UPDATE OR REPLACE posts SET id = id + 1 WHERE id = " + key;
        case 4:
            return "INSERT OR REPLACE INTO words VALUES('" + std::string(1, "abAB"[random() % 4]) +
                   "', " + value + ", " + std::to_string(random() % 5) + ")";
        case 5:
            return "UPDATE OR REPLACE words SET n = (n + 1) % 5 WHERE n = " +
                   std::to_string(random() % 5);
        case 6:
            return "DELETE FROM words WHERE k = 'a'";
        case 7:
            return "INSERT INTO notes VALUES(" + value + ", " + any_value(random) + ")";
        case 8:
            return "UPDATE notes SET b = " + value +
                   " WHERE rowid % 4 = " + std::to_string(random() % 4);
        case 9:
            return "DELETE FROM notes WHERE rowid % 5 = " + std::to_string(random() % 5);
        case 10:
            return "INSERT OR REPLACE INTO figures(k, x) VALUES(" + key + ", " + value + ")";
        case 11:
            return "UPDATE OR REPLACE figures SET k = k + 2, x = x + 1 WHERE k > " + key;
        case 12:
            return "INSERT OR REPLACE INTO strict_ones VALUES(" + key + ", " + value + ")";
        default:
            return "DELETE FROM posts WHERE id > " + key +
                   "; DELETE FROM strict_ones WHERE k = " + key;
    }
}

std::uint32_t seed() {
    const char* const given = std::getenv("TIDEMARK_FEED_SEED");
    return given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : 1;
}

TEST_P(Rules, leave_what_sql_says_of_random_programs) {
    std::mt19937 random(seed());
    std::vector<TableRule> rules;
    for (const Case& each : cases()) rules.push_back(each.rule);
    open(ruled(rules));
    run(schema);
    const auto sorted = [](std::vector<conformance::Row> rows) {
        std::sort(rows.begin(), rows.end());
        return rows;
    };
    for (int flush = 0; flush < 60; ++flush) {
        for (auto left = random() % 12; left > 0; --left) {
            static_cast<void>(try_exec(ram(), any_statement(random)));
        }
        if (random() % 10 == 0)
            run("CREATE TABLE IF NOT EXISTS x(a); CREATE INDEX IF NOT EXISTS i ON posts(views)");
        if (random() % 10 == 0) run("DROP TABLE IF EXISTS x; DROP INDEX IF EXISTS i");
        if (random() % 15 == 0)
            run("ALTER TABLE notes ADD COLUMN c" + std::to_string(flush) + " DEFAULT 1");
        if (random() % 8 == 0) {
            close();
            open(ruled(rules));
        }
        ASSERT_TRUE(catches_up());
        const Plain there(copy_path());
        for (const Case& each : cases()) {
            const std::string& name = each.rule.rename.empty() ? each.rule.table : each.rule.rename;
            exec(ram(), "CREATE TEMP VIEW reference AS " + each.reference);
            ASSERT_EQ(sorted(conformance::rows_of(there, name)),
                      sorted(conformance::rows_of(ram(), "reference")))
                << name << " after flush " << flush;
            exec(ram(), "DROP VIEW temp.reference");
        }
        ASSERT_EQ(integrity(there), "ok");
    }
}

TIDEMARK_FOR_BOTH_STRATEGIES(Rules);

}  // namespace
}  // namespace tidemark::tests
