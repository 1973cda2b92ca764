/* Every option, what is refused, and the callback for disk connections. */

#include "c_api/kept.h"

/* A database with these options can be opened, and keeps a row. */
static void expect_kept(const world* w, const tidemark_options* options, const char* name) {
    const char* path = file_in(w, name);
    tidemark_database* db = NULL;

    MUST(tidemark_options_validate(options, &error));
    MUST(tidemark_open(path, options, &db, &error));
    run(tidemark_handle(db), "CREATE TABLE t(a PRIMARY KEY); CREATE TABLE volatile(a PRIMARY KEY)");
    run(tidemark_handle(db), "INSERT INTO t VALUES(1); INSERT INTO volatile VALUES(1)");
    MUST(tidemark_close(db, &error));
    tidemark_database_destroy(db);
    CHECK(number_on_disk(path, "SELECT count(*) FROM t") == 1);
}

static void set_the_rest(tidemark_options* options) {
    tidemark_options_set_cut_changes(options, 10);
    tidemark_options_set_cut_bytes(options, 1000);
    tidemark_options_set_pending_bytes_max(options, 1 << 20);
    tidemark_options_set_pending_limit(options, TIDEMARK_PENDING_GROW);
    tidemark_options_set_busy_timeout_ms(options, 100);
    tidemark_options_set_retry_pause_first_ms(options, 10);
    tidemark_options_set_retry_pause_max_ms(options, 100);
    tidemark_options_set_close_deadline_ms(options, 20000);
    tidemark_options_set_load_check(options, TIDEMARK_LOAD_CHECK_FULL);
    tidemark_options_set_foreign_writes(options, TIDEMARK_FOREIGN_WRITES_OVERWRITE);
    tidemark_options_set_history_enabled(options, 1);
    tidemark_options_set_history_age_max_ms(options, 1000000);
    tidemark_options_set_history_bytes_max(options, 1000000);
    tidemark_options_set_history_batches_max(options, 10);
    tidemark_options_set_history_held_bytes_max(options, 1000000);
}

void case_options(const world* w) {
    tidemark_options* options = options_for(w);

    set_the_rest(options);
    tidemark_options_set_journal_mode(options, TIDEMARK_JOURNAL_DELETE);
    tidemark_options_add_exclude_table(options, "volatile");
    expect_kept(w, options, "rest.db");
    CHECK(number_on_disk(file_in(w, "rest.db"), "SELECT count(*) FROM volatile") == 0);
    CHECK(number_on_disk(file_in(w, "rest.db-history"), "SELECT count(*) FROM batches") > 0);
    tidemark_options_destroy(options);

    options = options_for(w);
    tidemark_options_add_include_table(options, "t");
    tidemark_options_set_cutting(options, TIDEMARK_CUTTING_IN_CALLS);
    expect_kept(w, options, "included.db");
    CHECK(number_on_disk(file_in(w, "included.db"), "SELECT count(*) FROM volatile") == 0);
    tidemark_options_destroy(options);

    options = options_for(w);
    tidemark_options_set_strategy(options, TIDEMARK_STRATEGY_TRIGGER);
    tidemark_options_set_durability(options, TIDEMARK_DURABILITY_COMMIT);
    tidemark_options_set_watch_blob_writes(options, 1);
    expect_kept(w, options, "durable.db");
    CHECK(number_on_disk(file_in(w, "durable.db"), "SELECT count(*) FROM volatile") == 1);
    tidemark_options_destroy(options);
}

/* Whatever is set afterwards, opening fails with the first complaint, and nothing is created. */
static void expect_complaint(const world* w, tidemark_options* options, const char* about) {
    tidemark_database* db = NULL;
    tidemark_error* error = NULL;

    tidemark_options_set_strategy(options, 99);
    CHECK(tidemark_options_validate(options, &error) == TIDEMARK_MISUSE);
    CHECK(equals(error->object, about) && *error->advice != '\0');
    tidemark_error_destroy(error);
    CHECK(tidemark_open(file_in(w, "never.db"), options, &db, &error) == TIDEMARK_MISUSE);
    CHECK(equals(error->object, about));
    tidemark_error_destroy(error);
    CHECK(tidemark_inspect(file_in(w, "never.db"), 0, NULL, NULL) == TIDEMARK_MISUSE);
    tidemark_options_destroy(options);
}

