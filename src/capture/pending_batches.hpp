#pragma once

#include "capture/trigger/queue_table.hpp"
#include "change/batch.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace tidemark::capture {

/// The batches that have been cut and are not on disk yet, for `_sync_queue` and for the pending
/// limit. Any thread.
class PendingBatches {
public:
    /// `changes`: how many rows it changes, or an upper bound.
    void add(std::shared_ptr<const change::Batch> batch, std::uint64_t changes);
    void remove_up_to(std::uint64_t mark);
    /// What a whole copy contains is pending no more in any older batch.
    void clear();

    /// Memory of the changes; a whole copy is not counted, it has nothing to do with how much is
    /// written.
    [[nodiscard]] std::uint64_t bytes() const noexcept {
        return bytes_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t changes() const;
    [[nodiscard]] std::vector<QueueSegment> segments() const;

private:
    struct Entry {
        std::shared_ptr<const change::Batch> batch;
        std::uint64_t changes = 0;
    };

    mutable std::mutex mutex_;
    std::deque<Entry> entries_;  // guarded by mutex_
    std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace tidemark::capture
