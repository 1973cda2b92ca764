#pragma once

#include <tidemark/observer.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::tests {

/// What an observer has heard so far.
struct Heard {
    std::vector<SyncReport> syncs;  // those that wrote a batch
    std::uint64_t idle_ticks = 0;   // those that found nothing to do
    std::vector<std::pair<Error, std::uint64_t>> failures;
    std::uint64_t recoveries = 0;
    std::vector<std::pair<Error, std::uint64_t>> stalls;  // of checkpoints
    std::uint64_t resumptions = 0;
    std::vector<std::uint64_t> limits_reached;  // the bytes that were pending
    std::uint64_t limits_left = 0;
    std::vector<std::pair<std::string, std::uint64_t>> destination_syncs;
    std::vector<std::pair<std::string, Error>> destination_failures;
    std::vector<std::string> destination_recoveries;
    std::vector<std::pair<State, State>> moves;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> loads;
};

/// Writes down everything it hears, and lets a test wait for something to be heard.
class RecordingObserver : public Observer {
public:
    void on_sync(const SyncReport& report) override;
    void on_failure(const Error& error, std::uint64_t pending_changes) override;
    void on_recovery() override;
    void on_checkpoint_stalled(const Error& error, std::uint64_t wal_bytes) override;
    void on_checkpoint_resumed() override;
    void on_pending_limit(std::uint64_t pending_bytes) override;
    void on_pending_limit_left() override;
    void on_destination_sync(const std::string& name, std::uint64_t mark) override;
    void on_destination_failure(const std::string& name, const Error& error,
                                std::uint64_t lag_batches) override;
    void on_destination_recovery(const std::string& name) override;
    void on_state(State from, State to) override;
    void on_load(std::uint64_t done, std::uint64_t total) override;

    [[nodiscard]] Heard heard() const;
    /// True as soon as what was heard fulfils `condition`; false when it does not in time.
    [[nodiscard]] bool wait_until(const std::function<bool(const Heard&)>& condition,
                                  std::chrono::milliseconds deadline = std::chrono::seconds{
                                      30}) const;

private:
    template <typename Note>
    void note(const Note& write_down);

    mutable std::mutex mutex_;  // guards heard_
    mutable std::condition_variable changed_;
    Heard heard_;
};

}  // namespace tidemark::tests
