#ifndef TIDEMARK_C_DATABASE_H
#define TIDEMARK_C_DATABASE_H

#include <tidemark/c/error.h>
#include <tidemark/c/options.h>
#include <tidemark/c/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A SQLite database that lives in RAM and keeps itself on disk. */
typedef struct tidemark_database tidemark_database;

/** Opens `path` in RAM and starts syncing; creates a missing file, loads an existing one. `options`
    may be NULL. On failure the file is as it was, and `*database` NULL. */
TIDEMARK_EXPORT int tidemark_open(const char* path, const tidemark_options* options,
                                  tidemark_database** database, tidemark_error** error);

/** The same for a `:memory:` connection that the application has opened. It stays the application's,
    and must outlive the database; `tidemark_close` leaves it open. An empty one is loaded with the
    file, a full one becomes the first content of an empty or missing file; both full is an error. */
TIDEMARK_EXPORT int tidemark_attach(struct sqlite3* connection, const char* path,
                                    const tidemark_options* options, tidemark_database** database,
                                    tidemark_error** error);

/** The RAM connection, an ordinary one in serialized mode, valid until `tidemark_close`. Not to be used
    for sqlite3_close, sqlite3_deserialize, and, under the session strategy,
    sqlite3_preupdate_hook. NULL for NULL. */
TIDEMARK_EXPORT struct sqlite3* tidemark_handle(const tidemark_database* database);

/** sqlite3_set_authorizer for the RAM connection, which is asked about the application's statements
    only, not about tidemark's. A NULL callback removes it. `context` must live as long as it may be
    called. */
TIDEMARK_EXPORT int tidemark_set_authorizer(tidemark_database* database,
                                            int (*callback)(void* context, int action,
                                                            const char* first, const char* second,
                                                            const char* schema, const char* inside),
                                            void* context, tidemark_error** error);

/** Returns when everything that was committed before the call is on disk, within 30 s or
    `timeout_ms`; 0: one attempt. An error says why not and how much is missing; all of it stays
    pending and goes on being tried. An open transaction on the RAM connection is such a reason. */
TIDEMARK_EXPORT int tidemark_flush(tidemark_database* database, tidemark_error** error);
TIDEMARK_EXPORT int tidemark_flush_within(tidemark_database* database, int64_t timeout_ms,
                                          tidemark_error** error);

/** Where things stand. Never waits for the disk or for a transaction. */
TIDEMARK_EXPORT int tidemark_get_status(const tidemark_database* database, tidemark_status** status,
                                        tidemark_error** error);

/** Syncs, and compares both databases at that boundary, within `timeout_ms`. A difference is no error:
    look at `equal`. */
TIDEMARK_EXPORT int tidemark_verify(tidemark_database* database, int64_t timeout_ms,
                                    tidemark_verify_report** report, tidemark_error** error);

/** Flushes a last time, within `close_deadline_ms` of the options or `timeout_ms`, stops the sync
    thread and closes both databases. A failure leaves everything open and still trying: it can be
    called again. Does nothing when closed already. */
TIDEMARK_EXPORT int tidemark_close(tidemark_database* database, tidemark_error** error);
TIDEMARK_EXPORT int tidemark_close_within(tidemark_database* database, int64_t timeout_ms,
                                          tidemark_error** error);

/** Closes, if `tidemark_close` has not been called or has failed, and lets go of everything. Whatever
    is not on disk within the close deadline is lost, and only the observer hears of it. NULL does
    nothing. */
TIDEMARK_EXPORT void tidemark_database_destroy(tidemark_database* database);

/** Reads what tidemark left in a file at rest, and changes nothing. `load_check` is a
    `tidemark_load_check`: full also checks every index. */
TIDEMARK_EXPORT int tidemark_inspect(const char* path, int load_check,
                                     tidemark_file_report** report, tidemark_error** error);

#ifdef __cplusplus
}
#endif

#endif
