/* The history: batches, changes, values; restoring and replaying. */

#include "c_api/kept.h"

/* A database with three batches above the first. */
static void make_history(const world* w, const char* path) {
    tidemark_options* options = options_for(w);
    tidemark_database* db = NULL;

    tidemark_options_set_history_enabled(options, 1);
    MUST(tidemark_open(path, options, &db, &error));
    run(tidemark_handle(db),
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);"
        "INSERT INTO t VALUES(1, 'one', 1.5), (2, x'00ff', NULL)");
    MUST(tidemark_flush(db, &error));
    run(tidemark_handle(db), "UPDATE t SET a = 'changed' WHERE id = 1");
    MUST(tidemark_flush(db, &error));
    run(tidemark_handle(db), "DELETE FROM t WHERE id = 2");
    MUST(tidemark_flush(db, &error));
    MUST(tidemark_close(db, &error));
    tidemark_database_destroy(db);
    tidemark_options_destroy(options);
}

static int is_text(const tidemark_value* value, const char* text) {
    return value->storage_class == TIDEMARK_TEXT && value->size == strlen(text) &&
           memcmp(value->bytes, text, value->size) == 0;
}

/* Of the batch that made the table and its two rows. */
static void look_at_first_batch(const tidemark_changes* changes) {
    tidemark_schema_statements* schema = NULL;
    tidemark_change_cursor* cursor = NULL;
    const tidemark_change* change = NULL;

    CHECK(changes->size == 2 && changes->changes_schema && changes->time_ms > 1600000000000);
    MUST(tidemark_changes_schema(changes, &schema, &error));
    CHECK(schema->before_rows.count == 1 && schema->after_rows.count == 0);
    CHECK(contains(schema->before_rows.items[0], "CREATE TABLE t"));
    tidemark_schema_statements_destroy(schema);

    MUST(tidemark_change_cursor_create(changes, &cursor, &error));
    MUST(tidemark_change_cursor_next(cursor, &change, &error));
    CHECK(change->kind == TIDEMARK_INSERT && equals(change->table, "t"));
    CHECK(equals(tidemark_change_kind_name(change->kind), "INSERT"));
    CHECK(change->columns.count == 3 && equals(change->columns.items[2], "b"));
    CHECK(change->key_count == 1 && change->key[0] == 0);
    CHECK(change->old_values.count == 0 && change->new_values.count == 3);
    CHECK(change->new_values.items[0].storage_class == TIDEMARK_INTEGER);
    CHECK(change->new_values.items[0].integer == 1);
    CHECK(is_text(&change->new_values.items[1], "one"));
    CHECK(change->new_values.items[2].storage_class == TIDEMARK_REAL);
    CHECK(change->new_values.items[2].real > 1.4 && change->new_values.items[2].real < 1.6);
    CHECK(!change->has_new_rowid && !change->has_old_rowid);
    MUST(tidemark_change_cursor_next(cursor, &change, &error));
    CHECK(change->new_values.items[1].storage_class == TIDEMARK_BLOB);
    CHECK(change->new_values.items[1].size == 2);
    CHECK(memcmp(change->new_values.items[1].bytes, "\0\xff", 2) == 0);
    CHECK(change->new_values.items[2].storage_class == TIDEMARK_NULL);
    MUST(tidemark_change_cursor_next(cursor, &change, &error));
    CHECK(change == NULL);
    MUST(tidemark_change_cursor_next(cursor, &change, &error));
    CHECK(change == NULL);
    tidemark_change_cursor_destroy(cursor);
}

/* `function` writes a text that has this in it. */
#define TEXT_HAS(function, object, part)       \
    do {                                       \
        char* text = NULL;                     \
        MUST(function(object, &text, &error)); \
        CHECK(contains(text, part));           \
        tidemark_string_destroy(text);         \
    } while (0)

/* Of the batch that updated a row. */
static void look_at_second_batch(const tidemark_changes* changes) {
    tidemark_changeset* changeset = NULL;
    tidemark_change_cursor* cursor = NULL;
    const tidemark_change* change = NULL;

    CHECK(changes->size == 1 && !changes->changes_schema && changes->previous < changes->batch);
    TEXT_HAS(tidemark_changes_to_json, changes, "\"changed\"");
    TEXT_HAS(tidemark_changes_to_sql, changes, "'changed'");
    TEXT_HAS(tidemark_changes_to_inverse_sql, changes, "'one'");
    MUST(tidemark_changes_to_changeset(changes, &changeset, &error));
    CHECK(changeset->size > 10 && ((const char*)changeset->bytes)[0] == 'T');
    CHECK(changeset->left_out.count == 0);
    tidemark_changeset_destroy(changeset);

    MUST(tidemark_change_cursor_create(changes, &cursor, &error));
    MUST(tidemark_change_cursor_next(cursor, &change, &error));
    CHECK(change->kind == TIDEMARK_UPDATE);
    CHECK(is_text(&change->old_values.items[1], "one"));
    CHECK(is_text(&change->new_values.items[1], "changed"));
    TEXT_HAS(tidemark_change_to_json, change, "\"UPDATE\"");
    TEXT_HAS(tidemark_change_to_sql, change, "UPDATE \"t\"");
    TEXT_HAS(tidemark_change_to_inverse_sql, change, "'one'");
    tidemark_change_cursor_destroy(cursor);
}

