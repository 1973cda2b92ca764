/* What the cases of the C interface share: checks, SQL, and the names of files. */

#ifndef TESTS_C_API_KEPT_H
#define TESTS_C_API_KEPT_H

#include <tidemark/tidemark.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program where something is not as expected. */
#define CHECK(condition) ((condition) ? (void)0 : fail(__FILE__, __LINE__, #condition))

/* A call that must succeed; it gets a pointer `error` to an error. */
#define MUST(call)                                                                \
    do {                                                                          \
        tidemark_error* error = NULL;                                             \
        if ((call) != TIDEMARK_OK || error != NULL) {                             \
            fail(__FILE__, __LINE__, error ? error->message : "no error object"); \
        }                                                                         \
    } while (0)

void fail(const char* file, int line, const char* what);

/* One case, as ctest asks for it. */
typedef struct world {
    int strategy;
    const char* folder;
} world;

/* A name in the folder of the case; from a ring of four buffers. */
const char* file_in(const world* w, const char* name);

/* Of the strategy under test, syncing only when asked to, not waiting for the medium. */
tidemark_options* options_for(const world* w);

void run(sqlite3* db, const char* sql);
/* The first value of the first row. */
long long number(sqlite3* db, const char* sql);
/* The same asked of plain SQLite. */
long long number_on_disk(const char* path, const char* sql);

int equals(const char* text, const char* expected);
int contains(const char* text, const char* part);

void case_life(const world* w);
void case_failed_open(const world* w);
void case_attach(const world* w);
void case_timeouts(const world* w);
void case_authorizer(const world* w);
void case_options(const world* w);
void case_complaints(const world* w);
void case_prepare(const world* w);
void case_observer(const world* w);
void case_history(const world* w);
void case_row(const world* w);
void case_restore(const world* w);
void case_undo(const world* w);
void case_destinations(const world* w);
void case_own_destination(const world* w);
void case_refused_destinations(const world* w);
void case_misuse(const world* w);

#endif
