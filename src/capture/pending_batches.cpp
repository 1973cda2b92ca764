#include "capture/pending_batches.hpp"

#include "change/changeset_log.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::capture {
namespace {

std::uint64_t memory_of(const change::Batch& batch) noexcept {
    return batch.log.memory_bytes() + batch.changeset_bytes();
}

bool has_rows_only(const change::Batch& batch) noexcept {
    return !batch.whole && !batch.schema && batch.changesets.empty();
}

bool waits(const change::Batch& batch) noexcept { return batch.number == 0; }

}  // namespace

QueueSegment changeset_segment(const sqlite::Changeset& changeset,
                               const std::vector<change::Table>& known,
                               const std::vector<std::string>& left_out) {
    const change::ChangesetLog read = change::read_as_log(changeset, known, left_out);
    return {.reader = change::LogReader(read.log, read.tables),
            .tables = read.tables,
            .is_numbered = false};
}

void PendingBatches::add(std::shared_ptr<change::Batch> batch, std::uint64_t changes) {
    const std::lock_guard lock(mutex_);
    append(std::move(batch), changes);
}

void PendingBatches::append(std::shared_ptr<change::Batch> batch, std::uint64_t changes) {
    entries_.push_back({.batch = std::move(batch), .changes = changes});
    bytes_.fetch_add(memory_of(*entries_.back().batch), std::memory_order_relaxed);
}

void PendingBatches::join(std::shared_ptr<change::Batch> batch) {
    const std::lock_guard lock(mutex_);
    const bool fits = !entries_.empty() && waits(*entries_.back().batch) &&
                      has_rows_only(*entries_.back().batch) && has_rows_only(*batch) &&
                      entries_.back().batch->tables == batch->tables;
    const std::uint64_t changes = batch->changes;
    if (!fits) {
        if (batch->whole) forget_all();
        return append(std::move(batch), std::max<std::uint64_t>(changes, 1));
    }
    Entry& last = entries_.back();
    const std::uint64_t before = memory_of(*last.batch);
    // A chunk of its own for each small transaction would be mostly empty.
    constexpr std::uint64_t copied_bytes_max = 64U << 10U;
    if (batch->log.bytes() <= copied_bytes_max) {
        last.batch->log.append_copy(batch->log);
    } else {
        last.batch->log.join(std::move(batch->log));
    }
    last.batch->user_version = batch->user_version;
    last.batch->application_id = batch->application_id;
    last.batch->changes += changes;
    last.batch->bytes += batch->bytes;
    last.changes += changes;
    bytes_.fetch_add(memory_of(*last.batch) - before, std::memory_order_relaxed);
}

PendingBatches::Taken PendingBatches::take(std::uint64_t number, bool whole) {
    const std::lock_guard lock(mutex_);
    const auto fits = [whole](const Entry& entry) {
        return waits(*entry.batch) && (!whole || entry.batch->whole != nullptr);
    };
    const auto found = std::find_if(entries_.begin(), entries_.end(), fits);
    if (found == entries_.end()) return {};
    const std::shared_ptr<change::Batch> batch = found->batch;
    for (auto entry = entries_.begin(); entry != found; ++entry) {
        if (waits(*entry->batch)) entry->batch->number = number;
    }
    batch->number = number;
    const bool more = std::any_of(entries_.begin(), entries_.end(),
                                  [](const Entry& entry) { return waits(*entry.batch); });
    return {.batch = batch, .more = more};
}

PendingBatches::Waiting PendingBatches::waiting() const {
    const std::lock_guard lock(mutex_);
    Waiting waiting;
    for (const Entry& entry : entries_) {
        if (!waits(*entry.batch)) continue;
        waiting.any = true;
        waiting.changes += entry.changes;
        waiting.bytes += entry.batch->bytes;
    }
    return waiting;
}

void PendingBatches::replace(std::shared_ptr<change::Batch> batch) {
    const std::lock_guard lock(mutex_);
    for (Entry& entry : entries_) {
        if (entry.batch->number != batch->number) continue;
        bytes_.fetch_add(memory_of(*batch) - memory_of(*entry.batch), std::memory_order_relaxed);
        entry.changes = batch->changes;
        entry.batch = std::move(batch);
        return;
    }
}

void PendingBatches::remove_up_to(std::uint64_t mark) {
    const std::lock_guard lock(mutex_);
    while (!entries_.empty() && !waits(*entries_.front().batch) &&
           entries_.front().batch->number <= mark) {
        bytes_.fetch_sub(memory_of(*entries_.front().batch), std::memory_order_relaxed);
        entries_.pop_front();
    }
}

void PendingBatches::clear() {
    const std::lock_guard lock(mutex_);
    forget_all();
}

void PendingBatches::forget_all() noexcept {
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

std::vector<QueueSegment> PendingBatches::changeset_segments() const {
    std::vector<std::shared_ptr<const change::Batch>> batches;
    {
        const std::lock_guard lock(mutex_);
        for (const Entry& entry : entries_) {
            if (!entry.batch->changesets.empty()) batches.push_back(entry.batch);
        }
    }
    std::vector<QueueSegment> segments;
    for (const auto& batch : batches) {
        std::vector<const sqlite::Changeset*> all;
        for (const sqlite::Changeset& changeset : batch->changesets) all.push_back(&changeset);
        const auto show = [&](const sqlite::Changeset& changeset) {
            segments.push_back(
                changeset_segment(changeset, *batch->tables, batch->superseded_in_changesets));
        };
        try {
            show(sqlite::concatenate(all));
        } catch (const Error&) {
            // A table that was made anew has other columns in a later part.
            for (const sqlite::Changeset* changeset : all) show(*changeset);
        }
    }
    return segments;
}

}  // namespace tidemark::capture
