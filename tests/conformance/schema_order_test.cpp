// The order of the schema on disk is that of RAM: SQLite fires triggers, and lists objects, in the
// order in which they stand in sqlite_schema. And whoever reads the file sees a changed schema with
// the rows that belong to it, or neither.

#include "support/fixture.hpp"
#include "support/other_process.hpp"

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

class ConformanceSchemaOrder : public KeptDatabase {
protected:
    static constexpr const char* schema =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT UNIQUE, w); CREATE INDEX i ON t(w);"
        "CREATE TABLE log(what); CREATE VIEW s AS SELECT v FROM t; CREATE TABLE u(x);"
        "CREATE TRIGGER one AFTER INSERT ON t BEGIN INSERT INTO log VALUES('one'); END;"
        "CREATE TRIGGER two AFTER INSERT ON t BEGIN INSERT INTO log VALUES('two'); END;"
        "CREATE TRIGGER three BEFORE INSERT ON t BEGIN INSERT INTO log VALUES('three'); END";

    /// The schema in its order, without the table that is tidemark's own.
    static constexpr const char* in_order =
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name <> '_tidemark_state' "
        "ORDER BY rowid";

    void flush_and_expect_same_order() {
        flush_and_expect_same();
        EXPECT_EQ(on_disk(in_order), query(ram(), in_order));
    }

    static const std::vector<std::string>& changes() {
        static const std::vector<std::string> list{
            "CREATE TABLE made(a, b); CREATE INDEX made_i ON made(a)",
            "CREATE TRIGGER four AFTER INSERT ON t BEGIN INSERT INTO log VALUES('four'); END",
            "DROP TRIGGER one; CREATE TRIGGER one AFTER INSERT ON t BEGIN INSERT INTO log "
            "VALUES('one'); END",
            "DROP INDEX i; CREATE INDEX i ON t(w)",
            "ALTER TABLE t ADD COLUMN z",
            "ALTER TABLE u RENAME TO renamed",
            "DROP TABLE made; CREATE TABLE made(a)",
            "DROP VIEW s; CREATE VIEW s AS SELECT v FROM t",
            "CREATE TABLE q(id INTEGER PRIMARY KEY AUTOINCREMENT)",
            "ALTER TABLE t RENAME COLUMN w TO y",
            "CREATE TABLE new_t(id INTEGER PRIMARY KEY, v TEXT UNIQUE, w); INSERT INTO new_t "
            "SELECT id, v, y FROM t; DROP VIEW s; DROP TABLE t; ALTER TABLE new_t RENAME TO t",
            "CREATE TRIGGER five AFTER INSERT ON t BEGIN INSERT INTO log VALUES('five'); END; "
            "CREATE TRIGGER six AFTER INSERT ON t BEGIN INSERT INTO log VALUES('six'); END",
            "ANALYZE",
            "VACUUM",
            "CREATE VIRTUAL TABLE f USING fts5(x); DROP TABLE renamed",
            "ALTER TABLE f RENAME TO g",
        };
        return list;
    }
};

TEST_P(ConformanceSchemaOrder, is_kept_with_a_flush_after_each_change) {
    prepare_file(schema);
    open();
    for (const std::string& change : changes()) {
        SCOPED_TRACE(change);
        run(change + "; INSERT INTO t(v) VALUES(hex(randomblob(8)))");
        flush_and_expect_same_order();
    }
    reopen();
    flush_and_expect_same_order();
}

TEST_P(ConformanceSchemaOrder, is_kept_with_one_flush_at_the_end) {
    prepare_file(schema);
    open();
    for (const std::string& change : changes()) {
        run(change);
    }
    flush_and_expect_same_order();
}

TEST_P(ConformanceSchemaOrder, is_kept_when_everything_is_made_in_ram) {
    open();
    run(schema);
    flush_and_expect_same_order();
    for (const std::string& change : changes()) {
        run(change);
        flush_and_expect_same_order();
    }
}

TEST_P(ConformanceSchemaOrder, of_triggers_is_the_order_in_which_they_fire_after_reopening) {
    const std::string recreate =
        "DROP TRIGGER two; CREATE TRIGGER two AFTER INSERT ON t BEGIN INSERT INTO log "
        "VALUES('two'); END;";
    const std::string another =
        "CREATE TRIGGER zero AFTER INSERT ON t BEGIN INSERT INTO log VALUES('zero'); END;";
    for (const std::string& change :
         {recreate, another, another + recreate, "BEGIN;" + recreate + another + "COMMIT",
          "ALTER TABLE t ADD COLUMN z;" + recreate,
          "ALTER TABLE t RENAME TO tmp; ALTER TABLE tmp RENAME TO t;" + another, another + "VACUUM",
          "SAVEPOINT s;" + recreate + "ROLLBACK TO s;" + another + "RELEASE s"}) {
        SCOPED_TRACE(change);
        const std::string control = directory().file("control.db");
        for (const std::string& file : {control, path()}) {
            std::filesystem::remove(file);
            exec(Plain(file), schema);
        }
        open();
        for (const std::string& step : {std::string("INSERT INTO t(v) VALUES('before')"), change,
                                        std::string("INSERT INTO t(v) VALUES('after')")}) {
            exec(Plain(control), step);  // which is opened anew for each
            run(step);
            database().flush();
        }
        reopen();
        run("INSERT INTO t(v) VALUES('reopened')");
        exec(Plain(control), "INSERT INTO t(v) VALUES('reopened')");
        EXPECT_EQ(query(ram(), "SELECT what FROM log ORDER BY rowid"),
                  query(Plain(control), "SELECT what FROM log ORDER BY rowid"));
        flush_and_expect_same_order();
        close();
    }
}

