#pragma once

#include "support/sql.hpp"

#include <cstdint>
#include <string>

namespace tidemark::tests {

/// Makes the tables. Transaction k is a function of k alone.
inline void create_commit_workload(sqlite3* db) {
    exec(db,
         "CREATE TABLE progress(id INTEGER PRIMARY KEY, k INT); INSERT INTO progress VALUES(1, 0);"
         "CREATE TABLE ledger(id INTEGER PRIMARY KEY AUTOINCREMENT, k INT, payload TEXT)");
}

inline std::int64_t commits_in(sqlite3* db) {
    return query_one(db, "SELECT k FROM progress").integer();
}

/// Several rows; now and then with a change of the schema.
inline void run_commit(sqlite3* db, std::int64_t k) {
    const std::string number = std::to_string(k);
    exec(db, "BEGIN");
    if (k % 40 == 0) exec(db, "CREATE TABLE made" + number + " AS SELECT " + number + " AS k");
    if (k % 40 == 20 && k > 20) exec(db, "DROP TABLE made" + std::to_string(k - 20));
    exec(db, "INSERT INTO ledger(k, payload) VALUES(?1, hex(zeroblob(?1 * 31 % 900)))", {k});
    exec(db, "DELETE FROM ledger WHERE k < ?1 - 100", {k});
    exec(db, "UPDATE progress SET k = ?1", {k});
    exec(db, "COMMIT");
}

}  // namespace tidemark::tests
