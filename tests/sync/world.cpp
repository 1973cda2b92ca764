#include "sync/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace tidemark::tests {

using capture::CutOutcome;
using capture::Signal;

// ---- Journal, Failures ----

void Journal::write(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    changed_.notify_all();
}

Lines Journal::lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
}

Lines Journal::lines(std::initializer_list<std::string_view> words) const {
    Lines chosen = lines();
    std::erase_if(chosen, [&](const std::string& line) {
        return std::none_of(words.begin(), words.end(), [&](std::string_view word) {
            return std::string_view(line).substr(0, word.size()) == word;
        });
    });
    return chosen;
}

void Journal::clear() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
}

void Journal::wait_for(const std::string& line) const {
    std::unique_lock lock(mutex_);
    const bool written = changed_.wait_for(lock, std::chrono::seconds{30}, [&] {
        return std::find(lines_.begin(), lines_.end(), line) != lines_.end();
    });
    ASSERT_TRUE(written) << "not in the journal: " << line;
}

void Failures::add(const std::function<void()>& fail, std::size_t times) {
    const std::lock_guard lock(mutex_);
    failures_.insert(failures_.end(), times, fail);
}

void Failures::throw_next() {
    std::function<void()> fail;
    {
        const std::lock_guard lock(mutex_);
        if (failures_.empty()) {
            return;
        }
        fail = std::move(failures_.front());
        failures_.erase(failures_.begin());
    }
    fail();
}

// ---- Capture ----

capture::Cut ScriptedCapture::cut(const capture::CutRequest& request) {
    const std::string line =
        "cut " + std::to_string(request.number) + (request.whole ? " whole" : "");
    const std::lock_guard ram(ram_);
    if (during_cut) {
        during_cut();
    }
    {
        const std::lock_guard lock(mutex_);
        if (transaction_open_) {
            journal_.write(line + ": transaction open");
            return {.outcome = CutOutcome::transaction_open};
        }
    }
    if (request.at_boundary) {
        request.at_boundary();
    }
    journal_.write(line);
    failures.throw_next();

    const std::lock_guard lock(mutex_);
    announced_ = false;
    if (gathering_ == 0 && !request.whole) {
        return {.outcome = CutOutcome::nothing, .stall = std::chrono::milliseconds{1}};
    }
    auto batch = std::make_shared<change::Batch>();
    batch->number = request.number;
    batch->whole = request.whole ? std::make_shared<change::WholeCopy>() : nullptr;
    batch->changes = request.whole ? 0 : gathering_;
    batch->bytes = 10 * gathering_;
    in_flight_ += std::exchange(gathering_, 0);
    return {.outcome = CutOutcome::taken, .batch = batch, .stall = std::chrono::milliseconds{2}};
}

capture::Care ScriptedCapture::tend() {
    journal_.write("tend");
    const std::lock_guard ram(ram_);
    bool due = false;
    {
        const std::lock_guard lock(mutex_);
        due = std::exchange(threshold_, false);
        refusing_writes_ = refusing_writes_ && gathering_ + in_flight_ > 0;
    }
    if (due) {
        signal(Signal::threshold);
    }
    const std::lock_guard lock(mutex_);
    capture::Care care{.stall = stall_when_tended};
    if (gathering_ > 0 || refusing_writes_) care.again_in = tended_every;
    return care;
}

capture::Pending ScriptedCapture::pending() const {
    const std::lock_guard lock(mutex_);
    const std::uint64_t changes = gathering_ + in_flight_;
    return {.changes = changes, .bytes = 10 * changes, .refusing_writes = refusing_writes_};
}

void ScriptedCapture::acknowledge(std::uint64_t mark) {
    journal_.write("acknowledge " + std::to_string(mark));
    const std::lock_guard lock(mutex_);
    in_flight_ = 0;
}

void ScriptedCapture::commit(std::uint64_t changes) {
    const std::lock_guard ram(ram_);
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        gathering_ += changes;
        first = !std::exchange(announced_, true);
    }
    if (first) {
        signal(Signal::first_change);
    }
    if (first && wants_tending_) {
        signal(Signal::tend);
    }
}

void ScriptedCapture::commit_silently(std::uint64_t changes) {
    const std::lock_guard ram(ram_);
    const std::lock_guard lock(mutex_);
    gathering_ += changes;
}

