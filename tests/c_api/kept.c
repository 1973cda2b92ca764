#include "c_api/kept.h"

void fail(const char* file, int line, const char* what) {
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    exit(1);
}

const char* file_in(const world* w, const char* name) {
    static char buffers[4][512];
    static unsigned next;
    char* buffer = buffers[next++ % 4];
    snprintf(buffer, sizeof buffers[0], "%s/%s", w->folder, name);
    return buffer;
}

tidemark_options* options_for(const world* w) {
    tidemark_options* options = tidemark_options_create();
    CHECK(options != NULL);
    tidemark_options_set_strategy(options, w->strategy);
    tidemark_options_set_interval_ms(options, 3600000);
    tidemark_options_set_synchronous(options, TIDEMARK_SYNCHRONOUS_OFF);
    return options;
}

void run(sqlite3* db, const char* sql) {
    char* message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) fail(__FILE__, __LINE__, message);
}

long long number(sqlite3* db, const char* sql) {
    sqlite3_stmt* statement = NULL;
    long long result;
    CHECK(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK);
    CHECK(sqlite3_step(statement) == SQLITE_ROW);
    result = sqlite3_column_int64(statement, 0);
    CHECK(sqlite3_finalize(statement) == SQLITE_OK);
    return result;
}

long long number_on_disk(const char* path, const char* sql) {
    sqlite3* db = NULL;
    long long result;
    CHECK(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    result = number(db, sql);
    CHECK(sqlite3_close(db) == SQLITE_OK);
    return result;
}

int equals(const char* text, const char* expected) { return strcmp(text, expected) == 0; }

int contains(const char* text, const char* part) { return strstr(text, part) != NULL; }
