#pragma once

#include "contender.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace bench {

/// Says that an interval has passed: the setInterval() of the recipes.
class Timer {
public:
    explicit Timer(Interval interval);

    /// True once per interval.
    [[nodiscard]] bool due() noexcept {
        return due_.load(std::memory_order_relaxed) && due_.exchange(false);
    }

private:
    void run(const std::stop_token& stop, Interval interval);

    std::atomic<bool> due_{false};
    std::jthread thread_;
};

/// A :memory: database beside a WAL file, as the recipes keep them: one thread does everything, so
/// a sync stands between two transactions of the writer, who waits until it is through.
class RamCopy : public Contender {
public:
    void open(const std::string& path, Interval interval) override;
    [[nodiscard]] sqlite3* connection() const override { return ram(); }
    void sync() override;
    void between_transactions() override {
        if (timer_ && timer_->due()) {
            sync();
        }
    }
    void close() override;
    [[nodiscard]] nanoseconds longest_stall() const override { return longest_stall_; }
    [[nodiscard]] nanoseconds last_apply() const override { return last_apply_; }

protected:
    [[nodiscard]] sqlite3* ram() const { return ram_.get(); }
    [[nodiscard]] sqlite3* disk() const { return disk_.get(); }
    void set_last_apply(nanoseconds time) { last_apply_ = time; }

private:
    virtual void begin_capture() = 0;
    virtual void move_changes() = 0;
    virtual void end_capture() {}

    Connection disk_;
    Connection ram_;
    std::optional<Timer> timer_;
    nanoseconds longest_stall_{};
    nanoseconds last_apply_{};
};

}  // namespace bench
