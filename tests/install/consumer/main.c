/* The same program in C. */

#include <tidemark/tidemark.h>

#include <sqlite3.h>
#include <stdio.h>

static int failed(tidemark_error* error) {
    fprintf(stderr, "%s\n", error->message);
    tidemark_error_destroy(error);
    return 1;
}

int main(int argc, char** argv) {
    tidemark_database* db = NULL;
    tidemark_error* error = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: consumer DATABASE\n");
        return 2;
    }
    if (tidemark_open(argv[1], NULL, &db, &error) != TIDEMARK_OK) return failed(error);
    sqlite3_exec(tidemark_handle(db), "CREATE TABLE greeting(word TEXT)", NULL, NULL, NULL);
    sqlite3_exec(tidemark_handle(db), "INSERT INTO greeting VALUES ('hello')", NULL, NULL, NULL);
    if (tidemark_close(db, &error) != TIDEMARK_OK) return failed(error);
    tidemark_database_destroy(db);

    printf("tidemark %s\n", tidemark_version());
    return 0;
}
