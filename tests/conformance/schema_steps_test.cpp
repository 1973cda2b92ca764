// Each kind of DDL, on each kind of table, with changes of rows in every place around it.
//
// A play is: a database with one table `t` of some kind, `other`, which is written to as well, and
// `still`, which nobody touches; then batches of steps with a flush after each batch. Whatever a
// sync does with a changed schema, a whole copy or less, the disk must be RAM after every batch.

#include "support/compare.hpp"
#include "support/fixture.hpp"
#include "support/sample.hpp"
#include "support/sql.hpp"
#include "support/temporary_directory.hpp"

#include <tidemark/tidemark.hpp>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace tidemark::tests {
namespace {

struct Kind {
    const char* name;
    /// CREATE TABLE t with the columns id, a, b, spare, in this order, and others where it likes.
    const char* table;
    /// What belongs to it.
    const char* around = "";
    /// Written together with its rows.
    const char* more_rows = "";
    /// Asked of the disk through a fresh connection; must succeed.
    const char* check = "";
};

const std::vector<Kind> kinds{
    {"integer primary key",
     "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, spare INT DEFAULT 7)"},
    {"no primary key", "CREATE TABLE t(id INT, a TEXT, b INT, spare INT DEFAULT 7)"},
    {"text primary key", "CREATE TABLE t(id TEXT PRIMARY KEY, a TEXT, b INT, spare INT DEFAULT 7)"},
    {"without rowid",
     "CREATE TABLE t(id TEXT PRIMARY KEY, a TEXT, b INT, spare INT DEFAULT 7) WITHOUT ROWID"},
    {"composite key without case",
     "CREATE TABLE t(id TEXT COLLATE NOCASE, a TEXT, b INT, spare INT DEFAULT 7, part INT DEFAULT "
     "1, PRIMARY KEY(part, id DESC)) WITHOUT ROWID"},
    {"autoincrement",
     "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b INT, spare INT DEFAULT 7)"},
    {"every name of the rowid taken",
     "CREATE TABLE t(id INT, a TEXT, b INT, spare INT DEFAULT 7, rowid, oid, _rowid_)"},
    {"strict", "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, spare INT DEFAULT 7) STRICT"},
    {"generated columns",
     "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, spare INT DEFAULT 7, v AS (b + 1), s "
     "AS (b * 2) STORED)",
     "CREATE INDEX t_v ON t(v)"},
    {"unique indexes", "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, spare INT DEFAULT 7)",
     "CREATE UNIQUE INDEX t_u ON t(b, id); CREATE UNIQUE INDEX t_e ON t(abs(b), id) WHERE b > 0"},
    {"triggers", "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, spare INT DEFAULT 7)",
     "CREATE TRIGGER ti AFTER INSERT ON t BEGIN INSERT INTO log(what) VALUES('+' || NEW.id); END;"
     "CREATE TRIGGER tu AFTER UPDATE OF a ON t BEGIN UPDATE t SET b = b + 1 WHERE id = NEW.id; END;"
     "CREATE TRIGGER td BEFORE DELETE ON t BEGIN INSERT INTO log(what) VALUES(OLD.a); END"},
    {"referenced by a foreign key",
     "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, spare INT DEFAULT 7)",
     "CREATE TABLE child(id INTEGER PRIMARY KEY, p REFERENCES t(id) ON UPDATE CASCADE ON DELETE "
     "CASCADE); INSERT INTO child(p) VALUES(1), (2), (4), (5), (5), (6), (9)"},
    {"with a foreign key",
     "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, spare INT DEFAULT 7, p INT DEFAULT 1 "
     "REFERENCES parent(id) ON UPDATE CASCADE)",
     "CREATE TABLE parent(id INTEGER PRIMARY KEY); INSERT INTO parent VALUES(1), (2)",
     "INSERT INTO parent(id) SELECT max(id) + 1 FROM parent"},
    {"beside FTS5 and R*Tree",
     "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, spare INT DEFAULT 7)",
     "CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f VALUES('the tide'), ('the mark');"
     "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1); INSERT INTO r VALUES(1, 0, 1), (2, 5, 6)",
     "INSERT INTO f VALUES('tide and sea'); UPDATE f SET x = 'moon' WHERE rowid = 1;"
     "INSERT INTO r VALUES(NULL, 7, 8); UPDATE r SET x1 = x1 + 1",
     "INSERT INTO f(f) VALUES('integrity-check'); SELECT rtreecheck('r')"},
};

struct Ddl {
    const char* name;
    const char* sql;  // "$create" stands for the CREATE TABLE of the kind
    /// Where the rows of `t` are written from then on, and the name of its column `a`.
    const char* table = "t";
    const char* a = "a";
    bool in_transactions = true;

