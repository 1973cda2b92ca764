#include "capture/pending_batches.hpp"

#include <utility>

namespace tidemark::capture {
namespace {

std::uint64_t memory_of(const change::Batch& batch) noexcept {
    return batch.log.memory_bytes() + static_cast<std::uint64_t>(batch.changeset.size_bytes());
}

}  // namespace

void PendingBatches::add(std::shared_ptr<const change::Batch> batch, std::uint64_t changes) {
    const std::lock_guard lock(mutex_);
    bytes_.fetch_add(memory_of(*batch), std::memory_order_relaxed);
    entries_.push_back({.batch = std::move(batch), .changes = changes});
}

void PendingBatches::remove_up_to(std::uint64_t mark) {
    const std::lock_guard lock(mutex_);
    while (!entries_.empty() && entries_.front().batch->number <= mark) {
        bytes_.fetch_sub(memory_of(*entries_.front().batch), std::memory_order_relaxed);
        entries_.pop_front();
    }
}

void PendingBatches::clear() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
    bytes_.store(0, std::memory_order_relaxed);
}

std::uint64_t PendingBatches::changes() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t changes = 0;
    for (const Entry& entry : entries_) changes += entry.changes;
    return changes;
}

std::vector<QueueSegment> PendingBatches::segments() const {
    const std::lock_guard lock(mutex_);
    std::vector<QueueSegment> segments;
    for (const Entry& entry : entries_) {
        const change::Batch& batch = *entry.batch;
        if (batch.log.empty()) continue;
        segments.push_back({.reader = change::LogReader(batch.log, batch.tables),
                            .tables = batch.tables,
                            .first_change = batch.first_change,
                            .first_transaction = batch.first_transaction});
    }
    return segments;
}

}  // namespace tidemark::capture
