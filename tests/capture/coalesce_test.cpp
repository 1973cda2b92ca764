// Coalescing a change log: that it has the same effect, by random programs, and how much is left.

#include "change/coalesce.hpp"

#include "capture/capture_plan.hpp"
#include "capture/trigger/trigger_capture.hpp"
#include "destination/sqlite_file/log_writer.hpp"
#include "sqlite/digest.hpp"
#include "sqlite/statement.hpp"
#include "support/property.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::capture {
namespace {

using ::testing::ElementsAre;

/// A RAM database whose changes are logged, and the two ends of the log's road.
class Notebook {
public:
    explicit Notebook(const std::string& schema) {
        sqlite::execute(ram_.get(), schema, "create");
        const CapturePlan plan = make_capture_plan(ram_.get(), {.strategy = Strategy::trigger});
        triggers_.watch(plan.list, plan.watched, plan.utf16());
    }

    /// May fail: then it has done what SQLite leaves of it.
    void play(const std::string& sql) {
        sqlite3_exec(ram_.get(), sql.c_str(), nullptr, nullptr, nullptr);
        if (sqlite3_get_autocommit(ram_.get()) == 0) sqlite::execute(ram_.get(), "ROLLBACK", "end");
    }
    /// The disk as it is from now on, and an empty log.
    void begin() {
        static_cast<void>(take());
        disk_ = copy();
    }

    [[nodiscard]] change::Batch take() {
        change::Batch batch;
        recorder_->take_into(batch);
        return batch;
    }

    [[nodiscard]] sqlite::Connection copy() const {
        auto connection = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
        sqlite::copy_database(ram_.get(), connection.get(), "copy");
        return connection;
    }

