#pragma once

#include <tidemark/observer.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace cli::demo {

struct Sync {
    std::chrono::steady_clock::time_point time;
    tidemark::SyncReport report;
};

/// Brings the news of the sync thread to the thread that tells the story.
class SyncListener final : public tidemark::Observer {
public:
    void on_sync(const tidemark::SyncReport& report) override {
        const std::lock_guard lock{mutex_};
        syncs_.push_back({std::chrono::steady_clock::now(), report});
        arrived_.notify_one();
    }

    /// The next sync; nothing when there is none before the deadline.
    std::optional<Sync> wait_until(std::chrono::steady_clock::time_point deadline) {
        std::unique_lock lock{mutex_};
        if (!arrived_.wait_until(lock, deadline, [this] { return !syncs_.empty(); })) {
            return std::nullopt;
        }
        const Sync sync = syncs_.front();
        syncs_.pop_front();
        return sync;
    }

private:
    std::mutex mutex_;  // guards syncs_
    std::condition_variable arrived_;
    std::deque<Sync> syncs_;
};

}  // namespace cli::demo
