// Cutting in the application's calls: the part of CombinedCapture for connections that no other thread
// may use, because they have no mutex or because what they call (functions, an authorizer) must not be
// called elsewhere.
//
// Whatever is committed has to be handed over in the very call that commits it, since nobody knows
// whether another one will follow. Two moments are used. Row changes that triggers have logged are
// taken in the first phase of the COMMIT, where statements can be run, and handed over when it has
// succeeded. Everything else (the schema, what sessions have seen, what has to be copied) is cut as
// always, at the end of the statement.

#include "capture/combined_capture.hpp"
#include "change/coalesce.hpp"
#include "sqlite/error.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace tidemark::capture {
namespace {

Error not_handed_over(std::string reason, std::string advice) {
    return Error({.code = SQLITE_BUSY,
                  .operation = "take changes from the RAM database",
                  .reason = std::move(reason),
                  .advice = std::move(advice),
                  .retryable = true});
}

constexpr std::string_view row_statements[] = {"INSERT", "UPDATE", "DELETE",    "REPLACE",
                                               "SELECT", "WITH",   "VALUES",    "BEGIN",
                                               "COMMIT", "END",    "SAVEPOINT", "RELEASE"};

bool begins_with(std::string_view sql, std::string_view word) noexcept {
    return sqlite3_strnicmp(sql.data(), word.data(), static_cast<int>(word.size())) == 0;
}

// Of the text of a statement, or the comment that SQLite gives for a trigger.
bool changes_rows_at_most(std::string_view sql) noexcept {
    sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n"), sql.size()));
    return begins_with(sql, "-- ") ||
           std::any_of(std::begin(row_statements), std::end(row_statements),
                       [sql](std::string_view word) { return begins_with(sql, word); });
}

}  // namespace

void CombinedCapture::serve_calls(CallSettings settings) {
    calls_ = std::move(settings);
    in_calls_ = true;
    listen_to_statements(SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE | SQLITE_TRACE_CLOSE);
    recorder_->set_commit_hooks({.before_commit = [this] { take_in_commit(); },
                                 .committed = [this] { hand_over_commit(); },
                                 .rolled_back = [this] { forget_commit(); }});
}

void CombinedCapture::release_statements() noexcept {
    boundary_reader_.release_statements();
    error_state_.release_statements();
}

// ---- the schema and the header ----------------------------------------------------------------

// To look at them at each commit costs several times what the commit does. A statement that is not
// known to leave them alone counts as one that may have changed them.
void CombinedCapture::statement_begins(const char* sql) noexcept {
    in_other_statement_ = sql == nullptr || !changes_rows_at_most(sql);
    if (in_other_statement_) ++other_statements_;
}

bool CombinedCapture::only_rows_changed() const noexcept {
    return other_statements_ == looked_at_ && !schema_is_writable() && !plan_is_unsettled_;
}

bool CombinedCapture::schema_is_writable() const noexcept {
    int writable = 1;
    sqlite3_db_config(ram_, SQLITE_DBCONFIG_WRITABLE_SCHEMA, -1, &writable);
    return writable != 0;
}

// ---- in a COMMIT ------------------------------------------------------------------------------

// Throws Error or std::bad_alloc, which make the COMMIT fail.
void CombinedCapture::take_in_commit() {
    in_commit_.reset();
    if (is_inert()) {
        // Nobody will ever take it.
        static_cast<void>(recorder_->take_before_commit());
        return;
    }
    // A cut has closed a transaction that SQLite had left open.
    if (authorizer_.at_own_work()) return;
    const sqlite::Authorizer::OwnWork own_work(authorizer_);
    const sqlite::RaisedLimits raised(ram_);
    const std::uint64_t heard_before = statements_heard_;
    const bool only_rows = only_rows_changed();
    const Boundary now =
        only_rows ? boundary_reader_.read_versions(known_) : boundary_reader_.read();
    require_statements_heard(heard_before);
    // Virtual tables may still write, in their part of this very COMMIT.
    const bool sessions_may_see_more = sessions_ && !plan_.by_session.empty();
    const bool has_moved = only_rows ? now.schema_version != known_.schema_version ||
                                           now.data_version != known_.data_version ||
                                           blob_watch_.lost_track()
                                     : !is_certain(now) || schema_moved(now);
    if (copy_wanted_ || sessions_may_see_more || recorder_->has_sealed() || has_moved) return;
    if (!in_other_statement_) looked_at_ = other_statements_;
    CommitBatch commit = take_before_commit(false, now);
    if (!commit.nothing) in_commit_ = std::move(commit.batch);
    note_on_disk(now, false);
}

void CombinedCapture::hand_over_commit() noexcept {
    if (!in_commit_) return;
    try {
        const bool was_waiting = in_flight_->waiting().any;
        in_flight_->join(std::exchange(in_commit_, nullptr));
        announce_hand_over(was_waiting);
    } catch (...) {
        // Lost, but for a copy.
        plan_is_unsettled_ = true;
        cut_is_due_ = true;
    }
}

// The COMMIT has failed after its changes had been taken.
void CombinedCapture::forget_commit() noexcept {
    served_by_commit_ = false;
    if (!std::exchange(in_commit_, nullptr)) return;
    plan_is_unsettled_ = true;
    cut_is_due_ = true;
}

// ---- at the end of a statement ----------------------------------------------------------------

