/* Taking back what a batch did. */

#include "c_api/kept.h"

/* Flushes, and says which number that got. */
static uint64_t flushed(tidemark_database* db) {
    tidemark_status* status = NULL;
    uint64_t mark;
    MUST(tidemark_flush(db, &error));
    MUST(tidemark_get_status(db, &status, &error));
    mark = status->mark;
    tidemark_status_destroy(status);
    return mark;
}

static void undo_what_nobody_changed(tidemark_database* db, uint64_t batch) {
    tidemark_undo_options* options = tidemark_undo_options_create();
    tidemark_undo_report* report = NULL;

    tidemark_undo_options_set_dry_run(options, 1);
    MUST(tidemark_undo(db, batch, options, &report, &error));
    CHECK(report->batch == batch && report->dry_run && report->possible);
    CHECK(report->conflict_count == 0 && report->listed_count == 0);
    CHECK(report->table_count == 1 && equals(report->tables[0]->table, "t"));
    CHECK(report->tables[0]->updates == 2 && report->tables[0]->inserts == 0);
    tidemark_undo_report_destroy(report);
    CHECK(number(tidemark_handle(db), "SELECT count(*) FROM t WHERE a = 'changed'") == 2);

    tidemark_undo_options_set_dry_run(options, 0);
    tidemark_undo_options_set_deadline_ms(options, 20000);
    MUST(tidemark_undo(db, batch, options, &report, &error));
    CHECK(!report->dry_run && report->possible && report->tables[0]->updates == 2);
    tidemark_undo_report_destroy(report);
    tidemark_undo_options_destroy(options);
    CHECK(number(tidemark_handle(db), "SELECT count(*) FROM t WHERE a IN ('one', 'two')") == 2);
}

static void look_at_conflict(const tidemark_undo_conflict* conflict) {
    CHECK(conflict->kind == TIDEMARK_UNDO_DIFFERS && equals(conflict->table, "t"));
    CHECK(equals(tidemark_undo_conflict_kind_name(conflict->kind), "differs"));
    CHECK(contains(conflict->key, "\"id\"") && contains(conflict->left, "changed"));
    CHECK(contains(conflict->found, "again") && *conflict->reason != '\0');
}

/* Both rows of the batch have been changed since. */
static void undo_what_is_in_conflict(tidemark_database* db, uint64_t batch) {
    tidemark_undo_options* options = tidemark_undo_options_create();
    tidemark_undo_report* report = NULL;
    char* text = NULL;

    MUST(tidemark_undo(db, batch, NULL, &report, &error));
    CHECK(!report->possible && report->conflict_count == 2 && report->listed_count == 2);
    CHECK(report->table_count == 0);
    look_at_conflict(report->conflicts[1]);
    tidemark_undo_report_destroy(report);

    tidemark_undo_options_set_conflicts_max(options, 1);
    MUST(tidemark_undo(db, batch, options, &report, &error));
    CHECK(report->conflict_count == 2 && report->listed_count == 1);
    look_at_conflict(report->conflicts[0]);
    MUST(tidemark_undo_report_to_json(report, &text, &error));
    CHECK(contains(text, "\"conflict_count\":2") && contains(text, "\"undone\":false"));
    tidemark_string_destroy(text);
    tidemark_undo_report_destroy(report);
    tidemark_undo_options_destroy(options);
    CHECK(number(tidemark_handle(db), "SELECT count(*) FROM t WHERE a = 'again'") == 2);
}

void case_undo(const world* w) {
    const char* path = file_in(w, "undone.db");
    tidemark_options* options = options_for(w);
    tidemark_database* db = NULL;
    tidemark_undo_report* report = NULL;
    tidemark_error* failure = NULL;
    uint64_t batch;

    tidemark_options_set_history_enabled(options, 1);
    MUST(tidemark_open(path, options, &db, &error));
    tidemark_options_destroy(options);
    run(tidemark_handle(db), "CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
    run(tidemark_handle(db), "INSERT INTO t VALUES(1, 'one'), (2, 'two')");
    CHECK(flushed(db) > 0);
    run(tidemark_handle(db), "UPDATE t SET a = 'changed'");
    batch = flushed(db);
    undo_what_nobody_changed(db, batch);
    run(tidemark_handle(db), "UPDATE t SET a = 'changed'; UPDATE t SET a = 'again'");
    undo_what_is_in_conflict(db, batch);

    CHECK(tidemark_undo(db, 999, NULL, &report, &failure) != TIDEMARK_OK && report == NULL);
    CHECK(contains(failure->message, "999"));
    tidemark_error_destroy(failure);
    MUST(tidemark_close(db, &error));
    tidemark_database_destroy(db);
    CHECK(number_on_disk(path, "SELECT count(*) FROM t WHERE a = 'again'") == 2);
}