    friend std::ostream& operator<<(std::ostream& out, const Ddl& ddl) { return out << ddl.name; }
};

const std::vector<Ddl> all_ddl{
    {"column_added", "ALTER TABLE t ADD COLUMN c TEXT DEFAULT 'filled in'"},
    {"column_dropped", "ALTER TABLE t DROP COLUMN spare"},
    {"column_dropped_and_added_with_the_same_name",
     "ALTER TABLE t DROP COLUMN spare; ALTER TABLE t ADD COLUMN spare INT DEFAULT 7"},
    {"column_renamed", "ALTER TABLE t RENAME COLUMN a TO renamed", "t", "renamed"},
    {"column_renamed_and_another_added_with_its_name",
     "ALTER TABLE t RENAME COLUMN spare TO kept; ALTER TABLE t ADD COLUMN spare INT DEFAULT 8"},
    {"columns_that_exchange_their_names",
     "ALTER TABLE t RENAME COLUMN b TO tmp; ALTER TABLE t RENAME COLUMN spare TO b; ALTER TABLE t "
     "RENAME COLUMN tmp TO spare"},
    {"table_renamed", "ALTER TABLE t RENAME TO renamed", "renamed"},
    {"table_renamed_to_another_case", "ALTER TABLE t RENAME TO tmp; ALTER TABLE tmp RENAME TO T"},
    {"table_renamed_and_another_made_with_its_name",
     "ALTER TABLE t RENAME TO renamed; $create; INSERT INTO t(id, a, b) VALUES(1, 'anew', 9), (40, "
     "'anew', 9)"},
    {"tables_that_exchange_their_names",
     "ALTER TABLE t RENAME TO tmp; ALTER TABLE other RENAME TO t; ALTER TABLE tmp RENAME TO other"},
    {"table_renamed_to_the_name_of_a_dropped_one",
     "DROP TABLE other; ALTER TABLE t RENAME TO other", "other"},
    {"table_dropped", "DROP TABLE t", "other"},
    {"table_dropped_and_made_by_the_same_text", "DROP TABLE t; $create"},
    {"table_dropped_and_made_by_the_same_text_with_other_rows",
     "DROP TABLE t; $create; INSERT INTO t(id, a, b) VALUES(1, 'anew', 9), (40, 'anew', 9)"},
    {"table_dropped_and_made_with_other_columns",
     "DROP TABLE t; CREATE TABLE t(b, a, extra, id TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO "
     "t(id, a) VALUES(1, 'anew'), (40, 'anew')"},
    {"table_migrated_by_copy_and_rename",
     "CREATE TABLE new_t(id PRIMARY KEY, a TEXT NOT NULL DEFAULT '', b INT, added DEFAULT 7);"
     "INSERT OR REPLACE INTO new_t(id, a, b) SELECT id, a, b FROM t; DROP TABLE t; ALTER TABLE "
     "new_t RENAME TO t; CREATE INDEX t_b ON t(b)"},
    {"table_made_with_rows",
     "CREATE TABLE made(k TEXT PRIMARY KEY, v); INSERT INTO made VALUES('k', 1), (NULL, 2)"},
    {"table_made_as_a_copy", "CREATE TABLE made AS SELECT * FROM t"},
    {"table_made_and_dropped",
     "CREATE TABLE scratch(x); INSERT INTO scratch SELECT id FROM t; DROP TABLE scratch"},
    {"table_with_autoincrement_made",
     "CREATE TABLE made(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO made VALUES(100); "
     "DELETE FROM made"},
    {"temporary_table_made_and_dropped",
     "CREATE TEMP TABLE scratch AS SELECT * FROM t; DROP TABLE temp.scratch"},
    {"full_text_table_made", "CREATE VIRTUAL TABLE made USING fts5(x)"},
    {"spatial_table_made",
     "CREATE VIRTUAL TABLE made USING rtree(id, x0, x1); INSERT INTO made VALUES(1, 2, 3)"},
    {"index_made", "CREATE INDEX made ON t(a DESC, b)"},
    {"unique_index_made", "CREATE UNIQUE INDEX made ON t(a, id)"},
    {"index_dropped", "DROP INDEX t_b"},
    {"index_replaced", "DROP INDEX t_b; CREATE INDEX t_b ON t(a COLLATE NOCASE)"},
    {"reindexed", "REINDEX"},
    {"view_made_and_replaced",
     "CREATE VIEW made AS SELECT 1; DROP VIEW made; CREATE VIEW made AS SELECT id FROM t"},
    {"trigger_made",
     "CREATE TRIGGER made AFTER UPDATE ON t BEGIN INSERT INTO log(what) VALUES(NEW.a); END"},
    {"trigger_made_that_writes_back",
     "CREATE TRIGGER made AFTER INSERT ON other BEGIN UPDATE t SET b = b + 1 WHERE id = 1; END"},
    {"analyzed", "ANALYZE"},
    {"vacuumed", "VACUUM", "t", "a", false},
    {"vacuumed_after_a_table_was_made_and_one_dropped",
     "CREATE TABLE made AS SELECT a FROM t; DROP TABLE still; VACUUM", "t", "a", false},
};

std::string replace_all(std::string text, const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
    return text;
}

/// The steps of a play, for one kind of table and one DDL.
class Steps {
public:
    Steps(const Kind& kind, const Ddl& ddl) : kind_(kind), ddl_(ddl) {}

