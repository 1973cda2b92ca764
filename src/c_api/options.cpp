#include "c_api/options.hpp"

#include "c_api/destination.hpp"
#include "c_api/enums.hpp"
#include "c_api/observer.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

namespace tidemark::c_api {
namespace {

using std::chrono::milliseconds;

// The least that an observer of any version has: its size, its context and its destroy.
constexpr std::size_t least_observer = offsetof(tidemark_observer, on_sync);

std::shared_ptr<Observer> observer_for(const tidemark_observer& functions) {
    if (functions.size < least_observer) {
        throw misuse("observer", "its size is not set",
                     "set it to sizeof(tidemark_observer) first");
    }
    return std::make_shared<CallingObserver>(functions);
}

/// For an observer that nobody takes.
void let_go(const tidemark_observer& functions) noexcept {
    if (functions.size >= least_observer && functions.destroy != nullptr) {
        functions.destroy(functions.context);
    }
}

}  // namespace

Options options_of(const tidemark_options* options) {
    return options == nullptr ? Options{} : accepted(*options);
}

}  // namespace tidemark::c_api

using namespace tidemark;
using namespace tidemark::c_api;

tidemark_options* tidemark_options_create(void) {
    try {
        return new tidemark_options;
    } catch (...) {
        return nullptr;
    }
}

void tidemark_options_destroy(tidemark_options* options) { delete options; }

int tidemark_options_validate(const tidemark_options* options, tidemark_error** error) {
    return guarded(error, [&] { validate(options_of(required(options, "options"))); });
}

void tidemark_options_set_strategy(tidemark_options* options, int strategy) {
    set(options, [&](Options& values) {
        values.strategy = checked(strategy, Strategy::trigger, "strategy");
    });
}

void tidemark_options_set_interval_ms(tidemark_options* options, int64_t interval) {
    set(options, [&](Options& values) { values.interval = milliseconds{interval}; });
}

void tidemark_options_set_durability(tidemark_options* options, int durability) {
    set(options, [&](Options& values) {
        values.durability = checked(durability, Durability::commit, "durability");
    });
}

void tidemark_options_set_cutting(tidemark_options* options, int cutting) {
    set(options,
        [&](Options& values) { values.cutting = checked(cutting, Cutting::in_calls, "cutting"); });
}

void tidemark_options_set_cut_changes(tidemark_options* options, uint64_t changes) {
    set(options, [&](Options& values) { values.cut_changes = changes; });
}

void tidemark_options_set_cut_bytes(tidemark_options* options, uint64_t bytes) {
    set(options, [&](Options& values) { values.cut_bytes = bytes; });
}

void tidemark_options_set_pending_bytes_max(tidemark_options* options, uint64_t bytes) {
    set(options, [&](Options& values) { values.pending_bytes_max = bytes; });
}

void tidemark_options_set_pending_limit(tidemark_options* options, int limit) {
    set(options, [&](Options& values) {
        values.pending_limit = checked(limit, PendingLimit::grow, "limit");
    });
}

void tidemark_options_add_include_table(tidemark_options* options, const char* table) {
    set(options,
        [&](Options& values) { values.include_tables.emplace_back(required(table, "table")); });
}

void tidemark_options_add_exclude_table(tidemark_options* options, const char* table) {
    set(options,
        [&](Options& values) { values.exclude_tables.emplace_back(required(table, "table")); });
}

void tidemark_options_set_journal_mode(tidemark_options* options, int mode) {
    set(options,
        [&](Options& values) { values.journal_mode = checked(mode, JournalMode::remove, "mode"); });
}

void tidemark_options_set_synchronous(tidemark_options* options, int synchronous) {
    set(options, [&](Options& values) {
        values.synchronous = checked(synchronous, Synchronous::extra, "synchronous");
    });
}

void tidemark_options_set_busy_timeout_ms(tidemark_options* options, int64_t timeout) {
    set(options, [&](Options& values) { values.busy_timeout = milliseconds{timeout}; });
}

void tidemark_options_set_retry_pause_first_ms(tidemark_options* options, int64_t pause) {
    set(options, [&](Options& values) { values.retry_pause_first = milliseconds{pause}; });
}

void tidemark_options_set_retry_pause_max_ms(tidemark_options* options, int64_t pause) {
    set(options, [&](Options& values) { values.retry_pause_max = milliseconds{pause}; });
}

void tidemark_options_set_close_deadline_ms(tidemark_options* options, int64_t deadline) {
    set(options, [&](Options& values) { values.close_deadline = milliseconds{deadline}; });
}

void tidemark_options_set_watch_blob_writes(tidemark_options* options, int watch) {
    set(options, [&](Options& values) { values.watch_blob_writes = watch != 0; });
}

void tidemark_options_set_load_check(tidemark_options* options, int check) {
    set(options,
        [&](Options& values) { values.load_check = checked(check, LoadCheck::full, "check"); });
}

void tidemark_options_set_foreign_writes(tidemark_options* options, int writes) {
    set(options, [&](Options& values) {
        values.foreign_writes = checked(writes, ForeignWrites::overwrite, "writes");
    });
}

void tidemark_options_set_history_enabled(tidemark_options* options, int enabled) {
    set(options, [&](Options& values) { values.history.enabled = enabled != 0; });
}

void tidemark_options_set_history_age_max_ms(tidemark_options* options, int64_t age) {
    set(options, [&](Options& values) { values.history.age_max = milliseconds{age}; });
}

void tidemark_options_set_history_bytes_max(tidemark_options* options, uint64_t bytes) {
    set(options, [&](Options& values) { values.history.bytes_max = bytes; });
}

void tidemark_options_set_history_batches_max(tidemark_options* options, uint64_t batches) {
    set(options, [&](Options& values) { values.history.batches_max = batches; });
}

void tidemark_options_set_history_held_bytes_max(tidemark_options* options, uint64_t bytes) {
    set(options, [&](Options& values) { values.history.held_bytes_max = bytes; });
}

void tidemark_options_add_destination(tidemark_options* options,
                                      const tidemark_destination* destination) {
    set(options, [&](Options& values) {
        values.destinations.push_back(destination_of(*required(destination, "destination")));
    });
}

void tidemark_options_set_prepare_disk_connection(tidemark_options* options,
                                                  int (*prepare)(void* context, sqlite3* disk),
                                                  void* context) {
    set(options,
        [&](Options& values) { values.prepare_disk_connection = preparing(prepare, context); });
}

void tidemark_options_set_observer(tidemark_options* options, const tidemark_observer* observer) {
    bool is_taken = observer == nullptr;
    set(options, [&](Options& values) {
        values.observer = observer == nullptr ? nullptr : observer_for(*observer);
        is_taken = true;
    });
    if (!is_taken) let_go(*observer);
}
