/* The quick start in C: open, write at memory speed, know what is on disk. */

#include <tidemark/tidemark.h>

#include <sqlite3.h>
#include <stdio.h>

static int failed(tidemark_error* error) {
    fprintf(stderr, "%s\n", error->message);
    tidemark_error_destroy(error);
    return 1;
}

int main(int count, char** arguments) {
    tidemark_options* options = tidemark_options_create();
    tidemark_database* db = NULL;
    tidemark_error* error = NULL;
    int result;

    tidemark_options_set_strategy(options, TIDEMARK_STRATEGY_TRIGGER); /* or session, the default */
    tidemark_options_set_interval_ms(options, 5000);
    result = tidemark_open(count > 1 ? arguments[1] : "app.db", options, &db, &error);
    tidemark_options_destroy(options);
    if (result != TIDEMARK_OK) return failed(error);

    /* An ordinary connection. */
    sqlite3_exec(tidemark_handle(db),
                 "CREATE TABLE IF NOT EXISTS posts(id INTEGER PRIMARY KEY, title TEXT, views INT);"
                 "INSERT INTO posts(title, views) VALUES('Hello', 100);",
                 NULL, NULL, NULL);

    /* Everything committed so far is on disk when this returns. */
    if (tidemark_flush(db, &error) != TIDEMARK_OK) result = failed(error);

    /* The last flush. What destroying would lose in silence, closing reports. */
    if (tidemark_close(db, &error) != TIDEMARK_OK) result = failed(error);
    tidemark_database_destroy(db);
    return result;
}
