/* NULL wherever a pointer is asked for: an error that says so, and never a crash. */

#include "c_api/kept.h"

/* With and without somebody to tell. */
#define MISUSED(call)                                   \
    do {                                                \
        tidemark_error* error = NULL;                   \
        CHECK((call) == TIDEMARK_MISUSE);               \
        CHECK(error != NULL && *error->advice != '\0'); \
        tidemark_error_destroy(error);                  \
    } while (0)

static void misuse_databases(const char* path) {
    tidemark_database* db = NULL;
    tidemark_status* status = NULL;
    tidemark_verify_report* report = NULL;
    tidemark_file_report* file = NULL;

    MISUSED(tidemark_open(NULL, NULL, &db, &error));
    MISUSED(tidemark_open(path, NULL, NULL, &error));
    MISUSED(tidemark_attach(NULL, path, NULL, &db, &error));
    MISUSED(tidemark_set_authorizer(NULL, NULL, NULL, &error));
    MISUSED(tidemark_flush(NULL, &error));
    MISUSED(tidemark_flush_within(NULL, 1, &error));
    MISUSED(tidemark_get_status(NULL, &status, &error));
    MISUSED(tidemark_verify(NULL, 1, &report, &error));
    MISUSED(tidemark_close(NULL, &error));
    MISUSED(tidemark_close_within(NULL, 1, &error));
    MISUSED(tidemark_inspect(NULL, 0, &file, &error));
    MISUSED(tidemark_inspect(path, 3, &file, &error));
    MISUSED(tidemark_inspect(path, 0, NULL, &error));
    CHECK(tidemark_handle(NULL) == NULL);
    CHECK(tidemark_history_path(NULL) == NULL);
}

static void misuse_histories(const char* path) {
    tidemark_history* history = NULL;
    tidemark_batches* batches = NULL;
    tidemark_gaps* gaps = NULL;
    tidemark_changes* changes = NULL;
    tidemark_schema_statements* schema = NULL;
    tidemark_changeset* changeset = NULL;
    tidemark_change_cursor* cursor = NULL;
    const tidemark_change* change = NULL;
    uint64_t batch = 0;
    char* text = NULL;

    MISUSED(tidemark_history_open(NULL, &history, &error));
    MISUSED(tidemark_history_batches(NULL, 0, &batches, &error));
    MISUSED(tidemark_history_gaps(NULL, &gaps, &error));
    MISUSED(tidemark_history_changes(NULL, 0, &changes, &error));
    MISUSED(tidemark_history_row(NULL, "t", NULL, 0, 0, NULL, NULL, &error));
    MISUSED(tidemark_changes_schema(NULL, &schema, &error));
    MISUSED(tidemark_changes_to_json(NULL, &text, &error));
    MISUSED(tidemark_changes_to_sql(NULL, &text, &error));
    MISUSED(tidemark_changes_to_inverse_sql(NULL, &text, &error));
    MISUSED(tidemark_changes_to_changeset(NULL, &changeset, &error));
    MISUSED(tidemark_change_to_json(NULL, &text, &error));
    MISUSED(tidemark_change_to_sql(NULL, &text, &error));
    MISUSED(tidemark_change_to_inverse_sql(NULL, &text, &error));
    MISUSED(tidemark_change_cursor_create(NULL, &cursor, &error));
    MISUSED(tidemark_change_cursor_next(NULL, &change, &error));
    MISUSED(tidemark_batch_at(NULL, 0, &batch, &error));
    MISUSED(tidemark_restore(NULL, 0, path, &error));
    MISUSED(tidemark_restore(path, 0, NULL, &error));
    MISUSED(tidemark_replay(NULL, 0, path, NULL, &error));
    MISUSED(tidemark_replay(path, 0, NULL, NULL, &error));
}

static void misuse_undo(void) {
    tidemark_undo_report* report = NULL;
    char* text = NULL;

    MISUSED(tidemark_undo(NULL, 1, NULL, &report, &error));
    MISUSED(tidemark_undo(NULL, 1, NULL, NULL, &error));
    MISUSED(tidemark_undo_report_to_json(NULL, &text, &error));
    tidemark_undo_options_set_dry_run(NULL, 1);
    tidemark_undo_options_set_conflicts_max(NULL, 1);
    tidemark_undo_options_set_deadline_ms(NULL, 1);
    CHECK(equals(tidemark_undo_conflict_kind_name(99), "unknown"));
}

static void destroy_nothing(void) {
    tidemark_string_destroy(NULL);
    tidemark_error_destroy(NULL);
    tidemark_options_destroy(NULL);
    tidemark_status_destroy(NULL);
    tidemark_verify_report_destroy(NULL);
    tidemark_file_report_destroy(NULL);
    tidemark_database_destroy(NULL);
    tidemark_history_destroy(NULL);
    tidemark_batches_destroy(NULL);
    tidemark_gaps_destroy(NULL);
    tidemark_changes_destroy(NULL);
    tidemark_schema_statements_destroy(NULL);
    tidemark_changeset_destroy(NULL);
    tidemark_change_cursor_destroy(NULL);
    tidemark_undo_options_destroy(NULL);
    tidemark_undo_report_destroy(NULL);
    tidemark_destination_destroy(NULL);
}

void case_misuse(const world* w) {
    misuse_databases(file_in(w, "none.db"));
    misuse_histories(file_in(w, "none.db"));
    misuse_undo();
    destroy_nothing();
    CHECK(equals(tidemark_state_name(99), "unknown"));
    CHECK(equals(tidemark_strategy_name(-1), "unknown"));
    CHECK(equals(tidemark_capture_method_name(99), "unknown"));
    CHECK(tidemark_change_kind_name(99) != NULL);
}
