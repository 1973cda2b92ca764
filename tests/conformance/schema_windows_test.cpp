// Every window of three statements, out of those whose traces can be taken for each other's, between
// two flushes: there is no combination after which the disk is not what RAM is.

#include "support/fixture.hpp"
#include "support/sample.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

constexpr const char* schema =
    "CREATE TABLE a(id INTEGER PRIMARY KEY, x, y); CREATE TABLE b(y);"
    "CREATE TABLE k(k TEXT PRIMARY KEY, v); CREATE TABLE m(i INTEGER PRIMARY KEY, j);"
    "INSERT INTO a VALUES(1, 'a', 1), (2, 'b', 2); INSERT INTO b VALUES(1), (2), (3);"
    "DELETE FROM b WHERE y = 1; INSERT INTO k VALUES('q', 1); CREATE INDEX ai ON a(x);"
    "INSERT INTO m VALUES(1, 1)";

constexpr const char* statements[] = {
    "ALTER TABLE a DROP COLUMN y",
    "ALTER TABLE a ADD COLUMN y",
    "ALTER TABLE a ADD COLUMN z",
    "ALTER TABLE a RENAME COLUMN y TO z",
    "ALTER TABLE b RENAME TO bb",
    "ALTER TABLE a RENAME TO b",
    "ALTER TABLE k RENAME TO a",
    "DROP TABLE k",
    "CREATE TABLE k(k TEXT PRIMARY KEY, v)",
    "DROP INDEX ai",
    "CREATE INDEX ai ON a(y)",
    "CREATE UNIQUE INDEX u ON a(x)",
    "INSERT OR REPLACE INTO a(id, x) VALUES(7, 'b')",
    "DROP INDEX u",
    "VACUUM",
    "CREATE TABLE n(z)",
    "INSERT INTO b VALUES(8)",
    "INSERT INTO k VALUES(9, 9)",
    "UPDATE m SET j = j + 1",
};

class ConformanceSchemaWindows : public KeptDatabase {
protected:
    /// False when the schema did not allow more than one of them.
    bool try_window(const std::string& file, const std::vector<const char*>& window) const {
        Options options = this->options();
        options.journal_mode = JournalMode::persist;
        Database database = Database::open(file, options);
        exec(database.handle(), schema);
        database.flush();
        int succeeded = 0;
        for (const char* sql : window) {
            succeeded += try_exec(database.handle(), sql).rc == SQLITE_OK ? 1 : 0;
        }
        if (succeeded < 2) return false;
        database.flush();
        EXPECT_TRUE(same_on_disk(database.handle(), file))
            << window[0] << "; " << window[1] << "; " << window[2];
        return true;
    }
};

TEST_P(ConformanceSchemaWindows, of_three_statements_hide_nothing) {
    const std::size_t share = one_in(5, 16);
    std::size_t windows = 0;
    std::size_t turn = 0;
    for (const char* first : statements) {
        for (const char* second : statements) {
            for (const char* third : statements) {
                if (turn++ % share != 0) continue;
                const std::string file = directory().file("window.db");
                if (try_window(file, {first, second, third})) ++windows;
                std::filesystem::remove(file);
            }
        }
        if (HasFailure()) return;
    }
    EXPECT_GT(windows, 4000 / share);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSchemaWindows);

}  // namespace
}  // namespace tidemark::tests
