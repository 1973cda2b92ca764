#include "ram_copy.hpp"

#include <algorithm>

namespace bench {

Timer::Timer(Interval interval)
    : thread_([this, interval](const std::stop_token& stop) { run(stop, interval); }) {}

void Timer::run(const std::stop_token& stop, Interval interval) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock{mutex};
    auto next = Clock::now() + interval;
    while (!stop.stop_requested()) {
        stopped.wait_until(lock, stop, next, [] { return false; });
        due_ = true;
        next += interval;
    }
}

void RamCopy::open(const std::string& path, Interval interval) {
    disk_ = open_connection(path);
    execute(disk(), "PRAGMA journal_mode=WAL");
    ram_ = open_connection(":memory:");
    copy_database(disk(), ram());
    begin_capture();
    if (interval.count() > 0) {
        timer_.emplace(interval);
    }
}

void RamCopy::sync() {
    const auto begin = Clock::now();
    const ConnectionLock lock{ram()};
    move_changes();
    longest_stall_ = std::max(longest_stall_, nanoseconds{Clock::now() - begin});
}

void RamCopy::close() {
    timer_.reset();
    end_capture();
    ram_.reset();
    disk_.reset();
}

}  // namespace bench
