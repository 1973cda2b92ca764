#ifndef TIDEMARK_C_OBSERVER_H
#define TIDEMARK_C_OBSERVER_H

#include <tidemark/c/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One batch that reached the disk, or the news that there was none to take. */
typedef struct tidemark_sync_report {
    /** Number of the batch; the mark of the disk database from now on. When `changes` and `whole_copy`
        are 0 nothing had changed, the disk was not touched, and this is the old mark. */
    uint64_t mark;
    uint64_t changes;
    /** Size of the batch in bytes, as captured. */
    uint64_t bytes;
    /** From the begin of the cut to the commit on disk. */
    int64_t duration_ns;
    /** How long the cut kept the RAM connection from the application. */
    int64_t stall_ns;
    /** 1 when the batch was a copy of the whole database (VACUUM, for example). */
    int whole_copy;
} tidemark_sync_report;

/**
 * Hears what happens to a database. Set `size` to sizeof(tidemark_observer), everything that does not
 * interest you to NULL, and hand it to `tidemark_options_set_observer`:
 *
 *     tidemark_observer observer = {0};
 *     observer.size = sizeof observer;
 *     observer.on_failure = tell_somebody;
 *
 * **Threads.** `on_load` is called on the thread that opens the database, `on_pending_limit` and
 * `on_pending_limit_left` on a thread of tidemark's, those of a destination on its own, all others on
 * the sync thread, in the order in which things happened, until the database is destroyed. One runs at
 * a time. No lock is held: a callback may use `tidemark_get_status` and the RAM connection; it delays
 * the next sync while it runs. It must not flush, verify, close (these fail) or destroy the database,
 * which waits for the very thread it runs on.
 *
 * What a callback is passed a pointer to is valid until it returns, and must not be destroyed.
 */
typedef struct tidemark_observer {
    size_t size;
    /** Passed to every callback. */
    void* context;
    /** Called once, when neither the options nor a database use this observer any more. */
    void (*destroy)(void* context);

    /** A batch is on disk, or (`changes` is 0) the interval passed and nothing had changed. */
    void (*on_sync)(void* context, const tidemark_sync_report* report);
    /** An attempt failed. Called for the first of a row of equal failures, and again when the cause
        changes; nothing is lost by it while the process lives. `pending_changes` is what is not on
        disk. After the final attempt of `tidemark_database_destroy` this is the last word, and what
        it counts is lost. */
    void (*on_failure)(void* context, const tidemark_error* error, uint64_t pending_changes);
    /** The first success after failures. */
    void (*on_recovery)(void* context);
    /** Syncing goes on, but the WAL cannot be moved into the database and grows: `error` says why. */
    void (*on_checkpoint_stalled)(void* context, const tidemark_error* error, uint64_t wal_bytes);
    /** The WAL has been moved into the database, and its file is empty. */
    void (*on_checkpoint_resumed)(void* context);
    /** The changes that are not on disk occupy `pending_bytes_max` or more: from now on writes are
        refused, or memory grows, as `pending_limit` says. */
    void (*on_pending_limit)(void* context, uint64_t pending_bytes);
    /** Less than half of that limit is occupied again. */
    void (*on_pending_limit_left)(void* context);
    /** A `tidemark_state` was left and another entered. */
    void (*on_state)(void* context, int from, int to);
    /** Loading has copied `done` of `total` pages. Called at least once at the end. */
    void (*on_load)(void* context, uint64_t done, uint64_t total);
    /** The destination of this name has committed all batches up to `mark`. */
    void (*on_destination_sync)(void* context, const char* name, uint64_t mark);
    /** An attempt to bring it a batch failed. Called for the first of a row of equal failures, and again
        when the cause changes. The disk database is not concerned, and nothing is lost. When `error` is
        not retryable the destination has stopped until the database is opened again. */
    void (*on_destination_failure)(void* context, const char* name, const tidemark_error* error,
                                   uint64_t lag_batches);
    /** The first success of a destination after failures. */
    void (*on_destination_recovery)(void* context, const char* name);
} tidemark_observer;

#ifdef __cplusplus
}
#endif

#endif
