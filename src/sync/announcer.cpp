#include "sync/announcer.hpp"

#include <utility>

namespace tidemark::sync {

namespace {

bool same_cause(const Error& left, const Error& right) noexcept {
    return left.code() == right.code() && left.reason() == right.reason();
}

}  // namespace

Announcer::Announcer(std::shared_ptr<Observer> observer) : observer_(std::move(observer)) {}

void Announcer::move(State from, State to) noexcept {
    tell([&](Observer& observer) { observer.on_state(from, to); });
}

void Announcer::sync(const SyncReport& report) noexcept {
    tell([&](Observer& observer) { observer.on_sync(report); });
}

void Announcer::failure(const SharedError& error, std::uint64_t pending_changes) noexcept {
    if (failure_ != nullptr && same_cause(*failure_, *error)) {
        return;
    }
    failure_ = error;
    loss(*error, pending_changes);
}

void Announcer::success() noexcept {
    if (std::exchange(failure_, nullptr) != nullptr) {
        tell([](Observer& observer) { observer.on_recovery(); });
    }
}

void Announcer::loss(const Error& error, std::uint64_t pending_changes) noexcept {
    tell([&](Observer& observer) { observer.on_failure(error, pending_changes); });
}

template <typename Call>
void Announcer::tell(Call call) noexcept {
    if (observer_ == nullptr) {
        return;
    }
    try {
        call(*observer_);
    } catch (...) {
        // See above: nobody to report it to.
    }
}

}  // namespace tidemark::sync
