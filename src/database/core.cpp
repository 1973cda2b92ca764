#include "database/core.hpp"

#include "database/paths.hpp"
#include "destination/sqlite_file/file_checks.hpp"
#include "sqlite/digest.hpp"
#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace tidemark {
namespace {

capture::CombinedCapture::Settings capture_settings(const Options& options) {
    return {.rules = {.strategy = options.strategy,
                      .include_tables = options.include_tables,
                      .exclude_tables = options.exclude_tables},
            .limits = {.cut_changes = options.cut_changes,
                       .cut_bytes = options.cut_bytes,
                       .pending_bytes_max = options.pending_bytes_max,
                       .refuses = options.pending_limit == PendingLimit::refuse},
            .watch_blob_writes = options.watch_blob_writes};
}

// In a rollback-journal mode NORMAL loses nothing but the last sync, and so must the history.
Synchronous history_synchronous(const Options& options) {
    const bool is_wal = options.journal_mode == JournalMode::wal;
    const bool is_normal = options.synchronous == Synchronous::normal;
    return is_normal && !is_wal ? Synchronous::full : options.synchronous;
}

sync::Settings loop_settings(const std::string& path, const Options& options) {
    // What announces itself to nobody, and was not brought to the disk by the statement that did it,
    // is looked for often.
    const bool at_once = options.durability == Durability::commit;
    return {.path = path,
            .interval = at_once ? std::chrono::milliseconds{0} : options.interval,
            .retry_pause_first = options.retry_pause_first,
            .retry_pause_max = options.retry_pause_max,
            .serves_commits = options.durability == Durability::commit};
}

Error cannot_attach(std::string reason, std::string advice) {
    return Error({.code = SQLITE_MISUSE,
                  .operation = "attach to the connection",
                  .reason = std::move(reason),
                  .advice = std::move(advice)});
}

// Whether its main database belongs to the VFS "memdb", of which other connections can be part. From
// 3.53 on such a database has no file name.
bool is_memdb(sqlite3* connection) {
    char* vfs = nullptr;
    const int rc = sqlite3_file_control(connection, "main", SQLITE_FCNTL_VFSNAME, &vfs);
    const std::unique_ptr<char, void (*)(void*)> owner(vfs, sqlite3_free);
    return rc == SQLITE_OK && vfs != nullptr && std::string_view(vfs).starts_with("memdb");
}

void require_attachable(sqlite3* connection) {
    if (connection == nullptr) throw cannot_attach("it is null", "pass an open connection");
    const char* file = sqlite3_db_filename(connection, "main");
    if (file != nullptr && *file != '\0') {
        throw cannot_attach("its main database is the file '" + std::string(file) + "'",
                            "open the connection on :memory:");
    }
    if (is_memdb(connection)) {
        throw cannot_attach("its main database is one of SQLite's VFS 'memdb'",
                            "open the connection on :memory:");
    }
    if (sqlite3_get_autocommit(connection) == 0 ||
        sqlite3_txn_state(connection, nullptr) != SQLITE_TXN_NONE) {
        throw cannot_attach("it has a transaction or a statement open",
                            "commit and reset all statements first");
    }
}

// The application's callbacks may be gone by the time its database is closed.
void forget_hooks(sqlite3* connection) noexcept {
    sqlite3_commit_hook(connection, nullptr, nullptr);
    sqlite3_rollback_hook(connection, nullptr, nullptr);
    sqlite3_update_hook(connection, nullptr, nullptr);
    sqlite3_set_authorizer(connection, nullptr, nullptr);
    sqlite3_progress_handler(connection, 0, nullptr, nullptr);
}

void require_session_functions(const Options& options) {
    if (sqlite::has_session_functions()) return;
    const auto refuse = [](const char* option, const char* advice) {
        throw Error({.code = SQLITE_ERROR,
                     .operation = "open a database",
                     .object = option,
                     .reason =
                         "this program's SQLite does not offer sessions and the preupdate hook "
                         "to extensions",
                     .advice = advice});
    };
    if (options.strategy == Strategy::session) refuse("strategy", "use the strategy trigger");
    if (options.history.enabled) refuse("history", "do without it");
    if (options.watch_blob_writes) refuse("watch_blob_writes", "do without it");
}

void require_threads() {
    if (sqlite3_threadsafe() != 0) return;
    throw Error({.code = SQLITE_MISUSE,
                 .operation = "open a database",
                 .reason = "this SQLite was built without support for threads",
                 .advice = "use a SQLite built with SQLITE_THREADSAFE=1 or 2"});
}

}  // namespace

// ---- opening ----------------------------------------------------------------------------------

