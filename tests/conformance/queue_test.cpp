// `_sync_queue`: what is pending under the trigger strategy, for everyone to SELECT from.

#include "support/fixture.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <bit>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;

class ConformanceQueue : public KeptDatabase {
protected:
    void SetUp() override {
        prepare_file(
            "CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, views INTEGER); CREATE TABLE "
            "v(id INTEGER PRIMARY KEY, a)");
        open();
    }

    [[nodiscard]] Rows queue(const std::string& sql) { return query(ram(), sql); }

    /// The JSON of the only column `a` of the last change to table v.
    std::string json_of(const Cell& value) {
        run("INSERT INTO v(a) VALUES(?1)", {value});
        return queue(
                   "SELECT record_data FROM _sync_queue WHERE table_name = 'v' ORDER BY id DESC "
                   "LIMIT 1")
            .at(0)
            .at(0)
            .text();
    }
    std::string json_value_of(const Cell& value) {
        const std::string json = json_of(value);
        const std::string before = "\"a\":";
        const auto start = json.find(before);
        EXPECT_NE(start, std::string::npos) << json;
        return json.substr(start + before.size(), json.rfind('}') - start - before.size());
    }
};

TEST_P(ConformanceQueue, has_the_columns_of_the_seed_and_more) {
    const Rows columns =
        queue("SELECT name FROM pragma_table_xinfo('_sync_queue') WHERE hidden = 0");
    ASSERT_GE(columns.size(), 6U);
    EXPECT_EQ(columns[0], Row{"id"});
    EXPECT_EQ(columns[1], Row{"operation"});
    EXPECT_EQ(columns[2], Row{"table_name"});
    EXPECT_EQ(columns[3], Row{"record_data"});
    EXPECT_EQ(columns[4], Row{"old_data"});
    EXPECT_EQ(columns[5], Row{"transaction"});
}

TEST_P(ConformanceQueue, shows_each_change_in_order) {
    run("INSERT INTO posts VALUES(1, 'Title', 100); UPDATE posts SET views = 101; DELETE FROM "
        "posts");
    EXPECT_EQ(queue("SELECT operation, table_name FROM _sync_queue ORDER BY id"),
              (Rows{{"INSERT", "posts"}, {"UPDATE", "posts"}, {"DELETE", "posts"}}));
    EXPECT_EQ(queue("SELECT record_data FROM _sync_queue WHERE operation = 'INSERT'"),
              (Rows{{R"({"id":1,"title":"Title","views":100})"}}));
    EXPECT_EQ(queue("SELECT count(*), count(DISTINCT id) FROM _sync_queue"), (Rows{{3, 3}}));
    const Rows in_storage_order = queue("SELECT id FROM _sync_queue");
    EXPECT_EQ(in_storage_order, queue("SELECT id FROM _sync_queue ORDER BY id"));
}

TEST_P(ConformanceQueue, the_queries_of_the_seed_run_unchanged) {
    run("INSERT INTO posts VALUES(1, 'A', 50); INSERT INTO posts VALUES(2, 'B', 150); INSERT INTO "
        "posts VALUES(3, 'C', 500); UPDATE posts SET views = 999 WHERE id = 1");
    const Rows all = queue("SELECT * FROM _sync_queue");
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0][1], Cell("INSERT"));
    EXPECT_EQ(all[0][2], Cell("posts"));

    const Rows popular = queue(
        "SELECT * FROM _sync_queue WHERE operation = 'INSERT' AND json_extract(record_data, "
        "'$.views') > 100");
    ASSERT_EQ(popular.size(), 2U);
    EXPECT_THAT(popular[0][3].text(), HasSubstr("\"B\""));
    EXPECT_THAT(popular[1][3].text(), HasSubstr("\"C\""));
    EXPECT_EQ(queue("SELECT json_extract(record_data, '$.title') FROM _sync_queue WHERE operation "
                    "= 'UPDATE'"),
              Rows{{"A"}});
}

