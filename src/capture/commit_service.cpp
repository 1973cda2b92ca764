// A COMMIT that returns when its changes are on disk: the part of CombinedCapture that works inside
// the application's statements, on its thread, with the RAM database locked.
//
// Two moments matter. `before_commit` is the first phase of a COMMIT (xSync of the virtual table that
// takes part in every transaction in which a trigger ran): the transaction is complete and can still
// be rolled back, statements that read may be run. `statement_ended` comes after it, between two
// transactions, and finds what no trigger tells of: changes of the schema and the header.

#include "capture/combined_capture.hpp"
#include "sqlite/error.hpp"

#include <utility>

namespace tidemark::capture {
namespace {

constexpr const char* committing = "commit";

Error cannot_commit(int code, std::string object, std::string reason, std::string advice) {
    return Error({.code = code,
                  .operation = committing,
                  .object = std::move(object),
                  .reason = std::move(reason),
                  .advice = std::move(advice)});
}

}  // namespace

// ---- beginning and end ------------------------------------------------------------------------

void CombinedCapture::serve_commits(CommitHandler& handler) {
    refuse_what_cannot_be_served(plan_.planned);
    listen_to_statements(SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE);
    commit_handler_ = &handler;
    recorder_->set_commit_hooks({.before_commit = [this] { before_commit(); },
                                 .committed = [this] { disk_is_ahead_ = false; },
                                 .rolled_back = [this] { after_rollback(); }});
}

void CombinedCapture::listen_to_statements(unsigned events) {
    sqlite::check(ram_, sqlite3_trace_v2(ram_, events, &CombinedCapture::heard, this),
                  "hear of the statements of the RAM database");
}

// Leaves a trace callback alone that is not ours.
void CombinedCapture::stop_serving() noexcept {
    if (commit_handler_ == nullptr && !in_calls_) return;
    commit_handler_ = nullptr;
    in_calls_ = false;
    recorder_->set_commit_hooks({});
    const std::uint64_t before = statements_heard_;
    sqlite3_exec(ram_, "SELECT 0", nullptr, nullptr, nullptr);
    if (statements_heard_ > before) sqlite3_trace_v2(ram_, 0, nullptr, nullptr);
}

// FTS5 writes its tables in a COMMIT after it has been asked to be the first of all, and R*Tree
// without any trigger: what is on disk when `before_commit` ends would be a part of the transaction.
void CombinedCapture::refuse_what_cannot_be_served(const std::vector<PlannedTable>& planned) const {
    for (const PlannedTable& table : planned) {
        if (!table.info.shadow || table.method == CaptureMethod::excluded) continue;
        throw cannot_commit(SQLITE_ERROR, table.info.name,
                            "with durability = commit no virtual table can be kept that has its "
                            "content in tables of its own",
                            "drop the virtual table, or use durability = interval and flush()");
    }
}

// ---- what SQLite tells of statements ----------------------------------------------------------

int CombinedCapture::heard(unsigned event, void* self, void* statement, void* detail) noexcept {
    auto& capture = *static_cast<CombinedCapture*>(self);
    if (event == SQLITE_TRACE_CLOSE) {
        // A copy: the capture may be destroyed in there.
        if (const auto closing = capture.calls_.closing) closing();
        return 0;
    }
    if (event == SQLITE_TRACE_PROFILE) ++capture.statements_heard_;
    if (capture.authorizer_.at_own_work()) return 0;
    if (event == SQLITE_TRACE_STMT) {
        capture.served_by_commit_ = false;
        capture.statement_begins(static_cast<const char*>(detail));
    }
    if (event != SQLITE_TRACE_PROFILE) return 0;
    if (capture.commit_handler_ != nullptr) {
        capture.statement_ended(static_cast<sqlite3_stmt*>(statement));
    } else if (capture.in_calls_) {
        capture.statement_ended_in_call(static_cast<sqlite3_stmt*>(statement));
    }
    return 0;
}

// After its end, or, for a statement that is reset before it, just before its COMMIT: then there is
// no boundary yet, and `before_commit` follows.
void CombinedCapture::statement_ended(sqlite3_stmt* statement) noexcept {
    if (served_by_commit_) {
        if (only_plan_is_missing_) adopt_committed_schema();
    } else if (sqlite3_stmt_readonly(statement) == 0) {
        cut_is_due_ = true;
    }
    only_plan_is_missing_ = false;
    if (!cut_is_due_ || !stands_at_boundary()) return;
    cut_is_due_ = false;
    commit_handler_->sync_now();
}

// ---- a COMMIT ---------------------------------------------------------------------------------

// Throws Error or std::bad_alloc, which make the COMMIT fail and the transaction be rolled back.
void CombinedCapture::before_commit() {
    // A cut has closed a transaction that SQLite had left open.
    if (authorizer_.at_own_work()) return;
    if (has_ended_foreign_transaction_) {
        throw cannot_commit(SQLITE_ABORT, "the RAM database", "the process is ending",
                            "commit before exit() is called");
    }
    const sqlite::Authorizer::OwnWork own_work(authorizer_);
    const sqlite::RaisedLimits raised(ram_);

    const std::uint64_t heard_before = statements_heard_;
    const Boundary now = boundary_reader_.read();
    require_statements_heard(heard_before);
    bool whole = recorder_->has_sealed() || !is_certain(now) || schema_moved(now);
    if (!whole) refuse_what_cannot_be_served(plan_.planned);
    CommitResult result{.outcome = CommitOutcome::whole_copy_needed};
    while (result.outcome == CommitOutcome::whole_copy_needed) {
        CommitBatch commit = take_before_commit(whole, now);
        if (commit.nothing) break;
        result = commit_handler_->commit(*commit.batch);
        if (result.outcome == CommitOutcome::on_disk) {
            plan_is_unsettled_ = whole;
            only_plan_is_missing_ = whole;
            disk_is_ahead_ = true;
            if (whole) recorder_->forget_sealed();
            break;
        }
        if (!whole) commit.taken.transactions.log = std::move(commit.batch->log);
        recorder_->give_back(std::move(commit.taken), commit.end);
        if (result.outcome == CommitOutcome::refused) throw Error(*result.error);
        whole = true;
    }
    note_on_disk(now, whole);
}

void CombinedCapture::require_statements_heard(std::uint64_t heard_before) const {
    if (statements_heard_ != heard_before) return;
    throw cannot_commit(SQLITE_MISUSE, "the RAM database",
                        "the application has installed a trace callback, which tidemark needs on "
                        "this connection for itself",
                        "do without sqlite3_trace_v2 (a statement trace) on this connection");
}

CombinedCapture::CommitBatch CombinedCapture::take_before_commit(bool whole, const Boundary& now) {
    CommitBatch commit{.batch = std::make_shared<change::Batch>(),
                       .taken = {},
                       .end = recorder_->transactions().log().end()};
    change::Batch& batch = *commit.batch;
    batch.user_version = now.user_version;
    batch.application_id = now.application_id;
    if (whole) {
        take_whole_before_commit(batch);
    } else {
        take_changes_before_commit(batch);
        const bool nothing = recorder_->transactions().log().empty() && !header_changed(now);
        commit.nothing = nothing;
    }
    commit.taken = recorder_->take_before_commit();
    if (whole) return commit;
    batch.first_change = commit.taken.transactions.first_change;
    batch.first_transaction = commit.taken.transactions.first_transaction;
    batch.log = std::move(commit.taken.transactions.log);
    batch.bytes = batch.log.bytes();
    return commit;
}

void CombinedCapture::take_whole_before_commit(change::Batch& batch) const {
    require_free_name();
    const CapturePlan plan = make_capture_plan(ram_, settings_.rules);
    refuse_what_cannot_be_served(plan.planned);
    batch.whole = std::make_shared<change::WholeCopy>();
    batch.whole->connection = sqlite::copy_uncommitted(ram_, "copy the RAM database");
    batch.whole->excluded_tables = plan.excluded;
    batch.bytes = sqlite::database_bytes(batch.whole->connection.get());
}

void CombinedCapture::take_changes_before_commit(change::Batch& batch) {
    change::ChangeLog& log = recorder_->transactions().log();
    const change::ChangeLog::Position before = log.end();
    try {
        batch.tables = append_touched(log);
        blob_watch_.append_images(log, plan_.utf16());
        batch.changes = log.changes();
        append_images(log, system_tables_to_send(!log.empty()));
    } catch (...) {
        log.truncate(before);
        throw;
    }
    // The header or one of SQLite's own tables.
    if (batch.changes == 0) batch.changes = 1;
}

void CombinedCapture::note_on_disk(const Boundary& now, bool whole) noexcept {
    served_by_commit_ = true;
    cut_is_due_ = false;
    if (!whole) {
        known_ = now;
        system_tables_.remember();
    }
    total_changes_at_cut_ = sqlite3_total_changes64(ram_);
    update_limits();
}

// The COMMIT has failed after its changes had been brought to the disk: by the application's commit
// hook, or because a file that is attached too did not take its part.
void CombinedCapture::after_rollback() noexcept {
    served_by_commit_ = false;
    only_plan_is_missing_ = false;
    if (!std::exchange(disk_is_ahead_, false)) return;
    plan_is_unsettled_ = true;
    cut_is_due_ = true;
    signal_(Signal::threshold);
}

// What is on disk is the schema of this moment. If this fails, the next cut is a copy of everything.
void CombinedCapture::adopt_committed_schema() noexcept {
    if (sqlite::has_running_statements(ram_)) return;
    const sqlite::Authorizer::OwnWork own_work(authorizer_);
    const sqlite::RaisedLimits raised(ram_);
    try {
        adopt(make_capture_plan(ram_, settings_.rules));
        known_ = boundary_reader_.read();
    } catch (...) {
        plan_is_unsettled_ = true;
        cut_is_due_ = true;
    }
}

}  // namespace tidemark::capture
