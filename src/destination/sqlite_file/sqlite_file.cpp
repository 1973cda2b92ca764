#include "destination/sqlite_file/sqlite_file.hpp"

#include "destination/sqlite_file/file_checks.hpp"
#include "destination/sqlite_file/transaction.hpp"
#include "sqlite/error.hpp"
#include "sqlite/pragma_values.hpp"

#include <tidemark/version.hpp>

#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace tidemark::destination {
namespace {

const char* name_of(JournalMode mode) {
    switch (mode) {
        case JournalMode::wal:
            return "WAL";
        case JournalMode::truncate:
            return "TRUNCATE";
        case JournalMode::persist:
            return "PERSIST";
        case JournalMode::remove:
            return "DELETE";
    }
    return "WAL";
}

// With FULL alone a journal that was deleted can be there again after a loss of power, and takes back
// the transaction whose commit its deletion was.
Synchronous effective_synchronous(const SqliteFile::Settings& settings) {
    const bool deletes = settings.journal_mode == JournalMode::remove;
    const bool full = settings.synchronous == Synchronous::full;
    return deletes && full ? Synchronous::extra : settings.synchronous;
}

// SQLite leaves them when it cannot end its work on the database, on a full disk for example.
void remove_with_side_files(const std::string& path) {
    for (const char* suffix : {"-wal", "-shm", "-journal", ""}) {
        ::unlink((path + suffix).c_str());
    }
}

/// As SQLite tells files apart: by the number of the inode. 0 where there is none.
ino_t identify(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

/// "" where there are none.
std::string identify_side_files(const std::string& path) {
    const ino_t wal = identify(path + "-wal");
    const ino_t shm = identify(path + "-shm");
    if (wal == 0 && shm == 0) return {};
    return std::to_string(wal) + " " + std::to_string(shm);
}

}  // namespace

// ---- opening ----------------------------------------------------------------------------------

SqliteFile::SqliteFile(Settings settings)
    : settings_(std::move(settings)), checkpointer_(settings_.path, settings_.busy_timeout) {
    require_regular_file(settings_.path);
    require_one_name(settings_.path);
    require_no_orphaned_log(settings_.path);
    created_ = !file_exists(settings_.path);
    const bool has_log = has_side_file(settings_.path, "-wal");
    try {
        open_connection(created_ ? SQLITE_OPEN_CREATE : 0);
        // Until the file is accepted not even its WAL is to be moved into it. Without one there is
        // nothing to move, and SQLite tidies up what it has created beside the file.
        sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_log ? 1 : 0,
                          nullptr);
        check_readable();
        remember_data_version();
        if (const auto state = read_state(connection_.get(), settings_.path)) {
            mark_ = state->mark;
            found_state_ = state;
        }
    } catch (...) {
        close_connection();
        if (created_) remove_with_side_files(settings_.path);
        throw;
    }
}

SqliteFile::~SqliteFile() {
    close_connection();
    if (created_ && !accepted_) remove_with_side_files(settings_.path);
}

void SqliteFile::open_connection(int flags) {
    connection_ = open_file(flags);
    prepare(connection_.get());
}

sqlite::Connection SqliteFile::open_file(int flags) const {
    return sqlite::Connection::open(settings_.path,
                                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | flags);
}

void SqliteFile::prepare(sqlite3* connection) const {
    sqlite3_busy_timeout(connection, static_cast<int>(settings_.busy_timeout.count()));
    // First of all, as it removes TEMP objects.
    if (needs_no_temporary_files_) {
        sqlite::execute(connection, "PRAGMA temp_store = MEMORY", "prepare the disk database");
    }
    if (settings_.prepare_connection) settings_.prepare_connection(connection);
}

void SqliteFile::close_connection() noexcept {
    forget_statements();
    recorder_.reset();
    connection_.close();
}

void SqliteFile::check_readable() {
    try {
        // Reads the header and parses the schema.
        static_cast<void>(
            sqlite::query_integer(connection_.get(), "SELECT count(*) FROM main.sqlite_schema"));
    } catch (const Error& error) {
        throw cannot_read(connection_.get(), error, "open the database", settings_.path);
    }
    if (sqlite3_db_readonly(connection_.get(), "main") != 0) {
        throw Error({.code = SQLITE_READONLY,
                     .operation = "open the database",
                     .object = settings_.path,
                     .reason = "it cannot be written to",
                     .advice = sqlite::advice_for(SQLITE_READONLY)});
    }
}

bool SqliteFile::empty() const {
    const std::int64_t objects =
        sqlite::query_integer(connection_.get(), "SELECT count(*) FROM main.sqlite_schema");
    return objects == (found_state_ ? 1 : 0);
}

void SqliteFile::accept() {
    try {
        prepare_for_keeping();
        // The first look into a new WAL makes its index, for which there must be room too.
        remember_data_version();
        remember_side_files();
    } catch (...) {
        throw_naming(settings_.path);
    }
    accepted_ = true;
    file_ = identify(settings_.path);
}

void SqliteFile::prepare_for_keeping() {
    sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    configure_connection();
    write_first_state();
    set_journal_mode(name_of(settings_.journal_mode));
}

