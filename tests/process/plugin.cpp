// A library that keeps a database and is unloaded without closing it. Built by Clang `dlclose` really
// unloads such a library; GCC's has symbols (STB_GNU_UNIQUE) that keep it loaded in any case.

#include <tidemark/tidemark.hpp>

#include <sqlite3.h>

#include <chrono>

extern "C" [[gnu::visibility("default")]] sqlite3* plugin_keep(const char* file, bool session) {
    tidemark::Options options;
    options.strategy = session ? tidemark::Strategy::session : tidemark::Strategy::trigger;
    options.interval = std::chrono::hours{1};
    const auto* const database = new tidemark::Database(tidemark::Database::open(file, options));
    ::sqlite3_exec(database->handle(), "INSERT INTO t VALUES(1)", nullptr, nullptr, nullptr);
    return database->handle();
}
