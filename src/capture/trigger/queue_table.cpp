#include "capture/trigger/queue_table.hpp"

#include "change/json.hpp"
#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

#include <memory>
#include <new>
#include <string>
#include <utility>

namespace tidemark::capture {
namespace {

enum Column : int { column_id, column_operation, column_table, column_new, column_old, column_tx };

struct QueueTable {
    sqlite3_vtab base{};
    const QueueSource* source = nullptr;
};

struct QueueCursor {
    sqlite3_vtab_cursor base{};
    std::vector<QueueSegment> segments;
    std::size_t segment = 0;
    change::Record record;
    std::int64_t id = 0;
    std::int64_t transaction = 0;
    /// Of rows without a number.
    std::int64_t rows = 0;

    [[nodiscard]] bool is_numbered() const { return segments[segment].is_numbered; }
    void start(std::vector<QueueSegment> pending);
    void advance();
    [[nodiscard]] bool at_end() const noexcept { return segment >= segments.size(); }
    [[nodiscard]] const change::Table& table() const {
        return (*segments[segment].tables)[record.table];
    }

private:
    void enter_segment();
    bool next_in_segment();
};

void QueueCursor::start(std::vector<QueueSegment> pending) {
    segments = std::move(pending);
    segment = 0;
    rows = 0;
    enter_segment();
    advance();
}

void QueueCursor::enter_segment() {
    if (at_end()) return;
    id = static_cast<std::int64_t>(segments[segment].first_change) - 1;
    transaction = static_cast<std::int64_t>(segments[segment].first_transaction);
}

void QueueCursor::advance() {
    while (!at_end() && !next_in_segment()) {
        ++segment;
        enter_segment();
    }
}

// Behind the first `clear` a batch holds images of whole tables, which are no changes.
bool QueueCursor::next_in_segment() {
    while (segments[segment].reader.next(record)) {
        if (record.operation == change::Operation::clear) return false;
        if (record.operation == change::Operation::commit) {
            ++transaction;
        } else if (record.operation == change::Operation::gap) {
            id += static_cast<std::int64_t>(record.skipped_changes);
            transaction += static_cast<std::int64_t>(record.skipped_transactions);
        } else {
            ++id;
            if (!is_numbered()) ++rows;
            return true;
        }
    }
    return false;
}

namespace queue_methods {

QueueCursor& cursor_of(sqlite3_vtab_cursor* cursor) {
    return *reinterpret_cast<QueueCursor*>(cursor);
}

// Called by SQLite: no exception may leave.
template <typename Action>
int guarded(sqlite3_vtab* table, Action action) noexcept {
    try {
        action();
        return SQLITE_OK;
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    } catch (const std::exception& error) {
        sqlite3_free(table->zErrMsg);
        table->zErrMsg = sqlite3_mprintf("%s", error.what());
        return SQLITE_ERROR;
    }
}

int connect(sqlite3* connection, void* source, int, const char* const*, sqlite3_vtab** out,
            char**) {
    sqlite3_vtab_config(connection, SQLITE_VTAB_INNOCUOUS);
    const int rc = sqlite3_declare_vtab(
        connection,
        "CREATE TABLE queue(id INTEGER, operation TEXT, table_name TEXT, record_data TEXT,"
        " old_data TEXT, \"transaction\" INTEGER)");
    if (rc != SQLITE_OK) return rc;
    auto* table = new (std::nothrow) QueueTable;
    if (table == nullptr) return SQLITE_NOMEM;
    table->source = static_cast<const QueueSource*>(source);
    *out = &table->base;
    return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
    delete reinterpret_cast<QueueTable*>(table);
    return SQLITE_OK;
}

int best_index(sqlite3_vtab*, sqlite3_index_info* info) {
    // Rows come in the order of id, those without one first, so an ORDER BY id costs nothing.
    const bool by_id = info->nOrderBy == 1 && info->aOrderBy[0].iColumn == column_id &&
                       info->aOrderBy[0].desc == 0;
    info->orderByConsumed = by_id ? 1 : 0;
    info->estimatedCost = 1e6;
    return SQLITE_OK;
}

int open_cursor(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
    auto* cursor = new (std::nothrow) QueueCursor;
    if (cursor == nullptr) return SQLITE_NOMEM;
    *out = &cursor->base;
    return SQLITE_OK;
}

int close_cursor(sqlite3_vtab_cursor* cursor) {
    delete reinterpret_cast<QueueCursor*>(cursor);
    return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
    const auto& source = *reinterpret_cast<QueueTable*>(cursor->pVtab)->source;
    return guarded(cursor->pVtab, [&] { cursor_of(cursor).start(source()); });
}

int next(sqlite3_vtab_cursor* cursor) {
    return guarded(cursor->pVtab, [&] { cursor_of(cursor).advance(); });
}

int at_end(sqlite3_vtab_cursor* cursor) { return cursor_of(cursor).at_end() ? 1 : 0; }

void result_text(sqlite3_context* context, const std::string& text) {
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void result_image(sqlite3_context* context, const change::Table& table,
                  const std::vector<change::Value>& image) {
    if (!image.empty()) result_text(context, change::row_as_json(table, image));
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int number) {
    return guarded(base->pVtab, [&] {
        const QueueCursor& cursor = cursor_of(base);
        switch (number) {
            case column_id:
                if (cursor.is_numbered()) sqlite3_result_int64(context, cursor.id);
                return;
            case column_operation:
                return sqlite3_result_text(context, change::sql_name(cursor.record.operation), -1,
                                           SQLITE_STATIC);
            case column_table:
                return result_text(context, cursor.table().name);
            case column_new:
                return result_image(context, cursor.table(), cursor.record.new_values);
            case column_old:
                if (cursor.record.operation == change::Operation::erase) {
                    return result_text(
                        context, change::key_as_json(cursor.table(), cursor.record.old_values));
                }
                return result_image(context, cursor.table(), cursor.record.old_values);
            default:
                if (cursor.is_numbered()) sqlite3_result_int64(context, cursor.transaction);
                return;
        }
    });
}

int rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
    const QueueCursor& at = cursor_of(cursor);
    *out = at.is_numbered() ? at.id : -at.rows;
    return SQLITE_OK;
}

}  // namespace queue_methods

// No xCreate: the table is there as soon as the module is, in no schema. No xUpdate: SQLite itself
// answers "table _sync_queue may not be modified".
const sqlite3_module module = {
    .iVersion = 2,
    .xCreate = nullptr,
    .xConnect = queue_methods::connect,
    .xBestIndex = queue_methods::best_index,
    .xDisconnect = queue_methods::disconnect,
    .xDestroy = queue_methods::disconnect,
    .xOpen = queue_methods::open_cursor,
    .xClose = queue_methods::close_cursor,
    .xFilter = queue_methods::filter,
    .xNext = queue_methods::next,
    .xEof = queue_methods::at_end,
    .xColumn = queue_methods::column,
    .xRowid = queue_methods::rowid,
    .xUpdate = nullptr,
    .xBegin = nullptr,
    .xSync = nullptr,
    .xCommit = nullptr,
    .xRollback = nullptr,
    .xFindFunction = nullptr,
    .xRename = nullptr,
    .xSavepoint = nullptr,
    .xRelease = nullptr,
    .xRollbackTo = nullptr,
    .xShadowName = nullptr,
};

}  // namespace

void register_queue_table(sqlite3* connection, QueueSource source) {
    auto owned = std::make_unique<QueueSource>(std::move(source));
    const auto destroy = [](void* pointer) { delete static_cast<QueueSource*>(pointer); };
    sqlite::check(
        connection,
        sqlite3_create_module_v2(connection, queue_table, &module, owned.release(), destroy),
        "register _sync_queue on the RAM connection");
    // Makes SQLite declare the table now, and not within a statement of the application's, whose
    // authorizer would be asked. A table of the application's of that name hides ours.
    sqlite3_stmt* declare = nullptr;
    const std::string sql = std::string("SELECT id FROM ") + queue_table;
    sqlite3_prepare_v2(connection, sql.c_str(), -1, &declare, nullptr);
    sqlite3_finalize(declare);
}

void remove_queue_table(sqlite3* connection) noexcept {
    sqlite3_create_module_v2(connection, queue_table, nullptr, nullptr, nullptr);
}

}  // namespace tidemark::capture