#define COMPLAINT(setter, argument, about)            \
    do {                                              \
        options = options_for(w);                     \
        tidemark_options_##setter(options, argument); \
        expect_complaint(w, options, about);          \
    } while (0)

void case_complaints(const world* w) {
    tidemark_options* options;
    tidemark_error* error = NULL;
    FILE* file;

    COMPLAINT(set_strategy, 2, "strategy");
    COMPLAINT(set_strategy, -1, "strategy");
    COMPLAINT(set_durability, 2, "durability");
    COMPLAINT(set_cutting, 2, "cutting");
    COMPLAINT(set_pending_limit, 2, "limit");
    COMPLAINT(set_journal_mode, 4, "mode");
    COMPLAINT(set_synchronous, 4, "synchronous");
    COMPLAINT(set_load_check, 3, "check");
    COMPLAINT(set_foreign_writes, 2, "writes");
    COMPLAINT(add_include_table, NULL, "table");
    COMPLAINT(add_exclude_table, NULL, "table");
    COMPLAINT(add_destination, NULL, "destination");
    file = fopen(file_in(w, "never.db"), "r");
    CHECK(file == NULL);

    /* What does not go together. */
    options = options_for(w);
    tidemark_options_set_history_batches_max(options, 1);
    CHECK(tidemark_options_validate(options, &error) == TIDEMARK_MISUSE);
    CHECK(contains(error->object, "history") && contains(error->advice, "enabled"));
    tidemark_error_destroy(error);
    tidemark_options_destroy(options);

    CHECK(tidemark_options_validate(NULL, NULL) == TIDEMARK_MISUSE);
    tidemark_options_set_interval_ms(NULL, 1);
    tidemark_options_destroy(NULL);
}

static int reversed(void* context, int left_size, const void* left, int right_size,
                    const void* right) {
    int common = left_size < right_size ? left_size : right_size;
    int order = memcmp(right, left, (size_t)common);
    (void)context;
    return order != 0 ? order : right_size - left_size;
}

static int prepare(void* context, sqlite3* disk) {
    ++*(int*)context;
    return sqlite3_create_collation(disk, "reversed", SQLITE_UTF8, NULL, reversed);
}

static int refuse(void* context, sqlite3* disk) {
    (void)context, (void)disk;
    return SQLITE_PERM;
}

void case_prepare(const world* w) {
    const char* path = file_in(w, "prepared.db");
    tidemark_options* options = options_for(w);
    tidemark_database* db = NULL;
    tidemark_error* failure = NULL;
    int prepared = 0;

    tidemark_options_set_prepare_disk_connection(options, refuse, NULL);
    CHECK(tidemark_open(path, options, &db, &failure) == TIDEMARK_ERROR && db == NULL);
    CHECK(failure->code == SQLITE_PERM);
    tidemark_error_destroy(failure);

    tidemark_options_set_prepare_disk_connection(options, prepare, &prepared);
    MUST(tidemark_open(path, options, &db, &error));
    CHECK(prepared > 0);
    CHECK(sqlite3_create_collation(tidemark_handle(db), "reversed", SQLITE_UTF8, NULL, reversed) ==
          SQLITE_OK);
    run(tidemark_handle(db),
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a COLLATE reversed);"
        "CREATE INDEX i ON t(a); INSERT INTO t(a) VALUES('a'), ('b')");
    MUST(tidemark_close(db, &error));
    tidemark_database_destroy(db);
    CHECK(number_on_disk(path, "SELECT count(*) FROM t NOT INDEXED") == 2);

    tidemark_options_set_prepare_disk_connection(options, NULL, NULL);
    MUST(tidemark_options_validate(options, &error));
    tidemark_options_destroy(options);
}
