/* Further destinations: SQLite files with rules, and one that is written in C. */

#include "c_api/kept.h"

#include <pthread.h>

static int prepare(void* context, sqlite3* connection) {
    ++*(int*)context;
    CHECK(connection != NULL);
    return SQLITE_OK;
}

/* Odd notes go, with another text. */
static int odd_notes(void* context, tidemark_value* values, size_t count) {
    CHECK(count == 2 && values[0].storage_class == TIDEMARK_INTEGER);
    values[1].storage_class = TIDEMARK_TEXT;
    values[1].bytes = context;
    values[1].size = strlen(context);
    return values[0].integer % 2 == 1;
}

static void add_whole_copy(tidemark_options* options, const char* path, int* prepared) {
    tidemark_destination* copy = tidemark_destination_create_sqlite("copy", path);
    tidemark_destination_set_synchronous(copy, TIDEMARK_SYNCHRONOUS_OFF);
    tidemark_destination_set_busy_timeout_ms(copy, 1000);
    tidemark_destination_set_prepare_connection(copy, prepare, prepared);
    tidemark_options_add_destination(options, copy);
    tidemark_destination_destroy(copy);
}

static void add_picked(tidemark_options* options, const char* path, char* text) {
    tidemark_destination* picked = tidemark_destination_create_sqlite("picked", path);
    tidemark_destination_set_rule_when(picked, "posts", "views > 10");
    tidemark_destination_add_rule_column(picked, "Posts", "id");
    tidemark_destination_add_rule_column(picked, "POSTS", "upper(title) AS title");
    tidemark_destination_set_rule_rename(picked, "posts", "popular");
    tidemark_destination_set_rule_exclude(picked, "secrets", 1);
    tidemark_destination_set_rule_row(picked, "notes", odd_notes, text);
    tidemark_options_add_destination(options, picked);
    tidemark_destination_destroy(picked);
}

static void look_at_destinations(tidemark_database* db) {
    tidemark_status* status = NULL;
    size_t i;
    MUST(tidemark_get_status(db, &status, &error));
    CHECK(status->destination_count == 2);
    CHECK(equals(status->destinations[0]->name, "copy"));
    CHECK(equals(status->destinations[1]->name, "picked"));
    for (i = 0; i < status->destination_count; ++i) {
        const tidemark_destination_status* destination = status->destinations[i];
        CHECK(destination->has_mark && destination->mark == status->mark);
        CHECK(destination->lag_batches == 0 && destination->last_error == NULL);
        CHECK(!destination->stopped);
    }
    tidemark_status_destroy(status);
}

void case_destinations(const world* w) {
    const char* copy = file_in(w, "copy.db");
    const char* picked = file_in(w, "picked.db");
    char text[] = "seen";
    int prepared = 0;
    tidemark_options* options = options_for(w);
    tidemark_database* db = NULL;

    tidemark_options_set_history_enabled(options, 1);
    tidemark_options_set_history_held_bytes_max(options, 1 << 20);
    add_whole_copy(options, copy, &prepared);
    add_picked(options, picked, text);
    MUST(tidemark_options_validate(options, &error));
    MUST(tidemark_open(file_in(w, "app.db"), options, &db, &error));
    tidemark_options_destroy(options);
    run(tidemark_handle(db),
        "CREATE TABLE posts(id INTEGER PRIMARY KEY, title, views);"
        "CREATE TABLE secrets(id INTEGER PRIMARY KEY);"
        "CREATE TABLE notes(id INTEGER PRIMARY KEY, body);"
        "INSERT INTO posts VALUES(1, 'seldom', 1), (2, 'often', 100);"
        "INSERT INTO notes VALUES(1, 'a'), (2, 'b'), (3, NULL)");
    MUST(tidemark_flush(db, &error));
    run(tidemark_handle(db), "UPDATE posts SET views = 11, title = 'now' WHERE id = 1");
    MUST(tidemark_close(db, &error)); /* Waits for both. */
    look_at_destinations(db);
    tidemark_database_destroy(db);

    CHECK(prepared > 0);
    CHECK(number_on_disk(copy, "SELECT sum(views) FROM posts") == 111);
    CHECK(number_on_disk(copy, "SELECT count(*) FROM notes WHERE body = 'a'") == 1);
    CHECK(number_on_disk(picked, "SELECT count(*) FROM popular WHERE title IN ('NOW', 'OFTEN')") ==
          2);
    CHECK(number_on_disk(picked, "SELECT count(*) FROM notes WHERE body = 'seen'") == 2);
    CHECK(number_on_disk(picked, "SELECT count(*) FROM notes") == 2);
    CHECK(number_on_disk(picked, "SELECT count(*) FROM sqlite_schema WHERE name = 'secrets'") == 0);
}

