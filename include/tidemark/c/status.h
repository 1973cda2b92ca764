#ifndef TIDEMARK_C_STATUS_H
#define TIDEMARK_C_STATUS_H

#include <tidemark/c/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the sync thread is doing. */
typedef enum tidemark_state {
    TIDEMARK_STATE_IDLE = 0,
    TIDEMARK_STATE_CUTTING = 1,
    TIDEMARK_STATE_APPLYING = 2,
    TIDEMARK_STATE_WAITING_TO_RETRY = 3,
    TIDEMARK_STATE_STOPPED = 4
} tidemark_state;

/** How the changes of one table get to the disk. */
typedef enum tidemark_capture_method {
    TIDEMARK_CAPTURE_SESSION = 0,     /**< By the session extension. */
    TIDEMARK_CAPTURE_TRIGGER = 1,     /**< By triggers, row by row, in order. */
    TIDEMARK_CAPTURE_WHOLE_TABLE = 2, /**< Written whole whenever one of its rows has changed. */
    TIDEMARK_CAPTURE_EXCLUDED = 3     /**< Left out by the options: volatile. */
} tidemark_capture_method;

/** "idle", "cutting", "applying", "waiting to retry", "stopped". */
TIDEMARK_EXPORT const char* tidemark_state_name(int state);
/** "session", "trigger". */
TIDEMARK_EXPORT const char* tidemark_strategy_name(int strategy);
/** "session", "trigger", "whole table", "excluded". */
TIDEMARK_EXPORT const char* tidemark_capture_method_name(int method);

typedef struct tidemark_table_status {
    const char* name;
    int method; /**< A `tidemark_capture_method`. */
    /** Why this method and not the chosen strategy; empty when it is the chosen one. */
    const char* reason;
} tidemark_table_status;

/** Where a destination stands. */
typedef struct tidemark_destination_status {
    const char* name;
    /** Whether it has said, since the database was opened, which batch is the last that it has; and that
        batch, or 0. */
    int has_mark;
    uint64_t mark;
    /** How many batches it has not had, or somewhat more. */
    uint64_t lag_batches;
    /** What the last attempt failed with; NULL as soon as one succeeds. */
    const tidemark_error* last_error;
    /** 1: that error cannot be retried, and nothing more is tried until the database is opened again. */
    int stopped;
} tidemark_destination_status;

/** Where things stood when it was made. */
typedef struct tidemark_status {
    int state;    /**< A `tidemark_state`. */
    int strategy; /**< A `tidemark_strategy`. */
    const char* path;
    /** Number of the last batch that the disk database has committed. */
    uint64_t mark;
    /** Changed rows that are not on disk yet, and the memory that they occupy, in bytes. */
    uint64_t pending_changes;
    uint64_t pending_bytes;
    /** Changes since opening that a later change of the same row made superfluous. */
    uint64_t coalesced_changes;
    /** Age of the oldest change that is not on disk, which a crash now would lose; 0 when there is
        none. */
    int64_t lag_ns;
    /** 1 while the pending limit makes the application's writes fail. */
    int refusing_writes;
    uint64_t syncs;          /**< Batches committed on disk since opening. */
    uint64_t synced_changes; /**< Changed rows in those batches. */
    uint64_t whole_copies;   /**< How many of those batches copied the whole database. */
    uint64_t failures;       /**< Attempts that failed since opening. */
    /** When the last sync was committed; 0 before the first. */
    int64_t last_sync_ms;
    int64_t last_sync_duration_ns;
    /** How long cuts kept the RAM connection from the application. */
    int64_t last_stall_ns;
    int64_t longest_stall_ns;
    /** What the last attempt failed with; NULL as soon as one succeeds. */
    const tidemark_error* last_error;
    /** Size of the WAL file after the last sync. */
    uint64_t wal_bytes;
    /** Why the WAL cannot be moved into the database; NULL as soon as it can. */
    const tidemark_error* checkpoint_error;
    size_t table_count;
    const tidemark_table_status* const* tables;
    /** In the order in which they were added to the options. */
    size_t destination_count;
    const tidemark_destination_status* const* destinations;
} tidemark_status;

TIDEMARK_EXPORT void tidemark_status_destroy(tidemark_status* status);

/** One table, counted and hashed. Equal content gives equal hashes, whatever wrote it. */
typedef struct tidemark_table_digest {
    const char* name;
    uint64_t rows;
    uint64_t hash;
} tidemark_table_digest;

/** What `tidemark_verify` found. */
typedef struct tidemark_verify_report {
    /** The batch at whose boundary both databases were compared. */
    uint64_t mark;
    /** Whether there is no difference. */
    int equal;
    /** One sentence per difference, naming the table. */
    tidemark_strings differences;
    size_t ram_count;
    const tidemark_table_digest* const* ram;
    size_t disk_count;
    const tidemark_table_digest* const* disk;
} tidemark_verify_report;

TIDEMARK_EXPORT void tidemark_verify_report_destroy(tidemark_verify_report* report);

/** What `tidemark_inspect` found in a file at rest. */
typedef struct tidemark_file_report {
    const char* path;
    uint64_t size_bytes;
    /** 0 for a SQLite database that tidemark has never kept; the next five are then empty. */
    int kept_by_tidemark;
    int format_version;
    uint64_t mark;
    const char* strategy;
    const char* writer_version;
    /** 0: there was none. */
    int64_t last_sync_ms;
    /** Process id of the tidemark that holds the file now; 0: nobody does. */
    int64_t held_by;
    size_t table_count;
    const tidemark_table_digest* const* tables;
    /** What SQLite's integrity check complains about; empty when the file is sound, or was not
        checked. */
    tidemark_strings problems;
} tidemark_file_report;

TIDEMARK_EXPORT void tidemark_file_report_destroy(tidemark_file_report* report);

#ifdef __cplusplus
}
#endif

#endif
