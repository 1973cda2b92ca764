// Foreign keys with every action. What they did in RAM is captured; on the disk they do nothing.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <string>

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

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceForeignKeys);

}  // namespace
}  // namespace tidemark::tests