    [[nodiscard]] std::string schema() const {
        return kind_.table + std::string(";") + kind_.around +
               "; CREATE INDEX t_b ON t(b);"
               "CREATE TABLE other(id INTEGER PRIMARY KEY, a TEXT, b INT);"
               "CREATE TABLE log(id INTEGER PRIMARY KEY, what);"
               "CREATE TABLE still(k TEXT PRIMARY KEY); INSERT INTO still VALUES('x'), ('y');"
               "INSERT INTO other VALUES(101, 'old', 1), (102, 'old', 2), (103, 'old', 3);"
               "INSERT INTO t(id, a, b, spare) VALUES(0, 'gap', 0, 0), (1, 'old', 1, 10), (2, "
               "'old', 2, 20), (3, 'old', 3, NULL), (4, 'old', 4, 40), (8, 'gap', 8, 80), (5, "
               "'old', 5, 50), (6, 'old', 6, 7), (7, 'old', 7, 70), (9, 'old', 9, 90);"
               "DELETE FROM t WHERE a = 'gap'";
    }

    [[nodiscard]] std::string ddl() const { return replace_all(ddl_.sql, "$create", kind_.table); }

    [[nodiscard]] std::string rows_before() const {
        return written(
            "INSERT INTO $t(id, $a, b) VALUES(11, 'before', 1), (12, 'before', 2), (13, "
            "'before', 3);"
            "UPDATE $t SET $a = 'changed before', b = b + 100 WHERE id IN (1, 11);"
            "DELETE FROM $t WHERE id = 2;"
            "INSERT OR REPLACE INTO $t(id, $a, b) VALUES(3, 'replaced before', 3);"
            "INSERT INTO other VALUES(111, 'before', 1); UPDATE other SET b = 'before' "
            "WHERE id = 101",
            "t", "a");
    }

    [[nodiscard]] std::string rows_after() const { return after(ddl_.table, ddl_.a); }
    /// The same where the DDL was undone.
    [[nodiscard]] std::string rows_after_all() const { return after("t", "a"); }

private:
    [[nodiscard]] std::string after(const std::string& table, const std::string& a) const {
        return written(
            "INSERT INTO $t(id, $a, b) VALUES(21, 'after', 1), (22, 'after', 2);"
            "UPDATE $t SET $a = 'changed after' WHERE id IN (4, 12, 21);"
            "UPDATE $t SET id = 31 WHERE id = 5; DELETE FROM $t WHERE id IN (6, 13);"
            "INSERT OR REPLACE INTO $t(id, $a, b) VALUES(7, 'replaced after', 7);"
            "INSERT INTO other(id, a, b) VALUES(121, 'after', 1); UPDATE other SET b = "
            "5 WHERE id = 102; DELETE FROM other WHERE id = 103",
            table, a);
    }

    [[nodiscard]] std::string written(const std::string& sql, const std::string& table,
                                      const std::string& a) const {
        return replace_all(replace_all(sql, "$t", table), "$a", a) + ";" + kind_.more_rows;
    }

