// The table-valued function tidemark_tables: how the changes of each table get to the disk.

#include "connection.hpp"

#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace extension {
namespace {

struct Table {
    sqlite3_vtab base{};
    Connection* connection = nullptr;
};

struct Cursor {
    sqlite3_vtab_cursor base{};
    std::vector<tidemark::TableStatus> rows;
    std::size_t position = 0;
};

Cursor& cursor_of(sqlite3_vtab_cursor* cursor) { return *reinterpret_cast<Cursor*>(cursor); }

template <typename Action>
int guarded(sqlite3_vtab* table, Action action) noexcept {
    try {
        action();
        return SQLITE_OK;
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    } catch (const std::exception& error) {
        sqlite3_free(table->zErrMsg);
        table->zErrMsg = sqlite3_mprintf("tidemark: %s", error.what());
        return SQLITE_ERROR;
    }
}

int connect(sqlite3* connection, void* kept, int, const char* const*, sqlite3_vtab** out, char**) {
    sqlite3_vtab_config(connection, SQLITE_VTAB_DIRECTONLY);
    const int rc = sqlite3_declare_vtab(connection, "CREATE TABLE t(name, method, reason)");
    if (rc != SQLITE_OK) return rc;
    auto* table = new (std::nothrow) Table;
    if (table == nullptr) return SQLITE_NOMEM;
    table->connection = static_cast<Connection*>(kept);
    *out = &table->base;
    return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
    delete reinterpret_cast<Table*>(table);
    return SQLITE_OK;
}

int best_index(sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; }

int open_cursor(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
    auto* cursor = new (std::nothrow) Cursor;
    if (cursor == nullptr) return SQLITE_NOMEM;
    *out = &cursor->base;
    return SQLITE_OK;
}

int close_cursor(sqlite3_vtab_cursor* cursor) {
    delete &cursor_of(cursor);
    return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* base, int, const char*, int, sqlite3_value**) {
    return guarded(base->pVtab, [&] {
        Cursor& cursor = cursor_of(base);
        cursor.position = 0;
        cursor.rows = reinterpret_cast<Table*>(base->pVtab)->connection->database().status().tables;
    });
}

int next(sqlite3_vtab_cursor* cursor) {
    ++cursor_of(cursor).position;
    return SQLITE_OK;
}

int at_end(sqlite3_vtab_cursor* base) {
    const Cursor& cursor = cursor_of(base);
    return cursor.position >= cursor.rows.size() ? 1 : 0;
}

void result(sqlite3_context* context, const std::string& text) {
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int number) {
    const Cursor& cursor = cursor_of(base);
    const tidemark::TableStatus& row = cursor.rows[cursor.position];
    if (number == 0) {
        result(context, row.name);
    } else if (number == 1) {
        result(context, tidemark::to_string(row.method));
    } else if (!row.reason.empty()) {
        result(context, row.reason);
    }
    return SQLITE_OK;
}

int rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
    *out = static_cast<sqlite3_int64>(cursor_of(cursor).position);
    return SQLITE_OK;
}

// No xCreate: the table is there as soon as the module is, in no schema.
const sqlite3_module tables_module = {
    .xConnect = connect,
    .xBestIndex = best_index,
    .xDisconnect = disconnect,
    .xDestroy = disconnect,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next,
    .xEof = at_end,
    .xColumn = column,
    .xRowid = rowid,
};

}  // namespace

int register_tables_table(sqlite3* connection, Connection& kept) {
    return sqlite3_create_module_v2(connection, "tidemark_tables", &tables_module, &kept, nullptr);
}

}  // namespace extension
