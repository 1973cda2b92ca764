#include "plain_database.hpp"

#include <sqlite3.h>

namespace tidemark::fuzz {
namespace {

void load_copy(sqlite3* from, sqlite3* to) {
    sqlite3_backup* backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == nullptr) throw tests::SqlError(sqlite3_errcode(to), sqlite3_errmsg(to));
    sqlite3_backup_step(backup, -1);
    const int rc = sqlite3_backup_finish(backup);
    if (rc != SQLITE_OK) throw tests::SqlError(rc, sqlite3_errmsg(to));
}

}  // namespace

PlainDatabase::PlainDatabase() : connection_(std::make_unique<tests::Plain>()) {
    set_limits(*connection_);
    subject_ = std::make_unique<Subject>(*connection_);
}

PlainDatabase::PlainDatabase(sqlite3* source) : connection_(std::make_unique<tests::Plain>()) {
    set_limits(*connection_);
    load_copy(source, *connection_);
    subject_ = std::make_unique<Subject>(*connection_);
}

void PlainDatabase::reopen() {
    end_transaction();
    *this = PlainDatabase(db());
}

void PlainDatabase::end_transaction() { fuzz::end_transaction(*subject_); }

void end_transaction(Subject& subject) {
    subject.finalize_all();
    if (subject.run(sql_step("")).in_transaction) (void)subject.run(sql_step("ROLLBACK"));
}

void set_limits(sqlite3* db) {
    sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 60);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1'000'000);
}

}  // namespace tidemark::fuzz
