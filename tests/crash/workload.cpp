#include "crash/workload.hpp"

#include "support/sql.hpp"

#include <string>

namespace tidemark::tests {

namespace {

constexpr std::int64_t rows_kept = 300;
constexpr std::int64_t schema_change_every = 400;

void change_rows(sqlite3* db, std::int64_t k) {
    exec(db, "UPDATE progress SET k = ?1", {k});
    exec(db,
         "INSERT INTO ledger(k, payload) VALUES(?1, printf('%.*c', ?1 * 7919 % 700, 'x') || ?1)",
         {k});
    exec(db,
         "INSERT INTO account VALUES('a' || (?1 % 20), ?1)"
         " ON CONFLICT(name) DO UPDATE SET balance = balance + excluded.balance",
         {k});
    exec(db, "UPDATE account SET balance = balance - ?1 WHERE name = 'cash'", {k});
    exec(db, "INSERT INTO bag VALUES(?1, ?1 / 7.0)", {k});
    exec(db, "INSERT OR REPLACE INTO slot VALUES(?1 % 50, 'slot ' || (?1 % 30), ?1)", {k});
    exec(db, "DELETE FROM ledger WHERE k <= ?1", {k - rows_kept});
    exec(db, "DELETE FROM bag WHERE k <= ?1", {k - rows_kept});
}

/// One of two tables comes while the other goes.
void change_schema(sqlite3* db, std::int64_t k) {
    const std::int64_t turn = k / schema_change_every;
    const std::string next = turn % 2 == 0 ? "even" : "odd";
    const std::string last = turn % 2 == 0 ? "odd" : "even";
    exec(db, "CREATE TABLE " + next + "(id INTEGER PRIMARY KEY, k); DROP TABLE IF EXISTS " + last);
    exec(db, "INSERT INTO " + next + "(k) VALUES(?1), (?1 + 1)", {k});
}

}  // namespace

void create_workload(sqlite3* db) {
    exec(db,
         "CREATE TABLE progress(id INTEGER PRIMARY KEY, k INT); INSERT INTO progress VALUES(1, 0);"
         "CREATE TABLE ledger(id INTEGER PRIMARY KEY AUTOINCREMENT, k INT, payload TEXT);"
         "CREATE INDEX ledger_by_k ON ledger(k);"
         "CREATE TABLE account(name TEXT PRIMARY KEY NOT NULL, balance INT) WITHOUT ROWID;"
         "INSERT INTO account VALUES('cash', 0);"
         "CREATE TABLE bag(k INT, value);"
         "CREATE TABLE slot(id INTEGER PRIMARY KEY, name TEXT UNIQUE, k INT)");
}

void run_transaction(sqlite3* db, std::int64_t k) {
    exec(db, "BEGIN");
    change_rows(db, k);
    if (k % schema_change_every == 0) {
        change_schema(db, k);
    }
    exec(db, "COMMIT");
}

std::int64_t transactions_in(sqlite3* db) {
    return query_one(db, "SELECT k FROM progress").integer();
}

}  // namespace tidemark::tests