TEST_P(ConformanceQueue, names_the_old_row_of_updates_and_deletes) {
    run("INSERT INTO posts VALUES(1, 'A', 50)");
    database().flush();
    run("UPDATE posts SET id = 7, views = 51; DELETE FROM posts");
    EXPECT_EQ(queue("SELECT json_extract(old_data, '$.id') FROM _sync_queue ORDER BY id"),
              (Rows{{1}, {7}}));
    EXPECT_EQ(
        queue(
            "SELECT json_extract(record_data, '$.id') FROM _sync_queue WHERE operation = 'UPDATE'"),
        Rows{{7}});
    run("INSERT INTO posts VALUES(9, 'B', 1)");
    EXPECT_EQ(queue("SELECT old_data FROM _sync_queue WHERE operation = 'INSERT'"),
              Rows{{nullptr}});
}

TEST_P(ConformanceQueue, tells_transactions_apart) {
    run("INSERT INTO posts VALUES(1, 'A', 1); BEGIN; INSERT INTO posts VALUES(2, 'B', 2); INSERT "
        "INTO posts VALUES(3, 'C', 3); COMMIT; INSERT INTO posts VALUES(4, 'D', 4)");
    const Rows rows = queue(R"(SELECT "transaction" FROM _sync_queue ORDER BY id)");
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_NE(rows[0], rows[1]);
    EXPECT_EQ(rows[1], rows[2]);
    EXPECT_NE(rows[2], rows[3]);
}

TEST_P(ConformanceQueue, holds_nothing_that_was_rolled_back) {
    run("INSERT INTO posts VALUES(1, 'A', 1); BEGIN; INSERT INTO posts VALUES(2, 'B', 2); "
        "SAVEPOINT s; INSERT INTO posts VALUES(3, 'C', 3); ROLLBACK TO s;"
        "INSERT INTO posts VALUES(4, 'D', 4); COMMIT; BEGIN; DELETE FROM posts; ROLLBACK; INSERT "
        "OR IGNORE INTO posts VALUES(1, 'E', 5)");
    EXPECT_EQ(queue("SELECT json_extract(record_data, '$.id') FROM _sync_queue ORDER BY id"),
              (Rows{{1}, {2}, {4}}));
}

TEST_P(ConformanceQueue, is_empty_after_a_flush) {
    EXPECT_EQ(queue("SELECT count(*) FROM _sync_queue"), Rows{{0}});
    run("INSERT INTO posts VALUES(1, 'A', 1), (2, 'B', 2)");
    EXPECT_EQ(queue("SELECT count(*) FROM _sync_queue"), Rows{{2}});
    EXPECT_EQ(database().status().pending_changes, 2U);
    database().flush();
    EXPECT_EQ(queue("SELECT count(*) FROM _sync_queue"), Rows{{0}});
    EXPECT_EQ(database().status().pending_changes, 0U);
}

TEST_P(ConformanceQueue, still_shows_what_was_cut_and_could_not_be_written) {
    close();
    Options options = eager_options();
    options.busy_timeout = std::chrono::milliseconds{0};
    options.retry_pause_first = std::chrono::milliseconds{5};
    options.retry_pause_max = std::chrono::milliseconds{5};
    open(options);
    const Plain foreigner(path());
    exec(foreigner, "BEGIN IMMEDIATE");
    run("INSERT INTO posts VALUES(1, 'waits', 1)");
    ASSERT_TRUE(observer().wait_until([](const Heard& heard) { return !heard.failures.empty(); }));
    run("INSERT INTO posts VALUES(2, 'too', 2)");
    EXPECT_EQ(queue("SELECT json_extract(record_data, '$.title') FROM _sync_queue ORDER BY id"),
              (Rows{{"waits"}, {"too"}}));
    exec(foreigner, "ROLLBACK");
    database().flush();
    EXPECT_EQ(queue("SELECT count(*) FROM _sync_queue"), Rows{{0}});
}

TEST_P(ConformanceQueue, ids_grow_and_are_not_used_again) {
    run("INSERT INTO posts VALUES(1, 'A', 1)");
    const Cell first = queue("SELECT max(id) FROM _sync_queue").at(0).at(0);
    database().flush();
    run("INSERT INTO posts VALUES(2, 'B', 2)");
    EXPECT_GT(queue("SELECT min(id) FROM _sync_queue").at(0).at(0).integer(), first.integer());
}

