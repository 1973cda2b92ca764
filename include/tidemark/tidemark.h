#ifndef TIDEMARK_H
#define TIDEMARK_H

/**
 * tidemark for C: keeps a SQLite database in RAM and its changes on disk.
 *
 *     tidemark_database* db;
 *     tidemark_error* error;
 *     if (tidemark_open("app.db", NULL, &db, &error) != TIDEMARK_OK) {
 *         fprintf(stderr, "%s\n", error->message);
 *         tidemark_error_destroy(error);
 *         return 1;
 *     }
 *     sqlite3_exec(tidemark_handle(db), "INSERT INTO posts(title) VALUES('Hello')", 0, 0, 0);
 *     tidemark_flush(db, NULL);       all that was committed before is on disk
 *     tidemark_close(db, NULL);       a last flush
 *     tidemark_database_destroy(db);
 *
 * The invariant, the loss window and every option are those of the C++ interface, whose headers
 * (`database.hpp`, `options.hpp`, …) and docs/ say more. These headers are C89 with <stdint.h>, and
 * C++; they name `sqlite3` and do not include its header.
 *
 * CONVENTIONS
 *
 * **Results.** A function that can fail returns a `tidemark_result` as `int`: 0 (TIDEMARK_OK) when it
 * has done what it was asked. What it hands out goes through a pointer that is its last parameter
 * but one, and is NULL or 0 after a failure.
 *
 * **Errors.** The last parameter, `tidemark_error** error`, receives an object that says what was
 * tried, on what, what went wrong and what to do; the caller destroys it. It is NULL after a success,
 * and on failure never NULL, not even without memory. Whoever is not interested passes NULL. No C++
 * exception ever leaves a function of this interface.
 *
 * **Ownership.** What a function hands out through a `**` belongs to the caller, who passes it to the
 * function ending in `_destroy` of its type; NULL is allowed there, so cleaning up needs no `if`,
 * also after an open that has failed. What is reached through a struct (strings, lists) belongs to
 * that struct, and lives as long. What a caller passes in is copied, unless it says otherwise.
 *
 * **Structs.** Types of which nothing is known here (`tidemark_database`, `tidemark_options`, …) are
 * handles. All others are made by the library and read by the application: a later version may add
 * members at their end, so never copy one, make one, or use its size. The exceptions, which will never
 * change, are `tidemark_value`, `tidemark_values`, `tidemark_strings` and `tidemark_destination_mark`;
 * `tidemark_observer` and `tidemark_destination_functions`, which the application makes, say their size
 * themselves.
 *
 * **Values.** Strings are UTF-8, end with a NUL, and are never NULL unless it is said. Truth is an
 * `int`, 0 or 1. Times are in milliseconds (`_ms`) or nanoseconds (`_ns`), points in time in
 * milliseconds since 1970, UTC. Enumerations are passed as `int`; their numbers will never change, and
 * later versions may hand out new ones.
 *
 * **Threads.** A `tidemark_database` may be used by any threads at the same time, except by
 * `tidemark_close*` and `tidemark_database_destroy`, which need it for themselves. All other objects:
 * one thread at a time, and any thread may destroy them. On which threads an observer is called
 * stands in `c/observer.h`. After fork() the child may only destroy what it has inherited.
 *
 * **Versions.** `tidemark_version_number()` is that of the library that runs, TIDEMARK_VERSION_NUMBER
 * that of these headers. Within one SONAME of the shared library, programs need not be compiled again.
 */

#include <tidemark/c/base.h>
#include <tidemark/c/database.h>
#include <tidemark/c/destination.h>
#include <tidemark/c/error.h>
#include <tidemark/c/history.h>
#include <tidemark/c/observer.h>
#include <tidemark/c/options.h>
#include <tidemark/c/status.h>
#include <tidemark/c/undo.h>

#endif
