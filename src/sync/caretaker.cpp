#include "sync/caretaker.hpp"

#include "sync/threads.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tidemark::sync {
namespace {

constexpr std::chrono::milliseconds pause{10};
constexpr std::chrono::milliseconds short_pause{1};

}  // namespace

Caretaker::Caretaker(capture::Capture& capture, std::string path, Clock& clock, Tended tended)
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
    const bool soon = signal == capture::Signal::tend_soon;
    if (!soon && signal != capture::Signal::tend) {
        return;
    }
    const std::lock_guard lock(mutex_);
    resting_ = false;
    // Otherwise it will wake up by itself.
    if (due_at_ == never || soon) {
        due_at_ = std::min(due_at_, later(clock_.now(), soon ? short_pause : pause));
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
        const std::optional<std::chrono::nanoseconds> again_in = tend();
        lock.lock();
        if (again_in && !resting_) {
            due_at_ = std::min(due_at_, clock_.now() + *again_in);
        }
    }
}

std::optional<std::chrono::nanoseconds> Caretaker::tend() noexcept {
    capture::Care care{.again_in = pause};
    try {
        care = capture_.tend();
    } catch (...) {
        // The next cut meets the same trouble and reports it.
    }
    if (!tended_(care.stall) && !care.again_in) {
        return pause;
    }
    return care.again_in;
}

}  // namespace tidemark::sync