TEST_P(ConformanceQueue, is_read_only) {
    run("INSERT INTO posts VALUES(1, 'A', 1)");
    EXPECT_NE(try_exec(ram(), "DELETE FROM _sync_queue").rc, SQLITE_OK);
    EXPECT_NE(try_exec(ram(), "UPDATE _sync_queue SET operation = 'DELETE'").rc, SQLITE_OK);
    EXPECT_NE(try_exec(ram(),
                       "INSERT INTO _sync_queue(operation, table_name, record_data) "
                       "VALUES('INSERT', 'posts', '{}')")
                  .rc,
              SQLITE_OK);
    EXPECT_EQ(queue("SELECT count(*) FROM _sync_queue"), Rows{{1}});
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT count(*) FROM posts"), Rows{{1}});
}

TEST_P(ConformanceQueue, is_not_in_the_main_schema) {
    EXPECT_EQ(queue("SELECT count(*) FROM main.sqlite_schema WHERE name LIKE '%sync_queue%'"),
              Rows{{0}});
    EXPECT_EQ(queue("SELECT count(*) FROM temp._sync_queue"), Rows{{0}});
}

TEST_P(ConformanceQueue, can_be_joined_grouped_and_left_half_read) {
    run("INSERT INTO posts VALUES(1, 'A', 1), (2, 'B', 2); UPDATE posts SET views = 5; INSERT INTO "
        "v(a) VALUES(1)");
    EXPECT_EQ(
        queue(
            "SELECT table_name, operation, count(*) FROM _sync_queue GROUP BY 1, 2 ORDER BY 1, 2"),
        (Rows{{"posts", "INSERT", 2}, {"posts", "UPDATE", 2}, {"v", "INSERT", 1}}));
    EXPECT_EQ(queue("SELECT p.title FROM _sync_queue q JOIN posts p ON p.id = "
                    "json_extract(q.record_data, '$.id')"
                    " WHERE q.operation = 'INSERT' AND q.table_name = 'posts' ORDER BY 1"),
              (Rows{{"A"}, {"B"}}));
    Statement half(ram(), "SELECT * FROM _sync_queue");
    ASSERT_TRUE(half.step());
    run("INSERT INTO v(a) VALUES(2)");
    flush_and_expect_same();
    while (half.step()) {
    }
}

TEST_P(ConformanceQueue, every_record_is_valid_json) {
    using namespace std::string_literals;
    const std::vector<Cell> values{nullptr,
                                   1,
                                   1.5,
                                   "text",
                                   "\"quoted\" \\ back",
                                   "\n\t\x01\x1f\x7f",
                                   "a\0b"s,
                                   "\xff",
                                   Blob{"\0\xff"s},
                                   Blob{},
                                   -0.0,
                                   std::numeric_limits<double>::infinity(),
                                   "世界 🌊",
                                   "</script>"};
    for (const Cell& value : values) {
        run("INSERT INTO v(a) VALUES(?1)", {value});
    }
    EXPECT_EQ(queue("SELECT count(*) FROM _sync_queue WHERE NOT json_valid(record_data)"),
              Rows{{0}});
}

