#include "capture/combined_capture.hpp"

#include "capture/step_contents.hpp"
#include "capture/table_image.hpp"
#include "change/changeset_reader.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <utility>

namespace tidemark::capture {
namespace {

using Clock = std::chrono::steady_clock;

std::shared_ptr<change::WholeCopy> copy_whole(sqlite3* ram, std::vector<std::string> excluded) {
    auto whole = std::make_shared<change::WholeCopy>();
    whole->connection = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    whole->excluded_tables = std::move(excluded);
    sqlite::copy_database(ram, whole->connection.get(), "copy the RAM database");
    return whole;
}

Error process_is_ending() {
    return Error({.code = SQLITE_ABORT,
                  .operation = "take changes from the RAM database",
                  .reason =
                      "the process is ending, and a transaction that was open has been rolled "
                      "back",
                  .advice = "close the database before the process ends"});
}

// After the cut, because the application need not wait for it. The number is for people: it is no
// reason to fail.
void count_changes(change::Batch& batch) noexcept {
    try {
        for (const sqlite::Changeset& changeset : batch.changesets) {
            batch.changes += change::count_changes(changeset);
        }
    } catch (...) {
        batch.changes += 1;
    }
    // The header or one of SQLite's own tables.
    if (batch.changes == 0 && !batch.whole) batch.changes = 1;
}

}  // namespace

CombinedCapture::CombinedCapture(sqlite3* ram, Settings settings, const SignalHandler& signal,
                                 sqlite::Authorizer& authorizer)
    : ram_(ram),
      settings_(std::move(settings)),
      signal_(signal),
      authorizer_(authorizer),
      error_state_(ram),
      boundary_reader_(ram),
      recorder_(std::make_shared<Recorder>(settings_.limits, signal)),
      triggers_(ram, recorder_, make_queue_source()),
      blob_watch_(ram, recorder_),
      seal_pace_(settings_.sealing),
      refusal_(ram) {
    const sqlite::ConnectionLock lock(ram_);
    if (settings_.rules.strategy == Strategy::session) begin_sessions();
    require_free_name();
    adopt(make_capture_plan(ram_, settings_.rules));
    known_ = boundary_reader_.read();
    total_changes_at_cut_ = sqlite3_total_changes64(ram_);
}

CombinedCapture::~CombinedCapture() { stop_serving(); }

// What `_sync_queue` shows: the batches that are on their way, and what stands behind them. Under the
// trigger strategy sessions serve shadow tables only, which it has never shown.
QueueSource CombinedCapture::make_queue_source() {
    const bool by_session = settings_.rules.strategy == Strategy::session;
    return [by_session, self = self_.shared, in_flight = in_flight_, recorder = recorder_] {
        std::vector<QueueSegment> segments;
        const auto append = [&segments](std::vector<QueueSegment> more) {
            std::move(more.begin(), more.end(), std::back_inserter(segments));
        };
        if (by_session) append(in_flight->changeset_segments());
        if (by_session && *self != nullptr) append((*self)->session_segments());
        append(in_flight->segments());
        segments.push_back({.reader = recorder->reader(),
                            .tables = recorder->tables(),
                            .first_change = recorder->transactions().first_change(),
                            .first_transaction = recorder->transactions().first_transaction()});
        return segments;
    };
}

std::vector<QueueSegment> CombinedCapture::session_segments() {
    std::vector<QueueSegment> segments;
    if (!sessions_) return segments;
    const sqlite::Authorizer::OwnWork own_work(authorizer_);
    // Under another schema than it has met a session cannot be read: see sessions_can_be_read().
    const Boundary now = boundary_reader_.read_versions(known_);
    if (now.schema_version != known_.schema_version) return segments;
    const bool at_boundary = sqlite3_get_autocommit(ram_) != 0;
    const auto see_to_transaction = [&] {
        if (!at_boundary || sqlite3_get_autocommit(ram_) != 0) return;
        // While an interrupt is pending, which lasts as long as the statement that asks here, nothing
        // can end the savepoint of the session.
        left_transaction_open_ = true;
        signal_(Signal::tend);
    };
    try {
        sessions_->visit_pending([&](const sqlite::Changeset& changeset) {
            segments.push_back(changeset_segment(changeset, *plan_.list));
        });
    } catch (...) {
        see_to_transaction();
        throw;
    }
    see_to_transaction();
    return segments;
}

// From here on the connection's preupdate hook belongs to the session extension.
void CombinedCapture::begin_sessions() {
    blob_watch_.leave_hook();
    sessions_ = std::make_unique<SessionCapture>(
        ram_, session_signal(), [this](const char* table) { blob_watch_.noticed(table); });
    authorizer_.own_preupdate_hook();
    has_sessions_.store(true, std::memory_order_relaxed);
}

SignalHandler CombinedCapture::session_signal() {
    return [this](Signal it) {
        session_changed_.store(true, std::memory_order_relaxed);
        signal_(it);
        signal_(Signal::tend_soon);
    };
}

// ---- the plan ---------------------------------------------------------------------------------

// What was captured by the old plan must have been taken.
void CombinedCapture::adopt(CapturePlan plan) {
    plan_is_unsettled_ = true;
    triggers_.watch(plan.list, plan.watched, plan.utf16());
    blob_watch_.watch(plan.list, plan.watched);
    if (!plan.by_session.empty() && !sessions_) begin_sessions();
    if (sessions_) {
        sessions_->restart(plan.by_session, plan.not_by_session);
    } else if (settings_.watch_blob_writes) {
        blob_watch_.occupy_hook();
    }
    system_tables_.watch(ram_, plan.list, plan.first_system_table);

    std::vector<TableStatus> status;
    for (const PlannedTable& table : plan.planned) {
        status.push_back({.name = table.info.name, .method = table.method, .reason = table.reason});
    }
    const std::lock_guard lock(status_mutex_);
    status_ = std::move(status);
    plan_ = std::move(plan);
    plan_is_unsettled_ = false;
}

std::vector<TableStatus> CombinedCapture::tables() const {
    const std::lock_guard lock(status_mutex_);
    return status_;
}

// ---- cutting ----------------------------------------------------------------------------------

Cut CombinedCapture::cut(const CutRequest& request) {
    if (in_calls_) return take_handed_over(request);
    Cut cut;
    cut.batch = take(request, cut);
    return cut;
}

std::shared_ptr<change::Batch> CombinedCapture::take(const CutRequest& request, Cut& cut) {
    std::shared_ptr<change::Batch> batch;
    {
        const sqlite::ConnectionLock lock(ram_);
        const sqlite::Authorizer::OwnWork own_work(authorizer_);
        const Clock::time_point begin = Clock::now();
        if (has_ended_foreign_transaction_) throw process_is_ending();
        if (left_transaction_open_) end_own_transaction();
        if (request.end_transaction) end_foreign_transaction();
        if (!stands_at_boundary()) {
            cut.outcome = CutOutcome::transaction_open;
            return nullptr;
        }
        const sqlite::ErrorState::Guard errors(error_state_);
        const sqlite::RaisedLimits limits(ram_);
        try {
            batch = cut_at_boundary(request);
        } catch (const Error& error) {
            end_own_transaction();
            // Whatever keeps a cut from being made (an authorizer, a commit hook, a name that is taken) is
            // in the application's hands: everything waits in the RAM database until it has passed.
            throw sqlite::as_retryable(error);
        }
        end_own_transaction();
        see_to_ended_sessions();
        cut.stall = Clock::now() - begin;
    }
    if (!batch) return nullptr;
    count_changes(*batch);
    cut.outcome = CutOutcome::taken;
    return batch;
}

// A session needs a savepoint to tell its changes.
bool CombinedCapture::stands_at_boundary() const noexcept {
    return sqlite::at_transaction_boundary(ram_) &&
           !(sessions_ && sqlite::has_running_writes(ram_));
}

// An interrupt can hit the very statement that ends a savepoint of ours, or of the session
// extension, which ignores that. The connection would stay in a transaction that nobody knows of. A
// COMMIT, because the application may have written into it meanwhile.
void CombinedCapture::end_own_transaction() noexcept {
    constexpr int attempts_max = 3;
    for (int i = 0; i < attempts_max && sqlite3_get_autocommit(ram_) == 0; ++i) {
        sqlite3_exec(ram_, left_is_void_ ? "ROLLBACK" : "COMMIT", nullptr, nullptr, nullptr);
    }
    left_transaction_open_ = sqlite3_get_autocommit(ram_) == 0;
    left_is_void_ = left_is_void_ && left_transaction_open_;
}

void CombinedCapture::end_left_transaction() noexcept {
    if (left_transaction_open_) end_own_transaction();
}

void CombinedCapture::roll_back_left_transaction() noexcept {
    if (sqlite3_get_autocommit(ram_) != 0) return;
    left_is_void_ = true;
    end_own_transaction();
}

// Statements are not reset: another thread may still read what they have returned.
void CombinedCapture::end_foreign_transaction() noexcept {
    if (sqlite3_get_autocommit(ram_) != 0) return;
    has_ended_foreign_transaction_ = true;
    sqlite3_exec(ram_, "ROLLBACK", nullptr, nullptr, nullptr);
}

/// While a cut moves changes from the log into a batch, what is pending is what it was before, since
/// nobody can write: otherwise a look at the status at that moment would find nothing.
class CombinedCapture::FrozenPending {
public:
    explicit FrozenPending(CombinedCapture& capture) : capture_(capture) {
        const std::lock_guard lock(capture_.pending_mutex_);
        capture_.frozen_pending_ = capture_.count_pending();
    }
    FrozenPending(const FrozenPending&) = delete;
    FrozenPending& operator=(const FrozenPending&) = delete;
    ~FrozenPending() { thaw(); }

