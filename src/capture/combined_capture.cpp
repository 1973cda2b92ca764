#include "capture/combined_capture.hpp"

#include "capture/table_image.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tidemark::capture {
namespace {

using Clock = std::chrono::steady_clock;

// What `_sync_queue` shows: the batches that are on their way, and the log behind them.
QueueSource make_queue_source(const PlanRules& rules, std::shared_ptr<PendingBatches> in_flight,
                              std::shared_ptr<Recorder> recorder) {
    if (rules.strategy != Strategy::trigger) return {};
    return [in_flight = std::move(in_flight), recorder = std::move(recorder)] {
        std::vector<QueueSegment> segments = in_flight->segments();
        const TransactionLog& current = recorder->transactions();
        segments.push_back({.reader = change::LogReader(current.log(), recorder->tables()),
                            .tables = recorder->tables(),
                            .first_change = current.first_change(),
                            .first_transaction = current.first_transaction()});
        return segments;
    };
}

std::shared_ptr<change::WholeCopy> copy_whole(sqlite3* ram, std::vector<std::string> excluded) {
    auto whole = std::make_shared<change::WholeCopy>();
    whole->connection = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    whole->excluded_tables = std::move(excluded);
    sqlite::copy_database(ram, whole->connection.get(), "copy the RAM database");
    return whole;
}

// Whatever keeps a cut from being made (an authorizer, a commit hook, a name that is taken) is in the
// application's hands: everything waits in the RAM database until it has passed.
Error as_passing(const Error& error) {
    return Error({.code = error.code(),
                  .operation = error.operation(),
                  .object = error.object(),
                  .reason = error.reason(),
                  .advice = error.advice(),
                  .retryable = true});
}

// After the cut, because the application need not wait for it. The number is for people: it is no
// reason to fail.
void count_changes(change::Batch& batch) noexcept {
    try {
        batch.changes += sqlite::count_changes(batch.changeset);
    } catch (...) {
        batch.changes += 1;
    }
    // The header or one of SQLite's own tables.
    if (batch.changes == 0 && !batch.whole) batch.changes = 1;
}

std::uint64_t size_of(const change::WholeCopy& whole) {
    sqlite3* connection = whole.connection.get();
    return static_cast<std::uint64_t>(sqlite::query_integer(connection, "PRAGMA page_count") *
                                      sqlite::query_integer(connection, "PRAGMA page_size"));
}

}  // namespace

CombinedCapture::CombinedCapture(sqlite3* ram, Settings settings, const SignalHandler& signal)
    : ram_(ram),
      settings_(std::move(settings)),
      signal_(signal),
      error_state_(ram),
      boundary_reader_(ram),
      recorder_(std::make_shared<Recorder>(settings_.limits, signal)),
      triggers_(ram, recorder_, make_queue_source(settings_.rules, in_flight_, recorder_)),
      refusal_(ram) {
    const sqlite::ConnectionLock lock(ram_);
    if (settings_.rules.strategy == Strategy::session) {
        sessions_ = std::make_unique<SessionCapture>(ram_, session_signal());
    }
    require_free_name();
    adopt(make_plan());
    known_ = boundary_reader_.read();
    total_changes_at_cut_ = sqlite3_total_changes64(ram_);
}

CombinedCapture::~CombinedCapture() = default;

SignalHandler CombinedCapture::session_signal() {
    return [this](Signal it) {
        session_changed_.store(true, std::memory_order_relaxed);
        signal_(it);
    };
}

// ---- the plan ---------------------------------------------------------------------------------

CombinedCapture::Plan CombinedCapture::make_plan() const {
    Plan plan;
    plan.utf16 = sqlite::query_text(ram_, "PRAGMA main.encoding") != "UTF-8";
    plan.temp_triggers = read_temp_triggers(ram_);
    plan.planned =
        plan_tables(sqlite::read_tables(ram_), plan.temp_triggers, plan.utf16, settings_.rules);
    auto list = std::make_shared<std::vector<change::Table>>();
    for (const PlannedTable& table : plan.planned) {
        switch (table.method) {
            case CaptureMethod::session:
                plan.by_session.insert(table.info.name);
                if (!table.info.shadow) plan.refusable.push_back(table.info.name);
                break;
            case CaptureMethod::trigger:
            case CaptureMethod::whole_table:
                plan.watched.push_back({.id = static_cast<change::TableId>(list->size()),
                                        .log_rows = table.method == CaptureMethod::trigger});
                list->push_back(change::describe(table.info));
                break;
            case CaptureMethod::excluded:
                plan.excluded.push_back(table.info.name);
                break;
        }
    }
    plan.first_system_table = list->size();
    for (change::Table& table : SystemTables::find(ram_)) list->push_back(std::move(table));
    plan.list = std::move(list);
    return plan;
}