void CombinedCapture::statement_ended_in_call(sqlite3_stmt* statement) noexcept {
    if (is_inert()) return;
    if (left_transaction_open_) {
        const sqlite::Authorizer::OwnWork own_work(authorizer_);
        end_left_transaction();
    }
    const bool writes = sqlite3_stmt_readonly(statement) == 0;
    if (writes && !served_by_commit_) cut_is_due_ = true;
    if (writes && schema_is_writable()) ++other_statements_;
    if (!cut_is_due_ && !copy_wanted_) return;
    if (!stands_at_boundary()) return;
    owes_ = true;
    if (may_wait_for_select()) return;
    try {
        static_cast<void>(hand_over());
    } catch (...) {
        // `cut` tells of it; the end of the next statement tries again.
    }
}

// While the application reads a SELECT after it has changed the schema, each cut is a copy of the whole
// database.
bool CombinedCapture::may_wait_for_select() const noexcept {
    return plan_is_unsettled_ && last_copy_ &&
           std::chrono::steady_clock::now() - *last_copy_ < calls_.interval &&
           sqlite::has_running_statements(ram_);
}

bool CombinedCapture::hand_over() {
    const sqlite::ConnectionLock lock(ram_);
    if (is_inert()) return false;
    const bool copy = copy_wanted_;
    const bool was_waiting = in_flight_->waiting().any;
    const std::uint64_t heard_before = statements_heard_;
    try {
        Cut cut;
        std::shared_ptr<change::Batch> batch =
            take({.number = 0, .whole = copy, .at_boundary = {}}, cut);
        if (cut.outcome == CutOutcome::transaction_open) {
            if (!owes_) return false;
            throw not_handed_over(
                "something is committed that can be taken only between two "
                "transactions, and a transaction or a statement that writes is open",
                "commit it or roll it back, and reset the statement");
        }
        if (batch) put_in_queue(std::move(batch));
        require_statements_heard(heard_before);
        if (copy) copy_wanted_ = false;
        cut_is_due_ = false;
        owes_ = false;
        looked_at_ = other_statements_;
        const std::lock_guard error_lock(hand_over_mutex_);
        hand_over_error_ = nullptr;
        if (cut.outcome == CutOutcome::nothing) return true;
    } catch (const Error& error) {
        const std::lock_guard error_lock(hand_over_mutex_);
        hand_over_error_ = std::make_shared<const Error>(error);
        throw;
    }
    announce_hand_over(was_waiting);
    return true;
}

void CombinedCapture::put_in_queue(std::shared_ptr<change::Batch> batch) {
    if (batch->whole) last_copy_ = std::chrono::steady_clock::now();
    try {
        in_flight_->join(std::move(batch));
    } catch (...) {
        // Lost, but for a copy.
        plan_is_unsettled_ = true;
        throw;
    }
}

void CombinedCapture::hand_over_copy_if_wanted() {
    if (copy_wanted_) static_cast<void>(hand_over());
}

void CombinedCapture::announce_hand_over(bool was_waiting) {
    update_limits();
    if (!was_waiting) {
        threshold_announced_ = false;
        signal_(Signal::first_change);
    }
    const PendingBatches::Waiting waiting = in_flight_->waiting();
    const Recorder::Limits& limits = settings_.limits;
    const bool due = (limits.cut_changes > 0 && waiting.changes >= limits.cut_changes) ||
                     (limits.cut_bytes > 0 && waiting.bytes >= limits.cut_bytes);
    if (!due || threshold_announced_) return;
    threshold_announced_ = true;
    signal_(Signal::threshold);
}

// ---- on the sync thread -----------------------------------------------------------------------

Cut CombinedCapture::take_handed_over(const CutRequest& request) {
    Cut cut;
    PendingBatches::Taken taken = in_flight_->take(request.number, request.whole);
    if (!taken.batch) {
        copy_wanted_ = copy_wanted_ || request.whole;
        {
            const std::lock_guard lock(hand_over_mutex_);
            if (hand_over_error_ && expects_calls_) throw Error(*hand_over_error_);
        }
        if (request.whole) {
            cut.outcome = CutOutcome::transaction_open;
            return cut;
        }
    }
    cut.more = taken.more;
    if (request.at_boundary && !cut.more) request.at_boundary();
    if (!taken.batch) return cut;
    cut.outcome = CutOutcome::taken;
    cut.batch = coalesced(std::move(taken.batch));
    return cut;
}

// The log of a batch that has become large, with fewer records; `Recorder` does it where the log stays
// with the connection.
std::shared_ptr<const change::Batch> CombinedCapture::coalesced(
    std::shared_ptr<const change::Batch> batch) noexcept {
    const bool is_large = batch->log.memory_bytes() >= coalesced_bytes_min;
    if (!is_large || batch->whole || batch->schema || !batch->changesets.empty()) return batch;
    try {
        std::optional<change::ChangeLog> log = change::coalesce(
            change::LogReader(batch->log, batch->tables), batch->log.memory_bytes() / 4);
        if (!log) return batch;
        const std::uint64_t left_out = batch->log.changes() - log->changes();
        auto smaller = std::make_shared<change::Batch>();
        smaller->number = batch->number;
        smaller->tables = batch->tables;
        smaller->first_change = batch->first_change;
        smaller->first_transaction = batch->first_transaction;
        smaller->user_version = batch->user_version;
        smaller->application_id = batch->application_id;
        smaller->changes = batch->changes - left_out;
        smaller->log = std::move(*log);
        smaller->bytes = smaller->log.bytes();
        in_flight_->replace(smaller);
        coalesced_in_queue_.fetch_add(left_out, std::memory_order_relaxed);
        update_limits();
        return smaller;
    } catch (...) {
        return batch;  // without memory for a second one
    }
}

}  // namespace tidemark::capture
