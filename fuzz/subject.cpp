#include "subject.hpp"

#include "known_differences.hpp"

#include <sqlite3.h>

#include <cstddef>

namespace tidemark::fuzz {
namespace {

using tests::Cell;
using tests::Rows;

constexpr int no_such_statement = SQLITE_MISUSE;

/// The lock of the connection. Between two calls a sync may use it, as documented: who wants
/// several calls to see one state holds it.
class Lock {
public:
    explicit Lock(sqlite3* db) : mutex_(sqlite3_db_mutex(db)) { sqlite3_mutex_enter(mutex_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() { sqlite3_mutex_leave(mutex_); }

private:
    sqlite3_mutex* mutex_;
};

void append_row(sqlite3_stmt* statement, Rows& rows) {
    tests::Row row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        row.push_back(Cell::column(statement, i));
    }
    rows.push_back(std::move(row));
}

Outcome outcome_of(sqlite3* db, int rc) {
    Outcome outcome;
    outcome.rc = rc;
    if (rc != SQLITE_OK && rc != no_such_statement) outcome.message = sqlite3_errmsg(db);
    outcome.changes = sqlite3_changes64(db);
    outcome.total_changes = sqlite3_total_changes64(db);
    level_last_insert_rowid(db, rc);
    outcome.last_insert_rowid = sqlite3_last_insert_rowid(db);
    outcome.in_transaction = sqlite3_get_autocommit(db) == 0;
    outcome.writing = sqlite3_txn_state(db, nullptr) == SQLITE_TXN_WRITE;
    return outcome;
}

}  // namespace

void Subject::Finalizer::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

Subject::Subject(sqlite3* db)
    : db_(db), had_full_text_(!full_text_indexes_written_at_other_moments(db).empty()) {}

Outcome Subject::run(const Step& step) {
    const std::int64_t before = sqlite3_total_changes64(db_);
    Outcome outcome = run_step(step);
    if (returns_rows_by_free_pages(step.sql)) outcome.rows.clear();
    had_full_text_ = had_full_text_ || mentions_full_text(step.sql);
    if (had_full_text_ || has_other_total_changes(step.sql)) {
        uncounted_changes_ += outcome.total_changes - before;
    }
    outcome.total_changes -= uncounted_changes_;
    if (had_full_text_ && (step.kind != StepKind::sql || !writes_rows(step.sql, outcome.rc)))
        outcome.changes = 0;
    if (had_full_text_) {
        sqlite3_set_last_insert_rowid(db_, 0);
        outcome.last_insert_rowid = 0;
    }
    return outcome;
}

// FTS5 may write at the end of a statement that was half done.
void Subject::finalize_all() {
    const std::int64_t before = sqlite3_total_changes64(db_);
    kept_.clear();
    if (had_full_text_) uncounted_changes_ += sqlite3_total_changes64(db_) - before;
}

Outcome Subject::run_step(const Step& step) {
    switch (step.kind) {
        case StepKind::prepare:
            return prepare(step);
        case StepKind::execute:
            return execute_kept(step.name);
        case StepKind::step:
            return begin_kept(step.name);
        case StepKind::reset:
            return reset_kept(step.name);
        default:
            return run_sql(step.sql);
    }
}

Outcome Subject::locked(const std::function<int(Rows&)>& work) {
    Rows rows;
    const Lock lock(db_);
    const int rc = work(rows);
    Outcome outcome = outcome_of(db_, rc);
    outcome.rows = std::move(rows);
    return outcome;
}

int Subject::finish(sqlite3_stmt* statement, Rows& rows) {
    int rc = SQLITE_ROW;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) append_row(statement, rows);
    return rc == SQLITE_DONE ? SQLITE_OK : sqlite3_extended_errcode(db_);
}

Outcome Subject::run_sql(const std::string& sql) {
    return locked([&](Rows& rows) {
        const char* rest = sql.c_str();
        while (*rest != '\0') {
            sqlite3_stmt* raw = nullptr;
            if (sqlite3_prepare_v2(db_, rest, -1, &raw, &rest) != SQLITE_OK) {
                return sqlite3_extended_errcode(db_);
            }
            const StatementPointer statement(raw);
            if (!statement) continue;
            const int rc = finish(statement.get(), rows);
            if (rc != SQLITE_OK) return rc;
        }
        return SQLITE_OK;
    });
}

Outcome Subject::prepare(const Step& step) {
    return locked([&](Rows&) {
        kept_.erase(step.name);
        sqlite3_stmt* raw = nullptr;
        const int rc =
            sqlite3_prepare_v3(db_, step.sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
        if (rc != SQLITE_OK) return sqlite3_extended_errcode(db_);
        kept_[step.name].statement.reset(raw);
        return SQLITE_OK;
    });
}

Outcome Subject::begin_kept(const std::string& name) {
    return locked([&](Rows& rows) {
        const auto found = kept_.find(name);
        if (found == kept_.end() || !found->second.statement) return no_such_statement;
        sqlite3_stmt* statement = found->second.statement.get();
        const int rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW) {
            append_row(statement, rows);
            return SQLITE_OK;
        }
        const int code = rc == SQLITE_DONE ? SQLITE_OK : sqlite3_extended_errcode(db_);
        sqlite3_reset(statement);
        return code;
    });
}

Outcome Subject::execute_kept(const std::string& name) {
    return locked([&](Rows& rows) {
        const auto found = kept_.find(name);
        if (found == kept_.end() || !found->second.statement) return no_such_statement;
        sqlite3_stmt* statement = found->second.statement.get();
        sqlite3_reset(statement);
        const int rc = finish(statement, rows);
        sqlite3_reset(statement);
        return rc;
    });
}

Outcome Subject::reset_kept(const std::string& name) {
    return locked([&](Rows&) {
        const auto found = kept_.find(name);
        if (found == kept_.end() || !found->second.statement) return no_such_statement;
        const int rc = sqlite3_reset(found->second.statement.get());
        return rc == SQLITE_OK ? SQLITE_OK : sqlite3_extended_errcode(db_);
    });
}

}  // namespace tidemark::fuzz
