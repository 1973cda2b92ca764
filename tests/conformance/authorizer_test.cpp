// Database::set_authorizer: an authorizer that hears the application, and only the application.

#include "support/fixture.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

struct Question {
    int action = 0;
    std::string first;
    std::string second;
    std::string schema;
    std::string inside;

    friend bool operator==(const Question&, const Question&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Question& question) {
        return out << question.action << " " << question.first << " " << question.second << " "
                   << question.schema << " " << question.inside << "\n";
    }
};

/// Writes down what it is asked, and answers what it is told to.
class Authorizer {
public:
    using Answer = std::function<int(const Question&)>;

    explicit Authorizer(Answer answer = [](const Question&) { return SQLITE_OK; })
        : answer_(std::move(answer)) {}

    static int ask(void* self, int action, const char* first, const char* second,
                   const char* schema, const char* inside) {
        const auto text = [](const char* it) { return std::string(it == nullptr ? "-" : it); };
        auto& authorizer = *static_cast<Authorizer*>(self);
        // VACUUM gives the database that it attaches a random name, in newer versions.
        const bool vacuum = text(schema).starts_with("vacuum_");
        authorizer.asked_.push_back(
            {action, text(first), text(second), vacuum ? "vacuum_" : text(schema), text(inside)});
        return authorizer.answer_(authorizer.asked_.back());
    }

    [[nodiscard]] const std::vector<Question>& asked() const noexcept { return asked_; }
    [[nodiscard]] std::vector<Question> take() { return std::exchange(asked_, {}); }

private:
    Answer answer_;
    std::vector<Question> asked_;
};

constexpr const char* schema =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE);"
    "CREATE TABLE loose(x, y);"
    "CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID;"
    "CREATE TABLE child(id INTEGER PRIMARY KEY, t REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE,"
    " d DEFAULT 1);"
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO loose VALUES(NEW.id, NEW.a); END;"
    "CREATE VIEW v AS SELECT a, x FROM t, loose;"
    "CREATE VIRTUAL TABLE notes USING fts5(body);";

const std::vector<std::string> statements{
    "INSERT INTO t VALUES(1, 'a'), (2, 'b')",
    "INSERT INTO loose SELECT id, a FROM t",
    "INSERT INTO w VALUES('k', 1) ON CONFLICT(k) DO UPDATE SET v = v + 1",
    "INSERT INTO child(t) VALUES(1) RETURNING id, t",
    "PRAGMA foreign_keys = ON",
    "UPDATE t SET a = upper(a), id = id + 10 WHERE id = 1",
    "UPDATE loose SET y = x FROM t WHERE t.id = loose.x",
    "SELECT count(*), max(a) FROM v WHERE x > (SELECT min(id) FROM child)",
    "REPLACE INTO t VALUES(2, 'c')",
    "DELETE FROM t WHERE id = 11",
    "DELETE FROM loose",
    "BEGIN",
    "SAVEPOINT s",
    "INSERT INTO w VALUES('m', 2)",
    "ROLLBACK TO s",
    "COMMIT",
    "INSERT INTO notes VALUES('some words')",
    "SELECT * FROM notes('words')",
    "CREATE TABLE made(a, b)",
    "CREATE INDEX i ON made(a)",
    "INSERT INTO made VALUES(1, 2), (3, 4)",
    "ALTER TABLE made ADD COLUMN c DEFAULT 7",
    "ALTER TABLE made RENAME COLUMN b TO bb",
    "ALTER TABLE made DROP COLUMN bb",
    "ALTER TABLE made RENAME TO renamed",
    "UPDATE renamed SET c = 8",
    "CREATE TEMP TRIGGER mine AFTER UPDATE ON renamed BEGIN SELECT NEW.a; END",
    "UPDATE renamed SET c = 9",
    "DROP TABLE renamed",
    "CREATE TEMP TABLE passing(x)",
    "DROP TABLE passing",
    "ANALYZE",
    "REINDEX",
    "VACUUM",
    "DROP TABLE child",
    "DROP TABLE t",
    "DROP TABLE nowhere",
    "SELECT syntax error here",
};

class ConformanceAuthorizer : public KeptDatabase {
protected:
    void SetUp() override { prepare_file(schema); }
    void TearDown() override { drop(); }

    void authorize(Authorizer& authorizer) {
        database().set_authorizer(Authorizer::ask, &authorizer);
    }
    void authorize_everything() { database().set_authorizer(nullptr, nullptr); }
};

