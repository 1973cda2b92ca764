#include "support/recording_observer.hpp"

namespace tidemark::tests {

template <typename Note>
void RecordingObserver::note(const Note& write_down) {
    {
        const std::lock_guard lock(mutex_);
        write_down();
    }
    changed_.notify_all();
}

void RecordingObserver::on_sync(const SyncReport& report) {
    note([&] {
        if (report.changes == 0 && !report.whole_copy) {
            ++heard_.idle_ticks;
        } else {
            heard_.syncs.push_back(report);
        }
    });
}

void RecordingObserver::on_failure(const Error& error, std::uint64_t pending_changes) {
    note([&] { heard_.failures.emplace_back(error, pending_changes); });
}

void RecordingObserver::on_recovery() {
    note([&] { ++heard_.recoveries; });
}

void RecordingObserver::on_checkpoint_stalled(const Error& error, std::uint64_t wal_bytes) {
    note([&] { heard_.stalls.emplace_back(error, wal_bytes); });
}

void RecordingObserver::on_checkpoint_resumed() {
    note([&] { ++heard_.resumptions; });
}

void RecordingObserver::on_pending_limit(std::uint64_t pending_bytes) {
    note([&] { heard_.limits_reached.push_back(pending_bytes); });
}

void RecordingObserver::on_pending_limit_left() {
    note([&] { ++heard_.limits_left; });
}

void RecordingObserver::on_destination_sync(const std::string& name, std::uint64_t mark) {
    note([&] { heard_.destination_syncs.emplace_back(name, mark); });
}

void RecordingObserver::on_destination_failure(const std::string& name, const Error& error,
                                               std::uint64_t /*lag_batches*/) {
    note([&] { heard_.destination_failures.emplace_back(name, error); });
}

void RecordingObserver::on_destination_recovery(const std::string& name) {
    note([&] { heard_.destination_recoveries.push_back(name); });
}

void RecordingObserver::on_state(State from, State to) {
    note([&] { heard_.moves.emplace_back(from, to); });
}

void RecordingObserver::on_load(std::uint64_t done, std::uint64_t total) {
    note([&] { heard_.loads.emplace_back(done, total); });
}

Heard RecordingObserver::heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
}

bool RecordingObserver::wait_until(const std::function<bool(const Heard&)>& condition,
                                   std::chrono::milliseconds deadline) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, deadline, [&] { return condition(heard_); });
}

}  // namespace tidemark::tests