/* What the next batch meets: nothing, a queue that is full, an end. */
typedef enum weather { FINE, FULL, OVER } weather;

/* A destination that keeps how many rows there are, and what is heard of it. */
typedef struct store {
    pthread_mutex_t mutex;
    pthread_cond_t told;
    tidemark_destination_mark mark;
    int rows;
    int loads, applies, disconnects, destroyed;
    weather next;
    int syncs, failures, recoveries;
    uint64_t mark_heard;
    char failure[500];
} store;

static store* locked(void* context) {
    store* s = context;
    CHECK(pthread_mutex_lock(&s->mutex) == 0);
    return s;
}

static void unlock(store* s) {
    CHECK(pthread_cond_broadcast(&s->told) == 0);
    CHECK(pthread_mutex_unlock(&s->mutex) == 0);
}

static void wait_for(store* s, const int* counter) {
    locked(s);
    while (*counter == 0) CHECK(pthread_cond_wait(&s->told, &s->mutex) == 0);
    unlock(s);
}

static void set_next(store* s, weather next) {
    locked(s);
    s->next = next;
    unlock(s);
}

static void add_rows(store* s, const tidemark_changes* changes) {
    tidemark_change_cursor* cursor = NULL;
    const tidemark_change* change = NULL;
    MUST(tidemark_change_cursor_create(changes, &cursor, &error));
    for (;;) {
        MUST(tidemark_change_cursor_next(cursor, &change, &error));
        if (change == NULL) break;
        CHECK(equals(change->table, "t"));
        if (change->kind == TIDEMARK_INSERT) ++s->rows;
        if (change->kind == TIDEMARK_DELETE) --s->rows;
    }
    tidemark_change_cursor_destroy(cursor);
}

static int mark_of_store(void* context, tidemark_destination_mark* mark,
                         tidemark_destination_failure* failure) {
    store* s = locked(context);
    CHECK(failure != NULL && *mark->source == '\0' && mark->batch == 0);
    *mark = s->mark;
    unlock(s);
    return TIDEMARK_OK;
}

static int load(void* context, const tidemark_changes* content,
                const tidemark_destination_mark* mark, tidemark_destination_failure* failure) {
    store* s = locked(context);
    CHECK(failure != NULL && strlen(mark->source) == 32);
    ++s->loads;
    s->rows = 0;
    add_rows(s, content);
    s->mark = *mark;
    unlock(s);
    return TIDEMARK_OK;
}

static int apply(void* context, const tidemark_changes* batch,
                 const tidemark_destination_mark* mark, tidemark_destination_failure* failure) {
    store* s = locked(context);
    int result = TIDEMARK_OK;
    if (s->next == FULL) {
        result = tidemark_destination_fail(failure, "the queue is full", 1);
    } else if (s->next == OVER) {
        result = tidemark_destination_fail(failure, "nobody wants this", 0);
    } else {
        CHECK(batch->previous == s->mark.batch && batch->batch == mark->batch);
        CHECK(equals(mark->source, s->mark.source));
        ++s->applies;
        add_rows(s, batch);
        s->mark = *mark;
    }
    unlock(s);
    return result;
}

static void disconnect(void* context) {
    store* s = locked(context);
    ++s->disconnects;
    unlock(s);
}

