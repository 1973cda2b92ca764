#ifndef TIDEMARK_C_UNDO_H
#define TIDEMARK_C_UNDO_H

#include <tidemark/c/database.h>
#include <tidemark/c/history.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Why one row of a batch cannot be taken back. */
typedef enum tidemark_undo_conflict_kind {
    TIDEMARK_UNDO_GONE = 0,          /**< The batch left the row, and it has been deleted since. */
    TIDEMARK_UNDO_ALREADY_THERE = 1, /**< The batch deleted the row; its key is there again. */
    TIDEMARK_UNDO_DIFFERS = 2,       /**< The row is not what the batch left. */
    TIDEMARK_UNDO_CONSTRAINT = 3,    /**< UNIQUE, CHECK or NOT NULL refuses what it was before. */
    TIDEMARK_UNDO_FOREIGN_KEY = 4,   /**< The row would refer to one that is not there. */
    TIDEMARK_UNDO_TABLE_CHANGED = 5  /**< The table is gone or has other columns; about no row. */
} tidemark_undo_conflict_kind;

/** "gone", "already there", "differs", "constraint", "foreign key", "table changed". */
TIDEMARK_EXPORT const char* tidemark_undo_conflict_kind_name(int kind);

typedef struct tidemark_undo_conflict {
    int kind; /**< A `tidemark_undo_conflict_kind`. */
    /** Its name; "PRAGMA user_version" and "PRAGMA application_id" for the header. */
    const char* table;
    /** The columns of the PRIMARY KEY as one JSON object, or {"rowid":7} of a table without one; empty
        when the row cannot be named. */
    const char* key;
    /** What the batch left, and what is there now, each as one JSON object of the columns; empty where
        there is no row. docs/cli.md says how values are written. */
    const char* left;
    const char* found;
    /** A sentence; of a constraint what SQLite says of it. */
    const char* reason;
} tidemark_undo_conflict;

/** What `tidemark_undo` did, or why it did nothing. */
typedef struct tidemark_undo_report {
    uint64_t batch;
    int dry_run;
    /** 1 when nothing is in the way: the batch is undone then, or, with `dry_run`, would be. 0 when there
        are conflicts: nothing has changed. */
    int possible;
    /** Rows that were inserted, updated and deleted to take the batch back, or would be; none when there
        are conflicts, or when the batch is undone and no memory was left to list them. */
    size_t table_count;
    const tidemark_table_changes* const* tables;
    /** How many conflicts there are, and how many of them are listed: at most `conflicts_max`. */
    uint64_t conflict_count;
    size_t listed_count;
    const tidemark_undo_conflict* const* conflicts;
} tidemark_undo_report;

TIDEMARK_EXPORT void tidemark_undo_report_destroy(tidemark_undo_report* report);

/** One JSON object: `batch`, `dry_run`, `undone`, `tables`, `conflict_count`, `conflicts`. The caller
    destroys the text by `tidemark_string_destroy`. */
TIDEMARK_EXPORT int tidemark_undo_report_to_json(const tidemark_undo_report* report, char** text,
                                                 tidemark_error** error);

/** What can be chosen for an undo: a handle, as `tidemark_options`. NULL when there is no memory: look
    before you ask for a dry run, since the functions below do nothing with it, and for `tidemark_undo`
    it stands for the defaults. */
typedef struct tidemark_undo_options tidemark_undo_options;

TIDEMARK_EXPORT tidemark_undo_options* tidemark_undo_options_create(void);
TIDEMARK_EXPORT void tidemark_undo_options_destroy(tidemark_undo_options* options);

/** Default 0. 1: everything is tried and taken back again, so that the report says what would be undone,
    or what is in the way. */
TIDEMARK_EXPORT void tidemark_undo_options_set_dry_run(tidemark_undo_options* options, int dry_run);
/** How many conflicts the report lists; it counts all of them. Default 1000; 0: no limit. */
TIDEMARK_EXPORT void tidemark_undo_options_set_conflicts_max(tidemark_undo_options* options,
                                                             uint64_t conflicts);
/** How long to wait for what was committed before to be on disk. Default 30,000. */
TIDEMARK_EXPORT void tidemark_undo_options_set_deadline_ms(tidemark_undo_options* options,
                                                           int64_t deadline);

/** Takes back what a batch of the history did: its inverse becomes a change of its own, one transaction
    on the RAM database, which gets to the disk and into the history like any other. All or nothing:
    conflicts are no error, so look at `possible`. `options` may be NULL: **the batch is undone then.**

    Flushes first, and holds the RAM connection until it returns. Committed in RAM then: a crash before
    the next flush can lose it, as a whole. Fails, with nothing changed, when no history is kept, when it
    does not have the batch, when the batch changes the schema, when a transaction is open on the RAM
    connection, and when the flush or the COMMIT fails; docs/history.md has the rest. */
TIDEMARK_EXPORT int tidemark_undo(tidemark_database* database, uint64_t batch,
                                  const tidemark_undo_options* options,
                                  tidemark_undo_report** report, tidemark_error** error);

#ifdef __cplusplus
}
#endif

#endif