    /// What distinguishes RAM from a disk on which `log` was replayed.
    [[nodiscard]] std::vector<std::string> differences(change::ChangeLog log) const {
        auto disk = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
        sqlite::copy_database(disk_.get(), disk.get(), "copy");
        sqlite3_db_config(disk.get(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
        change::Batch batch;
        batch.log = std::move(log);
        batch.tables = recorder_->tables();
        destination::LogWriter(disk.get()).write(batch);
        const auto none = [](const std::string&) { return false; };
        return sqlite::differences(sqlite::digest(ram_.get(), none, none),
                                   sqlite::digest(disk.get(), none, none));
    }

    /// A copy, record by record.
    [[nodiscard]] change::ChangeLog same(const change::ChangeLog& log) const {
        change::ChangeLog result;
        change::LogReader records = reader(log);
        for (change::Record record; records.next(record);) {
            result.append_copy(record.operation, records.bytes());
        }
        return result;
    }

    [[nodiscard]] change::LogReader reader(const change::ChangeLog& log) const {
        return {log, recorder_->tables()};
    }

private:
    sqlite::Connection ram_ = sqlite::Connection::open_in_memory(SQLITE_OPEN_FULLMUTEX);
    sqlite::Connection disk_ = copy();
    std::shared_ptr<Recorder> recorder_ =
        std::make_shared<Recorder>(Recorder::Limits{}, [](Signal) {});
    TriggerCapture triggers_{ram_.get(), recorder_, {}};
};

/// Coalesced as far as possible.
change::ChangeLog coalesced(const Notebook& notebook, change::ChangeLog log) {
    auto result = change::coalesce(notebook.reader(log), 0);
    return result ? std::move(*result) : std::move(log);
}

/// One word per record: the operation, and the number that it has in the queue.
std::vector<std::string> words(const Notebook& notebook, const change::ChangeLog& log) {
    std::vector<std::string> words;
    std::uint64_t number = 0;
    std::uint64_t transaction = 1;
    change::LogReader reader = notebook.reader(log);
    for (change::Record record; reader.next(record);) {
        if (record.operation == change::Operation::commit) {
            ++transaction;
        } else if (record.operation == change::Operation::gap) {
            number += record.skipped_changes;
            transaction += record.skipped_transactions;
        } else {
            const bool erases = record.operation == change::Operation::erase;
            words.push_back((erases ? "ERASE" : change::sql_name(record.operation)) +
                            (" " + std::to_string(++number)) + "/" + std::to_string(transaction));
        }
    }
    return words;
}

/// The words of what is left of a program; it must do what the whole does.
std::vector<std::string> left_of(const std::string& schema, const std::string& before,
                                 const std::string& program) {
    Notebook notebook(schema);
    notebook.play(before);
    notebook.begin();
    notebook.play(program);
    change::ChangeLog log = coalesced(notebook, notebook.take().log);
    std::vector<std::string> result = words(notebook, log);
    EXPECT_THAT(notebook.differences(std::move(log)), ::testing::IsEmpty());
    return result;
}

const std::string plain = "CREATE TABLE t(id INTEGER PRIMARY KEY, u, v)";
const std::string with_unique = "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v)";

TEST(Coalescing, keeps_the_last_image_of_a_row_in_its_place) {
    EXPECT_THAT(left_of(plain, "INSERT INTO t VALUES(1, 0, 0), (2, 0, 0)",
                        "UPDATE t SET v = 1 WHERE id = 1; UPDATE t SET v = 1 WHERE id = 2;"
                        "UPDATE t SET v = 2 WHERE id = 1; UPDATE t SET v = 3 WHERE id = 1"),
                ElementsAre("UPDATE 2/2", "UPDATE 4/4"));
}

TEST(Coalescing, makes_an_insert_of_one_that_was_updated) {
    EXPECT_THAT(left_of(plain, "", "INSERT INTO t VALUES(1, 0, 0); UPDATE t SET v = 2"),
                ElementsAre("INSERT 2/2"));
}

TEST(Coalescing, leaves_a_removal_of_a_row_that_was_there_and_an_erase_of_any_other) {
    EXPECT_THAT(left_of(plain, "INSERT INTO t VALUES(1, 0, 0)",
                        "UPDATE t SET v = 1; DELETE FROM t; INSERT INTO t VALUES(1, 1, 1);"
                        "DELETE FROM t"),
                ElementsAre("DELETE 4/4"));
    EXPECT_THAT(left_of(plain, "", "INSERT INTO t VALUES(1, 0, 0); DELETE FROM t"),
                ElementsAre("ERASE 2/2"));
    EXPECT_THAT(left_of(plain, "INSERT INTO t VALUES(1, 0, 0)",
                        "REPLACE INTO t VALUES(1, 1, 1); DELETE FROM t"),
                ElementsAre("ERASE 2/2"));
}

TEST(Coalescing, leaves_changes_of_the_key_alone) {
    EXPECT_THAT(left_of(plain, "INSERT INTO t VALUES(1, 0, 0)",
                        "UPDATE t SET v = 1; UPDATE t SET id = 2; UPDATE t SET v = 2;"
                        "UPDATE t SET v = 3"),
                ElementsAre("UPDATE 1/1", "UPDATE 2/2", "UPDATE 4/4"));
}

TEST(Coalescing, keeps_what_displaces_other_rows) {
    EXPECT_THAT(left_of(with_unique, "INSERT INTO t VALUES(1, 'a', 0), (2, 'b', 0)",
                        "UPDATE OR REPLACE t SET u = 'b' WHERE id = 1;"
                        "UPDATE t SET u = 'c' WHERE id = 1; UPDATE t SET v = 1 WHERE id = 1;"
                        "UPDATE t SET v = 2 WHERE id = 1"),
                ElementsAre("UPDATE 1/1", "UPDATE 2/2", "UPDATE 4/4"));
    EXPECT_THAT(left_of(with_unique, "INSERT INTO t VALUES(1, 'a', 0)",
                        "INSERT OR REPLACE INTO t VALUES(2, 'a', 0); UPDATE t SET v = 1;"
                        "DELETE FROM t"),
                ElementsAre("INSERT 2/2", "DELETE 3/3"));
}

TEST(Coalescing, counts_as_numbers_what_is_left_out) {
    Notebook notebook(plain);
    notebook.play("INSERT INTO t VALUES(1, 0, 0)");
    for (int i = 0; i < 10; ++i) notebook.play("UPDATE t SET v = v + 1");
    change::ChangeLog log = coalesced(notebook, notebook.take().log);
    EXPECT_EQ(log.changes(), 1U);
    EXPECT_EQ(log.numbered_changes(), 11U);
    notebook.play("INSERT INTO t VALUES(2, 0, 0); UPDATE t SET v = v + 1");
    log.join(notebook.take().log);
    EXPECT_EQ(log.numbered_changes(), 14U);
    EXPECT_THAT(words(notebook, log),
                ElementsAre("INSERT 11/11", "INSERT 12/12", "UPDATE 13/13", "UPDATE 14/13"));
    EXPECT_THAT(words(notebook, coalesced(notebook, std::move(log))),
                ElementsAre("INSERT 13/13", "INSERT 14/13"));
}

TEST(Coalescing, does_nothing_where_it_would_save_too_little) {
    Notebook notebook(plain);
    for (int i = 0; i < 10; ++i) notebook.play("INSERT INTO t VALUES(NULL, 0, 0)");
    notebook.play("UPDATE t SET v = 1 WHERE id = 1");
    const change::ChangeLog log = notebook.take().log;
    EXPECT_FALSE(change::coalesce(notebook.reader(log), log.bytes() / 4).has_value());
    EXPECT_TRUE(change::coalesce(notebook.reader(log), 1).has_value());
}

TEST(Coalescing, keeps_every_column_that_changed_on_the_way) {
    EXPECT_THAT(left_of("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c)",
                        "INSERT INTO t VALUES(1, 0, 0, 0)",
                        "UPDATE t SET a = 1; UPDATE t SET b = 1; UPDATE t SET a = 0"),
                ElementsAre("UPDATE 3/3"));
}

TEST(Coalescing, knows_rows_with_more_columns_than_a_mask_has) {
    std::string columns = "c0";
    for (int i = 1; i < 80; ++i) columns += ", c" + std::to_string(i);
    EXPECT_THAT(left_of("CREATE TABLE t(" + columns + ")", "INSERT INTO t(c1) VALUES(1)",
                        "UPDATE t SET c79 = 1; UPDATE t SET c70 = 2; UPDATE t SET c3 = 2"),
                ElementsAre("UPDATE 3/3"));
}

// ---- random programs ----

/// Every table has the columns k (its key, if it has one), u and v. Few values, so that they meet.
const std::vector<std::string> schemas{
    "CREATE TABLE t(k INTEGER PRIMARY KEY, u, v)",
    "CREATE TABLE t(k, u, v)",
    "CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE, v)",
    "CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE, v UNIQUE)",
    "CREATE TABLE t(k TEXT PRIMARY KEY COLLATE NOCASE, u, v)",
    "CREATE TABLE t(k TEXT PRIMARY KEY, u UNIQUE COLLATE NOCASE, v)",
    "CREATE TABLE t(k TEXT COLLATE NOCASE PRIMARY KEY, u, v) WITHOUT ROWID",
    "CREATE TABLE t(k PRIMARY KEY, u UNIQUE, v) WITHOUT ROWID",
    "CREATE TABLE t(u, k, v, PRIMARY KEY(k, u)) WITHOUT ROWID",
    "CREATE TABLE t(k INTEGER PRIMARY KEY, u, v); CREATE UNIQUE INDEX i ON t(u) WHERE v > 1",
    "CREATE TABLE t(k INTEGER PRIMARY KEY, u, v); CREATE UNIQUE INDEX i ON t(u || 'x', v)",
    "CREATE TABLE t(k INTEGER PRIMARY KEY, u, v, g AS (lower(u)) UNIQUE)",
    "CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE, v);"
    "CREATE TRIGGER b BEFORE UPDATE ON t BEGIN"
    " UPDATE t SET u = 'b', v = v + 1 WHERE k = NEW.k AND u = 'A'; END;"
    "CREATE TRIGGER a AFTER INSERT ON t BEGIN DELETE FROM t WHERE k = 1 AND NEW.u = 'B'; END",
};

struct Roll {
    std::uint8_t statement = 0;
    std::uint8_t key = 0;
    std::uint8_t unique = 0;
    std::uint8_t value = 0;
};

const char* text_of(std::uint8_t roll) {
    constexpr const char* texts[] = {"'a'", "'A'", "'b'", "'B'", "NULL", "1", "1.0"};
    return texts[roll % std::size(texts)];
}

std::string sql_of(const Roll& roll, const std::string& schema) {
    const bool numbered = schema.find("k INTEGER") != std::string::npos;
    const auto key = [&](std::uint8_t number) {
        return numbered ? std::to_string(number % 4) : std::string(text_of(number));
    };
    const std::string k = key(roll.key);
    const std::string u = text_of(roll.unique);
    const std::string v = std::to_string(roll.value % 4);
    switch (roll.statement % 16) {
        case 0:
            return "INSERT INTO t(k, u, v) VALUES(" + k + ", " + u + ", " + v + ")";
        case 1:
        case 2:
            return "INSERT OR REPLACE INTO t(k, u, v) VALUES(" + k + ", " + u + ", " + v + ")";
        case 3:
            return "INSERT INTO t(k, u, v) VALUES(" + k + ", " + u + ", " + v +
                   ") ON CONFLICT DO UPDATE SET v = v + 1";
        case 4:
        case 5:
            return "DELETE FROM t WHERE k = " + k;
        case 6:
            return "UPDATE OR REPLACE t SET u = " + u + " WHERE k = " + k;
        case 7:
            return "UPDATE OR REPLACE t SET k = " + key(roll.value) + " WHERE k = " + k;
        case 8:
            return "UPDATE OR IGNORE t SET u = " + u + ", v = " + v;
        case 9:
            return "UPDATE OR REPLACE t SET v = " + v + " WHERE u = " + u;
        case 10:
            return "BEGIN; UPDATE t SET v = 7; SAVEPOINT s; DELETE FROM t WHERE k = " + k +
                   "; ROLLBACK TO s; COMMIT";
        default:
            return "UPDATE t SET v = " + v + " WHERE k = " + k;
    }
}

struct Play {
    std::size_t schema = 0;
    std::vector<std::vector<Roll>> parts;

    friend std::ostream& operator<<(std::ostream& out, const Play& play) {
        out << schemas[play.schema] << ";\n";
        for (const auto& part : play.parts) {
            out << "-- part\n";
            for (const Roll& roll : part) out << sql_of(roll, schemas[play.schema]) << ";\n";
        }
        return out;
    }
};

rc::Gen<Play> any_play() {
    const auto byte = rc::gen::inRange<std::uint8_t>(0, 112);
    const auto roll =
        rc::gen::build<Roll>(rc::gen::set(&Roll::statement, byte), rc::gen::set(&Roll::key, byte),
                             rc::gen::set(&Roll::unique, byte), rc::gen::set(&Roll::value, byte));
    return rc::gen::build<Play>(
        rc::gen::set(&Play::schema, rc::gen::inRange<std::size_t>(0, schemas.size())),
        rc::gen::set(&Play::parts, rc::gen::container<std::vector<std::vector<Roll>>>(
                                       4, rc::gen::container<std::vector<Roll>>(roll))));
}

void play(Notebook& notebook, const Play& play, const std::vector<Roll>& part) {
    for (const Roll& roll : part) notebook.play(sql_of(roll, schemas[play.schema]));
}

TEST(CoalescingProperty, does_what_the_whole_log_does) {
    tests::check_property([]() {
        const Play program = *any_play();
        Notebook notebook(schemas[program.schema]);
        play(notebook, program, program.parts.front());
        notebook.begin();
        change::ChangeLog whole;
        change::ChangeLog left;
        for (std::size_t i = 1; i < program.parts.size(); ++i) {
            play(notebook, program, program.parts[i]);
            change::ChangeLog log = notebook.take().log;
            left = coalesced(notebook, std::move(left));
            auto part = change::coalesce(notebook.reader(log), 0);
            left.join(part ? std::move(*part) : notebook.same(log));
            whole.join(std::move(log));
        }
        left = coalesced(notebook, std::move(left));
        RC_ASSERT(left.numbered_changes() == whole.changes());
        RC_ASSERT(notebook.differences(std::move(whole)).empty());
        const auto differences = notebook.differences(std::move(left));
        if (!differences.empty()) RC_FAIL(differences.front());
    });
}

}  // namespace
}  // namespace tidemark::capture
