#pragma once

#include "change/effects.hpp"
#include "feed/batch_source.hpp"
#include "feed/rule_set.hpp"
#include "sync/backoff.hpp"
#include "sync/clock.hpp"
#include "sync/shared_error.hpp"

#include <tidemark/destination.hpp>
#include <tidemark/observer.hpp>
#include <tidemark/status.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tidemark::feed {

/// Calls the observer with something to tell, one callback at a time; does nothing when there is none.
using Tell = std::function<void(const std::function<void(Observer&)>&)>;

/// What all followers of a database have in common.
struct Origin {
    std::string history_path;
    /// The id of that history.
    std::string source;
    /// The mark of the disk database when it was opened: no destination can have had more by then.
    std::uint64_t opened_at = 0;
    /// There was nothing in it then: who has nothing yet can have all of its batches, as they were.
    bool began_empty = false;
    /// All that the database holds, as a batch with the number of the last one that is in it; called on
    /// the thread of a destination. Throws Error.
    std::function<change::Effects()> read_all;
    /// Its schema, at its mark; called the same way.
    struct Schema {
        std::vector<change::SchemaObject> objects;
        std::uint64_t mark = 0;
    };
    std::function<Schema()> read_schema;
    /// Registers what rules may need on a connection; may be empty.
    std::function<void(sqlite3*)> prepare;
    std::chrono::milliseconds retry_pause_first{100};
    std::chrono::milliseconds retry_pause_max{10'000};
};

/// Brings one destination to where the disk database is, and keeps it there, on a thread of its own.
///
/// It knows two numbers: the mark of the destination, which the destination tells, and that of the disk
/// database, which the sync loop tells. As long as the first is lower it takes the next batch from the
/// history and has it applied. After every failure the destination is asked for its mark again, so it
/// does not matter whether the failed call was carried out.
///
/// All members may be called by any thread, except `start`, `join` and the destructor, before which the
/// thread must have ended.
class Follower {
public:
    Follower(DestinationOptions options, const Origin& origin, sync::Clock& clock);
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    /// Before anybody calls `disk_is_at`.
    void start(std::uint64_t disk_mark, Tell tell);
    /// The disk database has committed this batch. Takes a lock for a moment.
    void disk_is_at(std::uint64_t mark) noexcept;

    /// The last batch that it needs no more; the highest number when it will take none any more.
    [[nodiscard]] std::uint64_t has_had() const noexcept;
    [[nodiscard]] DestinationStatus status() const;

    /// From now on one failure is enough to give up; an attempt is made at once.
    void hurry() noexcept;
    /// Waits until the destination is where the disk is, or the attempt after `hurry` has failed.
    void wait_until_caught_up(sync::TimePoint until);
    /// Begins nothing more, and waits for the call that is being made.
    void rest(sync::TimePoint until);
    /// Ends the thread after the call that is being made, and waits for that.
    void ask_to_end() noexcept;
    void join() noexcept;

private:
    using Lock = std::unique_lock<std::mutex>;

    void run();
    bool wait_for_work();
    void attempt();
    void step();
    void ask_for_mark();
    void load();
    void apply_next();
    void use_rules();
    void note_success(std::uint64_t mark);
    void note_failure(const sync::SharedError& error);

    // These require that the caller holds mutex_.
    [[nodiscard]] bool is_behind() const noexcept;
    [[nodiscard]] bool has_work() const noexcept;
    [[nodiscard]] std::uint64_t lag() const noexcept;

    // Constant.
    const DestinationOptions options_;
    const Origin& origin_;
    sync::Clock& clock_;
    const sync::ErrorCatcher errors_;
    Tell tell_;

    // The thread's own.
    BatchSource batches_;
    RuleSet rules_;
    /// They are up to date with the schema at the mark.
    bool rules_know_schema_ = false;
    /// What was told of last, until a success.
    sync::SharedError told_;
    bool has_loaded_ = false;
    bool has_asked_ = false;

    /// Guards everything below but thread_. Held for moments only, and never while something is called
    /// that is not ours.
    mutable std::mutex mutex_;
    std::condition_variable wake_;      ///< The thread waits here.
    std::condition_variable answered_;  ///< Who waits for it waits here.
    std::uint64_t disk_mark_ = 0;
    /// As the destination has said last.
    std::optional<std::uint64_t> mark_;
    /// It has to say it again before anything else.
    bool must_ask_ = true;
    sync::SharedError last_error_;
    sync::Backoff retry_pause_;
    sync::TimePoint retry_at_ = sync::TimePoint::min();
    bool is_busy_ = false;
    bool is_stopped_ = false;
    bool is_hurried_ = false;
    bool has_given_up_ = false;
    bool is_resting_ = false;
    bool is_ending_ = false;

    std::jthread thread_;
};

}  // namespace tidemark::feed