static void on_destroy(void* context) {
    store* s = locked(context);
    ++s->destroyed;
    unlock(s);
}

static tidemark_destination_functions functions_of(store* s) {
    tidemark_destination_functions functions = {0};
    functions.size = sizeof functions;
    functions.context = s;
    functions.destroy = on_destroy;
    functions.mark = mark_of_store;
    functions.load = load;
    functions.apply = apply;
    functions.disconnect = disconnect;
    return functions;
}

static void on_destination_sync(void* context, const char* name, uint64_t mark) {
    store* s = locked(context);
    CHECK(equals(name, "mine"));
    ++s->syncs;
    s->mark_heard = mark;
    unlock(s);
}

static void on_destination_failure(void* context, const char* name, const tidemark_error* error,
                                   uint64_t lag_batches) {
    store* s = locked(context);
    CHECK(equals(name, "mine") && lag_batches >= 1);
    ++s->failures;
    snprintf(s->failure, sizeof s->failure, "%s", error->message);
    unlock(s);
}

static void on_destination_recovery(void* context, const char* name) {
    store* s = locked(context);
    CHECK(equals(name, "mine"));
    ++s->recoveries;
    unlock(s);
}

/* With the store as their only destination, which they have alone. */
static tidemark_options* options_with(const world* w, store* s) {
    tidemark_options* options = options_for(w);
    tidemark_destination_functions functions = functions_of(s);
    tidemark_destination* mine = tidemark_destination_create("mine", &functions);
    tidemark_observer observer = {0};

    observer.size = sizeof observer;
    observer.context = s;
    observer.on_destination_sync = on_destination_sync;
    observer.on_destination_failure = on_destination_failure;
    observer.on_destination_recovery = on_destination_recovery;
    tidemark_options_set_observer(options, &observer);
    tidemark_options_set_history_enabled(options, 1);
    tidemark_options_set_retry_pause_first_ms(options, 5);
    tidemark_options_set_retry_pause_max_ms(options, 10);
    tidemark_options_add_destination(options, mine);
    tidemark_destination_destroy(mine);
    CHECK(s->destroyed == 0);
    return options;
}

/* It cannot take a batch, then it can. */
static void fail_and_recover(tidemark_database* db, store* s) {
    set_next(s, FULL);
    run(tidemark_handle(db), "INSERT INTO t VALUES(3)");
    MUST(tidemark_flush(db, &error));
    wait_for(s, &s->failures);
    CHECK(contains(s->failure, "the queue is full") && contains(s->failure, "mine"));
    set_next(s, FINE);
    wait_for(s, &s->recoveries);
}

/* It says that it is over. */
static void end(tidemark_database* db, store* s) {
    tidemark_status* status = NULL;

    locked(s);
    s->failures = 0;
    s->next = OVER;
    unlock(s);
    run(tidemark_handle(db), "INSERT INTO t VALUES(5)");
    MUST(tidemark_flush(db, &error));
    wait_for(s, &s->failures);
    MUST(tidemark_get_status(db, &status, &error));
    CHECK(status->destination_count == 1 && status->destinations[0]->stopped);
    CHECK(equals(status->destinations[0]->last_error->reason, "nobody wants this"));
    CHECK(!status->destinations[0]->last_error->retryable);
    CHECK(status->last_error == NULL && status->destinations[0]->lag_batches >= 1);
    tidemark_status_destroy(status);
}

