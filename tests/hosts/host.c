/* Usage: host_c DATABASE SCRIPT STRATEGY INTERVAL_MS: plays the script, one statement per paragraph, on a
   database that is kept through the C interface, and prints rows as the sqlite3 shell does. */

#include <tidemark/tidemark.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int result, tidemark_error* error) {
    if (result == TIDEMARK_OK) return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static char* read_whole(const char* path) {
    FILE* file = fopen(path, "rb");
    long size;
    char* text;
    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) exit(2);
    rewind(file);
    text = malloc((size_t)size + 1);
    if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size) exit(2);
    text[size] = '\0';
    fclose(file);
    return text;
}

static void play(sqlite3* db, const char* sql) {
    sqlite3_stmt* statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        int i;
        for (i = 0; i < sqlite3_column_count(statement); ++i) {
            const unsigned char* text = sqlite3_column_text(statement, i);
            printf("%s%s", i > 0 ? "|" : "", text != NULL ? (const char*)text : "");
        }
        printf("\n");
        rc = SQLITE_OK;
    }
    if (rc != SQLITE_DONE) {
        fprintf(stderr, "%s\n%s\n", sqlite3_errmsg(db), sql);
        exit(1);
    }
    sqlite3_finalize(statement);
}

/* What is a function of SQL where the extension is loaded is one of C here. */
static void verify(tidemark_database* db) {
    tidemark_verify_report* report = NULL;
    tidemark_error* error = NULL;
    size_t i;
    must(tidemark_verify(db, 60000, &report, &error), error);
    for (i = 0; i < report->differences.count; ++i) printf("%s\n", report->differences.items[i]);
    if (report->equal) printf("ok\n");
    tidemark_verify_report_destroy(report);
}

int main(int count, char** arguments) {
    tidemark_options* options = tidemark_options_create();
    tidemark_database* db = NULL;
    tidemark_error* error = NULL;
    char* script;
    char* sql;
    char* end;

    if (count != 5) return 2;
    tidemark_options_set_strategy(options, strcmp(arguments[3], "trigger") == 0);
    tidemark_options_set_interval_ms(options, atoi(arguments[4]));
    must(tidemark_open(arguments[1], options, &db, &error), error);
    tidemark_options_destroy(options);
    fprintf(stderr, "SQLite %s of a program in C\n", sqlite3_libversion());

    script = read_whole(arguments[2]);
    for (sql = script; sql != NULL; sql = end) {
        end = strstr(sql, "\n\n");
        if (end != NULL) {
            *end = '\0';
            end += 2;
        }
        if (strcmp(sql, "SELECT tidemark_verify();") == 0) {
            verify(db);
        } else if (strcmp(sql, "SELECT tidemark_flush();") == 0) {
            must(tidemark_flush(db, &error), error);
        } else {
            play(tidemark_handle(db), sql);
        }
    }
    free(script);
    must(tidemark_close(db, &error), error);
    tidemark_database_destroy(db);
    return 0;
}
