#include "sqlite/preupdate.hpp"

#include "sqlite/connection.hpp"

#include <utility>

namespace tidemark::sqlite {

bool in_preupdate_hook(sqlite3* connection) noexcept {
    return sqlite3_preupdate_count(connection) > 0;
}

bool in_blob_write(sqlite3* connection) noexcept {
    return sqlite3_preupdate_blobwrite(connection) >= 0;
}

std::optional<std::int64_t> old_integer(sqlite3* connection, int column) noexcept {
    sqlite3_value* value = nullptr;
    if (sqlite3_preupdate_old(connection, column, &value) != SQLITE_OK || value == nullptr ||
        sqlite3_value_type(value) != SQLITE_INTEGER) {
        return std::nullopt;
    }
    return sqlite3_value_int64(value);
}

namespace {

bool try_how_columns_are_counted() {
    const Connection probe = Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    execute(probe.get(), "CREATE TABLE t(a AS (7), b)", "ask SQLite how it counts columns");
    bool stored = false;
    const RowHook hook(probe.get(), [&stored](const RowChange& change) {
        sqlite3_value* const first = change.new_value(0);
        stored = first != nullptr && sqlite3_value_int64(first) == 5;
    });
    execute(probe.get(), "INSERT INTO t(b) VALUES(5)", "ask SQLite how it counts columns");
    return stored;
}

}  // namespace

bool preupdate_counts_stored_columns() {
    static const bool answer = try_how_columns_are_counted();
    return answer;
}

sqlite3_value* RowChange::old_value(int column) const noexcept {
    sqlite3_value* value = nullptr;
    return sqlite3_preupdate_old(connection, column, &value) == SQLITE_OK ? value : nullptr;
}

sqlite3_value* RowChange::new_value(int column) const noexcept {
    sqlite3_value* value = nullptr;
    return sqlite3_preupdate_new(connection, column, &value) == SQLITE_OK ? value : nullptr;
}

RowHook::RowHook(sqlite3* connection, Handler handler)
    : connection_(connection), handler_(std::move(handler)) {
    sqlite3_preupdate_hook(connection_, called, this);
}

RowHook::~RowHook() { sqlite3_preupdate_hook(connection_, nullptr, nullptr); }

void RowHook::called(void* self, sqlite3* connection, int operation, const char* schema,
                     const char* table, sqlite3_int64 old_rowid, sqlite3_int64 new_rowid) {
    if (sqlite3_stricmp(schema, sqlite3_db_name(connection, 0)) != 0) return;
    static_cast<RowHook*>(self)->handler_({.connection = connection,
                                           .operation = operation,
                                           .table = table,
                                           .old_rowid = old_rowid,
                                           .new_rowid = new_rowid});
}

BlobWriteHook::BlobWriteHook(sqlite3* connection, Handler handler)
    : connection_(connection), handler_(std::move(handler)) {
    sqlite3_preupdate_hook(connection_, called, this);
}

BlobWriteHook::~BlobWriteHook() { sqlite3_preupdate_hook(connection_, nullptr, nullptr); }

// Called for every change of a row: what is no blob write must leave at once.
void BlobWriteHook::called(void* self, sqlite3* connection, int, const char* schema,
                           const char* table, sqlite3_int64 old_rowid, sqlite3_int64) {
    if (!in_blob_write(connection)) return;
    if (sqlite3_stricmp(schema, sqlite3_db_name(connection, 0)) != 0) return;
    static_cast<BlobWriteHook*>(self)->handler_(table, old_rowid);
}

}  // namespace tidemark::sqlite
