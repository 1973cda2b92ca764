#pragma once

#include "capture/capture.hpp"
#include "destination/destination.hpp"
#include "sync/announcer.hpp"
#include "sync/ask_pause.hpp"
#include "sync/backoff.hpp"
#include "sync/boundary_calls.hpp"
#include "sync/clock.hpp"
#include "sync/pending_age.hpp"
#include "sync/shared_error.hpp"

#include <tidemark/observer.hpp>
#include <tidemark/status.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tidemark::sync {

/// See `tidemark::Options` for what each of them costs.
struct Settings {
    /// Of the disk database; errors name it.
    std::string path;
    std::chrono::milliseconds interval{5000};
    std::chrono::milliseconds retry_pause_first{100};
    std::chrono::milliseconds retry_pause_max{10'000};
    /// Whether `commit` and `sync_now` will be called.
    bool serves_commits = false;
    /// Called without a lock by a thread that waits for a sync, each time before it sleeps: where the
    /// capture needs that thread to get on. Must not throw; may be empty.
    std::function<void()> assist{};
    /// Told each new mark, when its batch is on disk, by the thread that has applied it, with the loop
    /// locked: it may take a lock of its own for a moment, and no other. Must not throw; may be empty.
    std::function<void(std::uint64_t mark)> on_mark{};
};

/// Decides when to sync, how much, and what to do if it fails: takes batches from a capture and has
/// them applied to a destination, on a thread of its own. docs/sync.md has the states and the moves
/// between them.
///
/// A batch is kept until it has been applied, or dropped because a whole copy is to replace it.
/// There is at most one: nothing is cut while one waits for the disk.
///
/// **Commits that wait for the disk** come on the threads that commit, and use the destination there.
/// So where commits are served the destination has a lock of its own, which the sync thread holds
/// from the boundary of a cut until that batch is applied: what lies between two boundaries cannot
/// overtake it. What the observer is to hear meanwhile it hears afterwards, because it may use the
/// RAM database, whose lock is held by whoever waits for the destination.
///
/// **Threads.** Capture, destination and observer are called on the sync thread only (but for
/// `Capture::pending`, and for commits; Caretaker has another thread), and never with the loop's mutex
/// held. Lock order: the lock of the RAM database, that of the destination, this mutex. Everything
/// here may be called by any thread at any time, except
/// `start`, `stop`, `abandon` and the destructor, which need the object for themselves.
///
/// **Deadlines.** Zero stands for one attempt, however long it takes.
///
/// **fork().** The child must leak this object: its destructor would wait for a thread that exists
/// in the parent only.
class SyncLoop final : public capture::CommitHandler {
public:
    /// Everything that is handed over by reference must outlive the loop. `observer` may be empty.
    SyncLoop(capture::Capture& capture, destination::Destination& destination, Settings settings,
             std::shared_ptr<Observer> observer, Clock& clock);
    SyncLoop(const SyncLoop&) = delete;
    SyncLoop& operator=(const SyncLoop&) = delete;
    /// Abandons what `stop` has not brought to the disk.
    ~SyncLoop() override { abandon(); }

    /// Starts the sync thread, once. Throws Error when the system has no thread to give.
    void start();

    /// What a capture tells: fit to be its SignalHandler. Called with the RAM database locked.
    void signal(capture::Signal signal);

    [[nodiscard]] capture::CommitResult commit(change::Batch& batch) noexcept override;
    void sync_now() noexcept override;

    /// For the caretaker, when it has tended the capture and kept the RAM database from the application
    /// for `stall`. Tells the observer when the pending limit is reached or left; false when that has
    /// to be tried again.
    [[nodiscard]] bool tended(std::chrono::nanoseconds stall) noexcept;

    /// Returns when everything that was committed before the call is on disk. Calls that overlap
    /// share a sync. While a retry is waited for, each call causes one attempt at once.
    ///
    /// Throws Error when the deadline passes, saying why and how much is not on disk; all of it
    /// stays pending and goes on being tried. Throws at once when the loop has stopped, with the
    /// code of the error that stopped it, and on the sync thread, which would wait for itself.
    void flush(std::chrono::milliseconds deadline);