void case_own_destination(const world* w) {
    const char* path = file_in(w, "app.db");
    store s = {0};
    tidemark_options* options;
    tidemark_database* db = NULL;

    CHECK(pthread_mutex_init(&s.mutex, NULL) == 0 && pthread_cond_init(&s.told, NULL) == 0);
    options = options_with(w, &s);
    MUST(tidemark_open(path, options, &db, &error));
    run(tidemark_handle(db), "CREATE TABLE t(a INTEGER PRIMARY KEY); INSERT INTO t VALUES(1), (2)");
    MUST(tidemark_flush(db, &error));
    wait_for(&s, &s.applies);
    fail_and_recover(db, &s);
    MUST(tidemark_close(db, &error));
    tidemark_database_destroy(db);
    CHECK(s.rows == 3 && s.loads == 1 && s.disconnects >= 1 && s.destroyed == 0);
    CHECK(s.syncs > 0 && s.mark_heard == s.mark.batch);

    /* The same one, and it goes on where it was. */
    MUST(tidemark_open(path, options, &db, &error));
    tidemark_options_destroy(options);
    run(tidemark_handle(db), "DELETE FROM t WHERE a < 3; INSERT INTO t VALUES(4)");
    MUST(tidemark_flush(db, &error));
    locked(&s);
    while (s.rows != 2) CHECK(pthread_cond_wait(&s.told, &s.mutex) == 0);
    unlock(&s);
    end(db, &s);
    CHECK(s.rows == 2 && s.loads == 1 && s.destroyed == 0);
    tidemark_database_destroy(db);
    CHECK(s.destroyed == 1);
}

/* What adding this destination makes opening say. */
static void expect_refused(tidemark_destination* destination, const char* about) {
    tidemark_options* options = tidemark_options_create();
    tidemark_error* error = NULL;

    CHECK(destination != NULL);
    tidemark_options_add_destination(options, destination);
    tidemark_destination_destroy(destination);
    CHECK(tidemark_options_validate(options, &error) == TIDEMARK_MISUSE);
    CHECK(equals(error->object, about) && *error->advice != '\0');
    tidemark_error_destroy(error);
    tidemark_options_destroy(options);
}

#define REFUSED(setter, about, ...)                                     \
    do {                                                                \
        destination = tidemark_destination_create_sqlite("x", "x.db");  \
        tidemark_destination_##setter(destination, __VA_ARGS__);        \
        tidemark_destination_set_busy_timeout_ms(destination, 1);       \
        expect_refused(destination, about);                             \
        tidemark_destination_##setter(NULL, __VA_ARGS__); /* Nothing */ \
    } while (0)

static void refuse_functions(store* s) {
    tidemark_destination_functions functions = functions_of(s);
    tidemark_destination* destination;

    destination = tidemark_destination_create("mine", &functions);
    tidemark_destination_set_synchronous(destination, TIDEMARK_SYNCHRONOUS_FULL);
    expect_refused(destination, "destination");
    CHECK(s->destroyed == 1);
    expect_refused(tidemark_destination_create(NULL, &functions), "name");
    CHECK(s->destroyed == 2);
    functions.apply = NULL;
    expect_refused(tidemark_destination_create("mine", &functions), "functions.apply");
    CHECK(s->destroyed == 3);
    functions.size = 0;
    expect_refused(tidemark_destination_create("mine", &functions), "functions");
    CHECK(s->destroyed == 3);
    expect_refused(tidemark_destination_create("mine", NULL), "functions");
}

void case_refused_destinations(const world* w) {
    store s = {0};
    tidemark_destination* destination;

    (void)w;
    CHECK(pthread_mutex_init(&s.mutex, NULL) == 0 && pthread_cond_init(&s.told, NULL) == 0);
    expect_refused(tidemark_destination_create_sqlite(NULL, "x.db"), "name");
    expect_refused(tidemark_destination_create_sqlite("x", NULL), "path");
    REFUSED(set_synchronous, "synchronous", 4);
    REFUSED(set_rule_when, "when", "t", NULL);
    REFUSED(set_rule_when, "table", NULL, "a > 1");
    REFUSED(add_rule_column, "column", "t", NULL);
    REFUSED(set_rule_rename, "name", "t", NULL);
    REFUSED(set_rule_exclude, "table", NULL, 1);
    REFUSED(set_rule_row, "table", NULL, odd_notes, NULL);
    refuse_functions(&s);
    CHECK(tidemark_destination_fail(NULL, NULL, 0) == TIDEMARK_ERROR);
    tidemark_destination_destroy(NULL);
}