TEST_P(ConformanceAuthorizer, hears_what_it_would_hear_without_us) {
    const Plain control(directory().file("control.db"));
    exec(control, schema);
    Authorizer expected;
    sqlite3_set_authorizer(control, Authorizer::ask, &expected);
    open(eager_options());
    Authorizer heard;
    authorize(heard);
    for (const std::string& sql : statements) {
        const Outcome outcome = try_exec(control, sql);
        EXPECT_EQ(try_exec(ram(), sql), outcome) << sql;
        if (!in_transaction(ram())) database().flush();
        ASSERT_EQ(heard.take(), expected.take()) << sql;
    }
    (void)database().verify();
    EXPECT_EQ(heard.take(), std::vector<Question>{});
    authorize_everything();
    sqlite3_set_authorizer(control, nullptr, nullptr);
    flush_and_expect_same();
    EXPECT_TRUE(same(ram(), control));
}

TEST_P(ConformanceAuthorizer, that_denies_what_the_application_does_not_need) {
    // All of it by name: what is not foreseen is denied.
    Authorizer strict([](const Question& question) {
        switch (question.action) {
            case SQLITE_SELECT:
            case SQLITE_TRANSACTION:
                return SQLITE_OK;
            case SQLITE_INSERT:
            case SQLITE_DELETE:
            case SQLITE_UPDATE:
            case SQLITE_READ:
            case SQLITE_CREATE_TABLE:
            case SQLITE_DROP_TABLE: {
                const bool known = question.schema == "main" && question.first[0] != '_';
                return known ? SQLITE_OK : SQLITE_DENY;
            }
            default:
                return SQLITE_DENY;
        }
    });
    open(eager_options());
    authorize(strict);
    run("INSERT INTO t VALUES(1, 'a'), (2, 'b'); UPDATE t SET a = 'c' WHERE id = 2;"
        "INSERT INTO w VALUES('k', 1); DELETE FROM t WHERE id = 1; INSERT INTO loose VALUES(1, 2)");
    ASSERT_NO_THROW(database().flush());
    run("CREATE TABLE made(x, y); INSERT INTO made VALUES(1, 2)");
    ASSERT_NO_THROW(database().flush());
    run("UPDATE made SET x = 3; UPDATE loose SET y = 4");
    ASSERT_NO_THROW(database().flush());
    run("DROP TABLE made; DROP TABLE loose");
    ASSERT_NO_THROW(database().flush());
    EXPECT_EQ(try_exec(ram(), "CREATE INDEX i ON t(a)").rc, SQLITE_AUTH);
    EXPECT_NO_THROW((void)database().verify());
    EXPECT_TRUE(observer().heard().failures.empty());
    authorize_everything();
    flush_and_expect_same();
}

TEST_P(ConformanceAuthorizer, that_hides_columns_alters_nothing_on_disk) {
    Authorizer hiding([](const Question& question) {
        const bool hidden =
            question.action == SQLITE_READ && !question.first.starts_with("sqlite_");
        return hidden ? SQLITE_IGNORE : SQLITE_OK;
    });
    open();
    run("INSERT INTO t VALUES(1, 'a'), (2, 'b'); INSERT INTO w VALUES('k', 1);"
        "INSERT INTO loose VALUES(1, 'x'), (2, 'y')");
    flush_and_expect_same();
    authorize(hiding);
    run("UPDATE t SET a = 'c'  WHERE rowid = 1; UPDATE OR IGNORE t SET a = 'd';"
        "INSERT INTO t VALUES(3, 'e'); INSERT INTO loose VALUES(3, 'z');"
        "UPDATE loose SET x = 5; REPLACE INTO w VALUES('k', 2); UPDATE w SET v = 3;"
        "INSERT INTO child(t) VALUES(1)");
    EXPECT_EQ(query(ram(), "SELECT a FROM t LIMIT 1"), Rows{{nullptr}});
    ASSERT_NO_THROW(database().flush());
    run("CREATE TABLE made(x, y); INSERT INTO made VALUES(1, 2); DELETE FROM loose");
    ASSERT_NO_THROW(database().flush());
    run("INSERT INTO made VALUES(3, 4)");
    ASSERT_NO_THROW(database().flush());
    authorize_everything();
    EXPECT_TRUE(same_on_disk(ram(), path()));
    EXPECT_EQ(on_disk("SELECT x, y FROM made"), (Rows{{1, 2}, {3, 4}}));
}