// What was captured by the old plan is forgotten: a new one begins with a copy of everything.
void CombinedCapture::adopt(Plan plan) {
    plan_is_unsettled_ = true;
    triggers_.watch(plan.list, plan.watched, plan.utf16);
    if (!plan.by_session.empty() && !sessions_) {
        sessions_ = std::make_unique<SessionCapture>(ram_, session_signal());
    }
    if (sessions_) sessions_->restart(plan.by_session);
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
    Cut cut;
    std::shared_ptr<change::Batch> batch;
    {
        const sqlite::ConnectionLock lock(ram_);
        const Clock::time_point begin = Clock::now();
        if (left_transaction_open_) end_own_transaction();
        if (!sqlite::at_transaction_boundary(ram_)) {
            cut.outcome = CutOutcome::transaction_open;
            return cut;
        }
        const sqlite::ErrorState::Guard errors(error_state_);
        const sqlite::RaisedLimits limits(ram_);
        try {
            batch = cut_at_boundary(request);
        } catch (const Error& error) {
            end_own_transaction();
            throw as_passing(error);
        }
        end_own_transaction();
        cut.stall = Clock::now() - begin;
    }
    if (!batch) return cut;
    count_changes(*batch);
    cut.outcome = CutOutcome::taken;
    cut.batch = std::move(batch);
    return cut;
}

// An interrupt can hit the very statement that ends a savepoint of ours, or of the session
// extension, which ignores that. The connection would stay in a transaction that nobody knows of. A
// COMMIT, because the application may have written into it meanwhile.
void CombinedCapture::end_own_transaction() noexcept {
    constexpr int attempts_max = 3;
    for (int i = 0; i < attempts_max && sqlite3_get_autocommit(ram_) == 0; ++i) {
        sqlite3_exec(ram_, "COMMIT", nullptr, nullptr, nullptr);
    }
    left_transaction_open_ = sqlite3_get_autocommit(ram_) == 0;
}

std::shared_ptr<change::Batch> CombinedCapture::cut_at_boundary(const CutRequest& request) {
    if (request.at_boundary) request.at_boundary();
    const Boundary now = boundary_reader_.read();
    auto batch = std::make_shared<change::Batch>();
    batch->number = request.number;
    batch->user_version = now.user_version;
    batch->application_id = now.application_id;
    refusal_.arrange(plan_.refusable);
    bool taken = true;
    if (request.whole || needs_whole(now)) {
        take_whole(*batch);
    } else {
        taken = take_changes(*batch, now);
    }
    try {
        // Read again: making triggers changes the version of the TEMP schema.
        known_ = boundary_reader_.read();
        if (taken) put_in_flight(batch);
    } catch (...) {
        // What was taken is lost with the batch, and still in the RAM database.
        plan_is_unsettled_ = true;
        throw;
    }
    total_changes_at_cut_ = sqlite3_total_changes64(ram_);
    session_bytes_.store(0, std::memory_order_relaxed);
    session_changes_.store(0, std::memory_order_relaxed);
    session_changed_.store(false, std::memory_order_relaxed);
    return taken ? batch : nullptr;
}

