#pragma once

#include "capture/capture.hpp"
#include "sync/clock.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace tidemark::sync {

/// Has a capture look after what is pending (`Capture::tend`: measure it, refuse writes, coalesce),
/// on a thread of its own: the sync thread hangs in the disk just when it matters.
///
/// The capture says by `Signal::tend` that there is something to do; that happens 10 ms later, or 1 ms
/// after `Signal::tend_soon`, and then whenever the capture wants it. Otherwise the thread sleeps without waking up.
///
/// **Threads.** Its mutex is held for moments and never while the capture is called. Lock order: the
/// lock of the RAM database, then this mutex. `signal` may be called by any thread at any time.
///
/// **fork().** The child must leak this object, as SyncLoop.
class Caretaker {
public:
    /// Is told how long the RAM database was kept from the application. Must not throw, and says
    /// whether all is done: else the capture is tended again, and then this called.
    using Tended = std::function<bool(std::chrono::nanoseconds stall)>;

    /// `path`: of the disk database; errors name it. `capture` and `clock` must outlive this. `tended`
    /// is called each time the capture was tended.
    Caretaker(capture::Capture& capture, std::string path, Clock& clock, Tended tended);
    Caretaker(const Caretaker&) = delete;
    Caretaker& operator=(const Caretaker&) = delete;
    /// Ends the thread after what it is doing. The caller must not hold the lock of the RAM database,
    /// for which it may wait.
    ~Caretaker();

    /// Starts the thread, once. Throws Error when the system has no thread to give.
    void start();
    /// Lets the capture alone until it asks again: at the end of the process, as `SyncLoop::leave`.
    void rest();
    /// `Signal::tend` and `tend_soon`; other signals are nothing to it.
    void signal(capture::Signal signal);

private:
    void run();
    /// When to do it again; empty: not without a signal.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> tend() noexcept;

    capture::Capture& capture_;
    const std::string path_;
    Clock& clock_;
    const Tended tended_;

    std::mutex mutex_;  // guards what follows, but for thread_
    std::condition_variable wake_;
    TimePoint due_at_ = never;
    bool resting_ = false;
    bool ending_ = false;

    std::jthread thread_;
};

}  // namespace tidemark::sync