    void thaw() noexcept {
        const std::lock_guard lock(capture_.pending_mutex_);
        capture_.frozen_pending_.reset();
    }

private:
    CombinedCapture& capture_;
};

std::shared_ptr<change::Batch> CombinedCapture::cut_at_boundary(const CutRequest& request) {
    if (request.at_boundary) request.at_boundary();
    FrozenPending frozen(*this);
    recorder_->gather();
    const Boundary now = boundary_reader_.read();
    auto batch = std::make_shared<change::Batch>();
    batch->number = request.number;
    batch->user_version = now.user_version;
    batch->application_id = now.application_id;
    bool taken = false;
    if (request.whole || !is_certain(now)) {
        taken = take_whole(*batch);
    } else if (schema_moved(now)) {
        taken = take_step(*batch, now);
    } else {
        taken = take_changes(*batch, now);
    }
    try {
        refusal_.arrange(plan_.refusable);
        known_ = now;
        // Making triggers changes it.
        known_.temp_schema_version = boundary_reader_.temp_schema_version();
        session_bytes_.store(0, std::memory_order_relaxed);
        session_changes_.store(0, std::memory_order_relaxed);
        if (taken) put_in_flight(batch, frozen);
    } catch (...) {
        // What was taken is lost with the batch, and still in the RAM database.
        plan_is_unsettled_ = true;
        throw;
    }
    total_changes_at_cut_ = sqlite3_total_changes64(ram_);
    seal_has_failed_ = false;
    session_changed_.store(false, std::memory_order_relaxed);
    return taken ? batch : nullptr;
}

bool CombinedCapture::is_certain(const Boundary& now) const {
    if (sessions_ && sessions_->lost_track()) return false;
    return !plan_is_unsettled_ && !blob_watch_.lost_track() &&
           now.data_version == known_.data_version && !now.temp_schema_stale &&
           !lost_triggers_for_a_while(now);
}

// SQLite has read the TEMP schema again, and no statement has changed the main one. Mostly a schema
// change was rolled back; but it may be that a DROP TABLE has failed, and that triggers were missing
// until then.
bool CombinedCapture::lost_triggers_for_a_while(const Boundary& now) const {
    return now.schema_version == known_.schema_version && !plan_.list->empty() &&
           triggers_.schema_read_again();
}

bool CombinedCapture::schema_moved(const Boundary& now) const {
    if (now.schema_version != known_.schema_version ||
        now.schema_fingerprint != known_.schema_fingerprint) {
        return true;
    }
    if (now.temp_schema_version == known_.temp_schema_version) return false;
    return !triggers_.intact() || read_temp_triggers(ram_) != plan_.temp_triggers;
}

bool CombinedCapture::header_changed(const Boundary& now) const noexcept {
    return now.user_version != known_.user_version || now.application_id != known_.application_id;
}

void CombinedCapture::require_free_name() const {
    sqlite::Statement find(ram_,
                           "SELECT type FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE");
    find.bind(1, std::string_view(change::bookkeeping_table));
    if (!find.step()) return;
    throw Error({.code = SQLITE_ERROR,
                 .operation = "keep the database",
                 .object = change::bookkeeping_table,
                 .reason = "the RAM database has a " + std::string(find.text(0)) + " named " +
                           change::bookkeeping_table + ", which is tidemark's own name on disk",
                 .advice = "rename or drop it"});
}

bool CombinedCapture::take_whole(change::Batch& batch) {
    require_free_name();
    return take_whole(batch, make_capture_plan(ram_, settings_.rules));
}

bool CombinedCapture::take_whole(change::Batch& batch, CapturePlan next) {
    batch.whole = copy_whole(ram_, next.excluded);
    batch.bytes = sqlite::database_bytes(batch.whole->connection.get());
    // Superseded by the copy. If what follows fails, the next cut is a copy again.
    plan_is_unsettled_ = true;
    change::Batch superseded;
    recorder_->take_into(superseded);
    if (!in_calls_) in_flight_->clear();
    // New triggers would end a SELECT that the application is reading: until it has read it, each
    // cut is a copy.
    if (!sqlite::has_running_statements(ram_)) adopt(std::move(next));
    return true;
}

// ---- row changes only -------------------------------------------------------------------------

bool CombinedCapture::take_changes(change::Batch& batch, const Boundary& now) {
    SessionCapture::Prepared prepared;
    std::vector<change::TableId> whole;
    try {
        if (sessions_) {
            prepared = sessions_->prepare_cut();
            whole = plan_.sent_whole(sessions_->touched());
        }
    } catch (const Error& error) {
        // Only this cause passes: a session that has failed for another one fails for ever.
        if ((error.code() & 0xff) == SQLITE_BUSY) throw;
        return take_whole(batch);
    }
    change::ChangeLog& log = recorder_->transactions().log();
    const change::ChangeLog::Position before = log.end();
    change::TableList tables;
    std::uint64_t row_changes = 0;
    try {
        tables = append_touched(log);
        append_images(log, whole);
        blob_watch_.append_images(log, plan_.utf16());
        row_changes = log.changes();
        append_images(log, system_tables_to_send(!log.empty() || !prepared.nothing));
        for (const change::TableId id : whole) {
            batch.superseded_in_changesets.push_back(plan_.table(id).name);
        }
    } catch (...) {
        log.truncate(before);
        throw;
    }
    const bool nothing = log.empty() && prepared.nothing && !header_changed(now);
    if (sessions_) batch.changesets = sessions_->finish_cut(prepared);
    system_tables_.remember();
    recorder_->take_into(batch);
    batch.tables = std::move(tables);
    if (nothing) return false;
    batch.bytes = batch.log.bytes() + batch.changeset_bytes();
    batch.changes = row_changes;
    return true;
}

// The tables of the batch. Where a table that was touched is logged as well (a foreign key action has
// written to it, see writing_back.hpp), its records are void.
change::TableList CombinedCapture::append_touched(change::ChangeLog& log) {
    std::set<change::TableId> logged;
    for (const Watched& entry : plan_.watched) {
        const bool touched = recorder_->touched().contains(entry.id);
        if (touched && entry.watch == Watch::rows) logged.insert(entry.id);
    }
    StepTables tables(logged.empty() ? nullptr : plan_.list, logged);
    for (const change::TableId id : recorder_->touched()) {
        const change::Table& table = plan_.table(id);
        const change::TableId place = logged.contains(id) ? tables.add(table) : id;
        append_table_image(ram_, log, place, table, plan_.utf16());
    }
    return logged.empty() ? plan_.list : std::move(tables).finish();
}

void CombinedCapture::append_images(change::ChangeLog& log,
                                    const std::vector<change::TableId>& ids) {
    for (const change::TableId id : ids) {
        append_table_image(ram_, log, id, plan_.table(id), plan_.utf16());
    }
}

// Writing rows at the other end moves sqlite_sequence there, and not always as it moved here: a
// changeset tells an UPDATE of the key as DELETE and INSERT, and an INSERT OR FAIL that fails leaves
// its rows without the number. So where rows go, that table goes along.
std::vector<change::TableId> CombinedCapture::system_tables_to_send(bool rows_changed) {
    std::vector<change::TableId> ids = system_tables_.changed(ram_);
    const auto first = static_cast<change::TableId>(plan_.first_system_table);
    const bool has_sequence =
        plan_.list->size() > first && plan_.table(first).name == change::sequence_table;
    const bool listed = !ids.empty() && ids.front() == first;
    if (rows_changed && has_sequence && !listed) ids.insert(ids.begin(), first);
    return ids;
}

void CombinedCapture::put_in_flight(const std::shared_ptr<change::Batch>& batch,
                                    FrozenPending& frozen) {
    // What is handed over goes there when it is complete.
    if (in_calls_) return;
    const bool counted = !batch->whole && batch->changesets.empty();
    in_flight_->add(batch, batch->changes + (counted ? 0 : changes_by_any_means()));
    frozen.thaw();
    update_limits();
}

// Since the last cut; an upper bound of what only a session or nobody has counted.
std::uint64_t CombinedCapture::changes_by_any_means() const noexcept {
    const auto changes =
        static_cast<std::uint64_t>(sqlite3_total_changes64(ram_) - total_changes_at_cut_);
    return std::max<std::uint64_t>(changes, 1);
}

// ---- what is pending --------------------------------------------------------------------------

Pending CombinedCapture::pending() const {
    const std::lock_guard lock(pending_mutex_);
    return frozen_pending_ ? *frozen_pending_ : count_pending();
}

Pending CombinedCapture::count_pending() const {
    const Pending logged = recorder_->pending();
    std::uint64_t by_session = session_changes_.load(std::memory_order_relaxed);
    if (by_session == 0 && session_changed_.load(std::memory_order_relaxed)) by_session = 1;
    Pending all;
    all.changes = logged.changes + in_flight_->changes() + by_session;
    all.coalesced_changes =
        logged.coalesced_changes + coalesced_in_queue_.load(std::memory_order_relaxed);
    all.bytes = logged.bytes + in_flight_->bytes() + session_bytes_.load(std::memory_order_relaxed);
    const std::uint64_t limit = settings_.limits.pending_bytes_max;
    all.at_limit = limit > 0 && all.bytes >= limit;
    all.near_limit = limit > 0 && all.bytes > limit / 2;
    all.refusing_writes = all.at_limit && settings_.limits.refuses;
    return all;
}

void CombinedCapture::update_limits() noexcept {
    const std::lock_guard lock(limits_mutex_);
    recorder_->set_bytes_elsewhere(in_flight_->bytes() +
                                   session_bytes_.load(std::memory_order_relaxed));
    refusal_.set(pending().refusing_writes);
}

void CombinedCapture::acknowledge(std::uint64_t mark) {
    in_flight_->remove_up_to(mark);
    update_limits();
}

}  // namespace tidemark::capture
