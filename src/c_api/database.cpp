#include "c_api/database.hpp"

#include "c_api/enums.hpp"
#include "c_api/options.hpp"
#include "c_api/status.hpp"

#include <chrono>

using namespace tidemark;
using namespace tidemark::c_api;

namespace {

Database& kept(tidemark_database* database) { return required(database, "database")->kept; }

}  // namespace

int tidemark_open(const char* path, const tidemark_options* options, tidemark_database** database,
                  tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_database*& out = required_out(database, "database");
        out = new tidemark_database{Database::open(required(path, "path"), options_of(options))};
    });
}

int tidemark_attach(sqlite3* connection, const char* path, const tidemark_options* options,
                    tidemark_database** database, tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_database*& out = required_out(database, "database");
        out = new tidemark_database{
            Database::attach(connection, required(path, "path"), options_of(options))};
    });
}

sqlite3* tidemark_handle(const tidemark_database* database) {
    return database == nullptr ? nullptr : database->kept.handle();
}

int tidemark_set_authorizer(tidemark_database* database,
                            int (*callback)(void* context, int action, const char* first,
                                            const char* second, const char* schema,
                                            const char* inside),
                            void* context, tidemark_error** error) {
    return guarded(error, [&] { kept(database).set_authorizer(callback, context); });
}

int tidemark_flush(tidemark_database* database, tidemark_error** error) {
    return guarded(error, [&] { kept(database).flush(); });
}

int tidemark_flush_within(tidemark_database* database, int64_t timeout_ms, tidemark_error** error) {
    return guarded(error, [&] { kept(database).flush(std::chrono::milliseconds{timeout_ms}); });
}

int tidemark_get_status(const tidemark_database* database, tidemark_status** status,
                        tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_status*& out = required_out(status, "status");
        out = make_status(required(database, "database")->kept.status());
    });
}

int tidemark_verify(tidemark_database* database, int64_t timeout_ms,
                    tidemark_verify_report** report, tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_verify_report*& out = required_out(report, "report");
        out = make_verify_report(kept(database).verify(std::chrono::milliseconds{timeout_ms}));
    });
}

int tidemark_close(tidemark_database* database, tidemark_error** error) {
    return guarded(error, [&] { kept(database).close(); });
}

int tidemark_close_within(tidemark_database* database, int64_t timeout_ms, tidemark_error** error) {
    return guarded(error, [&] { kept(database).close(std::chrono::milliseconds{timeout_ms}); });
}

void tidemark_database_destroy(tidemark_database* database) { delete database; }

int tidemark_inspect(const char* path, int load_check, tidemark_file_report** report,
                     tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_file_report*& out = required_out(report, "report");
        out = make_file_report(
            inspect(required(path, "path"), checked(load_check, LoadCheck::full, "load_check")));
    });
}
