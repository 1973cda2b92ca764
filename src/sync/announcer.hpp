#pragma once

#include "capture/capture.hpp"
#include "sync/shared_error.hpp"

#include <tidemark/observer.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace tidemark::sync {

/// Tells the observer, if there is one, what happens. Used by the sync thread only, with no lock
/// held, except where any thread is named. Nothing is thrown: an exception of the observer is
/// swallowed, since there is nobody it could be reported to.
class Announcer {
public:
    explicit Announcer(std::shared_ptr<Observer> observer);

    [[nodiscard]] bool has_listener() const noexcept { return observer_ != nullptr; }
    /// What is told between the two is told by `resume`, in order.
    void pause() noexcept { paused_ = true; }
    void resume() noexcept;

    void move(State from, State to) noexcept;
    void sync(const SyncReport& report) noexcept;
    /// Of a row of failures with the same cause, the first one is told.
    void failure(const SharedError& error, std::uint64_t pending_changes) noexcept;
    /// Told when a failure was told before.
    void success() noexcept;
    /// Told when the destination can give its log back no more, or for another reason than before,
    /// and when (with a null error) it can again.
    void checkpoint(const SharedError& hindrance, std::uint64_t log_bytes) noexcept;
    /// Told when the pending limit is reached, and when less than half of it is occupied again. Any
    /// thread; false when the observer is busy with something else: to be tried again.
    [[nodiscard]] bool pending_limit(const capture::Pending& pending) noexcept;
    /// Any other thread, at any time; waits until the observer has time.
    void tell_also(const std::function<void(Observer&)>& call) noexcept;
    /// The last word: told whatever was told before.
    void loss(const SharedError& error, std::uint64_t pending_changes) noexcept;

    /// From the next call on nothing is told, or told again. Any thread may say so at any time.
    void be_silent(bool silent) noexcept { silent_ = silent; }

    /// Whether this thread is in a callback of the observer. Any thread.
    [[nodiscard]] bool is_telling() const noexcept {
        return teller_.load() == std::this_thread::get_id();
    }

private:
    template <typename Call>
    void tell(Call call) noexcept;
    template <typename Call>
    void call(const Call& call);

    std::shared_ptr<Observer> observer_;
    /// What was told last, until a success.
    SharedError failure_;
    std::atomic<bool> silent_ = false;
    SharedError hindrance_;
    bool paused_ = false;
    std::vector<std::function<void(Observer&)>> untold_;

    /// Held while the observer is called, and never by who calls us.
    std::mutex telling_;
    std::atomic<std::thread::id> teller_;
    bool limit_told_ = false;  ///< Guarded by telling_.
};

}  // namespace tidemark::sync