Database::Core::Core(const std::string& path, sqlite3* ram, Options options)
    : options_(std::move(options)), path_(absolute_path(path)), process_id_(::getpid()) {
    require_threads();
    validate(options_);
    require_session_functions(options_);
    if (ram != nullptr) require_attachable(ram);
    if (ram != nullptr && sqlite3_db_mutex(ram) == nullptr &&
        options_.durability == Durability::commit) {
        throw cannot_attach("durability = commit needs a connection with a mutex",
                            "open it with SQLITE_OPEN_FULLMUTEX, or call flush() instead");
    }
    lock_.emplace(path_);
    disk_ = std::make_unique<destination::SqliteFile>(disk_settings());
    if (options_.history.enabled) open_history();
    if (ram == nullptr) own_ram_ = sqlite::Connection::open_in_memory(SQLITE_OPEN_FULLMUTEX);
    ram_ = ram != nullptr ? ram : own_ram_.get();
    claim_.emplace(ram_);
    authorizer_.emplace(ram_);

    const bool ram_is_empty =
        sqlite::query_integer(ram_, "SELECT count(*) FROM main.sqlite_schema") == 0;
    if (!ram_is_empty && !disk_->empty()) {
        throw cannot_attach("both it and '" + path_ + "' hold data",
                            "attach an empty RAM database, or name a file that does not exist");
    }
    try {
        if (ram_is_empty) load();
        // First: a schema that cannot be captured must leave the file as it is.
        start_capture();
    } catch (const Error& error) {
        throw destination::about_file(error, "open the database", path_);
    }
    if (!options_.destinations.empty()) require_rules();
    if (history_) history_->accept();
    disk_->accept();
    if (!options_.destinations.empty()) prepare_feed();
    if (!ram_is_empty) write_first_content();
    start_loop();
    at_exit_.emplace([this](std::chrono::milliseconds elapsed) { leave(elapsed); },
                     options_.close_deadline);
}

destination::SqliteFile::Settings Database::Core::disk_settings() {
    std::function<void(const change::Effects&)> before_commit;
    if (options_.history.enabled) {
        before_commit = [this](const change::Effects& effects) { history_->write(effects); };
    }
    return {.path = path_,
            .strategy = to_string(options_.strategy),
            .journal_mode = options_.journal_mode,
            .synchronous = options_.synchronous,
            .busy_timeout = options_.busy_timeout,
            .foreign_writes = options_.foreign_writes,
            .prepare_connection = options_.prepare_disk_connection,
            .before_commit = std::move(before_commit)};
}

void Database::Core::open_history() {
    history_ = std::make_unique<history::HistoryFile>(
        history::HistoryFile::Settings{.database_path = path_,
                                       .options = options_.history,
                                       .synchronous = history_synchronous(options_),
                                       .busy_timeout = options_.busy_timeout,
                                       .had_by_all = had_by_all()},
        history::HistoryFile::Owner{.history_id = disk_->history_id(), .mark = disk_->mark()});
    disk_->set_history_id(history_->id());
}

void Database::Core::load() {
    // A file without tables can still say what its user_version and encoding are.
    if (!disk_->created()) {
        sqlite::CopyProgress progress;
        if (options_.observer) {
            progress = [this](std::uint64_t done, std::uint64_t total) {
                tell_progress(done, total);
            };
        }
        disk_->load_into(ram_, options_.load_check, progress);
    }
    if (!own_ram_) return;
    // PRAGMA temp_store removes all TEMP objects, ours among them, when it changes something: with
    // the value that applications set, it changes nothing.
    sqlite::execute(ram_, "PRAGMA temp_store = MEMORY", "prepare the RAM database");
}

void Database::Core::tell_progress(std::uint64_t done, std::uint64_t total) const noexcept {
    try {
        options_.observer->on_load(done, total);
    } catch (...) {
        // As observer.hpp says: there is nobody it could be reported to.
    }
}

void Database::Core::start_capture() {
    const capture::SignalHandler signal = [this](capture::Signal it) {
        // In a child after fork() a lock may be held by a thread that is not there.
        if (is_signalled_ && !is_forked()) pass_on(it);
    };
    capture_ = std::make_unique<capture::CombinedCapture>(ram_, capture_settings(options_), signal,
                                                          *authorizer_);
}