// One transaction, before anything else of the file is changed: when it cannot be written, it stays
// as it was.
void SqliteFile::write_first_state() {
    const FileState wanted = state(found_state_ ? found_state_->last_sync_ms : 0);
    const bool current = found_state_ && found_state_->strategy == wanted.strategy &&
                         found_state_->writer_version == wanted.writer_version &&
                         found_state_->history_id == wanted.history_id;
    Transaction transaction(connection_.get());
    require_as_loaded();
    if (current) return;
    try {
        write_state(connection_.get(), wanted);
    } catch (const Error& error) {
        throw about_file(error, "write tidemark's bookkeeping into", settings_.path);
    }
    transaction.commit();
}

void SqliteFile::require_as_loaded() {
    const std::int64_t now = sqlite::query_integer(connection_.get(), "PRAGMA main.data_version");
    if (now == data_version_) return;
    throw Error({.code = SQLITE_BUSY,
                 .operation = "open the database",
                 .object = settings_.path,
                 .reason = "somebody else has written to it while it was being loaded",
                 .advice = "open it again",
                 .retryable = true});
}

void SqliteFile::set_journal_mode(const char* mode) {
    const std::string answer =
        sqlite::query_text(connection_.get(), std::string("PRAGMA main.journal_mode = ") + mode);
    if (sqlite::same_name(answer, mode)) return;
    throw Error({.code = SQLITE_BUSY,
                 .operation = std::string("set the journal mode ") + mode + " of",
                 .object = settings_.path,
                 .reason = "it stays in mode " + answer,
                 .advice = sqlite::advice_for(SQLITE_BUSY),
                 .retryable = true});
}

// Foreign keys and triggers are off: their effects were captured, they must not happen twice.
// CHECK constraints were passed, or were switched off on purpose, in the RAM database.
void SqliteFile::configure_connection() {
    sqlite3* connection = connection_.get();
    sqlite::execute(connection,
                    std::string("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;"
                                "PRAGMA main.journal_size_limit = 67108864;"
                                "PRAGMA main.cache_size = -") +
                        std::to_string(cache_max / 1024) + "; PRAGMA main.synchronous = " +
                        sqlite::name_of(effective_synchronous(settings_)),
                    "configure the disk database");
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
    // Before anything is prepared: a DELETE of all rows goes unheard otherwise.
    if (settings_.before_commit) recorder_ = std::make_unique<change::EffectsRecorder>(connection);
    checkpointer_.watch(connection);
}

std::string SqliteFile::history_id() const {
    if (history_id_) return *history_id_;
    return found_state_ ? found_state_->history_id : "";
}

FileState SqliteFile::state(std::int64_t last_sync_ms) const {
    return {.format_version = state_format_version,
            .mark = mark_,
            .strategy = settings_.strategy,
            .writer_version = TIDEMARK_VERSION,
            .history_id = history_id(),
            .last_sync_ms = last_sync_ms};
}

// ---- the connection and its files -----------------------------------------------------------

Upkeep SqliteFile::look_after() {
    // Of a file that is elsewhere the next batch tells.
    if (has_moved()) return {};
    if (!connection_) reopen();
    check_side_files();
    return checkpointer_.run(connection_.get());
}

sqlite3* SqliteFile::connection() {
    if (!connection_) reopen();
    return connection_.get();
}

// Also while there is no connection that could be asked: a new one must not open another file.
bool SqliteFile::has_moved() const { return identify(settings_.path) != file_; }

void SqliteFile::check_not_moved() const {
    if (!has_moved()) return;
    throw Error({.code = SQLITE_READONLY_DBMOVED,
                 .operation = applying,
                 .object = settings_.path,
                 .reason = "the file was moved, replaced or deleted",
                 .advice = "put the same file back, and syncing goes on; what is pending stays in "
                           "RAM until then, and VACUUM INTO saves it elsewhere",
                 .retryable = true});
}

// SQLite would go on writing into files that have no name any more, and a crash would take what was
// acknowledged. Only through our descriptors can they still be read: what they hold is moved into
// the database while those are open, and the next connection makes new ones.
void SqliteFile::check_side_files() {
    if (side_files_.empty() || side_files_ == identify_side_files(settings_.path)) return;
    check_not_moved();
    forget_statements();
    sqlite::check(connection_.get(),
                  sqlite3_wal_checkpoint_v2(connection_.get(), "main", SQLITE_CHECKPOINT_FULL,
                                            nullptr, nullptr),
                  "rescue what is in a WAL that was removed", settings_.path);
    close_connection();
    throw Error({.code = SQLITE_READONLY_DBMOVED,
                 .operation = applying,
                 .object = settings_.path,
                 .reason = "its -wal or -shm file was moved, replaced or deleted",
                 .advice = "nothing is lost, and new ones are made; leave them alone while the "
                           "database is kept",
                 .retryable = true});
}

// All of it or, when it throws, no connection: one that is half configured would fire triggers.
void SqliteFile::reopen() {
    check_not_moved();
    try {
        open_connection(0);
        set_journal_mode(name_of(settings_.journal_mode));
        configure_connection();
        remember_data_version();
        remember_side_files();
    } catch (...) {
        close_connection();
        throw;
    }
}

void SqliteFile::remember_data_version() {
    data_version_ = sqlite::query_integer(connection_.get(), "PRAGMA main.data_version");
}

// After something was read: from then on a WAL has both files.
void SqliteFile::remember_side_files() {
    const bool has_them = settings_.journal_mode == JournalMode::wal;
    side_files_ = has_them ? identify_side_files(settings_.path) : "";
}

}  // namespace tidemark::destination
