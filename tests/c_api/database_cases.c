/* Opening, attaching, flushing, looking, closing. */

#include "c_api/kept.h"

static void open_default_case(const world* w, const char* path, tidemark_database** db) {
    tidemark_options* options = options_for(w);
    MUST(tidemark_open(path, options, db, &error));
    tidemark_options_destroy(options);
}

static void look_at_status(const world* w, tidemark_database* db) {
    tidemark_status* status = NULL;
    int capture = w->strategy == TIDEMARK_STRATEGY_TRIGGER ? TIDEMARK_CAPTURE_TRIGGER
                                                           : TIDEMARK_CAPTURE_SESSION;
    MUST(tidemark_get_status(db, &status, &error));
    CHECK(status->strategy == w->strategy);
    CHECK(!equals(tidemark_state_name(status->state), "unknown"));
    CHECK(contains(status->path, "life.db"));
    CHECK(status->mark >= 1 && status->syncs == status->mark);
    CHECK(status->pending_changes == 0 && status->pending_bytes == 0 && status->lag_ns == 0);
    CHECK(status->synced_changes >= 3 && status->failures == 0 && !status->refusing_writes);
    CHECK(status->last_sync_ms > 1600000000000 && status->last_sync_duration_ns > 0);
    CHECK(status->last_stall_ns >= 0 && status->longest_stall_ns >= status->last_stall_ns);
    CHECK(status->last_error == NULL && status->checkpoint_error == NULL);
    CHECK(status->table_count == 2);
    CHECK(equals(status->tables[0]->name, "no_key"));
    CHECK(status->tables[0]->method == TIDEMARK_CAPTURE_TRIGGER);
    CHECK((*status->tables[0]->reason == '\0') == (w->strategy == TIDEMARK_STRATEGY_TRIGGER));
    CHECK(equals(status->tables[1]->name, "t") && status->tables[1]->method == capture);
    CHECK(equals(tidemark_capture_method_name(capture), tidemark_strategy_name(w->strategy)));
    CHECK(*status->tables[1]->reason == '\0');
    tidemark_status_destroy(status);
}

static void look_at_verify_report(tidemark_database* db) {
    tidemark_verify_report* report = NULL;
    MUST(tidemark_verify(db, 60000, &report, &error));
    CHECK(report->equal && report->differences.count == 0 && report->mark > 0);
    CHECK(report->ram_count == 2 && report->disk_count == 2);
    CHECK(equals(report->ram[1]->name, "t") && report->ram[1]->rows == 2);
    CHECK(report->ram[1]->hash == report->disk[1]->hash && report->ram[1]->hash != 0);
    tidemark_verify_report_destroy(report);
}

static void look_at_file(const world* w, const char* path) {
    tidemark_file_report* report = NULL;
    MUST(tidemark_inspect(path, TIDEMARK_LOAD_CHECK_FULL, &report, &error));
    CHECK(equals(report->path, path) && report->size_bytes >= 4096);
    CHECK(report->kept_by_tidemark && report->format_version >= 1 && report->mark > 0);
    CHECK(equals(report->strategy, tidemark_strategy_name(w->strategy)));
    CHECK(equals(report->writer_version, TIDEMARK_VERSION));
    CHECK(report->last_sync_ms > 1600000000000 && report->held_by == 0);
    CHECK(report->table_count == 2 && report->tables[1]->rows == 2);
    CHECK(report->problems.count == 0);
    tidemark_file_report_destroy(report);
}

void case_life(const world* w) {
    const char* path = file_in(w, "life.db");
    tidemark_database* db = NULL;

    CHECK(equals(tidemark_version(), TIDEMARK_VERSION));
    CHECK(tidemark_version_number() == TIDEMARK_VERSION_NUMBER);
    open_default_case(w, path, &db);
    run(tidemark_handle(db), "CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE TABLE no_key(a)");
    run(tidemark_handle(db),
        "INSERT INTO t(a) VALUES('one'), ('two'); INSERT INTO no_key VALUES(1)");
    MUST(tidemark_flush(db, &error));
    CHECK(number_on_disk(path, "SELECT count(*) FROM t") == 2);
    look_at_status(w, db);
    look_at_verify_report(db);
    MUST(tidemark_close(db, &error));
    MUST(tidemark_close(db, &error));
    tidemark_database_destroy(db);
    look_at_file(w, path);

    /* Destroying is closing. */
    open_default_case(w, path, &db);
    CHECK(number(tidemark_handle(db), "SELECT count(*) FROM t") == 2);
    run(tidemark_handle(db), "INSERT INTO t(a) VALUES('three')");
    tidemark_database_destroy(db);
    CHECK(number_on_disk(path, "SELECT count(*) FROM t") == 3);

    /* The defaults are good for something. */
    MUST(tidemark_open(path, NULL, &db, &error));
    MUST(tidemark_close_within(db, 10000, &error));
    tidemark_database_destroy(db);
}

