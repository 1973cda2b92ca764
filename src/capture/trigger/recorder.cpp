#include "capture/trigger/recorder.hpp"

#include "capture/trigger/transactions_table.hpp"
#include "change/log_format.hpp"
#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace tidemark::capture {
namespace {

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

void refuse_call(sqlite3_context* context) {
    sqlite3_result_error(context, "tidemark's trigger does not fit its table", -1);
}

}  // namespace

Recorder::Recorder(Limits limits, SignalHandler signal)
    : limits_(limits),
      signal_(std::move(signal)),
      tables_(std::make_shared<std::vector<change::Table>>()) {}

void Recorder::register_on(sqlite3* connection) {
    constexpr const char* operation = "register tidemark's functions on the RAM connection";
    register_transactions_table(connection, shared_from_this());
    const auto add = [&](const char* name, int arguments, auto* function) {
        // DIRECTONLY: callable from our TEMP triggers, also under trusted_schema=OFF, and not from
        // the schema of the file, which a stranger may have written.
        sqlite::check(
            connection,
            sqlite3_create_function_v2(connection, name, arguments, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                       new SharedRecorder(shared_from_this()), function, nullptr,
                                       nullptr, destroy_shared),
            operation);
    };
    add(names::log_function, -1, log_function);
    add(names::part_function, -1, part_function);
    add(names::touch_function, 1, touch_function);
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
    if (limits_.pending_bytes_max == 0 || !limits_.refuses) return false;
    const std::uint64_t bytes = transactions_.log().memory_bytes() + sealed_.memory_bytes() +
                                bytes_elsewhere_.load(std::memory_order_relaxed);
    if (bytes < limits_.pending_bytes_max) return false;
    signal_(Signal::tend);
    const std::string reason = "tidemark: " + std::to_string(bytes) +
                               " bytes of changes are not on disk yet, which is the pending limit; "
                               "writing goes on when the disk has caught up";
    sqlite3_result_error(context, reason.c_str(), -1);
    sqlite3_result_error_code(context, SQLITE_FULL);
    return true;
}

