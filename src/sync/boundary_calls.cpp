#include "sync/boundary_calls.hpp"

namespace tidemark::sync {

BoundaryCalls::BoundaryCalls(std::mutex& mutex, std::condition_variable& answered)
    : mutex_(mutex), answered_(answered) {}

void BoundaryCalls::add(Call call) { waiting_.push_back(std::move(call)); }

void BoundaryCalls::give_up(const Call& call, std::unique_lock<std::mutex>& lock) {
    call->given_up = true;
    std::erase(waiting_, call);
    answered_.wait(lock, [&] { return !call->running; });
}

bool BoundaryCalls::begin_cut() {
    // Some may be left from a cut that failed, or found a transaction open.
    std::erase_if(current_, [](const Call& call) { return call->given_up; });
    current_.insert(current_.end(), waiting_.begin(), waiting_.end());
    waiting_.clear();
    return !current_.empty();
}

void BoundaryCalls::fail(const SharedError& error) {
    for (const Call& call : current_) {
        if (call->reached && !call->finished) {
            call->finished = true;
            call->failure = error;
        }
    }
    std::erase_if(current_, [](const Call& call) { return call->finished; });
    answered_.notify_all();
}

void BoundaryCalls::at_boundary() {
    for (const Call& call : current_) {
        run(*call, call->at_boundary);
    }
}

void BoundaryCalls::after_apply(std::uint64_t mark) {
    for (const Call& call : current_) {
        run(*call, call->after_apply);
        const std::lock_guard lock(mutex_);
        call->finished = true;
        call->mark = mark;
        answered_.notify_all();
    }
    current_.clear();
}

/// An exception is for the caller, not for the sync thread.
void BoundaryCalls::run(BoundaryCall& call, const std::function<void()>& function) {
    {
        const std::lock_guard lock(mutex_);
        if (call.given_up || call.finished) {
            return;
        }
        call.reached = true;
        call.running = true;
    }
    std::exception_ptr thrown;
    try {
        function();
    } catch (...) {
        thrown = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    call.running = false;
    call.finished = thrown != nullptr;
    call.thrown = std::move(thrown);
    answered_.notify_all();
}

}  // namespace tidemark::sync