TEST_P(ConformanceQueue, json_of_null_and_integers) {
    EXPECT_EQ(json_value_of(nullptr), "null");
    EXPECT_EQ(json_value_of(0), "0");
    EXPECT_EQ(json_value_of(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
    EXPECT_EQ(json_value_of(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
}

TEST_P(ConformanceQueue, json_of_doubles_keeps_every_bit) {
    using Limits = std::numeric_limits<double>;
    std::vector<double> values{0.0,
                               -0.0,
                               1.0,
                               -1.0,
                               0.1,
                               1e15,
                               1e16,
                               1e22,
                               123456789.0,
                               Limits::max(),
                               Limits::min(),
                               Limits::denorm_min(),
                               Limits::epsilon(),
                               1.0 / 3.0};
    for (std::uint64_t i = 1; i <= 300; ++i) {
        const auto value = std::bit_cast<double>(i * 0x9E3779B97F4A7C15ULL);
        if (value == value && value - value == 0) {
            values.push_back(value);
        }
    }
    for (const double value : values) {
        const std::string json = json_value_of(value);
        EXPECT_NE(json.find_first_of(".eE"), std::string::npos)
            << json << " would come back as an integer";
        EXPECT_EQ(Cell(std::strtod(json.c_str(), nullptr)), Cell(value)) << json;
    }
}

TEST_P(ConformanceQueue, json_of_infinities) {
    EXPECT_EQ(json_value_of(std::numeric_limits<double>::infinity()), "9e999");
    EXPECT_EQ(json_value_of(-std::numeric_limits<double>::infinity()), "-9e999");
    EXPECT_EQ(queue("SELECT json_extract(record_data, '$.a') FROM _sync_queue ORDER BY id LIMIT 1"),
              Rows{{std::numeric_limits<double>::infinity()}});
}

TEST_P(ConformanceQueue, json_of_text) {
    using namespace std::string_literals;
    EXPECT_EQ(json_value_of("plain"), "\"plain\"");
    EXPECT_EQ(json_value_of(""), "\"\"");
    EXPECT_EQ(json_value_of("\"\\"), R"("\"\\")");
    EXPECT_EQ(json_value_of("a\0b"s), R"("a\u0000b")");
    EXPECT_EQ(json_value_of("世界 🌊"), "\"世界 🌊\"");
    EXPECT_EQ(
        queue("SELECT json_extract(record_data, '$.a') FROM _sync_queue ORDER BY id DESC LIMIT 1"),
        Rows{{"世界 🌊"}});
}

TEST_P(ConformanceQueue, json_of_text_that_is_no_valid_utf_8) {
    EXPECT_EQ(json_value_of("\xff\xfe"), R"({"$text":"fffe"})");
    EXPECT_EQ(json_value_of("ok \xc0\x80"), R"({"$text":"6f6b20c080"})");
    EXPECT_EQ(json_value_of("\xed\xa0\x80"), R"({"$text":"eda080"})");
}

TEST_P(ConformanceQueue, json_of_blobs) {
    using namespace std::string_literals;
    EXPECT_EQ(json_value_of(Blob{}), R"({"$blob":""})");
    EXPECT_EQ(json_value_of(Blob{"\x00\xff\x0a"s}), R"({"$blob":"00ff0a"})");
}

TEST_P(ConformanceQueue, json_of_column_names_that_need_escaping) {
    run("CREATE TABLE odd(\"a\"\"b\", \"c\\d\", \"e\nf\")");
    database().flush();
    run("INSERT INTO odd VALUES(1, 2, 3)");
    EXPECT_EQ(queue("SELECT record_data FROM _sync_queue"),
              (Rows{{R"({"a\"b":1,"c\\d":2,"e\nf":3})"}}));
}

TEST_P(ConformanceQueue, shows_tables_of_every_width_and_key) {
    std::string columns = "c0";
    std::string values = "0";
    for (int i = 1; i < 500; ++i) {
        columns += ", c" + std::to_string(i);
        values += ", " + std::to_string(i);
    }
    run("CREATE TABLE wide(" + columns +
        "); CREATE TABLE nokey(x); CREATE TABLE w(k TEXT PRIMARY KEY, v INT) WITHOUT ROWID; CREATE "
        "TABLE g(a, b AS (a * 2))");
    database().flush();
    run("INSERT INTO wide VALUES(" + values +
        "); INSERT INTO nokey VALUES(1); INSERT INTO w VALUES('k', 1); INSERT INTO g(a) VALUES(1); "
        "UPDATE w SET k = 'l'");
    EXPECT_EQ(queue("SELECT json_extract(record_data, '$.c499') FROM _sync_queue WHERE table_name "
                    "= 'wide'"),
              Rows{{499}});
    EXPECT_EQ(
        queue(
            "SELECT json_extract(record_data, '$.x') FROM _sync_queue WHERE table_name = 'nokey'"),
        Rows{{1}});
    EXPECT_EQ(queue("SELECT json_extract(record_data, '$.k'), json_extract(old_data, '$.k') FROM "
                    "_sync_queue WHERE operation = 'UPDATE'"),
              (Rows{{"l", "k"}}));
    flush_and_expect_same();
}

TEST_P(ConformanceQueue, can_be_read_inside_a_transaction_and_a_trigger) {
    run("BEGIN; INSERT INTO posts VALUES(1, 'A', 1)");
    EXPECT_NO_THROW((void)queue("SELECT * FROM _sync_queue"));
    run("COMMIT");
    EXPECT_EQ(queue("SELECT count(*) FROM _sync_queue"), Rows{{1}});
    flush_and_expect_same();
}

INSTANTIATE_TEST_SUITE_P(Strategies, ConformanceQueue, ::testing::Values(Strategy::trigger),
                         strategy_name);

}  // namespace
}  // namespace tidemark::tests
