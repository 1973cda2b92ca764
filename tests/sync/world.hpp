#pragma once

#include "capture/capture.hpp"
#include "destination/destination.hpp"
#include "sync/caretaker.hpp"
#include "sync/manual_clock.hpp"
#include "sync/sync_loop.hpp"

#include <tidemark/observer.hpp>
#include <tidemark/status.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::tests {

using Lines = std::vector<std::string>;

/// What capture and destination were asked, and what the observer was told, one line each.
class Journal {
public:
    void write(std::string line);

    [[nodiscard]] Lines lines() const;
    /// Those that begin with one of the words.
    [[nodiscard]] Lines lines(std::initializer_list<std::string_view> words) const;
    [[nodiscard]] std::size_t count(std::string_view word) const { return lines({word}).size(); }
    void clear();
    /// Returns when the line has been written.
    void wait_for(const std::string& line) const;

private:
    mutable std::mutex mutex_;  // guards lines_
    mutable std::condition_variable changed_;
    Lines lines_;
};

/// Throws what the next calls of something are to throw.
class Failures {
public:
    /// `fail` is called, and throws, in each of the next `times` calls.
    void add(const std::function<void()>& fail, std::size_t times = 1);
    /// Returns when nothing is to be thrown.
    void throw_next();

private:
    std::mutex mutex_;  // guards failures_
    std::vector<std::function<void()>> failures_;
};

/// A RAM database of which only the number of changes is known.
class ScriptedCapture final : public capture::Capture {
public:
    ScriptedCapture(Journal& journal, bool wants_tending)
        : journal_(journal), wants_tending_(wants_tending) {}

    capture::Cut cut(const capture::CutRequest& request) override;
    capture::Care tend() override;
    [[nodiscard]] capture::Pending pending() const override;
    void acknowledge(std::uint64_t mark) override;
    [[nodiscard]] std::vector<TableStatus> tables() const override { return {}; }

    /// The application commits changes of so many rows.
    void commit(std::uint64_t changes = 1);
    /// It does something that announces itself to nobody.
    void commit_silently(std::uint64_t changes = 1);
    void set_transaction_open(bool open);
    void set_refusing_writes(bool refusing);
    /// Finds when it is tended that enough has gathered.
    void reach_threshold_when_tended();

    capture::SignalHandler signal;
    Failures failures;
    /// What it says when it is tended while something is pending.
    std::chrono::nanoseconds tended_every = std::chrono::milliseconds{10};
    std::chrono::nanoseconds stall_when_tended{0};
    /// Called in each cut, with the RAM database locked.
    std::function<void()> during_cut;

private:
    Journal& journal_;
    const bool wants_tending_;

    std::mutex ram_;  // the lock of the RAM database: held for every use of it

    mutable std::mutex mutex_;  // guards the rest; taken after ram_
    std::uint64_t gathering_ = 0;
    std::uint64_t in_flight_ = 0;
    bool announced_ = false;
    bool transaction_open_ = false;
    bool refusing_writes_ = false;
    bool threshold_ = false;
};

class ScriptedDestination final : public destination::Destination {
public:
    ScriptedDestination(Journal& journal, std::uint64_t mark) : journal_(journal), mark_(mark) {}

    [[nodiscard]] std::uint64_t mark() const override { return mark_; }
    void apply(const change::Batch& batch) override;

    /// Lets the next calls of `apply` wait until they are let go on.
    void hold();
    void let_go_on();

    Failures failures;

private:
    Journal& journal_;
    std::uint64_t mark_;  // the sync thread's own once it runs

    std::mutex mutex_;  // guards held_
    std::condition_variable let_go_;
    bool held_ = false;
};

/// Writes what it hears into the journal, and then calls `react` with the same line: until the end
/// of the world, so that what it uses must be older.
class JournalObserver final : public Observer {
public:
    explicit JournalObserver(Journal& journal) : journal_(journal) {}

    void on_sync(const SyncReport& report) override;
    void on_failure(const Error& error, std::uint64_t pending_changes) override;
    void on_recovery() override;
    void on_state(State from, State to) override;

    std::function<void(const std::string& line)> react;

private:
    void hear(const std::string& line);

    Journal& journal_;
};

/// Both threads of a database among their scripted neighbours, on a clock that stands still.
struct World {
    struct Options {
        std::chrono::milliseconds interval{5000};
        std::chrono::milliseconds retry_pause_first{100};
        std::chrono::milliseconds retry_pause_max{10'000};
        bool wants_tending = false;
        std::uint64_t mark = 0;
    };

    World() : World(Options{}) {}
    explicit World(const Options& options);

    /// Starts the loop and waits until it sleeps.
    void start();
    /// Lets time pass, and the loop do what is due then.
    void pass(std::chrono::nanoseconds duration);
    /// The same while the sync thread hangs in the destination.
    void pass_while_applying(std::chrono::milliseconds duration);
    /// Like `pass`, step by step, so that the loop is never late.
    void pass_slowly(std::chrono::milliseconds duration, std::chrono::milliseconds step);
    [[nodiscard]] Status status() const;

    /// Returns when `count` other threads wait for the loop, and it has done what it can for them.
    void wait_for_askers(std::size_t count = 1);

    /// On another thread; "" or the message of what is thrown.
    [[nodiscard]] std::future<std::string> begin_flush(
        std::chrono::milliseconds deadline = std::chrono::seconds{30});

    ManualClock clock;
    Journal journal;
    ScriptedCapture capture;
    ScriptedDestination destination;
    std::shared_ptr<JournalObserver> observer;
    sync::SyncLoop loop;
    sync::Caretaker caretaker;
};

/// "" or the message of the Error that it throws.
[[nodiscard]] std::string error_of(const std::function<void()>& call);

/// To be thrown by `Failures`.
[[nodiscard]] std::function<void()> disk_full();
[[nodiscard]] std::function<void()> disk_busy();
[[nodiscard]] std::function<void()> damaged();
[[nodiscard]] std::function<void()> not_applicable();

}  // namespace tidemark::tests
