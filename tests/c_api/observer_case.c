/* What is heard of a database, by functions of C. */

#include "c_api/kept.h"

#include <pthread.h>

/* Told on other threads, read here. */
typedef struct heard {
    pthread_mutex_t mutex;
    pthread_cond_t told;
    int destroyed, syncs, failures, recoveries, limits, limits_left, states, loads;
    uint64_t mark, pending_changes, pending_bytes;
    char failure[500];
} heard;

/* Counts one of them. */
static heard* locked(void* context) {
    heard* h = context;
    CHECK(pthread_mutex_lock(&h->mutex) == 0);
    return h;
}

static void unlock(heard* h) {
    CHECK(pthread_cond_broadcast(&h->told) == 0);
    CHECK(pthread_mutex_unlock(&h->mutex) == 0);
}

static void wait_for(heard* h, const int* counter) {
    locked(h);
    while (*counter == 0) CHECK(pthread_cond_wait(&h->told, &h->mutex) == 0);
    unlock(h);
}

static void on_destroy(void* context) {
    heard* h = locked(context);
    ++h->destroyed;
    unlock(h);
}

static void on_sync(void* context, const tidemark_sync_report* report) {
    heard* h = locked(context);
    ++h->syncs;
    h->mark = report->mark;
    CHECK(report->duration_ns >= report->stall_ns && report->stall_ns >= 0);
    CHECK(report->changes == 0 || report->bytes > 0 || report->whole_copy);
    unlock(h);
}

static void on_failure(void* context, const tidemark_error* error, uint64_t pending_changes) {
    heard* h = locked(context);
    ++h->failures;
    h->pending_changes = pending_changes;
    CHECK((error->code & 0xff) == SQLITE_BUSY && error->retryable);
    snprintf(h->failure, sizeof h->failure, "%s", error->message);
    unlock(h);
}

static void on_recovery(void* context) {
    heard* h = locked(context);
    ++h->recoveries;
    unlock(h);
}

static void on_pending_limit(void* context, uint64_t pending_bytes) {
    heard* h = locked(context);
    ++h->limits;
    h->pending_bytes = pending_bytes;
    unlock(h);
}

static void on_pending_limit_left(void* context) {
    heard* h = locked(context);
    ++h->limits_left;
    unlock(h);
}

static void on_state(void* context, int from, int to) {
    heard* h = locked(context);
    ++h->states;
    CHECK(from != to && !equals(tidemark_state_name(to), "unknown"));
    unlock(h);
}

static void on_load(void* context, uint64_t done, uint64_t total) {
    heard* h = locked(context);
    ++h->loads;
    CHECK(done <= total);
    unlock(h);
}

static tidemark_observer observer_telling(heard* h) {
    tidemark_observer observer = {0};
    observer.size = sizeof observer;
    observer.context = h;
    observer.destroy = on_destroy;
    observer.on_sync = on_sync;
    observer.on_failure = on_failure;
    observer.on_recovery = on_recovery;
    observer.on_pending_limit = on_pending_limit;
    observer.on_pending_limit_left = on_pending_limit_left;
    observer.on_state = on_state;
    observer.on_load = on_load;
    return observer;
}

static void make_file(const char* path) {
    sqlite3* db = NULL;
    CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    run(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
    CHECK(sqlite3_close(db) == SQLITE_OK);
}

/* Another connection holds the file. */
static void fail_and_recover(tidemark_database* db, heard* h, const char* path) {
    tidemark_status* status = NULL;
    sqlite3* other = NULL;

    CHECK(sqlite3_open(path, &other) == SQLITE_OK);
    run(other, "BEGIN IMMEDIATE");
    run(tidemark_handle(db), "INSERT INTO t VALUES(1, zeroblob(200000))");
    CHECK(tidemark_flush_within(db, 0, NULL) == TIDEMARK_ERROR);
    wait_for(h, &h->failures);
    wait_for(h, &h->limits);
    MUST(tidemark_get_status(db, &status, &error));
    CHECK(status->last_error != NULL && contains(status->last_error->message, "lock"));
    CHECK(status->failures > 0 && status->pending_changes == 1 && status->lag_ns > 0);
    tidemark_status_destroy(status);
    run(other, "ROLLBACK");
    CHECK(sqlite3_close(other) == SQLITE_OK);
    MUST(tidemark_flush(db, &error));
    wait_for(h, &h->recoveries);
    wait_for(h, &h->limits_left);
}

void case_observer(const world* w) {
    const char* path = file_in(w, "observed.db");
    tidemark_options* options = options_for(w);
    tidemark_database* db = NULL;
    heard h = {0};
    tidemark_observer observer = observer_telling(&h);

    CHECK(pthread_mutex_init(&h.mutex, NULL) == 0 && pthread_cond_init(&h.told, NULL) == 0);
    tidemark_options_set_busy_timeout_ms(options, 0);
    tidemark_options_set_retry_pause_first_ms(options, 5);
    tidemark_options_set_pending_bytes_max(options, 100000);
    tidemark_options_set_pending_limit(options, TIDEMARK_PENDING_GROW);
    tidemark_options_set_observer(options, &observer);
    observer.on_sync = NULL; /* The options have a copy. */
    make_file(path);
    MUST(tidemark_open(path, options, &db, &error));
    tidemark_options_destroy(options);
    CHECK(h.loads > 0 && h.destroyed == 0);

    run(tidemark_handle(db), "CREATE TABLE other(a)");
    MUST(tidemark_flush(db, &error));
    wait_for(&h, &h.syncs);
    wait_for(&h, &h.states);
    fail_and_recover(db, &h, path);
    CHECK(contains(h.failure, "observed.db") && h.pending_changes == 1);
    CHECK(h.pending_bytes >= 100000);
    tidemark_database_destroy(db);
    CHECK(h.destroyed == 1 && h.mark > 1);

    /* An observer that is replaced, and ones that nobody takes. */
    options = tidemark_options_create();
    observer = observer_telling(&h);
    tidemark_options_set_observer(options, &observer);
    tidemark_options_set_observer(options, NULL);
    CHECK(h.destroyed == 2);
    tidemark_options_set_observer(NULL, &observer);
    CHECK(h.destroyed == 3);
    observer.size = 0;
    tidemark_options_set_observer(options, &observer);
    CHECK(h.destroyed == 3);
    CHECK(tidemark_options_validate(options, NULL) == TIDEMARK_MISUSE);
    tidemark_options_destroy(options);
}