    /// Makes a cut and calls `at_boundary` there, with the RAM database locked; calls `after_apply`
    /// when the destination stands at that same boundary. Both on the sync thread, each at most
    /// once. Returns the number of the last batch before the boundary.
    ///
    /// Throws what one of the two throws, Error when the destination cannot get to that boundary
    /// but only past it, and like `flush`. At the deadline it waits for a call that is under way;
    /// neither is called after it has returned.
    std::uint64_t run_at_boundary(std::function<void()> at_boundary,
                                  std::function<void()> after_apply,
                                  std::chrono::milliseconds deadline);

    /// Flushes a last time, retrying until the deadline, and ends the thread. Throws like `flush`;
    /// the loop goes on running then, and `stop` can be called again. Does nothing when the thread
    /// has ended.
    void stop(std::chrono::milliseconds deadline);

    /// Ends the thread after the attempt that is under way, if there is one, and without another.
    /// What is not on disk is told to the observer a last time. Returns how many changes that is.
    std::uint64_t abandon() noexcept;

    /// What an ending process does about a database that nobody has closed.
    struct Leaving {
        /// Whether a transaction that stays open for as long as `patience` may be rolled back, and
        /// with it the last cut be made.
        bool end_transaction = false;
        /// How long to wait for a boundary, where nobody may be left to come to one.
        std::chrono::milliseconds patience{1000};
        std::chrono::milliseconds deadline{30'000};
    };
    /// Flushes without a word to the observer, and lets the loop rest afterwards, whatever came of
    /// it: it does nothing of its own accord until somebody asks for something again. Called on the
    /// sync thread it does nothing.
    void leave(const Leaving& leaving) noexcept;

    /// Tells the observer something from another thread, one callback at a time as always. No lock may
    /// be held that a callback could wait for.
    void tell(const std::function<void(Observer&)>& call) noexcept { announcer_.tell_also(call); }

    /// Fills in everything but path, strategy, tables and destinations. Waits for nothing but short locks.
    void fill(Status& status) const;

private:
    using Lock = std::unique_lock<std::mutex>;

    /// Something asked of the sync thread. Numbers grow; a cut covers all that were given out
    /// before it began.
    using Ticket = std::uint64_t;
    static constexpr Ticket no_ticket = std::numeric_limits<Ticket>::max();

    struct Figures {
        std::uint64_t syncs = 0;
        std::uint64_t synced_changes = 0;
        std::uint64_t whole_copies = 0;
        std::uint64_t failures = 0;
        std::optional<std::chrono::system_clock::time_point> last_sync;
        std::chrono::nanoseconds last_sync_duration{0};
        std::chrono::nanoseconds last_stall{0};
        std::chrono::nanoseconds longest_stall{0};
    };

    // What the sync thread does: sync_loop.cpp.
    void run();
    bool wait_until_due();
    void attempt();
    void cut();
    capture::CutRequest begin_cut();
    capture::Cut ask_capture(const capture::CutRequest& request);
    void note_outcome(const capture::Cut& cut);
    void note_in_figures(const SyncReport& report);
    void apply();
    SyncReport note_applied();
    void succeed(const std::optional<SyncReport>& report);
    void retry_later(const SharedError& error);
    void replace_batch(const SharedError& error);
    void stop_for_good(const SharedError& error);
    void tell_failure(const SharedError& error);
    void finish();
    void announce_loss();
    void move(State to);
    void look_after_destination();
    [[nodiscard]] destination::Upkeep ask_destination();

    // These require that the caller holds mutex_.
    void wait_for_last_cut(const BoundaryCalls::Call& call, Ticket ticket, const Leaving& leaving,
                           Lock& lock);
    [[nodiscard]] bool is_to_end() const;
    [[nodiscard]] bool has_work() const;
    [[nodiscard]] TimePoint due_at() const;
    [[nodiscard]] TimePoint look_at() const;
    void take_tick(TimePoint now);
    void serve();
    void count_failure(const SharedError& error);
    [[nodiscard]] State enter(State to);
    [[nodiscard]] Ticket ask();
    [[nodiscard]] std::string what_takes_so_long() const;

    // Commits that wait for the disk: commits.cpp.
    void apply_what_is_in_flight();
    void apply_now(const change::Batch& batch);
    [[nodiscard]] SharedError why_not_now();
    [[nodiscard]] bool still_refuses() const;
    [[nodiscard]] bool upkeep_is_unfinished() const;
    void note_refused(const SharedError& error, std::uint64_t number);
    [[nodiscard]] std::uint64_t next_number();
    void tell_later(const SyncReport& report);
    [[nodiscard]] bool has_news() const;
    void tell_news();
    void own_destination();
    void release_destination();
    void prepare_own_cut(capture::CutRequest& request);