void ScriptedCapture::set_transaction_open(bool open) {
    const std::lock_guard lock(mutex_);
    transaction_open_ = open;
}

void ScriptedCapture::set_refusing_writes(bool refusing) {
    const std::lock_guard lock(mutex_);
    refusing_writes_ = refusing;
}

void ScriptedCapture::reach_threshold_when_tended() {
    const std::lock_guard lock(mutex_);
    threshold_ = true;
}

// ---- Destination ----

void ScriptedDestination::apply(const change::Batch& batch) {
    journal_.write("apply " + std::to_string(batch.number) + (batch.whole ? " whole" : ""));
    {
        std::unique_lock lock(mutex_);
        let_go_.wait(lock, [&] { return !held_; });
    }
    failures.throw_next();
    mark_ = std::max(mark_, batch.number);
}

void ScriptedDestination::hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
}

void ScriptedDestination::let_go_on() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    let_go_.notify_all();
}

// ---- Observer ----

void JournalObserver::on_sync(const SyncReport& report) {
    hear("sync " + std::to_string(report.mark) + ", " + std::to_string(report.changes) +
         " changes" + (report.whole_copy ? ", whole" : ""));
}

void JournalObserver::on_failure(const Error& error, std::uint64_t pending_changes) {
    hear("failure " + error.reason() + ", " + std::to_string(pending_changes) + " pending");
}

void JournalObserver::on_recovery() { hear("recovery"); }

void JournalObserver::on_state(State from, State to) {
    hear("state " + std::string(to_string(from)) + " -> " + to_string(to));
}

void JournalObserver::hear(const std::string& line) {
    journal_.write(line);
    if (react) {
        react(line);
    }
}

// ---- World ----

World::World(const Options& options)
    : capture(journal, options.wants_tending),
      destination(journal, options.mark),
      observer(std::make_shared<JournalObserver>(journal)),
      loop(capture, destination,
           {.path = "app.db",
            .interval = options.interval,
            .retry_pause_first = options.retry_pause_first,
            .retry_pause_max = options.retry_pause_max},
           observer, clock),
      caretaker(capture, "app.db", clock,
                [this](std::chrono::nanoseconds stall) { return loop.tended(stall); }) {
    capture.signal = [this](Signal signal) {
        loop.signal(signal);
        caretaker.signal(signal);
    };
}

void World::start() {
    loop.start();
    clock.wait_for_sleepers(1);
    clock.expect_caretaker_thread();
    caretaker.start();
    clock.wait_for_sleepers(2);
}

void World::pass(std::chrono::nanoseconds duration) {
    clock.advance(duration);
    clock.settle();
}

void World::pass_while_applying(std::chrono::milliseconds duration) {
    clock.advance(duration);
    clock.settle_caretaker();
}

void World::pass_slowly(std::chrono::milliseconds duration, std::chrono::milliseconds step) {
    for (auto passed = step; passed <= duration; passed += step) {
        pass(step);
    }
}

Status World::status() const {
    Status status;
    loop.fill(status);
    return status;
}

void World::wait_for_askers(std::size_t count) {
    clock.wait_for_sleepers(count + 2);
    clock.settle();
}

std::future<std::string> World::begin_flush(std::chrono::milliseconds deadline) {
    return std::async(std::launch::async,
                      [this, deadline] { return error_of([&] { loop.flush(deadline); }); });
}

std::string error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

std::function<void()> disk_full() {
    return [] {
        throw Error({.code = 13,
                     .operation = "write",
                     .object = "app.db",
                     .reason = "database or disk is full",
                     .advice = "free some space",
                     .retryable = true});
    };
}

std::function<void()> disk_busy() {
    return [] {
        throw Error({.code = 5,
                     .operation = "write",
                     .object = "app.db",
                     .reason = "database is locked",
                     .retryable = true});
    };
}

std::function<void()> damaged() {
    return [] {
        throw Error({.code = 11,
                     .operation = "write",
                     .object = "app.db",
                     .reason = "database disk image is malformed"});
    };
}

std::function<void()> not_applicable() {
    return [] {
        throw destination::NotApplicable(
            {.operation = "apply", .object = "app.db", .reason = "no such row"});
    };
}

}  // namespace tidemark::tests
