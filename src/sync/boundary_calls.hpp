#pragma once

#include "sync/shared_error.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace tidemark::sync {

/// One call of `SyncLoop::run_at_boundary` while it lasts, shared by its caller, who waits, and the
/// sync thread. The functions are constant; the mutex of the loop guards the rest.
struct BoundaryCall {
    BoundaryCall(std::function<void()> at, std::function<void()> after)
        : at_boundary(std::move(at)), after_apply(std::move(after)) {}

    const std::function<void()> at_boundary;
    const std::function<void()> after_apply;

    bool reached = false;   ///< `at_boundary` has been called.
    bool running = false;   ///< One of the functions is being called.
    bool given_up = false;  ///< The caller does not wait any more: call nothing.
    bool finished = false;  ///< With one of the next three.
    std::uint64_t mark = 0;
    std::exception_ptr thrown;  ///< By one of the functions.
    SharedError failure;        ///< Why the destination cannot come to the boundary any more.
};

/// Calls functions of other threads on the sync thread: at the boundary of a cut, and when the
/// destination has come to it.
class BoundaryCalls {
public:
    using Call = std::shared_ptr<BoundaryCall>;

    /// `answered` is notified, and `mutex` held, whenever something changes for a caller.
    BoundaryCalls(std::mutex& mutex, std::condition_variable& answered);

    // For the threads that call. REQUIRES: the mutex is held.

    void add(Call call);
    /// Afterwards nothing is called for it any more. Waits for a function that is being called,
    /// which may finish the call after all.
    void give_up(const Call& call, std::unique_lock<std::mutex>& lock);

    // For the sync thread. REQUIRES: the mutex is held.

    /// Whoever waits is called by the cut that begins now. False when nobody does.
    bool begin_cut();
    /// The boundary of those that have been called was missed.
    void fail(const SharedError& error);

    // For the sync thread. REQUIRES: the mutex is not held.

    void at_boundary();
    /// The destination stands at the boundary, and has this mark.
    void after_apply(std::uint64_t mark);

private:
    void run(BoundaryCall& call, const std::function<void()>& function);

    std::mutex& mutex_;
    std::condition_variable& answered_;
    /// Not yet seen by the sync thread; guarded by mutex_.
    std::vector<Call> waiting_;
    /// Of the last cut, or of the one to come; the sync thread's own.
    std::vector<Call> current_;
};

}  // namespace tidemark::sync