void case_history(const world* w) {
    const char* path = file_in(w, "app.db");
    tidemark_history* history = NULL;
    tidemark_batches* batches = NULL;
    tidemark_gaps* gaps = NULL;
    tidemark_changes* changes = NULL;
    tidemark_error* failure = NULL;
    const tidemark_batch* first;

    make_history(w, path);
    MUST(tidemark_history_open(path, &history, &error));
    CHECK(contains(tidemark_history_path(history), "app.db-history"));
    MUST(tidemark_history_gaps(history, &gaps, &error));
    CHECK(gaps->count == 0);
    tidemark_gaps_destroy(gaps);

    MUST(tidemark_history_batches(history, 0, &batches, &error));
    CHECK(batches->count == 3);
    first = batches->items[0];
    CHECK(first->changes_schema && first->previous < first->number && first->time_ms > 0);
    CHECK(first->stored_bytes > 0 && first->content_bytes > 0 && first->table_count == 1);
    CHECK(equals(first->tables[0]->table, "t") && first->tables[0]->inserts == 2);
    CHECK(batches->items[1]->tables[0]->updates == 1 && batches->items[2]->tables[0]->deletes == 1);

    MUST(tidemark_history_changes(history, first->number, &changes, &error));
    look_at_first_batch(changes);
    /* What changes the schema cannot be taken back by SQL. */
    {
        char* text = NULL;
        CHECK(tidemark_changes_to_inverse_sql(changes, &text, &failure) != TIDEMARK_OK);
        CHECK(text == NULL && failure != NULL);
        tidemark_error_destroy(failure);
    }
    tidemark_changes_destroy(changes);
    MUST(tidemark_history_changes(history, batches->items[1]->number, &changes, &error));
    look_at_second_batch(changes);
    tidemark_changes_destroy(changes);

    CHECK(tidemark_history_changes(history, 999, &changes, &failure) != TIDEMARK_OK);
    CHECK(changes == NULL && contains(failure->message, "999"));
    tidemark_error_destroy(failure);
    tidemark_batches_destroy(batches);
    tidemark_history_destroy(history);
}

typedef struct visits {
    int count, stop_at;
    int kinds[8];
} visits;

static int visit(void* context, const tidemark_changes* batch, const tidemark_change* change) {
    visits* v = context;
    CHECK(batch->size > 0 && equals(change->table, "t"));
    v->kinds[v->count++] = change->kind;
    return v->count == v->stop_at;
}

void case_row(const world* w) {
    const char* path = file_in(w, "app.db");
    const char* key[] = {"2"};
    tidemark_history* history = NULL;
    visits all = {0};
    visits first = {0};
    visits none = {0};

    make_history(w, path);
    MUST(tidemark_history_open(path, &history, &error));
    MUST(tidemark_history_row(history, "t", key, 1, 0, visit, &all, &error));
    CHECK(all.count == 2 && all.kinds[0] == TIDEMARK_INSERT && all.kinds[1] == TIDEMARK_DELETE);
    first.stop_at = 1;
    MUST(tidemark_history_row(history, "t", key, 1, 0, visit, &first, &error));
    CHECK(first.count == 1);
    MUST(tidemark_history_row(history, "t", key, 1, 999, visit, &none, &error));
    CHECK(none.count == 0);
    tidemark_history_destroy(history);
}

void case_restore(const world* w) {
    const char* path = file_in(w, "app.db");
    const char* old = file_in(w, "old.db");
    tidemark_history* history = NULL;
    tidemark_batches* batches = NULL;
    tidemark_error* failure = NULL;
    uint64_t number_then = 0;
    uint64_t last = 0;

    make_history(w, path);
    MUST(tidemark_history_open(path, &history, &error));
    MUST(tidemark_history_batches(history, 0, &batches, &error));
    MUST(tidemark_batch_at(path, batches->items[2]->time_ms + 1, &number_then, &error));
    CHECK(number_then == batches->items[2]->number);
    CHECK(tidemark_batch_at(path, 1000, &number_then, NULL) != TIDEMARK_OK && number_then == 0);

    MUST(tidemark_restore(path, batches->items[0]->number, old, &error));
    CHECK(number_on_disk(old, "SELECT count(*) FROM t") == 2);
    CHECK(tidemark_restore(path, batches->items[0]->number, old, &failure) != TIDEMARK_OK);
    CHECK(contains(failure->message, "old.db"));
    tidemark_error_destroy(failure);

    MUST(tidemark_replay(path, batches->items[0]->number, old, &last, &error));
    CHECK(last == batches->items[2]->number);
    CHECK(number_on_disk(old, "SELECT count(*) FROM t WHERE a = 'changed'") == 1);
    CHECK(number_on_disk(old, "SELECT count(*) FROM t") == 1);
    CHECK(tidemark_replay(path, last, file_in(w, "missing.db"), NULL, NULL) != TIDEMARK_OK);

    tidemark_batches_destroy(batches);
    tidemark_history_destroy(history);
}
