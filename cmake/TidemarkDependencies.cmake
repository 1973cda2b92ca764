# What the library needs: threads, the headers of xxHash, zstd, and a SQLite that can watch its changes.

include(CheckCXXSourceCompiles)

# GLOBAL: whoever links tidemark needs these targets too, in whatever folder that is.
find_package(Threads REQUIRED GLOBAL)
find_package(SQLite3 3.40 REQUIRED GLOBAL)

list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
find_package(Zstd 1.4 REQUIRED)

find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED DOC "Folder of xxhash.h (Debian: libxxhash-dev)")
mark_as_advanced(XXHASH_INCLUDE_DIR)

# Not every SQLite is built with the session extension and the preupdate hook: ask the linker.
set(CMAKE_REQUIRED_LIBRARIES SQLite::SQLite3)
set(CMAKE_REQUIRED_DEFINITIONS -DSQLITE_ENABLE_SESSION -DSQLITE_ENABLE_PREUPDATE_HOOK)
check_cxx_source_compiles([[
    #include <sqlite3.h>
    int main() {
        sqlite3_session* session = nullptr;
        sqlite3_preupdate_hook(nullptr, nullptr, nullptr);
        return sqlite3session_create(nullptr, "main", &session);
    }]]
    TIDEMARK_SQLITE_HAS_SESSION)
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_DEFINITIONS)

if(NOT TIDEMARK_SQLITE_HAS_SESSION)
    # Look again next time: by then another SQLite may be installed.
    unset(TIDEMARK_SQLITE_HAS_SESSION CACHE)
    message(FATAL_ERROR
        "SQLite ${SQLite3_VERSION} at ${SQLite3_LIBRARIES} lacks the session extension or the "
        "preupdate hook. tidemark needs a SQLite that was built with "
        "-DSQLITE_ENABLE_SESSION -DSQLITE_ENABLE_PREUPDATE_HOOK, as Debian and Ubuntu build it. "
        "Install one and name it with -DSQLite3_LIBRARY=... -DSQLite3_INCLUDE_DIR=...")
endif()
