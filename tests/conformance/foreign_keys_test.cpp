// Foreign keys with every action. What they did in RAM is captured; on the disk they do nothing.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::tests {
namespace {

class ConformanceForeignKeys : public ::testing::TestWithParam<Strategy> {
protected:
    /// parent(id, v) and child(id, p): two parents with two children each, keys being enforced.
    static Scenario family(const std::string& actions, std::vector<Step> steps) {
        Scenario scenario{
            "CREATE TABLE parent(id INTEGER PRIMARY KEY, v TEXT);"
            "CREATE TABLE child(id INTEGER PRIMARY KEY, p INT DEFAULT 9 REFERENCES parent(id) " +
                actions +
                ", v TEXT);"
                "INSERT INTO parent VALUES(1, 'a'), (2, 'b'), (9, 'default');"
                "INSERT INTO child VALUES(1, 1, 'x'), (2, 1, 'y'), (3, 2, 'x'), (4, 2, 'y')",
            std::move(steps)};
        scenario.prepare = [](sqlite3* db) {
            sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
        };
        return scenario;
    }
};

TEST_P(ConformanceForeignKeys, cascade) {
    expect_kept(
        GetParam(),
        family("ON DELETE CASCADE ON UPDATE CASCADE",
               {"UPDATE parent SET id = 10 WHERE id = 1", "DELETE FROM parent WHERE id = 2",
                "INSERT OR REPLACE INTO parent VALUES(10, 'replaced')",
                "INSERT INTO child VALUES(5, 10, 'z')",
                "BEGIN; UPDATE parent SET id = id + 100; DELETE FROM parent WHERE id = 109; COMMIT",
                "DELETE FROM parent"}));
}

TEST_P(ConformanceForeignKeys, set_null) {
    expect_kept(GetParam(), family("ON DELETE SET NULL ON UPDATE SET NULL",
                                   {"UPDATE parent SET id = 10 WHERE id = 1",
                                    "DELETE FROM parent WHERE id = 2"}));
}

TEST_P(ConformanceForeignKeys, set_default) {
    expect_kept(GetParam(), family("ON DELETE SET DEFAULT ON UPDATE SET DEFAULT",
                                   {"UPDATE parent SET id = 10 WHERE id = 1",
                                    "DELETE FROM parent WHERE id = 2"}));
}

TEST_P(ConformanceForeignKeys, restrict_and_no_action) {
    expect_kept(GetParam(),
                family("ON DELETE RESTRICT ON UPDATE NO ACTION",
                       {fails("DELETE FROM parent WHERE id = 1"),
                        fails("UPDATE parent SET id = 10 WHERE id = 1"),
                        "DELETE FROM child WHERE p = 1", "DELETE FROM parent WHERE id = 1",
                        fails("INSERT INTO child VALUES(7, 77, 'orphan')")}));
}

TEST_P(ConformanceForeignKeys, deferred) {
    expect_kept(GetParam(), family("DEFERRABLE INITIALLY DEFERRED",
                                   {"BEGIN", "INSERT INTO child VALUES(7, 77, 'early')",
                                    "INSERT INTO parent VALUES(77, 'late')", "COMMIT", "BEGIN",
                                    "UPDATE parent SET id = 78 WHERE id = 77", fails("COMMIT"),
                                    "UPDATE child SET p = 78 WHERE p = 77", "COMMIT"}));
}

TEST_P(ConformanceForeignKeys, orphans_of_an_application_that_does_not_enforce_them) {
    Scenario scenario =
        family("ON DELETE CASCADE ON UPDATE CASCADE",
               {"DELETE FROM parent WHERE id = 1", "UPDATE parent SET id = 20 WHERE id = 2",
                "INSERT INTO child VALUES(7, 77, 'orphan')"});
    scenario.prepare = nullptr;
    expect_kept(GetParam(), scenario);
}

TEST_P(ConformanceForeignKeys, a_tree_that_refers_to_itself) {
    Scenario scenario{
        "CREATE TABLE node(id INTEGER PRIMARY KEY, up REFERENCES node(id) ON DELETE CASCADE ON "
        "UPDATE CASCADE);"
        "INSERT INTO node VALUES(1, NULL), (2, 1), (3, 2), (4, 3), (5, 1)",
        {"UPDATE node SET id = 20 WHERE id = 2", "DELETE FROM node WHERE id = 20",
         "INSERT INTO node VALUES(6, 5)", "DELETE FROM node"}};
    scenario.prepare = [](sqlite3* db) {
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    };
    expect_kept(GetParam(), scenario);
}

TEST_P(ConformanceForeignKeys, composite_keys_to_a_table_without_rowid) {
    Scenario scenario{
        "CREATE TABLE parent(a, b, v TEXT, PRIMARY KEY(a, b)) WITHOUT ROWID;"
        "CREATE TABLE child(x, y, FOREIGN KEY(x, y) REFERENCES parent(a, b) ON UPDATE CASCADE ON "
        "DELETE SET NULL);"
        "INSERT INTO parent VALUES(1, 1, 'p'), (1, 2, 'q'); INSERT INTO child VALUES(1, 1), (1, "
        "1), (1, 2)",
        {"UPDATE parent SET b = b + 10", "DELETE FROM parent WHERE b = 11",
         "UPDATE parent SET a = 'text'"}};
    scenario.prepare = [](sqlite3* db) {
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    };
    expect_kept(GetParam(), scenario);
}

TEST_P(ConformanceForeignKeys, cascades_that_fire_triggers) {
    Scenario scenario =
        family("ON DELETE CASCADE ON UPDATE CASCADE",
               {"DELETE FROM parent WHERE id = 1", "UPDATE parent SET id = 30 WHERE id = 2"});
    scenario.schema +=
        ";CREATE TABLE log(what);"
        "CREATE TRIGGER d AFTER DELETE ON child BEGIN INSERT INTO log VALUES('-' || OLD.id); END;"
        "CREATE TRIGGER u AFTER UPDATE ON child BEGIN INSERT INTO log VALUES('~' || NEW.p); END";
    expect_kept(GetParam(), scenario);
}

TEST_P(ConformanceForeignKeys, the_setting_stays_the_applications) {
    TemporaryDirectory directory;
    Options options;
    options.strategy = GetParam();
    auto database = Database::open(directory.file("kept.db"), options);
    const Plain plain;
    EXPECT_EQ(query(database.handle(), "PRAGMA foreign_keys"), query(plain, "PRAGMA foreign_keys"));
    exec(database.handle(), "PRAGMA foreign_keys = ON; CREATE TABLE t(a)");
    database.flush();
    EXPECT_EQ(query(database.handle(), "PRAGMA foreign_keys"), Rows{{1}});
}

// SQLite runs the actions of a row, and the triggers that they fire, before the AFTER triggers of that
// row: these hear of what is written back to their own table in the wrong order.
class ConformanceForeignKeysWriteBack : public ConformanceForeignKeys {
protected:
    void expect_family_kept(const std::string& more, const std::vector<Step>& steps) const {
        for (const char* parent :
             {"id INTEGER PRIMARY KEY, u UNIQUE, n)", "id TEXT PRIMARY KEY, u UNIQUE, n)",
              "id TEXT PRIMARY KEY, u UNIQUE, n) WITHOUT ROWID"}) {
            SCOPED_TRACE(parent);
            Scenario scenario = family("", steps);
            scenario.schema = "CREATE TABLE parent(" + std::string(parent) +
                              ";INSERT INTO parent VALUES(1, 'a', 0), (2, 'b', 0), (9, 'z', 0);" +
                              more;
            expect_kept(GetParam(), scenario);
        }
    }
};

constexpr const char* child_of_id =
    "CREATE TABLE child(id INTEGER PRIMARY KEY, p TEXT REFERENCES parent(id)"
    " ON DELETE CASCADE ON UPDATE CASCADE);"
    "INSERT INTO child VALUES(1, '1'), (2, '1'), (3, '2');";

TEST_P(ConformanceForeignKeysWriteBack, a_row_in_the_place_of_the_deleted_one) {
    expect_family_kept(
        std::string(child_of_id) +
            "CREATE TRIGGER again AFTER DELETE ON child BEGIN"
            " INSERT OR IGNORE INTO parent VALUES(OLD.p, 'c' || OLD.p, OLD.id); END;",
        {"DELETE FROM parent WHERE id = '1'", "DELETE FROM parent",
         "BEGIN; INSERT INTO child VALUES(7, '2'); UPDATE parent SET n = 5;"
         "DELETE FROM parent WHERE id = '2'; UPDATE parent SET n = n + 1; COMMIT"});
}

TEST_P(ConformanceForeignKeysWriteBack, a_key_that_becomes_that_of_the_deleted_one) {
    expect_family_kept(std::string(child_of_id) +
                           "CREATE TRIGGER moved AFTER DELETE ON child BEGIN"
                           " UPDATE OR IGNORE parent SET n = 3, id = OLD.p WHERE id = '9'; END;",
                       {"DELETE FROM parent WHERE id = '1'", "DELETE FROM parent WHERE id = '2'"});
}

TEST_P(ConformanceForeignKeysWriteBack, a_row_in_the_place_of_the_one_that_moved) {
    expect_family_kept(
        std::string(child_of_id) +
            "CREATE TRIGGER again AFTER UPDATE ON child WHEN OLD.id <> 2 BEGIN"
            " INSERT OR IGNORE INTO parent VALUES(OLD.p, 'c', 0); END;",
        {"UPDATE parent SET id = '20' WHERE id = '2'", "UPDATE parent SET n = n + 1"});
}

TEST_P(ConformanceForeignKeysWriteBack, the_row_that_is_being_updated) {
    const std::pair<const char*, const char*> cases[] = {
        {"CASCADE", "UPDATE parent SET n = n + 1 WHERE u = NEW.p"},
        {"SET NULL", "DELETE FROM parent WHERE id = '1'"},
        {"CASCADE", "SELECT 1"},
        {"SET NULL", "UPDATE parent SET n = 3, u = u || '!' WHERE id = '1' AND length(u) < 4"}};
    for (const auto& [action, written] : cases) {
        SCOPED_TRACE(written);
        expect_family_kept(
            "CREATE TABLE child(id INTEGER PRIMARY KEY, p REFERENCES parent(u)"
            " ON DELETE CASCADE ON UPDATE " +
                std::string(action) +
                ");INSERT INTO child VALUES(1, 'a'), (2, 'a'), (3, 'b');"
                "CREATE TRIGGER written AFTER UPDATE ON child BEGIN " +
                std::string(written) + "; END;",
            {"UPDATE parent SET u = 'x' WHERE id = '1'", "UPDATE parent SET n = 7",
             "UPDATE parent SET u = u || 'y', n = 8"});
    }
}

// Without any trigger: the row refers to itself.
TEST_P(ConformanceForeignKeysWriteBack, rows_that_refer_to_themselves) {
    for (const std::string type : {"INTEGER", "TEXT"}) {
        for (const char* end : {"", " WITHOUT ROWID"}) {
            SCOPED_TRACE(type + end);
            Scenario scenario =
                family("", {"UPDATE tree SET id = id + 10 WHERE id = '1'",
                            "UPDATE tree SET id = 5, n = 5 WHERE id = '11'",
                            "INSERT INTO tree VALUES(6, '6', 0), (7, '6', 0)",
                            "UPDATE tree SET n = n + 1", "DELETE FROM tree WHERE id = '6'"});
            scenario.schema = "CREATE TABLE tree(id " + type + " PRIMARY KEY, up " + type +
                              " REFERENCES tree(id) ON UPDATE CASCADE ON DELETE SET NULL, n)" +
                              end + ";INSERT INTO tree VALUES(1, '1', 0), (2, '1', 0), (3, '2', 0)";
            expect_kept(GetParam(), scenario);
        }
    }
}

// What a trigger may write is known from the cut after its creation on; what was logged before it may
// be in the wrong order.
TEST_P(ConformanceForeignKeysWriteBack, by_a_trigger_that_is_new) {
    Scenario scenario =
        family("ON DELETE CASCADE",
               {"UPDATE parent SET v = 'c'; CREATE TRIGGER again AFTER DELETE ON child BEGIN"
                " INSERT OR IGNORE INTO parent VALUES(OLD.p, 'again'); END;"
                "DELETE FROM parent WHERE id = 1",
                "DELETE FROM parent WHERE id = 2",
                "DELETE FROM parent WHERE id = 1; DROP TRIGGER again; DELETE FROM parent"});
    scenario.incremental = false;
    expect_kept(GetParam(), scenario);
}

// One of the same name takes the place of another.
TEST(ConformanceForeignKeysQueue, follows_the_texts_of_temp_triggers) {
    const TemporaryDirectory directory;
    Options options;
    options.strategy = Strategy::trigger;
    options.interval = std::chrono::hours{1};
    auto database = Database::open(directory.file("kept.db"), options);
    sqlite3* db = database.handle();
    exec(db,
         "PRAGMA foreign_keys = ON; CREATE TABLE parent(id INTEGER PRIMARY KEY, n);"
         "CREATE TABLE child(id INTEGER PRIMARY KEY, p REFERENCES parent(id) ON DELETE CASCADE);"
         "CREATE TEMP TRIGGER t AFTER DELETE ON child BEGIN SELECT 1; END;"
         "INSERT INTO parent VALUES(1, 1); INSERT INTO child VALUES(1, 1)");
    database.flush();
    exec(db,
         "DROP TRIGGER temp.t; CREATE TEMP TRIGGER t AFTER DELETE ON child BEGIN"
         " INSERT INTO parent VALUES(OLD.p, 'again'); END; DELETE FROM parent");
    database.flush();
    EXPECT_TRUE(same_on_disk(db, directory.file("kept.db")));
    exec(db, "INSERT INTO child VALUES(1, 1); DELETE FROM parent");
    database.flush();
    EXPECT_TRUE(same_on_disk(db, directory.file("kept.db")));
}

// Counters and logs, which triggers mostly are for, do not keep a DELETE of the parent out of the log.
TEST(ConformanceForeignKeysQueue, has_deletes_of_a_parent_with_a_counter) {
    const TemporaryDirectory directory;
    Options options;
    options.strategy = Strategy::trigger;
    options.interval = std::chrono::hours{1};
    auto database = Database::open(directory.file("kept.db"), options);
    sqlite3* db = database.handle();
    exec(db,
         "PRAGMA foreign_keys = ON; CREATE TABLE parent(id INTEGER PRIMARY KEY, n);"
         "CREATE TABLE child(id INTEGER PRIMARY KEY, p REFERENCES parent(id) ON DELETE CASCADE);"
         "CREATE TABLE log(x); CREATE TRIGGER counted AFTER DELETE ON child BEGIN"
         " UPDATE parent SET n = (SELECT count(id) FROM child WHERE p = OLD.p) WHERE id = OLD.p;"
         " INSERT INTO log VALUES('parent ' || OLD.p); END;"
         "INSERT INTO parent VALUES(1, 1), (2, 1); INSERT INTO child VALUES(1, 1), (2, 2)");
    database.flush();
    exec(db, "DELETE FROM parent WHERE id = 1");
    const std::string deletes =
        "SELECT count(*) FROM _sync_queue WHERE operation = 'DELETE' AND table_name = 'parent'";
    EXPECT_EQ(query_one(db, deletes), Cell(1));
    exec(db,
         "DROP TRIGGER counted; CREATE TRIGGER again AFTER DELETE ON child BEGIN"
         " INSERT INTO parent VALUES(OLD.p, 0); END");
    database.flush();
    exec(db, "DELETE FROM parent WHERE id = 2");
    EXPECT_EQ(query_one(db, deletes), Cell(0)) << "it is written whole instead";
    database.flush();
    EXPECT_EQ(query_one(Plain(directory.file("kept.db")), "SELECT n FROM parent WHERE id = 2"),
              Cell(0));
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceForeignKeys);
TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceForeignKeysWriteBack);

}  // namespace
}  // namespace tidemark::tests
