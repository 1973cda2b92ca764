#include "crash/workload.hpp"

#include "support/sql.hpp"

#include <string>

namespace tidemark::tests {

namespace {

constexpr std::int64_t rows_kept = 300;
constexpr std::int64_t schema_change_every = 23;
constexpr std::int64_t vacuum_every = 131;

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
    exec(db, "DELETE FROM slot WHERE id = ?1 % 53", {k});
    exec(db, "INSERT INTO note(rowid, text) VALUES(?1, 'word' || (?1 % 17) || ' number ' || ?1)",
         {k});
    exec(db, "DELETE FROM note WHERE rowid <= ?1", {k - rows_kept});
    exec(db, "DELETE FROM ledger WHERE k <= ?1", {k - rows_kept});
    exec(db, "DELETE FROM bag WHERE k <= ?1", {k - rows_kept});
}

/// Every kind of DDL, one after the other: tables come, change their columns and names, and go.
void change_schema(sqlite3* db, std::int64_t k) {
    const std::int64_t turn = k / schema_change_every;
    const std::string name = "extra" + std::to_string(turn / 6 + 1);
    switch (turn % 6) {
        case 0:
            exec(db, "CREATE TABLE IF NOT EXISTS " + name + "(id INTEGER PRIMARY KEY, k)");
            exec(db, "INSERT INTO " + name + "(k) VALUES(?1), (?1 + 1)", {k});
            break;
        case 1:
            exec(db, "CREATE TABLE IF NOT EXISTS " + name + "(id INTEGER PRIMARY KEY, k)");
            exec(db, "ALTER TABLE " + name + " ADD COLUMN added DEFAULT 'x'");
            exec(db, "CREATE INDEX " + name + "_by_k ON " + name + "(k)");
            break;
        case 2:
            exec(db, "DROP VIEW IF EXISTS latest");
            exec(db, "CREATE VIEW latest AS SELECT max(k) FROM ledger");
            exec(db, "DROP TRIGGER IF EXISTS follow");
            exec(db,
                 "CREATE TRIGGER follow AFTER DELETE ON slot BEGIN"
                 " INSERT INTO bag VALUES(OLD.k, 'deleted'); END");
            break;
        case 3:
            exec(db, "DROP TABLE IF EXISTS renamed; CREATE TABLE renaming(a PRIMARY KEY, b)");
            exec(db, "INSERT INTO renaming VALUES(?1, 'x')", {k});
            exec(db, "ALTER TABLE renaming RENAME TO renamed");
            exec(db, "ALTER TABLE renamed RENAME COLUMN b TO c");
            break;
        case 4:
            exec(db, "DROP TABLE IF EXISTS extra" + std::to_string(turn / 6));
            exec(db, "DROP TRIGGER IF EXISTS follow");
            break;
        default:
            exec(db, "DROP TABLE note; CREATE VIRTUAL TABLE note USING fts5(text)");
            exec(db, "REINDEX; PRAGMA user_version = " + std::to_string(turn));
    }
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
         "CREATE TABLE slot(id INTEGER PRIMARY KEY, name TEXT UNIQUE, k INT);"
         "CREATE VIRTUAL TABLE note USING fts5(text)");
}

void run_transaction(sqlite3* db, std::int64_t k) {
    exec(db, "BEGIN");
    change_rows(db, k);
    if (k % schema_change_every == 0) {
        change_schema(db, k);
    }
    exec(db, "COMMIT");
}

void roll_back_transaction(sqlite3* db, std::int64_t k) {
    exec(db, "BEGIN");
    exec(db, "UPDATE progress SET k = ?1", {k});
    exec(db, "DELETE FROM ledger");
    exec(db, "UPDATE account SET balance = -1");
    exec(db, "CREATE TABLE never(a)");
    exec(db, "INSERT INTO bag VALUES(-1, 'never')");
    exec(db, "ROLLBACK");
}

bool has_vacuum(std::int64_t k) { return k % vacuum_every == 0; }

void vacuum(sqlite3* db) { exec(db, "VACUUM"); }

std::int64_t transactions_in(sqlite3* db) {
    return query_one(db, "SELECT k FROM progress").integer();
}

}  // namespace tidemark::tests
