#include "sync/announcer.hpp"

#include <utility>

namespace tidemark::sync {

Announcer::Announcer(std::shared_ptr<Observer> observer) : observer_(std::move(observer)) {}

void Announcer::move(State from, State to) noexcept {
    tell([from, to](Observer& observer) { observer.on_state(from, to); });
}

void Announcer::sync(const SyncReport& report) noexcept {
    tell([report](Observer& observer) { observer.on_sync(report); });
}

void Announcer::failure(const SharedError& error, std::uint64_t pending_changes) noexcept {
    if (failure_ != nullptr && same_cause(*failure_, *error)) {
        return;
    }
    failure_ = error;
    loss(error, pending_changes);
}

void Announcer::success() noexcept {
    if (std::exchange(failure_, nullptr) != nullptr) {
        tell([](Observer& observer) { observer.on_recovery(); });
    }
}

void Announcer::checkpoint(const SharedError& hindrance, std::uint64_t log_bytes) noexcept {
    const SharedError before = std::exchange(hindrance_, hindrance);
    if (hindrance == nullptr) {
        if (before != nullptr) {
            tell([](Observer& observer) { observer.on_checkpoint_resumed(); });
        }
    } else if (before == nullptr || !same_cause(*before, *hindrance)) {
        tell([hindrance, log_bytes](Observer& observer) {
            observer.on_checkpoint_stalled(*hindrance, log_bytes);
        });
    }
}

void Announcer::loss(const SharedError& error, std::uint64_t pending_changes) noexcept {
    tell([error, pending_changes](Observer& observer) {
        observer.on_failure(*error, pending_changes);
    });
}

void Announcer::resume() noexcept {
    paused_ = false;
    for (const auto& call : std::exchange(untold_, {})) {
        tell(call);
    }
}

template <typename Call>
void Announcer::tell(Call call) noexcept {
    if (observer_ == nullptr || silent_) {
        return;
    }
    try {
        if (paused_) {
            untold_.emplace_back(std::move(call));
            return;
        }
        const std::lock_guard lock(telling_);
        this->call(call);
    } catch (...) {
        // See above: nobody to report it to.
    }
}

void Announcer::tell_also(const std::function<void(Observer&)>& call) noexcept {
    if (observer_ == nullptr || silent_) {
        return;
    }
    try {
        const std::lock_guard lock(telling_);
        this->call(call);
    } catch (...) {
        // As above.
    }
}

/// REQUIRES: telling_ is held.
template <typename Call>
void Announcer::call(const Call& call) {
    struct Teller {
        explicit Teller(std::atomic<std::thread::id>& id) : id_(id) {
            id_ = std::this_thread::get_id();
        }
        ~Teller() { id_ = std::thread::id(); }
        std::atomic<std::thread::id>& id_;
    };
    const Teller teller(teller_);
    call(*observer_);
}

bool Announcer::pending_limit(const capture::Pending& pending) noexcept {
    if (observer_ == nullptr || silent_) {
        return true;
    }
    const std::unique_lock lock(telling_, std::try_to_lock);
    if (!lock) {
        return false;
    }
    const bool reached = limit_told_ ? pending.near_limit : pending.at_limit;
    if (reached == std::exchange(limit_told_, reached)) {
        return true;
    }
    try {
        call([&](Observer& observer) {
            return reached ? observer.on_pending_limit(pending.bytes)
                           : observer.on_pending_limit_left();
        });
    } catch (...) {
        // As above.
    }
    return true;
}

}  // namespace tidemark::sync
