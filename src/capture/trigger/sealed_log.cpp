#include "capture/trigger/sealed_log.hpp"

#include "change/coalesce.hpp"

#include <utility>

namespace tidemark::capture {
namespace {

// What saves less is not worth that both logs are in memory for a moment.
constexpr std::uint64_t saved_part_min = 4;

}  // namespace

void SealedLog::add(change::ChangeLog& log, const change::TableList& tables) {
    const std::lock_guard lock(mutex_);
    log_.join(std::move(log));
    tables_ = tables;
    is_new_ = true;
    publish();
}

void SealedLog::give_back(change::ChangeLog& log) {
    const std::lock_guard lock(mutex_);
    if (log_.empty()) return;
    log_.join(std::move(log));
    log = std::exchange(log_, {});
    ++generation_;
    is_new_ = false;
    publish();
}

void SealedLog::coalesce() noexcept {
    try {
        const std::unique_ptr<Work> work = begin_work();
        if (!work) return;
        auto result = change::coalesce(work->reader, work->end.bytes / saved_part_min);
        if (result) finish_work(*work, *result);
    } catch (...) {
        // Too little memory to need less of it.
    }
}

std::unique_ptr<SealedLog::Work> SealedLog::begin_work() {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(is_new_, false)) return nullptr;
    return std::make_unique<Work>(Work{
        .reader = change::LogReader(log_, tables_), .end = log_.end(), .generation = generation_});
}

void SealedLog::finish_work(const Work& work, change::ChangeLog& result) {
    const std::lock_guard lock(mutex_);
    if (generation_ != work.generation) return;
    const std::uint64_t before = log_.changes();
    // What it replaces is freed with `result`, and with the reader, without the lock.
    log_.replace_front(work.end, result);
    coalesced_changes_.fetch_add(before - log_.changes(), std::memory_order_relaxed);
    publish();
}

std::vector<std::shared_ptr<change::ChangeLog::Chunk>> SealedLog::chunks() const {
    const std::lock_guard lock(mutex_);
    return log_.chunks();
}

void SealedLog::publish() noexcept {
    changes_.store(log_.changes(), std::memory_order_relaxed);
    bytes_.store(log_.bytes(), std::memory_order_relaxed);
    memory_bytes_.store(log_.memory_bytes(), std::memory_order_relaxed);
}

}  // namespace tidemark::capture
