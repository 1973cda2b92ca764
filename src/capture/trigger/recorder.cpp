#include "capture/trigger/recorder.hpp"

#include "change/log_format.hpp"
#include "sqlite/error.hpp"

#include <string>
#include <utility>

namespace tidemark::capture {
namespace {

using SharedRecorder = std::shared_ptr<Recorder>;

void destroy_shared(void* shared) { delete static_cast<SharedRecorder*>(shared); }

Recorder& recorder_of(sqlite3_context* context) {
    return **static_cast<SharedRecorder*>(sqlite3_user_data(context));
}

// Called by SQLite: no exception may leave.
template <typename Action>
void guarded(sqlite3_context* context, Action action) noexcept {
    try {
        action(recorder_of(context));
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(context);
    } catch (const std::exception& error) {
        sqlite3_result_error(context, error.what(), -1);
    }
}

void log_function(sqlite3_context* context, int count, sqlite3_value** values) {
    guarded(context, [&](Recorder& recorder) {
        recorder.log(context, {values, static_cast<std::size_t>(count)});
    });
}

void part_function(sqlite3_context* context, int count, sqlite3_value** values) {
    guarded(context, [&](Recorder& recorder) {
        recorder.part(context, {values, static_cast<std::size_t>(count)});
    });
}

void touch_function(sqlite3_context* context, int, sqlite3_value** values) {
    guarded(context, [&](Recorder& recorder) { recorder.touch(context, values[0]); });
}

// ---- the virtual table that takes part in transactions -------------------------------------

struct TransactionsTable {
    sqlite3_vtab base{};
    Recorder* recorder = nullptr;
};

Recorder& recorder_of(sqlite3_vtab* table) {
    return *reinterpret_cast<TransactionsTable*>(table)->recorder;
}

template <typename Action>
int guarded(Action action) noexcept {
    try {
        action();
        return SQLITE_OK;
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    } catch (...) {
        return SQLITE_ERROR;
    }
}

int connect(sqlite3* connection, void* shared, int, const char* const*, sqlite3_vtab** out,
            char**) {
    // Without it `PRAGMA trusted_schema=OFF` would make every write of the application fail.
    sqlite3_vtab_config(connection, SQLITE_VTAB_INNOCUOUS);
    const int rc = sqlite3_declare_vtab(connection, "CREATE TABLE transactions(slot)");
    if (rc != SQLITE_OK) return rc;
    return guarded([&] {
        auto table = std::make_unique<TransactionsTable>();
        table->recorder = static_cast<SharedRecorder*>(shared)->get();
        *out = &table.release()->base;
    });
}

int disconnect(sqlite3_vtab* table) {
    delete reinterpret_cast<TransactionsTable*>(table);
    return SQLITE_OK;
}

int best_index(sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; }

int open_cursor(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
    return guarded([&] { *out = std::make_unique<sqlite3_vtab_cursor>().release(); });
}

int close_cursor(sqlite3_vtab_cursor* cursor) {
    delete cursor;
    return SQLITE_OK;
}

// The table is always empty.
int filter(sqlite3_vtab_cursor*, int, const char*, int, sqlite3_value**) { return SQLITE_OK; }
int next(sqlite3_vtab_cursor*) { return SQLITE_OK; }
int at_end(sqlite3_vtab_cursor*) { return 1; }
int column(sqlite3_vtab_cursor*, sqlite3_context*, int) { return SQLITE_OK; }
int rowid(sqlite3_vtab_cursor*, sqlite3_int64* out) {
    *out = 0;
    return SQLITE_OK;
}

int update(sqlite3_vtab* table, int, sqlite3_value**, sqlite3_int64*) {
    sqlite3_free(table->zErrMsg);
    table->zErrMsg =
        sqlite3_mprintf("%s is tidemark's own and takes no rows", names::transactions_table);
    return SQLITE_READONLY;
}

int begin(sqlite3_vtab* table) {
    return guarded([&] { recorder_of(table).transactions().begin(); });
}

int sync(sqlite3_vtab* table) {
    return guarded([&] { recorder_of(table).transactions().prepare_commit(); });
}

int commit(sqlite3_vtab* table) {
    return guarded([&] { recorder_of(table).committed(); });
}

int rollback(sqlite3_vtab* table) {
    recorder_of(table).rolled_back();
    return SQLITE_OK;
}

int savepoint(sqlite3_vtab* table, int index) {
    return guarded([&] { recorder_of(table).transactions().savepoint(index); });
}

int release(sqlite3_vtab* table, int index) {
    recorder_of(table).transactions().release(index);
    return SQLITE_OK;
}

int rollback_to(sqlite3_vtab* table, int index) {
    return guarded([&] { recorder_of(table).transactions().rollback_to(index); });
}

// No xCreate: the table is there as soon as the module is, in no schema (an eponymous virtual table),
// so that neither `PRAGMA temp_store` nor a rollback can take it away.
const sqlite3_module transactions_module = {
    .iVersion = 2,
    .xCreate = nullptr,
    .xConnect = connect,
    .xBestIndex = best_index,
    .xDisconnect = disconnect,
    .xDestroy = disconnect,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next,
    .xEof = at_end,
    .xColumn = column,
    .xRowid = rowid,
    .xUpdate = update,
    .xBegin = begin,
    .xSync = sync,
    .xCommit = commit,
    .xRollback = rollback,
    .xFindFunction = nullptr,
    .xRename = nullptr,
    .xSavepoint = savepoint,
    .xRelease = release,
    .xRollbackTo = rollback_to,
    .xShadowName = nullptr,
};

}  // namespace

Recorder::Recorder(Limits limits, SignalHandler signal)
    : limits_(limits),
      signal_(std::move(signal)),
      tables_(std::make_shared<std::vector<change::Table>>()) {}

void Recorder::register_on(sqlite3* connection) {
    constexpr const char* operation = "register tidemark's functions on the RAM connection";
    const auto add = [&](const char* name, int arguments, auto* function) {
        // INNOCUOUS: callable from triggers under trusted_schema=OFF.
        sqlite::check(
            connection,
            sqlite3_create_function_v2(connection, name, arguments, SQLITE_UTF8 | SQLITE_INNOCUOUS,
                                       new SharedRecorder(shared_from_this()), function, nullptr,
                                       nullptr, destroy_shared),
            operation);
    };
    add(names::log_function, -1, log_function);
    add(names::part_function, -1, part_function);
    add(names::touch_function, 1, touch_function);
    sqlite::check(
        connection,
        sqlite3_create_module_v2(connection, names::transactions_table, &transactions_module,
                                 new SharedRecorder(shared_from_this()), destroy_shared),
        operation);
}

void Recorder::unregister_from(sqlite3* connection) noexcept {
    const auto remove = [connection](const char* name, int arguments) {
        sqlite3_create_function_v2(connection, name, arguments, SQLITE_UTF8, nullptr, nullptr,
                                   nullptr, nullptr, nullptr);
    };
    remove(names::log_function, -1);
    remove(names::part_function, -1);
    remove(names::touch_function, 1);
    sqlite3_create_module_v2(connection, names::transactions_table, nullptr, nullptr, nullptr);
}

bool Recorder::refuse(sqlite3_context* context) {
    if (!attached_) return true;
    if (!transactions_.in_transaction()) {
        sqlite3_result_error(context, "this function is called by tidemark's own triggers only",
                             -1);
        return true;
    }
    const std::uint64_t bytes =
        transactions_.log().memory_bytes() + bytes_elsewhere_.load(std::memory_order_relaxed);
    if (limits_.pending_bytes_max == 0 || bytes < limits_.pending_bytes_max) return false;
    const std::string reason = "tidemark: " + std::to_string(bytes) +
                               " bytes of changes are not on disk yet, which is the pending limit; "
                               "writing goes on when the disk has caught up";
    sqlite3_result_error(context, reason.c_str(), -1);
    sqlite3_result_error_code(context, SQLITE_FULL);
    return true;
}

void Recorder::log(sqlite3_context* context, std::span<sqlite3_value*> arguments) {
    if (refuse(context)) return parts_.clear();
    const auto code = static_cast<std::uint64_t>(sqlite3_value_int64(arguments[0]));
    const auto operation =
        static_cast<change::Operation>(code & ((1U << change::operation_bits) - 1));
    const std::uint64_t id = code >> change::operation_bits;
    const std::span<sqlite3_value*> values = arguments.subspan(1);
    const std::size_t images = operation == change::Operation::update ? 2 : 1;
    const bool valid = id < tables_->size() && operation <= change::Operation::remove &&
                       parts_.size() + values.size() == (*tables_)[id].image_size() * images;
    if (!valid) {
        parts_.clear();
        return sqlite3_result_error(context, "tidemark's trigger does not fit its table", -1);
    }
    if (parts_.empty()) {
        record(operation, static_cast<change::TableId>(id), values);
        return;
    }
    std::vector<sqlite3_value*> all;
    all.reserve(parts_.size() + values.size());
    for (const auto& value : parts_) all.push_back(value.get());
    all.insert(all.end(), values.begin(), values.end());
    record(operation, static_cast<change::TableId>(id), all);
    parts_.clear();
}

// The first argument is how many values came before: zero begins a row anew, whatever an aborted
// statement left behind.
void Recorder::part(sqlite3_context* context, std::span<sqlite3_value*> arguments) {
    if (refuse(context)) return;
    if (sqlite3_value_int64(arguments[0]) == 0) parts_.clear();
    for (sqlite3_value* value : arguments.subspan(1)) {
        parts_.emplace_back(sqlite3_value_dup(value));
        if (!parts_.back()) throw std::bad_alloc();
    }
}

void Recorder::touch(sqlite3_context* context, sqlite3_value* table) {
    if (refuse(context)) return;
    touched_.insert(static_cast<change::TableId>(sqlite3_value_int64(table)));
}

void Recorder::record(change::Operation operation, change::TableId id,
                      std::span<sqlite3_value* const> values) {
    change::ChangeLog& log = transactions_.log();
    try {
        log.begin_record(operation, id);
        if (operation == change::Operation::update) {
            append_update(values, (*tables_)[id].repeats_unchanged);
        } else {
            for (sqlite3_value* value : values) log.append(change::read_value(value, utf16_));
        }
        log.finish_record();
    } catch (...) {
        log.abandon_record();
        throw;
    }
}

void Recorder::append_update(std::span<sqlite3_value* const> values, bool repeats_unchanged) {
    change::ChangeLog& log = transactions_.log();
    const std::size_t count = values.size() / 2;
    for (std::size_t i = 0; i < count; ++i) {
        const change::Value before = change::read_value(values[i], utf16_);
        const change::Value after = change::read_value(values[count + i], utf16_);
        log.append(before);
        if (!repeats_unchanged && change::identical(before, after)) {
            log.append_same();
        } else {
            log.append(after);
        }
    }
}

void Recorder::committed() {
    transactions_.commit();
    publish();
    if (empty()) return;
    send(Signal::first_change, first_change_sent_);
    const change::ChangeLog& log = transactions_.log();
    const bool due = (limits_.cut_changes > 0 && log.changes() >= limits_.cut_changes) ||
                     (limits_.cut_bytes > 0 && log.bytes() >= limits_.cut_bytes);
    if (due) send(Signal::threshold, threshold_sent_);
}

void Recorder::rolled_back() noexcept {
    transactions_.rollback();
    publish();
}

void Recorder::publish() noexcept {
    pending_changes_.store(transactions_.log().changes(), std::memory_order_relaxed);
    pending_bytes_.store(transactions_.log().memory_bytes(), std::memory_order_relaxed);
}

void Recorder::send(Signal signal, bool& sent) {
    if (sent || !attached_) return;
    sent = true;
    signal_(signal);
}

void Recorder::take_into(change::Batch& batch) noexcept {
    batch.first_change = transactions_.first_change();
    batch.first_transaction = transactions_.first_transaction();
    batch.log = transactions_.take();
    batch.tables = tables_;
    touched_.clear();
    first_change_sent_ = false;
    threshold_sent_ = false;
    publish();
}

Pending Recorder::pending() const noexcept {
    return {.changes = pending_changes_.load(std::memory_order_relaxed),
            .bytes = pending_bytes_.load(std::memory_order_relaxed)};
}

}  // namespace tidemark::capture
