#pragma once

#include "capture/trigger/queue_table.hpp"
#include "change/batch.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tidemark::capture {

/// A changeset for `_sync_queue` to read; as `change::read_as_log`.
[[nodiscard]] QueueSegment changeset_segment(const sqlite::Changeset& changeset,
                                             const std::vector<change::Table>& known,
                                             const std::vector<std::string>& left_out = {});

/// The batches that have been cut and are not on disk yet, for `_sync_queue` and for the pending
/// limit; and, where they are cut in the application's calls, the queue from which the sync thread
/// takes them. Any thread.
class PendingBatches {
public:
    /// `changes`: how many rows it changes, or an upper bound.
    void add(std::shared_ptr<change::Batch> batch, std::uint64_t changes);
    /// Adds a batch that has no number yet and waits to be taken; from now on it is changed in here
    /// only. If it and the last one that waits have row changes of the same schema and nothing else
    /// they become one; a copy of the whole database takes the place of all others. Throws
    /// std::bad_alloc.
    void join(std::shared_ptr<change::Batch> batch);

    struct Taken {
        std::shared_ptr<const change::Batch> batch;
        /// Others wait behind it.
        bool more = false;
    };
    /// Gives the oldest one that waits its number; no batch when none waits. With `whole`, only a
    /// copy of the whole database will do, and what waits before it is part of it.
    [[nodiscard]] Taken take(std::uint64_t number, bool whole);
    /// What waits to be taken.
    struct Waiting {
        std::uint64_t changes = 0;
        std::uint64_t bytes = 0;
        bool any = false;
    };
    [[nodiscard]] Waiting waiting() const;

    /// Takes the place of the batch of the same number, if that is here.
    void replace(std::shared_ptr<change::Batch> batch);
    void remove_up_to(std::uint64_t mark);
    /// What a whole copy contains is pending no more in any older batch.
    void clear();

    /// Memory of the changes; a whole copy is not counted, it has nothing to do with how much is
    /// written.
    [[nodiscard]] std::uint64_t bytes() const noexcept {
        return bytes_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t changes() const;
    /// Of the logs, and of the changesets.
    [[nodiscard]] std::vector<QueueSegment> segments() const;
    [[nodiscard]] std::vector<QueueSegment> changeset_segments() const;

private:
    struct Entry {
        std::shared_ptr<change::Batch> batch;
        std::uint64_t changes = 0;
    };
    void forget_all() noexcept;
    void append(std::shared_ptr<change::Batch> batch, std::uint64_t changes);

    mutable std::mutex mutex_;
    std::deque<Entry> entries_;  // guarded by mutex_
    std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace tidemark::capture
