#include "capture/trigger/transactions_table.hpp"

#include "capture/trigger/recorder.hpp"
#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tidemark::capture {
namespace {

namespace transactions_methods {

struct TransactionsTable {
    sqlite3_vtab base{};
    Recorder* recorder = nullptr;
};

Recorder& recorder_of(sqlite3_vtab* table) {
    return *reinterpret_cast<TransactionsTable*>(table)->recorder;
}

template <typename Action>
int guarded(Action action) noexcept {
    try {
        action();
        return SQLITE_OK;
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    } catch (...) {
        return SQLITE_ERROR;
    }
}

int connect(sqlite3* connection, void* shared, int, const char* const*, sqlite3_vtab** out,
            char**) {
    // Without it `PRAGMA trusted_schema=OFF` would make every write of the application fail.
    sqlite3_vtab_config(connection, SQLITE_VTAB_INNOCUOUS);
    const int rc = sqlite3_declare_vtab(connection, "CREATE TABLE transactions(slot)");
    if (rc != SQLITE_OK) return rc;
    return guarded([&] {
        auto table = std::make_unique<TransactionsTable>();
        table->recorder = static_cast<SharedRecorder*>(shared)->get();
        *out = &table.release()->base;
    });
}

int disconnect(sqlite3_vtab* table) {
    delete reinterpret_cast<TransactionsTable*>(table);
    return SQLITE_OK;
}

int best_index(sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; }

int open_cursor(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
    return guarded([&] { *out = std::make_unique<sqlite3_vtab_cursor>().release(); });
}

int close_cursor(sqlite3_vtab_cursor* cursor) {
    delete cursor;
    return SQLITE_OK;
}

// The table is always empty.
int filter(sqlite3_vtab_cursor*, int, const char*, int, sqlite3_value**) { return SQLITE_OK; }
int next(sqlite3_vtab_cursor*) { return SQLITE_OK; }
int at_end(sqlite3_vtab_cursor*) { return 1; }
int column(sqlite3_vtab_cursor*, sqlite3_context*, int) { return SQLITE_OK; }
int rowid(sqlite3_vtab_cursor*, sqlite3_int64* out) {
    *out = 0;
    return SQLITE_OK;
}

int update(sqlite3_vtab* table, int, sqlite3_value**, sqlite3_int64*) {
    sqlite3_free(table->zErrMsg);
    table->zErrMsg =
        sqlite3_mprintf("%s is tidemark's own and takes no rows", names::transactions_table);
    return SQLITE_READONLY;
}

int begin(sqlite3_vtab* table) {
    return guarded([&] { recorder_of(table).transactions().begin(); });
}

// The code that makes a COMMIT fail and the transaction be rolled back. SQLite leaves a transaction
// open whose COMMIT says SQLITE_BUSY, and runs a statement again that says SQLITE_SCHEMA.
int code_for_commit(const Error& error) noexcept {
    switch (error.code()) {
        case SQLITE_BUSY:
            return SQLITE_BUSY_TIMEOUT;
        case SQLITE_OK:
        case SQLITE_SCHEMA:
        case SQLITE_ROW:
        case SQLITE_DONE:
            return SQLITE_ERROR;
        default:
            return error.code();
    }
}

// The first of the two phases of a COMMIT: the last moment at which it can fail.
int sync(sqlite3_vtab* table) {
    try {
        recorder_of(table).prepare_commit();
        return SQLITE_OK;
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    } catch (const Error& error) {
        sqlite3_free(table->zErrMsg);
        table->zErrMsg = sqlite3_mprintf("%s", error.what());
        return code_for_commit(error);
    } catch (...) {
        return SQLITE_ERROR;
    }
}

int commit(sqlite3_vtab* table) {
    return guarded([&] { recorder_of(table).committed(); });
}

int rollback(sqlite3_vtab* table) {
    recorder_of(table).rolled_back();
    return SQLITE_OK;
}

int savepoint(sqlite3_vtab* table, int index) {
    return guarded([&] { recorder_of(table).transactions().savepoint(index); });
}

int release(sqlite3_vtab* table, int index) {
    recorder_of(table).transactions().release(index);
    return SQLITE_OK;
}

int rollback_to(sqlite3_vtab* table, int index) {
    return guarded([&] { recorder_of(table).transactions().rollback_to(index); });
}

}  // namespace transactions_methods

// No xCreate: the table is there as soon as the module is, in no schema (an eponymous virtual table),
// so that neither `PRAGMA temp_store` nor a rollback can take it away.
const sqlite3_module transactions_module = {
    .iVersion = 2,
    .xCreate = nullptr,
    .xConnect = transactions_methods::connect,
    .xBestIndex = transactions_methods::best_index,
    .xDisconnect = transactions_methods::disconnect,
    .xDestroy = transactions_methods::disconnect,
    .xOpen = transactions_methods::open_cursor,
    .xClose = transactions_methods::close_cursor,
    .xFilter = transactions_methods::filter,
    .xNext = transactions_methods::next,
    .xEof = transactions_methods::at_end,
    .xColumn = transactions_methods::column,
    .xRowid = transactions_methods::rowid,
    .xUpdate = transactions_methods::update,
    .xBegin = transactions_methods::begin,
    .xSync = transactions_methods::sync,
    .xCommit = transactions_methods::commit,
    .xRollback = transactions_methods::rollback,
    .xFindFunction = nullptr,
    .xRename = nullptr,
    .xSavepoint = transactions_methods::savepoint,
    .xRelease = transactions_methods::release,
    .xRollbackTo = transactions_methods::rollback_to,
    .xShadowName = nullptr,
};

// Our triggers would name that table instead of the virtual one. Names count up to a NUL.
void require_no_namesake(sqlite3* connection) {
    sqlite::Statement find(connection,
                           "SELECT 1 FROM main.sqlite_schema WHERE type IN ('table', 'view')"
                           " AND printf('%s', name) = ?1 COLLATE NOCASE");
    find.bind(1, std::string_view(names::transactions_table));
    if (!find.step()) return;
    throw Error({.operation = "watch the database",
                 .reason = std::string("it has a table or view named ") + names::transactions_table,
                 .advice = "drop or rename it with the sqlite3 shell: tidemark needs the name"});
}

}  // namespace

void register_transactions_table(sqlite3* connection, std::shared_ptr<Recorder> recorder) {
    require_no_namesake(connection);
    sqlite::check(
        connection,
        sqlite3_create_module_v2(connection, names::transactions_table, &transactions_module,
                                 new SharedRecorder(std::move(recorder)), destroy_shared),
        "register tidemark's virtual table on the RAM connection");
    // Makes SQLite declare the table now, and not within a statement of the application's, whose
    // authorizer would be asked.
    const sqlite::Statement declare(connection,
                                    std::string("SELECT slot FROM ") + names::transactions_table);
}

}  // namespace tidemark::capture
