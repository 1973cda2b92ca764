#pragma once

#include "change/change_log.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace tidemark::capture {

/// The older part of what is logged: whole transactions that the recorder has handed over, so that
/// a background thread can make fewer records of them while the application goes on writing.
///
/// `add` and `give_back` are called under the lock of the connection, `coalesce` by one thread at a
/// time and without that lock; the rest by any thread.
class SealedLog {
public:
    /// All of what is added before the next `give_back` is of the same `tables`. Throws
    /// std::bad_alloc, and then `log` is as it was.
    void add(change::ChangeLog& log, const change::TableList& tables);
    /// Puts everything in front of `log`. Coalescing that is under way comes to nothing. Throws
    /// likewise.
    void give_back(change::ChangeLog& log);

    /// Makes fewer records of what was added, if it was not looked at before. Does not throw: what
    /// fails is left as it is.
    void coalesce() noexcept;

    [[nodiscard]] std::vector<std::shared_ptr<change::ChangeLog::Chunk>> chunks() const;
    [[nodiscard]] bool empty() const noexcept { return bytes() == 0; }
    [[nodiscard]] std::uint64_t changes() const noexcept {
        return changes_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t bytes() const noexcept {
        return bytes_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t memory_bytes() const noexcept {
        return memory_bytes_.load(std::memory_order_relaxed);
    }
    /// How many changes were left out so far.
    [[nodiscard]] std::uint64_t coalesced_changes() const noexcept {
        return coalesced_changes_.load(std::memory_order_relaxed);
    }

private:
    struct Work {
        change::LogReader reader;
        change::ChangeLog::Position end;
        std::uint64_t generation = 0;
    };

    [[nodiscard]] std::unique_ptr<Work> begin_work();
    void finish_work(const Work& work, change::ChangeLog& result);
    void publish() noexcept;

    mutable std::mutex mutex_;  // held for moments, guards what follows
    change::ChangeLog log_;
    change::TableList tables_;
    // Grows whenever the log is given back.
    std::uint64_t generation_ = 0;
    bool is_new_ = false;

    std::atomic<std::uint64_t> changes_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uint64_t> memory_bytes_{0};
    std::atomic<std::uint64_t> coalesced_changes_{0};
};

}  // namespace tidemark::capture
