#ifndef TIDEMARK_C_OPTIONS_H
#define TIDEMARK_C_OPTIONS_H

#include <tidemark/c/destination.h>
#include <tidemark/c/error.h>
#include <tidemark/c/observer.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sqlite3;

/** How changes are noticed. Both keep the same promise; docs/strategies.md helps to choose. */
typedef enum tidemark_strategy {
    /** SQLite's session extension: net changes only. Occupies the connection's preupdate hook. */
    TIDEMARK_STRATEGY_SESSION = 0,
    /** TEMP triggers feed an ordered log that can be read as `_sync_queue`. */
    TIDEMARK_STRATEGY_TRIGGER = 1
} tidemark_strategy;

/** PRAGMA journal_mode of the disk database. */
typedef enum tidemark_journal_mode {
    TIDEMARK_JOURNAL_WAL = 0,
    TIDEMARK_JOURNAL_TRUNCATE = 1,
    TIDEMARK_JOURNAL_PERSIST = 2,
    TIDEMARK_JOURNAL_DELETE = 3
} tidemark_journal_mode;

/** PRAGMA synchronous of the disk database. */
typedef enum tidemark_synchronous {
    TIDEMARK_SYNCHRONOUS_OFF = 0,
    TIDEMARK_SYNCHRONOUS_NORMAL = 1,
    TIDEMARK_SYNCHRONOUS_FULL = 2,
    TIDEMARK_SYNCHRONOUS_EXTRA = 3
} tidemark_synchronous;

/** What a COMMIT on the RAM connection waits for. */
typedef enum tidemark_durability {
    TIDEMARK_DURABILITY_INTERVAL = 0, /**< For nothing. */
    TIDEMARK_DURABILITY_COMMIT = 1    /**< For the disk. */
} tidemark_durability;

/** Which thread takes changes from the RAM connection. */
typedef enum tidemark_cutting {
    TIDEMARK_CUTTING_IN_BACKGROUND = 0, /**< tidemark's own, under the mutex of the connection. */
    TIDEMARK_CUTTING_IN_CALLS = 1       /**< The application's, in the call that commits. */
} tidemark_cutting;

/** What happens when `pending_bytes_max` is reached. */
typedef enum tidemark_pending_limit {
    TIDEMARK_PENDING_REFUSE = 0, /**< Writes fail until the disk has caught up. */
    TIDEMARK_PENDING_GROW = 1    /**< The observer is told, and memory grows. */
} tidemark_pending_limit;

/** How thoroughly an existing file is examined before its content is trusted. */
typedef enum tidemark_load_check {
    TIDEMARK_LOAD_CHECK_NONE = 0,  /**< Only what loading itself meets. */
    TIDEMARK_LOAD_CHECK_QUICK = 1, /**< PRAGMA quick_check. */
    TIDEMARK_LOAD_CHECK_FULL = 2   /**< PRAGMA integrity_check: also every index. */
} tidemark_load_check;

/** What happens when somebody else has written to the disk database while tidemark kept it. */
typedef enum tidemark_foreign_writes {
    TIDEMARK_FOREIGN_WRITES_STOP = 0, /**< Syncing stops with an error; nothing is overwritten. */
    TIDEMARK_FOREIGN_WRITES_OVERWRITE = 1 /**< The disk becomes a whole copy of RAM. */
} tidemark_foreign_writes;

/**
 * What can be chosen when a database is opened: a handle with one function per option, so that later
 * versions can add options without disturbing programs. Opening copies it; it may be used for several
 * databases, and destroyed at once.
 *
 * The functions that set an option return nothing. What they cannot accept (a number that is no
 * member of an enumeration, a NULL, or no memory to keep it) is remembered: the first such complaint
 * is what `tidemark_open`, `tidemark_attach` and `tidemark_options_validate` fail with.
 *
 * What each option costs and what it loses in a crash stands in options.hpp at the member of the same
 * name; here is the short form.
 */
typedef struct tidemark_options tidemark_options;

/** All options at their defaults. NULL when there is no memory: `tidemark_options_validate` says so,
    and the functions below do nothing with it. `tidemark_open` takes NULL for the defaults. */
TIDEMARK_EXPORT tidemark_options* tidemark_options_create(void);
TIDEMARK_EXPORT void tidemark_options_destroy(tidemark_options* options);

/** Whether these options can be used together; the error names the one that cannot. */
TIDEMARK_EXPORT int tidemark_options_validate(const tidemark_options* options,
                                              tidemark_error** error);

/** A `tidemark_strategy`. Default session. */
TIDEMARK_EXPORT void tidemark_options_set_strategy(tidemark_options* options, int strategy);

/** The longest time that a committed change waits before it is taken to the disk. Default 5000; 0: as
    soon as something is committed. **A crash loses at most what was committed during the last
    interval plus the duration of one sync.** */
TIDEMARK_EXPORT void tidemark_options_set_interval_ms(tidemark_options* options, int64_t interval);

/** A `tidemark_durability`. Default interval. With commit, COMMIT returns when its changes are on disk
    or fails: **a crash loses nothing whose COMMIT has returned.** Needs the trigger strategy. */
TIDEMARK_EXPORT void tidemark_options_set_durability(tidemark_options* options, int durability);

/** A `tidemark_cutting`. Default in the background. In calls: for connections without a mutex, and for
    applications in whose functions and collations no other thread may be. */
TIDEMARK_EXPORT void tidemark_options_set_cutting(tidemark_options* options, int cutting);

