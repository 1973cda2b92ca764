#pragma once

#include "sync/shared_error.hpp"

#include <tidemark/observer.hpp>

#include <cstdint>
#include <memory>

namespace tidemark::sync {

/// Tells the observer, if there is one, what happens. Used by the sync thread only, with no lock
/// held. Nothing is thrown: an exception of the observer is swallowed, since there is nobody it
/// could be reported to.
class Announcer {
public:
    explicit Announcer(std::shared_ptr<Observer> observer);

    void move(State from, State to) noexcept;
    void sync(const SyncReport& report) noexcept;
    /// Of a row of failures with the same cause, the first one is told.
    void failure(const SharedError& error, std::uint64_t pending_changes) noexcept;
    /// Told when a failure was told before.
    void success() noexcept;
    /// The last word: told whatever was told before.
    void loss(const Error& error, std::uint64_t pending_changes) noexcept;

private:
    template <typename Call>
    void tell(Call call) noexcept;

    std::shared_ptr<Observer> observer_;
    /// What was told last, until a success.
    SharedError failure_;
};

}  // namespace tidemark::sync