// After everything that advances the mark without it: the loop numbers on from there.
void Database::Core::start_loop() {
    sync::Settings settings = loop_settings(path_, options_);
    if (cuts_in_calls()) {
        settings.assist = [this] {
            try {
                capture_->hand_over_copy_if_wanted();
            } catch (...) {
                // The next cut tells of it.
            }
        };
    }
    if (feed_) {
        settings.on_mark = [this](std::uint64_t mark) { feed_->disk_is_at(mark); };
    }
    loop_ = std::make_unique<sync::SyncLoop>(*capture_, *disk_, std::move(settings),
                                             options_.observer, clock_);
    caretaker_ = std::make_unique<sync::Caretaker>(
        *capture_, path_, clock_,
        [this](std::chrono::nanoseconds stall) { return loop_->tended(stall); });
    // As long as nobody else can bring anything to the disk.
    if (feed_) start_feed();
    {
        const sqlite::ConnectionLock lock(ram_);
        is_signalled_ = true;
        if (cuts_in_calls()) serve_calls();
        // On an attached connection the application may have written already.
        if (capture_->pending().changes > 0) {
            pass_on(capture::Signal::first_change);
            pass_on(capture::Signal::tend);
        }
        if (options_.durability == Durability::commit) capture_->serve_commits(*loop_);
    }
    caretaker_->start();
    loop_->start();
}

bool Database::Core::cuts_in_calls() const noexcept {
    return options_.cutting == Cutting::in_calls || sqlite3_db_mutex(ram_) == nullptr;
}

void Database::Core::serve_calls() {
    capture_->serve_calls({.interval = options_.interval,
                           .is_inert = [this] { return is_forked(); },
                           .closing = [this] { connection_closes(); }});
    static_cast<void>(capture_->hand_over());
}

void Database::Core::pass_on(capture::Signal signal) {
    loop_->signal(signal);
    caretaker_->signal(signal);
}

void Database::Core::write_first_content() {
    const capture::Cut cut = capture_->cut({.number = disk_->mark() + 1, .whole = true});
    if (cut.outcome != capture::CutOutcome::taken) {
        throw cannot_attach("it has a transaction open", "commit it first");
    }
    disk_->apply(*cut.batch);
    capture_->acknowledge(disk_->mark());
}

// ---- using ------------------------------------------------------------------------------------

bool Database::Core::belongs_to_this_process() const noexcept { return process_id_ == ::getpid(); }

void Database::Core::require_usable(const char* operation) const {
    const auto refuse = [operation](const char* reason, const char* advice) {
        throw Error(
            {.code = SQLITE_MISUSE, .operation = operation, .reason = reason, .advice = advice});
    };
    if (!belongs_to_this_process()) {
        refuse("this process is a fork of the one that opened the database",
               "open a database of its own in the child");
    }
    if (closed_) refuse("the database is closed", "open it again");
}

void Database::Core::set_authorizer(sqlite::Authorizer::Callback callback, void* context) {
    require_usable("set the authorizer");
    const sqlite::ConnectionLock lock(ram_);
    authorizer_->set(callback, context);
}

void Database::Core::flush(std::chrono::milliseconds deadline) {
    require_usable("flush");
    if (cuts_in_calls()) static_cast<void>(capture_->hand_over());
    loop_->flush(deadline);
}

Status Database::Core::status() const {
    if (closed_) return last_status_;
    require_usable("tell the status");
    Status status;
    status.strategy = options_.strategy;
    status.path = path_;
    loop_->fill(status);
    const capture::Pending pending = capture_->pending();
    status.pending_changes = pending.changes;
    status.pending_bytes = pending.bytes;
    status.refusing_writes = pending.refusing_writes;
    status.coalesced_changes = pending.coalesced_changes;
    status.tables = capture_->tables();
    if (feed_) status.destinations = feed_->status();
    return status;
}

VerifyReport Database::Core::verify(std::chrono::milliseconds deadline) {
    require_usable("verify");
    sqlite::Digest ram;
    sqlite::Digest disk;
    std::set<std::string> excluded;
    const auto skip_rows = [&](const std::string& name) { return excluded.contains(name); };
    const auto read_ram = [&] {
        // At the boundary, so that a table that was created just now is on the list.
        for (const TableStatus& table : capture_->tables()) {
            if (table.method == CaptureMethod::excluded) excluded.insert(table.name);
        }
        ram = sqlite::digest(ram_, skip_rows, [](const std::string&) { return false; });
    };
    // In a call nobody else may write until both sides have been read: what is handed over now is the
    // boundary.
    std::optional<sqlite::ConnectionLock> lock;
    if (cuts_in_calls()) {
        lock.emplace(ram_);
        const sqlite::Authorizer::OwnWork own_work(*authorizer_);
        if (!capture_->hand_over()) {
            throw Error({.code = SQLITE_BUSY,
                         .operation = "verify",
                         .object = path_,
                         .reason = "a transaction is open on the RAM database",
                         .advice = "commit it or roll it back",
                         .retryable = true});
        }
        read_ram();
    }
    VerifyReport report;
    report.mark = loop_->run_at_boundary(
        [&] {
            if (!lock) read_ram();
        },
        [&] {
            disk = sqlite::digest(disk_->connection(), skip_rows, [](const std::string& name) {
                return sqlite::same_name(name, destination::state_table);
            });
        },
        deadline);
    report.differences = sqlite::differences(ram, disk);
    report.ram = std::move(ram.tables);
    report.disk = std::move(disk.tables);
    return report;
}