/** A cut is made early when so many rows have changed (default 100,000), or when pending changes
    occupy so many bytes (default 32 MiB). 0: never because of that. */
TIDEMARK_EXPORT void tidemark_options_set_cut_changes(tidemark_options* options, uint64_t changes);
TIDEMARK_EXPORT void tidemark_options_set_cut_bytes(tidemark_options* options, uint64_t bytes);

/** The most memory that changes which are not on disk may occupy. Default 256 MiB; 0: no limit. When
    it is reached, what happens is said by `pending_limit`, a `tidemark_pending_limit`; default
    refuse: the application's next write fails with SQLITE_FULL. */
TIDEMARK_EXPORT void tidemark_options_set_pending_bytes_max(tidemark_options* options,
                                                            uint64_t bytes);
TIDEMARK_EXPORT void tidemark_options_set_pending_limit(tidemark_options* options, int limit);

/** When any is included, only these tables are kept on disk; excluded ones never are. **Rows of every
    other table are lost at each end of the process.** Once per table. */
TIDEMARK_EXPORT void tidemark_options_add_include_table(tidemark_options* options,
                                                        const char* table);
TIDEMARK_EXPORT void tidemark_options_add_exclude_table(tidemark_options* options,
                                                        const char* table);

/** A `tidemark_journal_mode`. Default WAL. */
TIDEMARK_EXPORT void tidemark_options_set_journal_mode(tidemark_options* options, int mode);

/** A `tidemark_synchronous`. Default full: what a flush acknowledged survives a power failure. */
TIDEMARK_EXPORT void tidemark_options_set_synchronous(tidemark_options* options, int synchronous);

/** How long one attempt waits for a lock of another process. Default 2000; 0: not at all. */
TIDEMARK_EXPORT void tidemark_options_set_busy_timeout_ms(tidemark_options* options,
                                                          int64_t timeout);

/** The pause before a failed sync is tried again: the first (default 100), doubled with every failure
    up to the longest (default 10,000). */
TIDEMARK_EXPORT void tidemark_options_set_retry_pause_first_ms(tidemark_options* options,
                                                               int64_t pause);
TIDEMARK_EXPORT void tidemark_options_set_retry_pause_max_ms(tidemark_options* options,
                                                             int64_t pause);

/** How long `tidemark_close`, `tidemark_database_destroy` and exit() keep trying to get the last
    changes to the disk. Default 30,000; 0: one attempt. **What is not on disk by then is lost** when
    the database is destroyed or the process ends. */
TIDEMARK_EXPORT void tidemark_options_set_close_deadline_ms(tidemark_options* options,
                                                            int64_t deadline);

/** Default 0. Only for applications that use sqlite3_blob_write under the trigger strategy: **without
    it such writes do not get to the disk.** Occupies the preupdate hook. */
TIDEMARK_EXPORT void tidemark_options_set_watch_blob_writes(tidemark_options* options, int watch);

/** A `tidemark_load_check`. Default quick. */
TIDEMARK_EXPORT void tidemark_options_set_load_check(tidemark_options* options, int check);

/** A `tidemark_foreign_writes`. Default stop. */
TIDEMARK_EXPORT void tidemark_options_set_foreign_writes(tidemark_options* options, int writes);

/** Whether every batch is kept, with old and new values, in `app.db-history`. Default 0. The limits,
    by age, by size and by number, are 0 by default: nothing is forgotten. */
TIDEMARK_EXPORT void tidemark_options_set_history_enabled(tidemark_options* options, int enabled);
TIDEMARK_EXPORT void tidemark_options_set_history_age_max_ms(tidemark_options* options,
                                                             int64_t age);
TIDEMARK_EXPORT void tidemark_options_set_history_bytes_max(tidemark_options* options,
                                                            uint64_t bytes);
TIDEMARK_EXPORT void tidemark_options_set_history_batches_max(tidemark_options* options,
                                                              uint64_t batches);

/** What these limits would forget, but a destination has not had yet, stays as long as all batches occupy
    no more bytes than this. Default 1 GiB; 0: no limit. */
TIDEMARK_EXPORT void tidemark_options_set_history_held_bytes_max(tidemark_options* options,
                                                                 uint64_t bytes);

/** One more place where every batch goes that is on disk, from the history, which must be enabled. Copies
    `destination`, which belongs to one open database only. Closing waits for those that are getting
    on, as long as `close_deadline_ms` says; the rest they get when the database is opened again. */
TIDEMARK_EXPORT void tidemark_options_add_destination(tidemark_options* options,
                                                      const tidemark_destination* destination);

/** Called whenever a disk connection has been opened, on the thread that opened it: register the
    functions and collations there that indexes and generated columns of the application need. Any
    result but SQLITE_OK makes opening fail with it. `context` must live as long as the databases that
    are opened with these options. Also called with the private connections in which the rules of
    destinations are evaluated, on the threads of these. NULL: none. */
TIDEMARK_EXPORT void tidemark_options_set_prepare_disk_connection(
    tidemark_options* options, int (*prepare)(void* context, struct sqlite3* disk), void* context);

/** Copies `observer`; NULL: none. What stood here before is let go. When it cannot be taken (there is
    no memory, or `options` is NULL) its `destroy` is called at once; not when its `size` is 0, which
    says that nothing in it is set. */
TIDEMARK_EXPORT void tidemark_options_set_observer(tidemark_options* options,
                                                   const tidemark_observer* observer);

#ifdef __cplusplus
}
#endif

#endif