class ConformanceSchemaReaders : public KeptDatabase {
protected:
    /// Runs the transactions while another process asks the file for "n of step|expected|found",
    /// again and again, and expects that it never saw what no transaction has left.
    void expect_never_half_done(const std::vector<std::string>& transactions,
                                const std::string& found) {
        open(eager_options());
        database().flush();
        const auto reader =
            start_other_process({"watch", path(), "SELECT n || '|' || (" + found + ") FROM step"});
        ASSERT_EQ(reader->read_line(), "done");
        for (std::size_t i = 0; i < transactions.size(); ++i) {
            run("BEGIN;" + transactions[i] + "; UPDATE step SET n = " + std::to_string(i + 1) +
                "; COMMIT");
            if (i % 4 != 0) {
                database().flush();
            }
        }
        flush_and_expect_same();
        ASSERT_EQ(reader->finish(), 0);
        expect_whole(reader->read_rest());
    }

private:
    static void expect_whole(const std::string& answers) {
        std::size_t different = 0;
        std::istringstream lines(answers);
        for (std::string line; std::getline(lines, line); ++different) {
            const auto bar = line.find('|');
            ASSERT_NE(bar, std::string::npos) << line;
            EXPECT_EQ(line.substr(0, bar), line.substr(bar + 1));
        }
        EXPECT_GE(different, 2U) << "the first and the last, and as many between as it could";
    }
};

TEST_P(ConformanceSchemaReaders, see_a_table_made_again_with_all_its_rows_or_the_old_one) {
    prepare_file("CREATE TABLE step(n); INSERT INTO step VALUES(0); CREATE TABLE t(a)");
    std::vector<std::string> transactions;
    for (int i = 1; i <= 40; ++i) {
        std::string rows;
        for (int row = 0; row < i; ++row) {
            rows += "INSERT INTO t VALUES(" + std::to_string(row) + ");";
        }
        transactions.push_back("DROP TABLE t; CREATE TABLE t(a);" + rows);
    }
    expect_never_half_done(transactions, "SELECT count(*) FROM t");
}

TEST_P(ConformanceSchemaReaders, see_a_column_with_its_values_or_neither) {
    prepare_file(
        "CREATE TABLE step(n); INSERT INTO step VALUES(0); CREATE TABLE t(id INTEGER PRIMARY KEY, "
        "changed INT); INSERT INTO t VALUES(1, 0)");
    std::vector<std::string> transactions;
    for (int i = 1; i <= 40; ++i) {
        const std::string n = std::to_string(i);
        transactions.push_back("ALTER TABLE t ADD COLUMN c" + n + "; UPDATE t SET changed = " + n);
    }
    expect_never_half_done(transactions,
                           "SELECT CASE WHEN count(*) = 2 + (SELECT changed FROM t) THEN (SELECT "
                           "changed FROM t) ELSE 'half' END FROM pragma_table_info('t')");
}

TEST_P(ConformanceSchemaReaders, see_tables_that_exchange_their_names_with_their_own_rows) {
    prepare_file(
        "CREATE TABLE step(n); INSERT INTO step VALUES(0); CREATE TABLE even(n INT); CREATE TABLE "
        "odd(n INT); INSERT INTO even VALUES(0); INSERT INTO odd VALUES(-1)");
    std::vector<std::string> transactions;
    for (int i = 1; i <= 40; ++i) {
        // After each exchange `even` holds the number of the step, and `odd` the one before.
        transactions.push_back(
            "ALTER TABLE even RENAME TO tmp; ALTER TABLE odd RENAME TO even; "
            "ALTER TABLE tmp RENAME TO odd; UPDATE even SET n = n + 2");
    }
    expect_never_half_done(transactions,
                           "SELECT CASE WHEN even.n = odd.n + 1 THEN even.n ELSE 'half' END FROM "
                           "even, odd");
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSchemaOrder);
TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSchemaReaders);

}  // namespace
}  // namespace tidemark::tests