void case_failed_open(const world* w) {
    tidemark_database* db = (tidemark_database*)(void*)&db;
    tidemark_error* error = NULL;
    const char* path = file_in(w, "nowhere/app.db");

    CHECK(tidemark_open(path, NULL, &db, &error) == TIDEMARK_ERROR);
    CHECK(db == NULL);
    CHECK((error->code & 0xff) == SQLITE_CANTOPEN);
    CHECK(*error->operation != '\0' && *error->reason != '\0' && *error->advice != '\0');
    CHECK(contains(error->object, "nowhere"));
    CHECK(contains(error->message, error->operation) && contains(error->message, error->object));
    CHECK(contains(error->message, error->reason) && contains(error->message, error->advice));
    tidemark_error_destroy(error);
    tidemark_database_destroy(db);

    /* And by somebody who does not want to know. */
    CHECK(tidemark_open(path, NULL, &db, NULL) == TIDEMARK_ERROR && db == NULL);
}

void case_attach(const world* w) {
    const char* path = file_in(w, "attached.db");
    tidemark_options* options = options_for(w);
    tidemark_database* db = NULL;
    sqlite3* ram = NULL;

    CHECK(sqlite3_open(":memory:", &ram) == SQLITE_OK);
    run(ram, "CREATE TABLE t(a PRIMARY KEY); INSERT INTO t VALUES(1)");
    MUST(tidemark_attach(ram, path, options, &db, &error));
    CHECK(tidemark_handle(db) == ram);
    CHECK(number_on_disk(path, "SELECT count(*) FROM t") == 1);
    run(ram, "INSERT INTO t VALUES(2)");
    MUST(tidemark_close(db, &error));
    tidemark_database_destroy(db);
    CHECK(number_on_disk(path, "SELECT count(*) FROM t") == 2);
    CHECK(number(ram, "SELECT count(*) FROM t") == 2);

    /* Both are full now. */
    CHECK(tidemark_attach(ram, path, options, &db, NULL) != TIDEMARK_OK && db == NULL);
    CHECK(sqlite3_close(ram) == SQLITE_OK);
    tidemark_options_destroy(options);
}

void case_timeouts(const world* w) {
    const char* path = file_in(w, "late.db");
    tidemark_options* options = options_for(w);
    tidemark_database* db = NULL;
    tidemark_error* failure = NULL;
    sqlite3* ram = NULL;

    CHECK(sqlite3_open(":memory:", &ram) == SQLITE_OK);
    MUST(tidemark_attach(ram, path, options, &db, &error));
    run(ram, "CREATE TABLE t(a PRIMARY KEY); BEGIN; INSERT INTO t VALUES(1)");
    CHECK(tidemark_flush_within(db, 30, &failure) == TIDEMARK_ERROR);
    CHECK(contains(failure->message, "transaction"));
    tidemark_error_destroy(failure);
    CHECK(tidemark_close_within(db, 30, &failure) == TIDEMARK_ERROR);
    CHECK(contains(failure->message, "transaction"));
    tidemark_error_destroy(failure);
    run(ram, "COMMIT");
    MUST(tidemark_flush_within(db, 60000, &error));
    CHECK(number_on_disk(path, "SELECT count(*) FROM t") == 1);
    MUST(tidemark_close_within(db, 60000, &error));
    CHECK(tidemark_flush(db, NULL) != TIDEMARK_OK);
    tidemark_database_destroy(db);
    tidemark_options_destroy(options);
    CHECK(sqlite3_close(ram) == SQLITE_OK);
}

static int deny_deletes(void* context, int action, const char* first, const char* second,
                        const char* schema, const char* inside) {
    (void)first, (void)second, (void)schema, (void)inside;
    if (action != SQLITE_DELETE) return SQLITE_OK;
    ++*(int*)context;
    return SQLITE_DENY;
}

void case_authorizer(const world* w) {
    tidemark_database* db = NULL;
    int asked = 0;

    open_default_case(w, file_in(w, "guarded.db"), &db);
    run(tidemark_handle(db), "CREATE TABLE t(a PRIMARY KEY); INSERT INTO t VALUES(1)");
    MUST(tidemark_set_authorizer(db, deny_deletes, &asked, &error));
    CHECK(sqlite3_exec(tidemark_handle(db), "DELETE FROM t", NULL, NULL, NULL) == SQLITE_AUTH);
    CHECK(asked == 1);
    MUST(tidemark_flush(db, &error));
    CHECK(asked == 1);
    MUST(tidemark_set_authorizer(db, NULL, NULL, &error));
    run(tidemark_handle(db), "DELETE FROM t");
    tidemark_database_destroy(db);
}
