#include "sync/caretaker.hpp"

#include "sync/threads.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tidemark::sync {
namespace {

constexpr std::chrono::milliseconds pause{10};

}  // namespace

Caretaker::Caretaker(capture::Capture& capture, std::string path, Clock& clock,
                     std::function<bool()> tended)
    : capture_(capture), path_(std::move(path)), clock_(clock), tended_(std::move(tended)) {}

Caretaker::~Caretaker() {
    if (!thread_.joinable()) {
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        wake_.notify_one();
    }
    thread_.join();
}

void Caretaker::start() {
    assert(!thread_.joinable());
    thread_ = start_thread("start the caretaker thread of", path_, [this] { run(); });
}

void Caretaker::rest() {
    const std::lock_guard lock(mutex_);
    resting_ = true;
    due_at_ = never;
}

void Caretaker::signal(capture::Signal signal) {
    if (signal != capture::Signal::tend) {
        return;
    }
    const std::lock_guard lock(mutex_);
    resting_ = false;
    // Otherwise it will wake up by itself.
    if (due_at_ == never) {
        due_at_ = later(clock_.now(), pause);
        wake_.notify_one();
    }
}

void Caretaker::run() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        if (clock_.now() < due_at_) {
            clock_.wait_until(wake_, lock, due_at_);
            continue;
        }
        // A signal from now on is about something that may be missed this time.
        due_at_ = never;
        lock.unlock();
        const bool again = tend();
        lock.lock();
        if (again && !resting_) {
            due_at_ = std::min(due_at_, later(clock_.now(), pause));
        }
    }
}

bool Caretaker::tend() noexcept {
    bool again = true;
    try {
        again = capture_.tend();
    } catch (...) {
        // The next cut meets the same trouble and reports it.
    }
    return !tended_() || again;
}

}  // namespace tidemark::sync
