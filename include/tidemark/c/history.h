#ifndef TIDEMARK_C_HISTORY_H
#define TIDEMARK_C_HISTORY_H

#include <tidemark/c/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The storage classes of SQLite, with text in two encodings: text of a UTF-16 database is not
    converted, and in the byte order of the machine. */
typedef enum tidemark_storage_class {
    TIDEMARK_NULL = 0,
    TIDEMARK_INTEGER = 1,
    TIDEMARK_REAL = 2,
    TIDEMARK_TEXT = 3,
    TIDEMARK_BLOB = 4,
    TIDEMARK_TEXT_UTF16 = 5
} tidemark_storage_class;

/** One value. Text need not end with a NUL and may contain one. */
typedef struct tidemark_value {
    int storage_class; /**< A `tidemark_storage_class`. */
    int64_t integer;
    double real;
    const void* bytes; /**< Of text and blobs; may be NULL when `size` is 0. */
    size_t size;
} tidemark_value;

/** The values of a row. */
typedef struct tidemark_values {
    size_t count;
    const tidemark_value* items;
} tidemark_values;

/** What has happened to a row. */
typedef enum tidemark_change_kind {
    TIDEMARK_INSERT = 0,
    TIDEMARK_UPDATE = 1,
    TIDEMARK_DELETE = 2
} tidemark_change_kind;

/** "INSERT", "UPDATE", "DELETE". */
TIDEMARK_EXPORT const char* tidemark_change_kind_name(int kind);

/** One row that a batch has inserted, updated or deleted. */
typedef struct tidemark_change {
    int kind; /**< A `tidemark_change_kind`. */
    /** Its name after the batch; before it, when the table was dropped. */
    const char* table;
    /** Of the table, in its order, without generated ones. */
    tidemark_strings columns;
    /** Places in `columns` of the PRIMARY KEY, in its order; none when the table has none. */
    size_t key_count;
    const size_t* key;
    /** Values of `columns`, before and after; none for an insert, and for a delete. */
    tidemark_values old_values;
    tidemark_values new_values;
    /** The rowid before and after, of a table in which no column shows it. */
    int has_old_rowid;
    int has_new_rowid;
    int64_t old_rowid;
    int64_t new_rowid;
} tidemark_change;

/** One JSON object: `table`, `operation`, `rowid` where it is hidden, `old`, `new`. The caller destroys
    the text, as those below, by `tidemark_string_destroy`. */
TIDEMARK_EXPORT int tidemark_change_to_json(const tidemark_change* change, char** text,
                                            tidemark_error** error);
/** The statement that makes this change, and the one that takes it back; without the semicolon. Empty
    for a row that nothing can name. */
TIDEMARK_EXPORT int tidemark_change_to_sql(const tidemark_change* change, char** text,
                                           tidemark_error** error);
TIDEMARK_EXPORT int tidemark_change_to_inverse_sql(const tidemark_change* change, char** text,
                                                   tidemark_error** error);

/** All changes of one batch, in the order in which they were made. */
typedef struct tidemark_changes {
    /** The number of the batch, and of the one before it in the database. */
    uint64_t batch;
    uint64_t previous;
    /** When it was written to the history. */
    int64_t time_ms;
    /** Rows that were changed. */
    uint64_t size;
    int changes_schema;
} tidemark_changes;

TIDEMARK_EXPORT void tidemark_changes_destroy(tidemark_changes* changes);

/** The statements by which the schema changes: what is dropped, renamed and created before the rows are
    written, and what is created after that. */
typedef struct tidemark_schema_statements {
    tidemark_strings before_rows;
    tidemark_strings after_rows;
} tidemark_schema_statements;

TIDEMARK_EXPORT int tidemark_changes_schema(const tidemark_changes* changes,
                                            tidemark_schema_statements** statements,
                                            tidemark_error** error);
TIDEMARK_EXPORT void tidemark_schema_statements_destroy(tidemark_schema_statements* statements);

/** One object for the batch: `batch`, `time`, `schema` with its statements, `changes`. */
TIDEMARK_EXPORT int tidemark_changes_to_json(const tidemark_changes* changes, char** text,
                                             tidemark_error** error);
/** A script that makes all changes in one transaction, for a database in which triggers and foreign
    keys do nothing, and the one that takes them back, which fails when the schema changes. */
TIDEMARK_EXPORT int tidemark_changes_to_sql(const tidemark_changes* changes, char** text,
                                            tidemark_error** error);
TIDEMARK_EXPORT int tidemark_changes_to_inverse_sql(const tidemark_changes* changes, char** text,
                                                    tidemark_error** error);

/** For sqlite3changeset_apply: net changes of tables with a PRIMARY KEY. */
typedef struct tidemark_changeset {
    const void* bytes;
    size_t size;
    /** One sentence each: tables and rows that are not in it. */
    tidemark_strings left_out;
} tidemark_changeset;