TEST_P(ConformanceAuthorizer, statements_prepared_before_it_are_authorized_again) {
    open();
    Statement insert(ram(), "INSERT INTO t(a) VALUES(hex(randomblob(4)))");
    Authorizer deny([](const Question&) { return SQLITE_DENY; });
    authorize(deny);
    EXPECT_THROW(insert.step(), SqlError);
    authorize_everything();
    insert.reset();
    EXPECT_FALSE(insert.step());
    insert.reset();
    flush_and_expect_same();
}

TEST_P(ConformanceAuthorizer, the_newest_counts) {
    open();
    Authorizer first;
    Authorizer second;
    authorize(first);
    authorize(second);
    run("INSERT INTO t VALUES(1, 'a')");
    EXPECT_TRUE(first.asked().empty());
    EXPECT_FALSE(second.take().empty());
    authorize_everything();
    run("INSERT INTO t VALUES(2, 'b')");
    EXPECT_TRUE(second.asked().empty());
    flush_and_expect_same();
}

TEST_P(ConformanceAuthorizer, hears_what_the_application_does_with_our_names) {
    open();
    Authorizer deny([](const Question& question) {
        return question.action == SQLITE_READ || question.action == SQLITE_FUNCTION ? SQLITE_DENY
                                                                                    : SQLITE_OK;
    });
    run("INSERT INTO loose VALUES(1, 2)");
    authorize(deny);
    if (GetParam() == Strategy::trigger) {
        EXPECT_EQ(try_exec(ram(), "SELECT record_data FROM _sync_queue").rc, SQLITE_AUTH);
    }
    EXPECT_NE(try_exec(ram(), "SELECT _tidemark_log(0, 1)").rc, SQLITE_OK);
    EXPECT_EQ(deny.asked().back().second, "_tidemark_log");
    authorize_everything();
    flush_and_expect_same();
}

TEST_P(ConformanceAuthorizer, is_not_asked_when_writes_are_refused_and_taken_again) {
    Options options = eager_options();
    options.pending_bytes_max = 10'000;
    open(options);
    Authorizer heard;
    authorize(heard);
    {
        // While somebody holds the file nothing gets to the disk.
        const Plain holder(path());
        exec(holder, "BEGIN IMMEDIATE");
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        int rc = SQLITE_OK;
        for (int i = 0; rc == SQLITE_OK && std::chrono::steady_clock::now() < deadline; ++i) {
            rc = try_exec(ram(), "INSERT INTO t(a) VALUES(hex(randomblob(500)))").rc;
        }
        ASSERT_EQ(rc, SQLITE_FULL);
        exec(holder, "COMMIT");
    }
    database().flush();
    run("INSERT INTO t(a) VALUES('room again')");
    database().flush();
    for (const Question& question : heard.asked()) {
        EXPECT_EQ(question.inside.find("_tidemark_"), std::string::npos) << question;
        EXPECT_TRUE(question.first == "t" || question.first == "loose" ||
                    question.action == SQLITE_FUNCTION)
            << question;
    }
    authorize_everything();
    flush_and_expect_same();
}

TEST_P(ConformanceAuthorizer, is_not_asked_at_the_end) {
    open();
    Authorizer heard;
    authorize(heard);
    run("BEGIN; INSERT INTO t VALUES(1, 'never committed')");
    (void)heard.take();
    close();
    EXPECT_EQ(heard.asked(), std::vector<Question>{});
}

TEST_P(ConformanceAuthorizer, stays_on_an_attached_connection) {
    const Plain own(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
    auto database = Database::attach(own, path(), options());
    Authorizer heard;
    database.set_authorizer(Authorizer::ask, &heard);
    exec(own, "INSERT INTO t VALUES(1, 'a')");
    (void)heard.take();
    database.close();
    EXPECT_EQ(heard.take(), std::vector<Question>{});
    EXPECT_THROW(database.set_authorizer(nullptr, nullptr), Error);

    const Plain control(path());
    Authorizer expected;
    sqlite3_set_authorizer(control, Authorizer::ask, &expected);
    exec(control, "INSERT INTO t VALUES(2, 'b')");
    exec(own, "INSERT INTO t VALUES(2, 'b')");
    EXPECT_EQ(heard.asked(), expected.asked());
    EXPECT_FALSE(heard.asked().empty());
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceAuthorizer);

}  // namespace
}  // namespace tidemark::tests
