#pragma once

#include "sqlite/api.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace tidemark::sqlite {

/// True while SQLite tells of a change to come: inside a preupdate hook, and so also inside the
/// table filter of a session, which is called there.
[[nodiscard]] bool in_preupdate_hook(sqlite3* connection) noexcept;

/// True when the change to come is that of an incremental blob write (`sqlite3_blob_write`), which
/// fires no trigger.
[[nodiscard]] bool in_blob_write(sqlite3* connection) noexcept;

/// Inside a preupdate hook that is told of an existing row: the integer in one of its columns,
/// counted as in the table. SQLite reads the whole row for it.
[[nodiscard]] std::optional<std::int64_t> old_integer(sqlite3* connection, int column) noexcept;

/// Whether SQLite counts the columns of a row, when it tells of a change, in the order in which they
/// are stored: those that are generated and not stored are the last ones then. Versions before 3.47 or
/// so do, where the table has a rowid; newer ones count as the table does. It is tried out.
[[nodiscard]] bool preupdate_counts_stored_columns();

/// One change of a row to come, as a preupdate hook is told of it.
struct RowChange {
    sqlite3* connection = nullptr;
    /// SQLITE_INSERT, SQLITE_UPDATE or SQLITE_DELETE.
    int operation = 0;
    const char* table = nullptr;
    /// Of a table with rowids only.
    std::int64_t old_rowid = 0;
    std::int64_t new_rowid = 0;

    /// Values as SQLite keeps them inside: a REAL column may show an integer, and a column that was
    /// added later NULL instead of its DEFAULT (seen in 3.40.1). Null when it cannot be read. Valid
    /// until the hook returns.
    [[nodiscard]] sqlite3_value* old_value(int column) const noexcept;
    [[nodiscard]] sqlite3_value* new_value(int column) const noexcept;
};

/// Occupies the connection's one preupdate hook to hear of every change of a row of the main database,
/// while it lives. Not of what DROP TABLE deletes, nor of what SQLite itself writes into
/// `sqlite_sequence`. A `DELETE FROM t` that was prepared before is not heard of.
///
/// REQUIRES: no session on the connection, as BlobWriteHook.
class RowHook {
public:
    /// Called on the thread that writes, before the row changes; must not throw. It may read.
    using Handler = std::function<void(const RowChange&)>;

    RowHook(sqlite3* connection, Handler handler);
    RowHook(const RowHook&) = delete;
    RowHook& operator=(const RowHook&) = delete;
    ~RowHook();

private:
    static void called(void* self, sqlite3* connection, int operation, const char* schema,
                       const char* table, sqlite3_int64 old_rowid, sqlite3_int64 new_rowid);

    sqlite3* connection_;
    Handler handler_;
};

/// Occupies the connection's one preupdate hook to hear of incremental blob writes, while it lives.
///
/// REQUIRES: no session on the connection, neither now nor later. The session extension takes the
/// context of a hook that it finds for one of its own objects.
class BlobWriteHook {
public:
    /// Called on the thread that writes, before the row changes; must not throw, and not use the
    /// connection.
    using Handler = std::function<void(const char* table, std::int64_t rowid)>;

    /// Of the main database only.
    BlobWriteHook(sqlite3* connection, Handler handler);
    BlobWriteHook(const BlobWriteHook&) = delete;
    BlobWriteHook& operator=(const BlobWriteHook&) = delete;
    ~BlobWriteHook();

private:
    static void called(void* self, sqlite3* connection, int operation, const char* schema,
                       const char* table, sqlite3_int64 old_rowid, sqlite3_int64 new_rowid);

    sqlite3* connection_;
    Handler handler_;
};

}  // namespace tidemark::sqlite
