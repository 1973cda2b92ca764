#pragma once

#include <tidemark/change.hpp>
#include <tidemark/export.hpp>
#include <tidemark/options.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

struct sqlite3;

namespace tidemark {

/// How far a destination has got.
struct DestinationMark {
    /// Which database: the id of its history, 32 hexadecimal digits. Numbers of another one mean
    /// nothing.
    std::string source;
    /// The number of the last batch.
    std::uint64_t batch = 0;

    friend bool operator==(const DestinationMark&, const DestinationMark&) = default;
};

/// Where the batches of a database go besides its file: another SQLite file (`sqlite_destination`),
/// another kind of database, a queue, a log. Derive, and hand it over in `Options::destinations`.
///
/// > A destination holds what the disk database held after the batch that its mark names.
///
/// **Exactly once.** `load` and `apply` bring what they are given *and* the mark to the destination, in
/// one transaction of it: both or neither, also when the process or the machine dies meanwhile. That
/// is all it takes: whatever fails or dies, `mark()` is asked again and it goes on behind it. Where a
/// destination has no transactions, something else must make the two one, such as a single write that
/// holds both (examples/json_lines.cpp).
///
/// **What it gets.** First `load` with everything that the database holds, then each batch that the
/// disk database has committed since, in order, none twice and none left out. Never what is not on
/// disk. Batches come from the history, so a destination that was away for a thousand batches gets
/// them when it returns.
///
/// **Threads.** All calls come from one thread, which belongs to this destination alone, one at a time.
/// The constructor and the destructor run on threads of the application's. A destination may belong to
/// one open database only. It must not call `flush()`, `verify()` or `close()` of that database.
///
/// **Errors.** Whatever is thrown means that nothing has been done, or that nobody knows: `mark()` is
/// asked before anything else. The call is made again after a pause (`Options::retry_pause_first`,
/// doubled up to `retry_pause_max`), for ever. An `Error` that is not `retryable()` ends it: this
/// destination gets nothing more until the database is opened anew. Neither holds back the disk
/// database or other destinations; `status()` and the observer tell of both.
///
/// **Time.** A call may take as long as it likes, but it must end: `close()` waits for one that is
/// being made. So give what waits for a network a timeout.
///
/// **A crash** loses nothing: what the destination has not committed it gets again when the database is
/// opened the next time.
class TIDEMARK_EXPORT Destination {
public:
    Destination() = default;
    Destination(const Destination&) = delete;
    Destination& operator=(const Destination&) = delete;
    virtual ~Destination() = default;

    /// What was given to the last `load` or `apply` that is committed here; nothing when there has never
    /// been one. The first call on its thread, and the first after every failure: the place to connect.
    virtual std::optional<DestinationMark> mark() = 0;

    /// Replaces everything that the destination holds by `content`, and keeps `mark`. `content` is a
    /// batch whose schema is made from nothing and whose changes are inserts. It is in memory as a whole.
    ///
    /// Called when there is no mark yet.
    virtual void load(const Changes& content, const DestinationMark& mark) = 0;

    /// Does what a batch has done to the database, and keeps `mark`. What is there until now is what
    /// `batch.previous()` names. `batch` is valid until this returns, copies of it as long as they live.
    virtual void apply(const Changes& batch, const DestinationMark& mark) = 0;

    /// The database is being closed, and nothing more is called, but `mark()` first when it is opened
    /// again with the same object: the time to let go of files and connections.
    virtual void disconnect() noexcept {}
};

/// What can be chosen about a SQLite file that is a destination.
struct SqliteDestinationOptions {
    /// `PRAGMA synchronous`, in WAL mode. With less than `full` a power failure can take the last batches
    /// back from the file, its mark with them: they are applied again.
    Synchronous synchronous = Synchronous::full;
    /// How long an attempt waits for a lock that another process holds. Default 2 s.
    std::chrono::milliseconds busy_timeout{2000};
    /// As `Options::prepare_disk_connection`, for this file; called on the thread of the destination.
    std::function<void(sqlite3*)> prepare_connection{};
};

/// A SQLite file as a destination: an exact copy of the disk database, rowids, indexes, triggers and
/// changes of the schema included, that lags behind it by what is under way. Readers may open it any
/// time; nobody else may write to it.
///
/// The mark is in its table `_tidemark_state`, as in a file that tidemark keeps, and while a database is
/// open that has it as a destination it is locked like one. A missing file is created, with the
/// permissions of a new one. A file that holds tables but no mark is refused. When the file is deleted
/// or replaced by an empty one, it is made anew.
///
/// Its text encoding is UTF-8: of a UTF-16 database it has the same text in the other encoding.
[[nodiscard]] TIDEMARK_EXPORT std::shared_ptr<Destination> sqlite_destination(
    const std::string& path, const SqliteDestinationOptions& options = {});

}  // namespace tidemark