TIDEMARK_EXPORT int tidemark_changes_to_changeset(const tidemark_changes* changes,
                                                  tidemark_changeset** changeset,
                                                  tidemark_error** error);
TIDEMARK_EXPORT void tidemark_changeset_destroy(tidemark_changeset* changeset);

/** Goes through the changes of one batch, which may be destroyed before it. */
typedef struct tidemark_change_cursor tidemark_change_cursor;

TIDEMARK_EXPORT int tidemark_change_cursor_create(const tidemark_changes* changes,
                                                  tidemark_change_cursor** cursor,
                                                  tidemark_error** error);
/** Hands out the next change, NULL behind the last one. It belongs to the cursor, until the next call. */
TIDEMARK_EXPORT int tidemark_change_cursor_next(tidemark_change_cursor* cursor,
                                                const tidemark_change** change,
                                                tidemark_error** error);
TIDEMARK_EXPORT void tidemark_change_cursor_destroy(tidemark_change_cursor* cursor);

/** Rows of one table that a batch has changed. */
typedef struct tidemark_table_changes {
    const char* table;
    uint64_t inserts;
    uint64_t updates;
    uint64_t deletes;
} tidemark_table_changes;

/** A batch of a history without its changes. */
typedef struct tidemark_batch {
    uint64_t number;
    /** The batch before it in the database, which need not be in the history. */
    uint64_t previous;
    int64_t time_ms;
    int changes_schema;
    /** What it occupies, in bytes, and what it would occupy uncompressed. */
    uint64_t stored_bytes;
    uint64_t content_bytes;
    size_t table_count;
    const tidemark_table_changes* const* tables;
} tidemark_batch;

typedef struct tidemark_batches {
    size_t count;
    const tidemark_batch* const* items;
} tidemark_batches;

TIDEMARK_EXPORT void tidemark_batches_destroy(tidemark_batches* batches);

/** Batches `first` to `last` that the history does not have. With `last` before `first` none is
    missing, but somebody else has changed the database between the two. */
typedef struct tidemark_gap {
    uint64_t first;
    uint64_t last;
    int64_t time_ms;
    const char* reason;
} tidemark_gap;

typedef struct tidemark_gaps {
    size_t count;
    const tidemark_gap* const* items;
} tidemark_gaps;

TIDEMARK_EXPORT void tidemark_gaps_destroy(tidemark_gaps* gaps);

/** Reads the history of a database, also while it is written. */
typedef struct tidemark_history tidemark_history;

/** Fails when the database at this path has no history. */
TIDEMARK_EXPORT int tidemark_history_open(const char* database_path, tidemark_history** history,
                                          tidemark_error** error);
TIDEMARK_EXPORT void tidemark_history_destroy(tidemark_history* history);

/** Of the file that holds it. NULL for NULL. */
TIDEMARK_EXPORT const char* tidemark_history_path(const tidemark_history* history);
/** In order, those above `after`. */
TIDEMARK_EXPORT int tidemark_history_batches(const tidemark_history* history, uint64_t after,
                                             tidemark_batches** batches, tidemark_error** error);
TIDEMARK_EXPORT int tidemark_history_gaps(const tidemark_history* history, tidemark_gaps** gaps,
                                          tidemark_error** error);
/** All changes of a batch, in memory. Fails when there is no such batch, and when it is damaged. */
TIDEMARK_EXPORT int tidemark_history_changes(const tidemark_history* history, uint64_t batch,
                                             tidemark_changes** changes, tidemark_error** error);

/** Calls `visit` with each change of one row, in order, in the batches above `after`, until it returns
    something else than 0. `key` has the values of the PRIMARY KEY in its order, or the rowid of a table
    without one, as text. What `visit` is passed is valid until it returns. */
TIDEMARK_EXPORT int tidemark_history_row(const tidemark_history* history, const char* table,
                                         const char* const* key, size_t key_count, uint64_t after,
                                         int (*visit)(void* context, const tidemark_changes* batch,
                                                      const tidemark_change* change),
                                         void* context, tidemark_error** error);

/** The last batch that was written to the history at `time_ms` or before. */
TIDEMARK_EXPORT int tidemark_batch_at(const char* database_path, int64_t time_ms, uint64_t* batch,
                                      tidemark_error** error);

/** Writes the database as it was after `batch` to a new file. */
TIDEMARK_EXPORT int tidemark_restore(const char* database_path, uint64_t batch,
                                     const char* output_path, tidemark_error** error);

/** Applies all batches above `from` to another database, in one transaction, and hands out the number
    of the last one, `from` when there was none. `last` may be NULL. */
TIDEMARK_EXPORT int tidemark_replay(const char* database_path, uint64_t from,
                                    const char* target_path, uint64_t* last,
                                    tidemark_error** error);

#ifdef __cplusplus
}
#endif

#endif