    const Kind& kind_;
    const Ddl& ddl_;
};

using Batch = std::vector<std::string>;

struct Placement {
    const char* name;
    std::vector<Batch> batches;
};

std::vector<Placement> placements(const Steps& steps, const Ddl& ddl) {
    const std::string before = steps.rows_before();
    const std::string after = steps.rows_after();
    std::vector<Placement> out{
        {"each in a batch of its own", {{before}, {steps.ddl()}, {after}}},
        {"rows before it", {{before, steps.ddl()}, {after}}},
        {"rows after it", {{steps.ddl(), after}}},
        {"rows before and after it", {{before, steps.ddl(), after}}},
    };
    if (ddl.in_transactions) {
        const std::string after_all = steps.rows_after_all();
        out.push_back({"one transaction",
                       {{"BEGIN;" + before + ";" + steps.ddl() + ";" + after + "; COMMIT"}}});
        out.push_back({"rolled back, rows after",
                       {{before, "BEGIN;" + steps.ddl() + ";" + after + "; ROLLBACK", after_all}}});
        out.push_back({"rolled back to a savepoint, rows after, and done once more",
                       {{"BEGIN;" + before + "; SAVEPOINT s;" + steps.ddl() + ";" + after +
                         "; ROLLBACK TO s;" + after_all + "; COMMIT"},
                        {steps.ddl()}}});
    }
    return out;
}

class Play {
public:
    Play(Strategy strategy, const std::string& schema) : strategy_(strategy) {
        exec(control_, schema);
        enforce_foreign_keys(control_);
        exec(Plain(path_), schema);
        open();
    }

    void run(const Batch& batch) {
        for (const std::string& sql : batch) {
            SCOPED_TRACE(sql);
            const Outcome expected = try_exec(control_, sql);
            ASSERT_EQ(expected.rc, SQLITE_OK) << expected;
            ASSERT_EQ(try_exec(database_->handle(), sql), expected);
        }
        database_->flush();
        EXPECT_TRUE(same_on_disk(database_->handle(), path_)) << "(RAM first, disk second)";
    }

    void finish(const std::string& check) {
        EXPECT_TRUE(same(control_, database_->handle())) << "(plain SQLite first, RAM second)";
        const Outcome checked = try_exec(Plain(path_), check);
        EXPECT_EQ(checked.rc, SQLITE_OK) << checked;
        EXPECT_EQ(database_->status().failures, 0U);
        database_->close();
        open();
        EXPECT_TRUE(same(control_, database_->handle())) << "(plain SQLite first, reopened second)";
    }

private:
    void open() {
        Options options;
        options.strategy = strategy_;
        options.interval = std::chrono::hours{1};
        options.synchronous = Synchronous::off;
        database_ = std::make_unique<Database>(Database::open(path_, options));
        enforce_foreign_keys(database_->handle());
    }

    static void enforce_foreign_keys(sqlite3* db) { exec(db, "PRAGMA foreign_keys = ON"); }

    Strategy strategy_;
    TemporaryDirectory directory_;
    std::string path_ = directory_.file("kept.db");
    Plain control_;
    std::unique_ptr<Database> database_;
};

class ConformanceSchemaSteps : public ::testing::TestWithParam<std::tuple<Strategy, Ddl>> {};

TEST_P(ConformanceSchemaSteps, reach_the_disk_with_the_rows_around_them) {
    const auto& [strategy, ddl] = GetParam();
    // Others for each kind of DDL.
    std::size_t turn = std::string_view(ddl.name).size();
    const std::size_t share = one_in(3, 9);
    for (const Kind& kind : kinds) {
        SCOPED_TRACE(kind.name);
        const Steps steps(kind, ddl);
        for (const Placement& placement : placements(steps, ddl)) {
            SCOPED_TRACE(placement.name);
            if (turn++ % share != 0) continue;
            Play play(strategy, steps.schema());
            for (const Batch& batch : placement.batches) {
                play.run(batch);
                if (HasFailure()) {
                    return;
                }
            }
            play.finish(kind.check);
            if (HasFailure()) {
                return;
            }
        }
    }
}

std::string strategy_and_ddl(
    const ::testing::TestParamInfo<ConformanceSchemaSteps::ParamType>& test) {
    const auto& [strategy, ddl] = test.param;
    return to_string(strategy) + std::string("_") + ddl.name;
}

INSTANTIATE_TEST_SUITE_P(Strategies, ConformanceSchemaSteps,
                         ::testing::Combine(both_strategies, ::testing::ValuesIn(all_ddl)),
                         strategy_and_ddl);

}  // namespace
}  // namespace tidemark::tests
