#ifndef TIDEMARK_C_DESTINATION_H
#define TIDEMARK_C_DESTINATION_H

#include <tidemark/c/history.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sqlite3;

/**
 * One more place where batches go, and what it gets: a handle, like `tidemark_options`, with one
 * function for each thing that can be chosen. `tidemark_options_add_destination` copies it, so it can be
 * destroyed at once, and what is set afterwards has no effect there. The functions that set something
 * return nothing; the first thing that they cannot accept is what opening fails with.
 *
 * docs/destinations.md says what a destination is promised, and what happens when it is away.
 */
typedef struct tidemark_destination tidemark_destination;

/** A SQLite file: an exact copy of the disk database, made when it is missing, that others may read any
    time and nobody else may write to. `name` is for messages and the status; each destination has its
    own. NULL when there is no memory. */
TIDEMARK_EXPORT tidemark_destination* tidemark_destination_create_sqlite(const char* name,
                                                                         const char* path);
TIDEMARK_EXPORT void tidemark_destination_destroy(tidemark_destination* destination);

/** Of a SQLite file, as the options of the same names are for the disk database: a `tidemark_synchronous`
    (default full: with less, a power failure can take the last batches back, which are then applied
    again), how long one attempt waits for a lock (default 2000), and a function that is called whenever
    the file has been opened, on the thread of the destination; `context` must live as long as the
    databases that have this destination. A destination of your own has none of
    them: setting one is refused. */
TIDEMARK_EXPORT void tidemark_destination_set_synchronous(tidemark_destination* destination,
                                                          int synchronous);
TIDEMARK_EXPORT void tidemark_destination_set_busy_timeout_ms(tidemark_destination* destination,
                                                              int64_t timeout);
TIDEMARK_EXPORT void tidemark_destination_set_prepare_connection(
    tidemark_destination* destination, int (*prepare)(void* context, struct sqlite3* connection),
    void* context);

/*
 * RULES say what the destination gets of one table; of those without a rule, everything. Each function
 * adds to the rule for `table`, whose name in the database it is (the case of ASCII letters does not
 * matter), and begins it when there is none. What rules can say and when they are refused stands in
 * rules.hpp and docs/destinations.md.
 */

/** Which rows: those for which this is true, as in WHERE. Empty: all of them. */
TIDEMARK_EXPORT void tidemark_destination_set_rule_when(tidemark_destination* destination,
                                                        const char* table, const char* when);
/** One more column of the destination, in order: "id", "upper(title) AS title", "'***' AS email".
    As long as there is none: all of them. */
TIDEMARK_EXPORT void tidemark_destination_add_rule_column(tidemark_destination* destination,
                                                          const char* table, const char* column);
/** Its name at the destination. Empty: the same. */
TIDEMARK_EXPORT void tidemark_destination_set_rule_rename(tidemark_destination* destination,
                                                          const char* table, const char* name);
/** Nothing of it, not even its definition. With it, nothing else may be given. */
TIDEMARK_EXPORT void tidemark_destination_set_rule_exclude(tidemark_destination* destination,
                                                           const char* table, int exclude);
/** After `when` and the columns: `row` is given each row as it would get to the destination, and returns
    1 when it does, 0 when it does not, and a negative number for a failure, after which it is tried
    again. It may put other values into `values`, but not into the key; what their `bytes` point to must
    stay until the next call. Called with the old and with the new image of a row, on the thread of the
    destination; must come to the same each time. `context` must live as long as the databases that have
    this destination. NULL: none. */
TIDEMARK_EXPORT void tidemark_destination_set_rule_row(
    tidemark_destination* destination, const char* table,
    int (*row)(void* context, tidemark_value* values, size_t count), void* context);

/** How far a destination has got. */
typedef struct tidemark_destination_mark {
    /** Which database: the id of its history, 32 hexadecimal digits and a NUL. */
    char source[33];
    /** The number of the last batch. */
    uint64_t batch;
} tidemark_destination_mark;

/** Why a function of a destination of your own has not done what it was asked: for
    `tidemark_destination_fail`, until that function returns. */
typedef struct tidemark_destination_failure tidemark_destination_failure;

/** Says it: `return tidemark_destination_fail(failure, "the queue is full", 1);`. With `retryable` 0
    nothing more is tried until the database is opened again. Copies `reason`. Returns TIDEMARK_ERROR. */
TIDEMARK_EXPORT int tidemark_destination_fail(tidemark_destination_failure* failure,
                                              const char* reason, int retryable);

/**
 * A destination of your own: another kind of database, a queue, a log. Set `size` to
 * sizeof(tidemark_destination_functions) and what you do not need to NULL.
 *
 * **Exactly once.** `load` and `apply` bring what they are given *and* the mark to the destination in one
 * transaction of it: both or neither, also when the process or the machine dies meanwhile. That is all
 * it takes. Where there are no transactions, let one write hold both.
 *
 * **Threads.** All functions but `destroy` are called on one thread, which belongs to this destination
 * alone, one at a time. They must not flush, verify or close the database. A call may take as long as it
 * likes, but it must end: closing waits for one that is being made.
 *
 * **Errors.** They return 0 (TIDEMARK_OK) when they have done what they were asked. Anything else means
 * that nothing has been done, or that nobody knows: `mark` is asked before anything else, after a pause,
 * for ever. `tidemark_destination_fail` says why, and can end it. Neither holds back the disk database
 * or other destinations.
 */
typedef struct tidemark_destination_functions {
    size_t size;
    /** Passed to each of them. */
    void* context;
    /** Called once, when no handle, options or database use this destination any more. May be NULL. */
    void (*destroy)(void* context);

    /** Writes the mark that the last `load` or `apply` has committed to `*mark`, and leaves it as it is
        (empty) when there has never been one. The first call after opening, and after every failure:
        the place to connect. Must not be NULL, as the next two. */
    int (*mark)(void* context, tidemark_destination_mark* mark,
                tidemark_destination_failure* failure);
    /** Replaces everything that the destination holds by `content`, whose schema is made from nothing and
        whose changes are inserts, and keeps `mark`. Called when there is no mark yet. */
    int (*load)(void* context, const tidemark_changes* content,
                const tidemark_destination_mark* mark, tidemark_destination_failure* failure);
    /** Does what a batch has done to the database, and keeps `mark`. What is there until now is what
        `batch->previous` names. What it is passed is valid until it returns. */
    int (*apply)(void* context, const tidemark_changes* batch,
                 const tidemark_destination_mark* mark, tidemark_destination_failure* failure);
    /** The database is being closed: the time to let go of files and connections. May be NULL. */
    void (*disconnect)(void* context);
} tidemark_destination_functions;

/** Copies `functions`. One such destination may belong to one open database only. NULL when there is no
    memory; then, and when `functions` cannot be accepted, its `destroy` is called at once; not when its
    `size` is 0, which says that nothing in it is set. */
TIDEMARK_EXPORT tidemark_destination* tidemark_destination_create(
    const char* name, const tidemark_destination_functions* functions);

#ifdef __cplusplus
}
#endif

#endif
