#include "database/core.hpp"

#include "database/paths.hpp"
#include "sqlite/digest.hpp"
#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <unistd.h>

namespace tidemark {
namespace {

destination::SqliteFile::Settings disk_settings(const std::string& path, const Options& options) {
    return {.path = path,
            .strategy = to_string(options.strategy),
            .journal_mode = options.journal_mode,
            .synchronous = options.synchronous,
            .busy_timeout = options.busy_timeout,
            .foreign_writes = options.foreign_writes,
            .prepare_connection = options.prepare_disk_connection};
}

capture::CombinedCapture::Settings capture_settings(const Options& options) {
    return {.rules = {.strategy = options.strategy,
                      .include_tables = options.include_tables,
                      .exclude_tables = options.exclude_tables},
            .limits = {.cut_changes = options.cut_changes,
                       .cut_bytes = options.cut_bytes,
                       .pending_bytes_max = options.pending_bytes_max}};
}

sync::Settings loop_settings(const std::string& path, const Options& options) {
    return {.path = path,
            .interval = options.interval,
            .retry_pause_first = options.retry_pause_first,
            .retry_pause_max = options.retry_pause_max};
}

Error cannot_attach(std::string reason, std::string advice) {
    return Error({.code = SQLITE_MISUSE,
                  .operation = "attach to the connection",
                  .reason = std::move(reason),
                  .advice = std::move(advice)});
}

// A connection without a mutex must never be touched by a background thread.
void require_attachable(sqlite3* connection) {
    if (connection == nullptr) throw cannot_attach("it is null", "pass an open connection");
    if (sqlite3_db_mutex(connection) == nullptr) {
        throw cannot_attach("it is not in serialized mode", "open it with SQLITE_OPEN_FULLMUTEX");
    }
    const char* file = sqlite3_db_filename(connection, "main");
    if (file != nullptr && *file != '\0') {
        throw cannot_attach("its main database is the file '" + std::string(file) + "'",
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
    if (ram != nullptr) require_attachable(ram);
    lock_.emplace(path_);
    disk_ = std::make_unique<destination::SqliteFile>(disk_settings(path_, options_));
    if (ram == nullptr) own_ram_ = sqlite::Connection::open_in_memory(SQLITE_OPEN_FULLMUTEX);
    ram_ = ram != nullptr ? ram : own_ram_.get();
    claim_.emplace(ram_);

    const bool ram_is_empty =
        sqlite::query_integer(ram_, "SELECT count(*) FROM main.sqlite_schema") == 0;
    if (ram_is_empty) {
        load();
    } else if (!disk_->empty()) {
        throw cannot_attach("both it and '" + path_ + "' hold data",
                            "attach an empty RAM database, or name a file that does not exist");
    }
    disk_->accept();
    start_capture();
    if (!ram_is_empty) write_first_content();
    start_loop();
}

void Database::Core::load() {
    // A file without tables can still say what its user_version and encoding are.
    if (!disk_->created()) {
        disk_->check(options_.load_check);
        sqlite::CopyProgress progress;
        if (options_.observer) {
            progress = [this](std::uint64_t done, std::uint64_t total) {
                tell_progress(done, total);
            };
        }
        disk_->load_into(ram_, progress);
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
        if (signalled_ != nullptr) signalled_->signal(it);
    };
    capture_ = std::make_unique<capture::CombinedCapture>(ram_, capture_settings(options_), signal);
}

// After everything that advances the mark without it: the loop numbers on from there.
void Database::Core::start_loop() {
    loop_ = std::make_unique<sync::SyncLoop>(*capture_, *disk_, loop_settings(path_, options_),
                                             options_.observer, clock_);
    {
        const sqlite::ConnectionLock lock(ram_);
        signalled_ = loop_.get();
        // On an attached connection the application may have written already.
        if (capture_->pending().changes > 0) loop_->signal(capture::Signal::first_change);
    }
    loop_->start();
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

void Database::Core::flush(std::chrono::milliseconds deadline) {
    require_usable("flush");
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
    status.tables = capture_->tables();
    return status;
}

VerifyReport Database::Core::verify(std::chrono::milliseconds deadline) {
    require_usable("verify");
    sqlite::Digest ram;
    sqlite::Digest disk;
    std::set<std::string> excluded;
    const auto skip_rows = [&](const std::string& name) { return excluded.contains(name); };
    VerifyReport report;
    report.mark = loop_->run_at_boundary(
        [&] {
            // At the boundary, so that a table that was created just now is on the list.
            for (const TableStatus& table : capture_->tables()) {
                if (table.method == CaptureMethod::excluded) excluded.insert(table.name);
            }
            ram = sqlite::digest(ram_, skip_rows, [](const std::string&) { return false; });
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

void Database::Core::close() {
    if (closed_) return;
    require_usable("close the database");
    end_open_transaction();
    loop_->stop(options_.close_deadline);
    release_parts();
}

// Closing a connection rolls its transaction back, and nobody else may use ours any more: without
// this, a forgotten transaction would keep the last flush from finding a boundary.
void Database::Core::end_open_transaction() noexcept {
    if (!own_ram_) return;
    const sqlite::ConnectionLock lock(ram_);
    if (sqlite::at_transaction_boundary(ram_)) return;
    sqlite3_stmt* statement = nullptr;
    while ((statement = sqlite3_next_stmt(ram_, statement)) != nullptr) {
        if (sqlite3_stmt_busy(statement) != 0) sqlite3_reset(statement);
    }
    if (sqlite3_get_autocommit(ram_) == 0) {
        sqlite3_exec(ram_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Database::Core::close_or_abandon() noexcept {
    if (closed_) return;
    try {
        close();
    } catch (...) {
        // Announced to the observer by the loop; there is nobody else to tell.
        loop_->abandon();
        release_parts();
    }
}

// What the application's statements can still call (functions, a virtual table) is detached first,
// and outlives this object as long as they do.
void Database::Core::release_parts() noexcept {
    last_status_ = status();
    closed_ = true;
    {
        const sqlite::ConnectionLock lock(ram_);
        signalled_ = nullptr;
        if (own_ram_) forget_hooks(ram_);
    }
    loop_.reset();
    {
        const sqlite::ConnectionLock lock(ram_);
        capture_.reset();
    }
    disk_.reset();
    claim_.reset();
    own_ram_.close();
    ram_ = nullptr;
    lock_.reset();
}

}  // namespace tidemark
