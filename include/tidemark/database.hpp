#pragma once

#include <tidemark/export.hpp>
#include <tidemark/options.hpp>
#include <tidemark/status.hpp>
#include <tidemark/undo.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

struct sqlite3;

namespace tidemark {

/// A SQLite database that lives in RAM and keeps itself on disk.
///
/// > At every instant the disk database equals the RAM database as it stood at some past
/// > transaction boundary. `flush()` returns when that boundary is no earlier than the call.
///
/// **Threads.** All member functions may be called from any thread and at the same time, except
/// `close()`, moving and destruction, which need the object for themselves. The RAM connection is an
/// ordinary SQLite connection in serialized mode. A background thread, one per database, uses it for
/// short moments under `sqlite3_db_mutex()` and only between transactions; or never, if
/// `Options::cutting` says so.
///
/// **fork().** A child process inherits a dead object: no member function but the destructor may be
/// used there (they throw), nothing is synced by the child, and the parent is not disturbed. The
/// child cannot open the same file, not even when the parent has ended.
///
/// **exit().** A database that is still open when `exit` or `quick_exit` is called, or when `main`
/// returns, is flushed by an exit handler within `Options::close_deadline`, without a word to the
/// observer and without being closed. A connection that was attached must live until then. Whatever
/// ends the process otherwise loses what was not flushed; docs/durability.md has the table.
class TIDEMARK_EXPORT Database {
public:
    /// Opens `path` in RAM and starts syncing. A missing file is created; an existing one is
    /// loaded by page copy.
    ///
    /// Throws Error, with the file untouched, when it is no SQLite database, is damaged, cannot be
    /// read or written, has more than one hard link, was written by a newer tidemark, or is held by
    /// another tidemark (the message has its process id).
    [[nodiscard]] static Database open(const std::string& path, const Options& options = {});

    /// Like `open`, for a `:memory:` connection that the application opened itself. The connection
    /// stays the application's: it must outlive this object, and `close()` leaves it open.
    ///
    /// When the RAM database is empty, the file is loaded into it. When the file is empty or
    /// missing, the RAM database becomes its first content, on disk when this returns. Throws Error
    /// when both hold data, when the connection has a transaction open, or is not a RAM database.
    /// A connection without a mutex (not in serialized mode) is served as `Cutting::in_calls` says.
    [[nodiscard]] static Database attach(sqlite3* connection, const std::string& path,
                                         const Options& options = {});

    Database(Database&& other) noexcept;
    Database& operator=(Database&& other) noexcept;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Closes like `close()`, but tells a failure to the observer only.
    ~Database();

    /// The RAM connection, to be used raw or through any SQLite wrapper. Valid until `close()`.
    /// What it must not be used for: `sqlite3_close`, `sqlite3_deserialize`, and, under the session
    /// strategy and with `Options::watch_blob_writes`, `sqlite3_preupdate_hook`.
    [[nodiscard]] sqlite3* handle() const noexcept;

    /// Installs the application's authorizer on the RAM connection, with the contract of
    /// `sqlite3_set_authorizer`: the same arguments and answers, one at a time, the newest counts,
    /// and null removes it. All prepared statements are prepared again when they run next, and are
    /// authorized again then; the callback must be right for them as long as they are used, and must
    /// not use the connection.
    ///
    /// Unlike one that is given to SQLite directly it is asked about the application's statements
    /// only, as on a database that tidemark does not keep: not about what a sync, `verify()` or
    /// `close()` does on the connection, and not about tidemark's triggers. So it can neither refuse
    /// a sync nor alter what is captured (SQLITE_IGNORE). It is asked about what the application
    /// itself does with tidemark's names, such as reading `_sync_queue`. A change of the schema makes
    /// statements be prepared again, as SQLite does it, and so does the next sync after one.
    ///
    /// An application that calls `sqlite3_set_authorizer` on `handle()` instead replaces this one,
    /// and its authorizer hears tidemark too (docs/design.md). Do not use both.
    ///
    /// On an attached connection the authorizer stays in place after `close()`; on a connection of
    /// the database's own it is not called any more from then on. Throws Error when the database is
    /// closed.
    void set_authorizer(int (*callback)(void* context, int action, const char* first,
                                        const char* second, const char* schema, const char* inside),
                        void* context);

    /// Returns when everything that was committed before the call is on disk.
    ///
    /// Throws Error when the deadline passes first, saying why and how much is not on disk;
    /// everything stays pending and goes on being tried. A transaction that stays open on the RAM
    /// connection is such a reason: a cut is made only between transactions. Throws at once when
    /// syncing has stopped.
    void flush(std::chrono::milliseconds deadline = std::chrono::seconds{30});

    /// Where things stand. Never waits for the disk or for a transaction.
    [[nodiscard]] Status status() const;

    /// Syncs, and compares the content of both databases at that boundary: schema, and row by row
    /// every table that is kept on disk. The RAM connection is blocked while its side is read.
    /// Throws Error as `flush()` does.
    [[nodiscard]] VerifyReport verify(std::chrono::milliseconds deadline = std::chrono::seconds{
                                          600});

    /// Takes back what a batch of the history did: its inverse becomes a change of its own, one
    /// transaction on the RAM database, which gets to the disk, into the history and to all who
    /// follow it like any other, and can be undone itself. All or nothing: when a row is not as the
    /// batch left it, or cannot become what it was, the report says so of each such row, and nothing
    /// has changed. docs/history.md says what counts as a conflict, and what is not undone.
    ///
    /// Flushes first, so that what has just been committed has a number (`status().mark`). Then it
    /// holds the RAM connection until it returns. Triggers of the application do not fire and foreign
    /// keys do not act, since what they have done is in the batch; its update hook hears of each row,
    /// and `changes()` and `last_insert_rowid()` are those of the undo.
    /// No statement may be half-read then, on any thread (with `Cutting::in_calls`, one may): that is an
    /// Error, retryable, as an open transaction is.
    ///
    /// Committed in RAM when it returns: a crash before the next `flush()` can lose it, as a whole.
    ///
    /// Throws Error, with nothing changed, when no history is kept, when it does not have the batch,
    /// when a transaction is open on the RAM connection, when the batch changes the schema or rows of a
    /// virtual table such as FTS5 (`restore` gives the database before it), when a table has TEMP
    /// triggers of the application, and when the flush or the COMMIT fails.
    [[nodiscard]] UndoReport undo(std::uint64_t batch, const UndoOptions& options = {});

    /// Flushes a last time, within `Options::close_deadline`, stops the sync thread and closes both
    /// databases. On a connection of its own, a transaction that is still open is rolled back first,
    /// as `sqlite3_close` does; on one that was attached, the flush waits for its end.
    ///
    /// Throws Error when the last changes could not be written in time, saying why and how much is
    /// not on disk: the database is then still open and still trying, nothing is lost, and `close()`
    /// can be called again. Does nothing when closed.
    ///
    /// Statements of the application that are not finalized keep the RAM connection alive as
    /// `sqlite3_close_v2` does; what they write after this call is lost.
    void close();
    /// The same within another time; zero: one attempt.
    void close(std::chrono::milliseconds deadline);

private:
    class Core;
    explicit Database(std::unique_ptr<Core> core) noexcept;
    std::unique_ptr<Core> core_;
};

/// Reads what tidemark left in a file at rest. Opens it read-only and changes nothing. Throws Error
/// when it cannot be read as a SQLite database.
[[nodiscard]] TIDEMARK_EXPORT FileReport inspect(const std::string& path,
                                                 LoadCheck check = LoadCheck::full);

}  // namespace tidemark
