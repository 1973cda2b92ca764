#pragma once

#include <atomic>
#include <mutex>
#include <thread>

struct sqlite3;

namespace cli {

/// Turns SIGINT, SIGTERM and SIGHUP into something that ordinary code can wait for.
///
/// The signals are blocked in the thread that constructs this, and so in all threads started after
/// it; one thread of its own takes them. Make it before any other thread, one per process.
///
/// 1. Before `begin()` a signal ends the process at once: nothing has been written yet.
/// 2. After it the first signal interrupts the SQL that runs, and all that will, until
///    `stop_interrupting()`; `received()` and `wake_descriptor()` tell the main thread.
/// 3. Another signal, a second later or more, ends the process without waiting for anything. (Two
///    at once are one: a terminal and a supervisor often send both.)
class SignalWatch {
public:
    SignalWatch();
    ~SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;
    SignalWatch(SignalWatch&&) = delete;
    SignalWatch& operator=(SignalWatch&&) = delete;

    /// From now on a signal interrupts this connection instead of ending the process.
    void begin(sqlite3* connection);
    /// From now on the connection is left alone. Call it before the connection is closed.
    void stop_interrupting();

    /// The first signal that came, or 0.
    [[nodiscard]] int received() const noexcept { return received_; }
    /// Readable as soon as a signal has come; for poll().
    [[nodiscard]] int wake_descriptor() const noexcept { return wake_; }

private:
    void watch(const std::stop_token& stop);
    void take_signal(int number);
    void interrupt();

    int signals_ = -1;  // signalfd: the signals themselves
    int wake_ = -1;     // eventfd: told to the main thread
    int stop_ = -1;     // eventfd: told to the watching thread

    std::atomic<int> received_{0};
    std::mutex mutex_;               // guards:
    bool began_ = false;             // whether a signal may no longer just end the process
    sqlite3* connection_ = nullptr;  // what to interrupt, if anything

    std::jthread thread_;
};

}  // namespace cli
