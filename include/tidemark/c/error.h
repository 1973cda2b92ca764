#ifndef TIDEMARK_C_ERROR_H
#define TIDEMARK_C_ERROR_H

#include <tidemark/c/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Why something could not be done. */
typedef struct tidemark_error {
    /** SQLite's extended result code (`code & 0xff` is the primary one), or 0 when SQLite was not
        involved. */
    int code;
    /** 1 for a full disk, a held lock, an I/O error: the same call can succeed later, and the sync
        thread tries again by itself. 0 for what only a person can change. */
    int retryable;
    /** The parts below in one text, to be shown to somebody. */
    const char* message;
    /** What was tried, as a verb phrase: "open the disk database". */
    const char* operation;
    /** On what: a path, a table, an option. May be empty, like those below. */
    const char* object;
    /** What went wrong, in SQLite's words where SQLite said it. */
    const char* reason;
    /** What the reader can do about it. */
    const char* advice;
} tidemark_error;

/** NULL does nothing. */
TIDEMARK_EXPORT void tidemark_error_destroy(tidemark_error* error);

#ifdef __cplusplus
}
#endif

#endif