void Recorder::log(sqlite3_context* context, std::span<sqlite3_value*> arguments) {
    if (refuse(context)) return parts_.clear();
    if (arguments.empty()) return refuse_call(context);
    const auto code = static_cast<std::uint64_t>(sqlite3_value_int64(arguments[0]));
    const auto operation =
        static_cast<change::Operation>(code & ((1U << change::operation_bits) - 1));
    const std::uint64_t slot = code >> change::operation_bits;
    const std::uint64_t id = slot < slots_.size() ? slots_[slot] : tables_->size();
    const std::span<sqlite3_value*> values = arguments.subspan(1);
    const std::size_t images = operation == change::Operation::update ? 2 : 1;
    const bool valid = id < tables_->size() && operation <= change::Operation::remove &&
                       parts_.size() + values.size() == (*tables_)[id].image_size() * images;
    if (!valid) {
        parts_.clear();
        return refuse_call(context);
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
    if (arguments.empty()) return refuse_call(context);
    if (sqlite3_value_int64(arguments[0]) == 0) parts_.clear();
    for (sqlite3_value* value : arguments.subspan(1)) {
        parts_.emplace_back(sqlite3_value_dup(value));
        if (!parts_.back()) throw std::bad_alloc();
    }
}

void Recorder::touch(sqlite3_context* context, sqlite3_value* table) {
    if (refuse(context)) return;
    const auto slot = static_cast<std::uint64_t>(sqlite3_value_int64(table));
    if (slot >= slots_.size() || slots_[slot] >= tables_->size()) {
        return refuse_call(context);
    }
    touched_.insert(slots_[slot]);
}

void Recorder::note_blob_write(change::TableId table, std::int64_t rowid) {
    if (!attached_) return;
    blob_rows_.insert({.table = table, .rowid = rowid});
    announce();
}

void Recorder::note_blob_write(change::TableId table) {
    if (!attached_) return;
    blob_tables_.insert(table);
    announce();
}

// An update is logged without the values that it did not change, those of a blob write among them:
// when the row gets another rowid, that is the one to be read at the cut.
void Recorder::follow_moved_row(change::TableId id, std::span<sqlite3_value* const> values) {
    const change::Table& table = (*tables_)[id];
    if (table.identity == change::Identity::primary_key) return;
    const std::size_t count = values.size() / 2;
    const std::size_t place =
        table.identity == change::Identity::integer_key ? table.key_columns.front() : 0;
    const std::int64_t before = sqlite3_value_int64(values[place]);
    const std::int64_t after = sqlite3_value_int64(values[count + place]);
    if (before == after || !blob_rows_.contains({.table = id, .rowid = before})) return;
    blob_rows_.insert({.table = id, .rowid = after});
}

void Recorder::record(change::Operation operation, change::TableId id,
                      std::span<sqlite3_value* const> values) {
    change::ChangeLog& log = transactions_.log();
    try {
        log.begin_record(operation, id);
        if (operation == change::Operation::update) {
            append_update(values, (*tables_)[id].repeats_unchanged);
            if (!blob_rows_.empty()) follow_moved_row(id, values);
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

void Recorder::prepare_commit() {
    transactions_.prepare_commit();
    if (hooks_.before_commit) hooks_.before_commit();
}

void Recorder::committed() {
    const bool has_changes = transactions_.commit();
    if (hooks_.committed) hooks_.committed();
    if (has_changes) seal_when_large();
    announce();
}

std::uint64_t Recorder::seal_at_bytes() const noexcept {
    // Smaller portions are not worth the way.
    constexpr std::uint64_t bytes_min = 64U << 10U;
    const std::uint64_t left = sealed_.memory_bytes();
    const std::uint64_t as_much_again = std::max(left, coalesced_bytes_min);
    const std::uint64_t limit = limits_.pending_bytes_max;
    if (limit == 0) return as_much_again;
    const std::uint64_t used = left + bytes_elsewhere_.load(std::memory_order_relaxed);
    if (used >= limit && !limits_.refuses) return as_much_again;
    const std::uint64_t room = limit > used ? limit - used : 0;
    return std::min(as_much_again, std::max(room / 2, bytes_min));
}

void Recorder::seal_when_large() noexcept {
    // A COMMIT that waits for the disk takes the log as a whole.
    if (hooks_.before_commit) return;
    if (!attached_ || transactions_.log().memory_bytes() < seal_at_bytes()) return;
    try {
        sealed_.add(transactions_.log(), tables_);
        signal_(Signal::tend);
    } catch (...) {
        // Without memory: the next transaction tries again.
    }
}

change::LogReader Recorder::reader() const {
    auto chunks = sealed_.chunks();
    const auto& current = transactions_.log().chunks();
    chunks.insert(chunks.end(), current.begin(), current.end());
    return {chunks, tables_};
}

void Recorder::announce() {
    publish();
    if (empty()) return;
    send(Signal::first_change, first_change_sent_);
    const std::uint64_t bytes = transactions_.log().bytes() + sealed_.bytes();
    const std::uint64_t all_changes = changes() + sealed_.changes();
    const bool due = (limits_.cut_changes > 0 && all_changes >= limits_.cut_changes) ||
                     (limits_.cut_bytes > 0 && bytes >= limits_.cut_bytes);
    if (due) send(Signal::threshold, threshold_sent_);
}

void Recorder::rolled_back() noexcept {
    transactions_.rollback();
    publish();
    if (hooks_.rolled_back) hooks_.rolled_back();
}

void Recorder::publish() noexcept {
    pending_changes_.store(changes(), std::memory_order_relaxed);
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
    blob_rows_.clear();
    blob_tables_.clear();
    first_change_sent_ = false;
    threshold_sent_ = false;
    publish();
}

Recorder::Taken Recorder::take_before_commit() noexcept {
    Taken taken{.transactions = transactions_.take_before_commit(),
                .touched = std::exchange(touched_, {}),
                .blob_rows = std::exchange(blob_rows_, {}),
                .blob_tables = std::exchange(blob_tables_, {})};
    first_change_sent_ = false;
    threshold_sent_ = false;
    publish();
    return taken;
}

void Recorder::forget_sealed() {
    change::ChangeLog superseded;
    sealed_.give_back(superseded);
    publish();
}

void Recorder::give_back(Taken taken, const change::ChangeLog::Position& end) noexcept {
    transactions_.give_back(std::move(taken.transactions));
    transactions_.log().truncate(end);
    touched_ = std::move(taken.touched);
    blob_rows_ = std::move(taken.blob_rows);
    blob_tables_ = std::move(taken.blob_tables);
    publish();
}

Pending Recorder::pending() const noexcept {
    return {.changes = pending_changes_.load(std::memory_order_relaxed) + sealed_.changes(),
            .bytes = pending_bytes_.load(std::memory_order_relaxed) + sealed_.memory_bytes(),
            .coalesced_changes = sealed_.coalesced_changes()};
}

}  // namespace tidemark::capture
