#include "destination/sqlite_file/sqlite_file.hpp"

#include "change/table.hpp"
#include "sqlite/error.hpp"
#include "sqlite/integrity.hpp"
#include "sqlite/table_info.hpp"

#include <tidemark/version.hpp>

#include <algorithm>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace tidemark::destination {
namespace {

constexpr const char* applying = "write changes to the disk database";

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

const char* name_of(Synchronous synchronous) {
    switch (synchronous) {
        case Synchronous::off:
            return "OFF";
        case Synchronous::normal:
            return "NORMAL";
        case Synchronous::full:
            return "FULL";
        case Synchronous::extra:
            return "EXTRA";
    }
    return "FULL";
}

bool file_exists(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
}

void require_regular_file(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return;
    throw Error({.operation = "open the database",
                 .object = path,
                 .reason = "it is no regular file",
                 .advice = "name a SQLite database or a file that does not exist yet"});
}

std::int64_t unix_milliseconds() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// Begins a write transaction, which is rolled back unless it is committed.
class Transaction {
public:
    explicit Transaction(sqlite3* connection) : connection_(connection) {
        sqlite::execute(connection_, "BEGIN IMMEDIATE", applying);
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction() {
        if (sqlite3_get_autocommit(connection_) != 0) return;
        sqlite3_exec(connection_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
    void commit() { sqlite::execute(connection_, "COMMIT", applying); }

private:
    sqlite3* connection_;
};

// A constraint, or a function that an index needs and nobody registered: RAM is right, so the disk
// can only follow as a copy of its pages. Errors of our own, passing ones, and a damaged file are
// not of that kind.
void throw_unless_a_copy_helps(const Error& error) {
    const int primary = error.code() & 0xff;
    const bool damaged = primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
    if (error.code() == 0 || error.retryable() || damaged) throw error;
}

std::int64_t page_size(sqlite3* connection) {
    return sqlite::query_integer(connection, "PRAGMA main.page_size");
}

std::string encoding(sqlite3* connection) {
    return sqlite::query_text(connection, "PRAGMA main.encoding");
}

}  // namespace

// ---- opening ----------------------------------------------------------------------------------

SqliteFile::SqliteFile(Settings settings) : settings_(std::move(settings)) {
    require_regular_file(settings_.path);
    created_ = !file_exists(settings_.path);
    try {
        open_connection(created_ ? SQLITE_OPEN_CREATE : 0);
        // Until the file is accepted not even its WAL is to be moved into it.
        sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        check_readable();
        remember_data_version();
        if (const auto state = read_state(connection_.get(), settings_.path)) {
            mark_ = state->mark;
            found_state_ = state;
        }
    } catch (...) {
        connection_.close();
        if (created_) ::unlink(settings_.path.c_str());
        throw;
    }
}

SqliteFile::~SqliteFile() {
    forget_statements();
    connection_.close();
    if (created_ && !accepted_) ::unlink(settings_.path.c_str());
}

void SqliteFile::open_connection(int flags) {
    connection_ = sqlite::Connection::open(settings_.path,
                                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | flags);
    sqlite3_busy_timeout(connection_.get(), static_cast<int>(settings_.busy_timeout.count()));
    if (settings_.prepare_connection) settings_.prepare_connection(connection_.get());
}

void SqliteFile::check_readable() {
    try {
        // Reads the header and parses the schema.
        static_cast<void>(
            sqlite::query_integer(connection_.get(), "SELECT count(*) FROM main.sqlite_schema"));
    } catch (const Error& error) {
        throw sqlite::make_error(connection_.get(), error.code(), "open the database",
                                 settings_.path);
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

void SqliteFile::check(LoadCheck check) const {
    if (check == LoadCheck::none) return;
    for (const std::string& problem : sqlite::find_problems(connection_.get(), check)) {
        if (sqlite::is_about_content(problem)) continue;
        throw Error({.code = SQLITE_CORRUPT,
                     .operation = "open the database",
                     .object = settings_.path,
                     .reason = "it is damaged: " + problem,
                     .advice = sqlite::advice_for(SQLITE_CORRUPT)});
    }
}

void SqliteFile::load_into(sqlite3* ram, const sqlite::CopyProgress& progress) const {
    sqlite::copy_database(connection_.get(), ram, "load the database into RAM", progress);
    if (!found_state_) return;
    sqlite::execute(ram, std::string("DROP TABLE main.") + state_table,
                    "leave tidemark's bookkeeping out of the RAM database");
}

void SqliteFile::accept() {
    sqlite3* connection = connection_.get();
    sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    {
        Transaction transaction(connection);
        require_as_loaded();
    }
    set_journal_mode(name_of(settings_.journal_mode));
    configure_connection();
    const FileState wanted = state(found_state_ ? found_state_->last_sync_ms : 0);
    const bool current = found_state_ && found_state_->strategy == wanted.strategy &&
                         found_state_->writer_version == wanted.writer_version;
    if (!current) {
        Transaction transaction(connection);
        write_state(connection, wanted);
        transaction.commit();
    }
    accepted_ = true;
    remember_data_version();
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
                                "PRAGMA main.synchronous = ") +
                        name_of(settings_.synchronous),
                    "configure the disk database");
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
}

FileState SqliteFile::state(std::int64_t last_sync_ms) const {
    return {.format_version = state_format_version,
            .mark = mark_,
            .strategy = settings_.strategy,
            .writer_version = TIDEMARK_VERSION,
            .last_sync_ms = last_sync_ms};
}

// ---- applying ---------------------------------------------------------------------------------

void SqliteFile::apply(const change::Batch& batch) {
    if (batch.number <= mark_) return;
    if (!connection_) reopen();
    // A COMMIT that reported an error may have been carried out all the same.
    if (!mark_is_certain_) read_mark();
    if (batch.number <= mark_) return;
    check_not_moved();
    try {
        if (batch.whole) {
            apply_whole(batch);
        } else {
            apply_changes(batch);
        }
    } catch (...) {
        mark_is_certain_ = false;
        user_version_.reset();
        application_id_.reset();
        throw;
    }
    mark_ = batch.number;
}

sqlite3* SqliteFile::connection() {
    if (!connection_) reopen();
    return connection_.get();
}

void SqliteFile::read_mark() {
    const std::optional<FileState> state = read_state(connection_.get(), settings_.path);
    if (state) mark_ = state->mark;
    mark_is_certain_ = true;
}

void SqliteFile::check_not_moved() {
    int moved = 0;
    sqlite3_file_control(connection_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (moved == 0) return;
    throw Error({.code = SQLITE_READONLY_DBMOVED,
                 .operation = applying,
                 .object = settings_.path,
                 .reason = "the file was moved, replaced or deleted",
                 .advice = "put it back; what is pending stays in RAM until then",
                 .retryable = true});
}

// Inside a transaction nobody can write between this look and the commit.
void SqliteFile::check_foreign_writes(bool whole) {
    const std::int64_t now = sqlite::query_integer(connection_.get(), "PRAGMA main.data_version");
    if (now == data_version_) return;
    if (settings_.foreign_writes == ForeignWrites::overwrite) {
        if (whole) return;
        throw NotApplicable({.operation = applying,
                             .object = settings_.path,
                             .reason = "somebody else has written to the file",
                             .advice = "it becomes a whole copy of the RAM database, as "
                                       "foreign_writes = overwrite asks for"});
    }
    throw Error({.operation = applying,
                 .object = settings_.path,
                 .reason = "somebody else has written to the file while tidemark kept it",
                 .advice = "nothing was overwritten and syncing has stopped; save what is in RAM "
                           "with VACUUM INTO, or open with foreign_writes = overwrite"});
}

void SqliteFile::apply_changes(const change::Batch& batch) {
    sqlite3* connection = connection_.get();
    if (!log_writer_) {
        log_writer_ = std::make_unique<LogWriter>(connection);
        changeset_writer_ = std::make_unique<ChangesetWriter>(connection);
        state_writer_ = std::make_unique<StateWriter>(connection);
    }
    try {
        Transaction transaction(connection);
        check_foreign_writes(false);
        changeset_writer_->write(batch.changeset);
        log_writer_->write(batch);
        set_header(batch);
        state_writer_->advance(batch.number, unix_milliseconds());
        transaction.commit();
    } catch (const NotApplicable&) {
        throw;
    } catch (const Error& error) {
        throw_unless_a_copy_helps(error);
        throw NotApplicable({.code = error.code(),
                             .operation = applying,
                             .object = settings_.path,
                             .reason = error.what(),
                             .advice =
                                 "the disk database becomes a whole copy of the RAM database; "
                                 "functions and collations that its indexes use belong into "
                                 "Options::prepare_disk_connection"});
    }
}

void SqliteFile::set_header(const change::Batch& batch) {
    const auto set = [this](const char* pragma, std::optional<std::int32_t>& known,
                            std::int32_t value) {
        if (known == value) return;
        sqlite::execute(connection_.get(),
                        std::string("PRAGMA main.") + pragma + " = " + std::to_string(value),
                        applying);
        known = value;
    };
    set("user_version", user_version_, batch.user_version);
    set("application_id", application_id_, batch.application_id);
}

// The bookkeeping is put into the copy before its pages go to the disk: so content and mark are
// committed together, by the backup's own transaction.
void SqliteFile::apply_whole(const change::Batch& batch) {
    complete_copy(batch);
    {
        // The backup takes its own lock, so a moment remains in which a foreign write is not seen.
        Transaction transaction(connection_.get());
        check_foreign_writes(true);
    }
    sqlite3* copy = batch.whole->connection.get();
    forget_statements();
    const bool other_pages = page_size(copy) != page_size(connection_.get());
    const bool other_encoding = encoding(copy) != encoding(connection_.get());
    // A database in WAL mode cannot change its page size.
    if (other_pages) set_journal_mode("DELETE");
    sqlite::copy_database(copy, connection_.get(), "copy the RAM database to the disk");
    // A connection keeps the encoding that it has met first, and one that has changed its journal
    // mode is not what we left: the next batch opens a new one.
    if (other_encoding || other_pages) {
        connection_.close();
    } else {
        remember_data_version();
    }
}

// All of it or, when it throws, no connection: one that is half configured would fire triggers.
void SqliteFile::reopen() {
    try {
        open_connection(0);
        set_journal_mode(name_of(settings_.journal_mode));
        configure_connection();
        remember_data_version();
    } catch (...) {
        connection_.close();
        throw;
    }
}

void SqliteFile::complete_copy(const change::Batch& batch) {
    sqlite3* copy = batch.whole->connection.get();
    sqlite3_db_config(copy, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite::execute(copy, "PRAGMA ignore_check_constraints = ON", applying);
    const std::vector<std::string>& excluded = batch.whole->excluded_tables;
    if (!excluded.empty() && settings_.prepare_connection) settings_.prepare_connection(copy);
    for (const std::string& name : excluded) fill_excluded_table(copy, name);
    FileState after = state(unix_milliseconds());
    after.mark = batch.number;
    write_state(copy, after);
}

// The rows of a table that is not kept are those that the file had, not those in RAM.
void SqliteFile::fill_excluded_table(sqlite3* copy, const std::string& name) {
    const auto find = [&name](sqlite3* connection) -> std::optional<change::Table> {
        for (const sqlite::TableInfo& info : sqlite::read_tables(connection)) {
            if (sqlite::same_name(info.name, name)) return change::describe(info);
        }
        return std::nullopt;
    };
    sqlite::execute(copy, "DELETE FROM main." + sqlite::quoted(name), applying);
    const std::optional<change::Table> source = find(connection_.get());
    const std::optional<change::Table> target = find(copy);
    if (!source || !target) return;
    // The table may have been altered since: columns that both have are kept.
    std::string columns = source->rowid_name == target->rowid_name ? source->rowid_name : "";
    std::string parameters = columns.empty() ? "" : "?";
    for (const std::string& column : target->columns) {
        const auto known = std::find_if(
            source->columns.begin(), source->columns.end(),
            [&](const std::string& other) { return sqlite::same_name(other, column); });
        if (known == source->columns.end()) continue;
        columns += (columns.empty() ? "" : ", ") + sqlite::quoted(column);
        parameters += parameters.empty() ? "?" : ", ?";
    }
    if (columns.empty()) return;
    sqlite::Statement read(connection_.get(),
                           "SELECT " + columns + " FROM main." + sqlite::quoted(name));
    sqlite::Statement write(copy, "INSERT OR IGNORE INTO main." + sqlite::quoted(name) + "(" +
                                      columns + ") VALUES(" + parameters + ")");
    while (read.step()) {
        for (int i = 0; i < read.column_count(); ++i) {
            sqlite::check(copy, sqlite3_bind_value(write.get(), i + 1, read.value(i)), applying);
        }
        write.run();
    }
}

void SqliteFile::forget_statements() noexcept {
    log_writer_.reset();
    changeset_writer_.reset();
    state_writer_.reset();
    user_version_.reset();
    application_id_.reset();
}

void SqliteFile::remember_data_version() {
    data_version_ = sqlite::query_integer(connection_.get(), "PRAGMA main.data_version");
}

}  // namespace tidemark::destination
