#include "c_api/observer.hpp"

#include "c_api/guard.hpp"

#include <algorithm>
#include <cstring>

namespace tidemark::c_api {

CallingObserver::CallingObserver(const tidemark_observer& functions) noexcept {
    std::memcpy(&functions_, &functions, std::min(functions.size, sizeof functions_));
}

CallingObserver::~CallingObserver() {
    if (functions_.destroy != nullptr) functions_.destroy(functions_.context);
}

void CallingObserver::on_sync(const SyncReport& report) {
    if (functions_.on_sync == nullptr) return;
    const tidemark_sync_report told{.mark = report.mark,
                                    .changes = report.changes,
                                    .bytes = report.bytes,
                                    .duration_ns = report.duration.count(),
                                    .stall_ns = report.stall.count(),
                                    .whole_copy = report.whole_copy ? 1 : 0};
    functions_.on_sync(functions_.context, &told);
}

void CallingObserver::on_failure(const Error& error, std::uint64_t pending_changes) {
    if (functions_.on_failure == nullptr) return;
    functions_.on_failure(functions_.context, make_error(error).get(), pending_changes);
}

void CallingObserver::on_recovery() {
    if (functions_.on_recovery != nullptr) functions_.on_recovery(functions_.context);
}

void CallingObserver::on_checkpoint_stalled(const Error& error, std::uint64_t wal_bytes) {
    if (functions_.on_checkpoint_stalled == nullptr) return;
    functions_.on_checkpoint_stalled(functions_.context, make_error(error).get(), wal_bytes);
}

void CallingObserver::on_checkpoint_resumed() {
    if (functions_.on_checkpoint_resumed == nullptr) return;
    functions_.on_checkpoint_resumed(functions_.context);
}

void CallingObserver::on_pending_limit(std::uint64_t pending_bytes) {
    if (functions_.on_pending_limit == nullptr) return;
    functions_.on_pending_limit(functions_.context, pending_bytes);
}

void CallingObserver::on_pending_limit_left() {
    if (functions_.on_pending_limit_left == nullptr) return;
    functions_.on_pending_limit_left(functions_.context);
}

void CallingObserver::on_state(State from, State to) {
    if (functions_.on_state == nullptr) return;
    functions_.on_state(functions_.context, static_cast<int>(from), static_cast<int>(to));
}

void CallingObserver::on_load(std::uint64_t done, std::uint64_t total) {
    if (functions_.on_load != nullptr) functions_.on_load(functions_.context, done, total);
}

void CallingObserver::on_destination_sync(const std::string& name, std::uint64_t mark) {
    if (functions_.on_destination_sync == nullptr) return;
    functions_.on_destination_sync(functions_.context, name.c_str(), mark);
}

void CallingObserver::on_destination_failure(const std::string& name, const Error& error,
                                             std::uint64_t lag_batches) {
    if (functions_.on_destination_failure == nullptr) return;
    functions_.on_destination_failure(functions_.context, name.c_str(), make_error(error).get(),
                                      lag_batches);
}

void CallingObserver::on_destination_recovery(const std::string& name) {
    if (functions_.on_destination_recovery == nullptr) return;
    functions_.on_destination_recovery(functions_.context, name.c_str());
}

}  // namespace tidemark::c_api