// ---- closing ----------------------------------------------------------------------------------

void Database::Core::close(std::chrono::milliseconds deadline) {
    if (closed_) return;
    require_usable("close the database");
    const AtExit::Closing closing(*at_exit_);
    flush_and_close(deadline);
}

void Database::Core::flush_and_close(std::chrono::milliseconds deadline) {
    const sync::TimePoint until = sync::later(clock_.now(), deadline);
    end_open_transaction();
    // A connection that is closed already was handed over when it was.
    if (cuts_in_calls() && !sqlite::is_closed(ram_)) static_cast<void>(capture_->hand_over());
    loop_->stop(deadline);
    if (feed_) feed_->finish(until);
    release_parts();
}

// Closing a connection rolls its transaction back, and nobody else may use ours any more: without
// this, a forgotten transaction would keep the last flush from finding a boundary.
void Database::Core::end_open_transaction() noexcept {
    if (!own_ram_) return;
    const sqlite::ConnectionLock lock(ram_);
    const sqlite::Authorizer::OwnWork own_work(*authorizer_);
    if (sqlite::at_transaction_boundary(ram_) && !sqlite::has_running_writes(ram_)) return;
    sqlite3_stmt* statement = nullptr;
    while ((statement = sqlite3_next_stmt(ram_, statement)) != nullptr) {
        if (sqlite3_stmt_busy(statement) != 0) sqlite3_reset(statement);
    }
    capture_->end_left_transaction();
    if (sqlite3_get_autocommit(ram_) == 0) {
        sqlite3_exec(ram_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Database::Core::close_or_abandon() noexcept {
    if (closed_) return;
    const AtExit::Closing closing(*at_exit_);
    try {
        flush_and_close(options_.close_deadline);
    } catch (...) {
        // Announced to the observer by the loop; there is nobody else to tell.
        loop_->abandon();
        release_parts();
    }
}

// Called by SQLite before it looks whether the connection has statements: if only ours are left, it is
// going to be closed. Otherwise sqlite3_close() will refuse, and the application goes on; or it was
// sqlite3_close_v2(), and the connection ends with its last statement, without a word.
void Database::Core::connection_closes() noexcept {
    if (closed_ || is_forked()) return;
    try {
        static_cast<void>(capture_->hand_over());
    } catch (...) {
        // The next cut tells of it.
    }
    capture_->release_statements();
    if (sqlite3_next_stmt(ram_, nullptr) == nullptr) return close_or_abandon();
    try {
        loop_->flush(options_.close_deadline);
    } catch (...) {
        // Known to the loop, which tells the observer.
    }
}

// Called by the exit handler, and never while the database is being closed. A transaction on a
// connection of the application's own is not ours to end.
void Database::Core::leave(std::chrono::milliseconds elapsed) noexcept {
    if (closed_ || !belongs_to_this_process()) return;
    if (cuts_in_calls()) capture_->expect_no_calls();
    const auto left = std::max(options_.close_deadline - elapsed, std::chrono::milliseconds{0});
    const sync::TimePoint until = sync::later(clock_.now(), left);
    loop_->leave({.end_transaction = static_cast<bool>(own_ram_), .deadline = left});
    caretaker_->rest();
    if (feed_) feed_->rest(until);
}

// Without memory for all of it, at least what cannot fail.
void Database::Core::remember_last_status() noexcept {
    try {
        last_status_ = status();
    } catch (...) {
        last_status_.state = State::stopped;
        last_status_.mark = disk_->mark();
    }
}

// What the application's statements can still call (functions, a virtual table) is detached first,
// and outlives this object as long as they do.
void Database::Core::release_parts() noexcept {
    remember_last_status();
    closed_ = true;
    {
        const sqlite::ConnectionLock lock(ram_);
        is_signalled_ = false;
        capture_->stop_serving();
        if (own_ram_) {
            forget_hooks(ram_);
            authorizer_->set(nullptr, nullptr);
        }
    }
    caretaker_.reset();
    running_feed_.reset();
    loop_.reset();
    feed_.reset();
    {
        const sqlite::ConnectionLock lock(ram_);
        {
            const sqlite::Authorizer::OwnWork own_work(*authorizer_);
            capture_.reset();
        }
        authorizer_.reset();
    }
    disk_.reset();
    history_.reset();
    claim_.reset();
    own_ram_.close();
    ram_ = nullptr;
    lock_.reset();
}

}  // namespace tidemark
