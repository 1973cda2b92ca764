// Where SQLite enters when the extension is loaded.

#include "connection.hpp"
#include "host.hpp"

#include <tidemark/export.hpp>

#include <exception>
#include <mutex>
#include <new>

SQLITE_EXTENSION_INIT1

namespace {

constexpr int oldest_version = 3'040'000;

// Null, or why this SQLite cannot be used.
const char* use_host(const sqlite3_api_routines* api) noexcept {
    // Before anything else: the table of an older SQLite ends before the functions that are needed.
    if (api->libversion_number() < oldest_version) {
        return "tidemark needs SQLite 3.40 or newer, and this program has an older one";
    }
    if (api->xthreadsafe() == 0) {
        return "tidemark needs a SQLite with support for threads, and this program's was built "
               "with "
               "SQLITE_THREADSAFE=0";
    }
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    if (sqlite3_api == nullptr) {
        SQLITE_EXTENSION_INIT2(api);
    } else if (sqlite3_api->libversion_number != api->libversion_number) {
        return "another SQLite in this process uses this copy of tidemark already";
    }
    return nullptr;
}

}  // namespace

// The prototype is that of SQLite's documentation.
extern "C" TIDEMARK_EXPORT int sqlite3_tidemark_init(sqlite3* connection, char** message,
                                                     const sqlite3_api_routines* api) {
    try {
        if (const char* reason = use_host(api)) {
            *message = api->mprintf("%s", reason);
            return SQLITE_ERROR;
        }
        const int rc = extension::register_on(connection);
        // Threads run in this code: it stays until the process ends.
        return rc == SQLITE_OK ? SQLITE_OK_LOAD_PERMANENTLY : rc;
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    } catch (const std::exception& error) {
        *message = api->mprintf("%s", error.what());
        return SQLITE_ERROR;
    }
}