bool CombinedCapture::needs_whole(const Boundary& now) const {
    if (plan_is_unsettled_ || now.schema_version != known_.schema_version ||
        now.schema_fingerprint != known_.schema_fingerprint ||
        now.data_version != known_.data_version) {
        return true;
    }
    if (now.temp_schema_version == known_.temp_schema_version) return false;
    return !triggers_.intact() || read_temp_triggers(ram_) != plan_.temp_triggers;
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

void CombinedCapture::take_whole(change::Batch& batch) {
    require_free_name();
    Plan plan = make_plan();
    batch.whole = copy_whole(ram_, plan.excluded);
    batch.bytes = size_of(*batch.whole);
    // Superseded by the copy. If what follows fails, the next cut is a copy again.
    plan_is_unsettled_ = true;
    change::Batch superseded;
    recorder_->take_into(superseded);
    in_flight_->clear();
    adopt(std::move(plan));
}

bool CombinedCapture::take_changes(change::Batch& batch, const Boundary& now) {
    SessionCapture::Prepared prepared;
    try {
        if (sessions_) prepared = sessions_->prepare_cut();
    } catch (const Error& error) {
        // Only this cause passes: a session that has failed for another one fails for ever.
        if ((error.code() & 0xff) == SQLITE_BUSY) throw;
        take_whole(batch);
        return true;
    }
    const std::vector<change::TableId> touched(recorder_->touched().begin(),
                                               recorder_->touched().end());
    change::ChangeLog& log = recorder_->transactions().log();
    const change::ChangeLog::Position before = log.end();
    std::uint64_t row_changes = 0;
    try {
        append_images(log, touched);
        row_changes = log.changes();
        append_images(log, system_tables_to_send(!log.empty() || !prepared.changeset.empty()));
        if (ran_fallback(touched)) triggers_.renew();
    } catch (...) {
        log.truncate(before);
        throw;
    }
    if (sessions_) sessions_->finish_cut(prepared);
    system_tables_.remember();
    const bool header_changed =
        now.user_version != known_.user_version || now.application_id != known_.application_id;
    const bool nothing = log.empty() && prepared.changeset.empty() && !header_changed;
    recorder_->take_into(batch);
    if (nothing) return false;
    batch.changeset = std::move(prepared.changeset);
    batch.bytes = batch.log.bytes() + static_cast<std::uint64_t>(batch.changeset.size_bytes());
    batch.changes = row_changes;
    return true;
}

void CombinedCapture::append_images(change::ChangeLog& log,
                                    const std::vector<change::TableId>& ids) {
    for (const change::TableId id : ids) {
        append_table_image(ram_, log, id, (*plan_.list)[id], plan_.utf16);
    }
}

bool CombinedCapture::ran_fallback(const std::vector<change::TableId>& touched) const {
    return std::any_of(touched.begin(), touched.end(),
                       [this](change::TableId id) { return plan_.watched[id].log_rows; });
}

// Writing rows at the other end moves sqlite_sequence there, and not always as it moved here: a
// changeset tells an UPDATE of the key as DELETE and INSERT, and an INSERT OR FAIL that fails leaves
// its rows without the number. So where rows go, that table goes along.
std::vector<change::TableId> CombinedCapture::system_tables_to_send(bool rows_changed) {
    std::vector<change::TableId> ids = system_tables_.changed(ram_);
    const auto first = static_cast<change::TableId>(plan_.first_system_table);
    const bool has_sequence =
        plan_.list->size() > first && (*plan_.list)[first].name == "sqlite_sequence";
    const bool listed = !ids.empty() && ids.front() == first;
    if (rows_changed && has_sequence && !listed) ids.insert(ids.begin(), first);
    return ids;
}

void CombinedCapture::put_in_flight(const std::shared_ptr<change::Batch>& batch) {
    const bool counted = !batch->whole && batch->changeset.empty();
    in_flight_->add(batch, batch->changes + (counted ? 0 : changes_by_any_means()));
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
    const Pending logged = recorder_->pending();
    std::uint64_t by_session = session_changes_.load(std::memory_order_relaxed);
    if (by_session == 0 && session_changed_.load(std::memory_order_relaxed)) by_session = 1;
    Pending all;
    all.changes = logged.changes + in_flight_->changes() + by_session;
    all.bytes = logged.bytes + in_flight_->bytes() + session_bytes_.load(std::memory_order_relaxed);
    const std::uint64_t limit = settings_.limits.pending_bytes_max;
    all.refusing_writes = limit > 0 && all.bytes >= limit;
    return all;
}

bool CombinedCapture::needs_measuring() const noexcept { return sessions_ != nullptr; }

Pending CombinedCapture::measure() {
    if (!sessions_) return pending();
    const sqlite::ConnectionLock lock(ram_);
    const bool changed = sessions_->changed();
    const std::uint64_t bytes = changed ? sessions_->memory_bytes() : 0;
    const std::uint64_t changes = changed ? changes_by_any_means() : 0;
    session_bytes_.store(bytes, std::memory_order_relaxed);
    session_changes_.store(changes, std::memory_order_relaxed);
    update_limits();
    if (sqlite::at_transaction_boundary(ram_)) {
        const sqlite::ErrorState::Guard errors(error_state_);
        const sqlite::RaisedLimits raised(ram_);
        refusal_.arrange(plan_.refusable);
    }
    const Recorder::Limits& limits = settings_.limits;
    const bool due = (limits.cut_changes > 0 && changes >= limits.cut_changes) ||
                     (limits.cut_bytes > 0 && bytes >= limits.cut_bytes);
    if (due) signal_(Signal::threshold);
    return pending();
}

void CombinedCapture::update_limits() noexcept {
    recorder_->set_bytes_elsewhere(in_flight_->bytes() +
                                   session_bytes_.load(std::memory_order_relaxed));
    refusal_.set(pending().refusing_writes);
}

void CombinedCapture::acknowledge(std::uint64_t mark) {
    in_flight_->remove_up_to(mark);
    update_limits();
}

}  // namespace tidemark::capture