    // What other threads do: requests.cpp.
    void refuse_sync_thread(const char* operation) const;
    template <typename Done>
    bool wait_for(Ticket ticket, Lock& lock, std::chrono::milliseconds deadline, Done done);
    [[nodiscard]] Error why_not(const char* operation, Lock& lock) const;

    // Constant.
    capture::Capture& capture_;
    destination::Destination& destination_;
    const Settings settings_;
    /// An interval of zero: no change waits for a tick.
    const bool at_every_change_;
    /// From one tick to the next.
    const std::chrono::milliseconds period_;
    Clock& clock_;
    const ErrorCatcher errors_;
    /// What a commit is told when there is no other reason; made while there is memory.
    const SharedError is_closed_;

    /// Guards the destination, and what stands in this paragraph, where commits are served.
    std::mutex destination_mutex_;
    /// The last one that was given to a batch: none is used twice, since a batch that failed may be on
    /// disk all the same.
    std::uint64_t last_number_ = 0;
    /// The disk may be past a boundary that the RAM database has never come to, or a batch was lost.
    bool copy_is_due_ = false;

    // The sync thread's own; where commits are served it writes batch_ with the destination locked.
    std::unique_lock<std::mutex> destination_lock_{destination_mutex_, std::defer_lock};
    /// Cut and not yet applied.
    std::shared_ptr<const change::Batch> batch_;
    /// What was in flight did not fit the destination: the next cut is to be a whole copy.
    bool whole_next_ = false;
    /// What was committed before the last cut is not all in its batch.
    bool more_is_waiting_ = false;
    /// The cut was due by the interval: it is news when it finds nothing.
    bool tick_ = false;
    /// Of the last cut: when it began, how long it locked the RAM database, whom it serves.
    TimePoint cut_began_;
    std::chrono::nanoseconds stall_{0};
    Ticket covered_ = 0;
    AskPause ask_pause_;
    Backoff look_pause_;
    Announcer announcer_;

    /// Guards everything below but thread_. Held for moments only, and never while something that
    /// is not ours is called.
    mutable std::mutex mutex_;
    std::condition_variable wake_;      ///< The sync thread waits here.
    std::condition_variable answered_;  ///< Whoever asked it for something waits here.
    std::thread::id sync_thread_;

    /// Only the sync thread writes it, and may read it without the mutex.
    State state_ = State::idle;
    std::uint64_t mark_;
    TimePoint next_tick_ = never;
    TimePoint ask_again_at_;
    TimePoint retry_at_;
    TimePoint look_at_ = never;
    Backoff retry_pause_;
    PendingAge age_;
    bool threshold_reached_ = false;
    bool transaction_open_ = false;
    bool retry_at_once_ = false;
    bool abandoned_ = false;
    /// Nothing is done until somebody asks.
    bool resting_ = false;
    /// What the next cut may do to an open transaction; see CutRequest.
    bool end_transaction_ = false;
    /// Set as soon as an attempt fails, empty as soon as one succeeds.
    SharedError last_error_;
    /// A COMMIT was refused, and nothing has got to the disk since. It leaves nothing behind, so that a
    /// cut which finds nothing is no success.
    bool has_refused_ = false;
    destination::Upkeep upkeep_;
    Figures figures_;
    /// Of commits, for the observer: the sum of what it has not been told.
    std::optional<SyncReport> untold_commits_;
    SharedError untold_refusal_;
    /// Whether it came after the last of the commits.
    bool refusal_is_last_ = false;

    Ticket asked_ = 0;             ///< The last one given out.
    Ticket being_tried_ = 0;       ///< The last one given out before the last attempt began.
    Ticket tried_in_vain_ = 0;     ///< Up to here an attempt was made and did not succeed.
    Ticket served_ = 0;            ///< Up to here what was asked for is on disk.
    Ticket last_one_ = no_ticket;  ///< After this one the thread is to end.
    BoundaryCalls boundary_calls_{mutex_, answered_};

    std::jthread thread_;
};

}  // namespace tidemark::sync
