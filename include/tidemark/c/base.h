#ifndef TIDEMARK_C_BASE_H
#define TIDEMARK_C_BASE_H

#include <tidemark/export.h>
#include <tidemark/version.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a function that can fail returns. */
typedef enum tidemark_result {
    TIDEMARK_OK = 0,        /**< Done. */
    TIDEMARK_ERROR = 1,     /**< It could not be done; the error says why and what to do. */
    TIDEMARK_NO_MEMORY = 2, /**< There was no memory for it. */
    TIDEMARK_MISUSE = 3,    /**< A mistake of the caller's, such as NULL where none is allowed. */
    TIDEMARK_INTERNAL = 4   /**< A mistake of tidemark's: please report it. */
} tidemark_result;

/** A list of strings. */
typedef struct tidemark_strings {
    size_t count;
    const char* const* items;
} tidemark_strings;

/** The version of the library, such as "0.1.0", and as a number: 1002003 is 1.2.3. */
TIDEMARK_EXPORT const char* tidemark_version(void);
TIDEMARK_EXPORT int tidemark_version_number(void);

/** For a text that a function has handed out as `char*`. NULL does nothing. */
TIDEMARK_EXPORT void tidemark_string_destroy(char* text);

#ifdef __cplusplus
}
#endif

#endif
