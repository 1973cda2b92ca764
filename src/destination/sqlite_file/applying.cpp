// The part of SqliteFile that writes batches.

#include "change/table.hpp"
#include "change/whole_difference.hpp"
#include "destination/sqlite_file/file_checks.hpp"
#include "destination/sqlite_file/schema_writer.hpp"
#include "destination/sqlite_file/sqlite_file.hpp"
#include "destination/sqlite_file/transaction.hpp"
#include "sqlite/error.hpp"
#include "sqlite/table_info.hpp"
#include "sqlite/unix_time.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::destination {
namespace {

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

void SqliteFile::apply(const change::Batch& batch) {
    try {
        attempt(batch);
    } catch (const Error& error) {
        if (error.code() != SQLITE_IOERR_GETTEMPPATH || needs_no_temporary_files_) throw;
        // Statements of many rows, savepoints and the sorting of an index want one.
        needs_no_temporary_files_ = true;
        close_connection();
        attempt(batch);
    }
}

void SqliteFile::attempt(const change::Batch& batch) {
    if (batch.number <= mark_) return;
    check_not_moved();
    if (!connection_) reopen();
    // A COMMIT that reported an error may have been carried out all the same.
    if (!mark_is_certain_) read_mark();
    if (!data_version_) remember_data_version();
    if (batch.number <= mark_) return;
    try {
        check_side_files();
        if (batch.whole) {
            apply_whole(batch);
        } else {
            apply_changes(batch);
        }
        // Once more: what was committed into a file without a name is not safe.
        if (connection_) check_side_files();
    } catch (const Error& error) {
        forget_after(error.code());
        const bool is_full = (error.code() & 0xff) == SQLITE_FULL;
        if (connection_ && is_full) checkpointer_.make_room(connection_.get());
        doubt_damage(error);
        shrink_cache();
        throw_naming(settings_.path);
    } catch (...) {
        forget_after(SQLITE_ERROR);
        shrink_cache();
        throw;
    }
    mark_ = batch.number;
    is_after_foreign_writes_ = false;
    damage_is_doubted_ = false;
    shrink_cache();
}

// The pages are in RAM a second time, and seldom needed by the next batch.
void SqliteFile::shrink_cache() noexcept {
    if (!connection_) return;
    int used = 0;
    int unused = 0;
    sqlite3_db_status(connection_.get(), SQLITE_DBSTATUS_CACHE_USED, &used, &unused, 0);
    if (used > cache_kept) sqlite3_db_release_memory(connection_.get());
}

// SQLite takes a schema for malformed when it has no memory to read it, and what one connection has
// in its cache need not be what is in the file. Syncing ends for ever when the file is damaged, so a
// new connection is asked as well.
void SqliteFile::doubt_damage(const Error& error) {
    if ((error.code() & 0xff) != SQLITE_CORRUPT || damage_is_doubted_) return;
    damage_is_doubted_ = true;
    close_connection();
    throw Error({.code = error.code(),
                 .operation = error.operation(),
                 .object = settings_.path,
                 .reason = error.reason(),
                 .advice = error.advice(),
                 .retryable = true});
}

// What is known of the file may not be true any more. An error of the disk makes SQLite throw away
// its page cache, which changes data_version as a foreign write does: it is read anew before
// anybody else is likely to write, or else with the next attempt. While the file is locked, nothing
// is thrown away, and the one who holds the lock is to be noticed; unless a reader kept us from the
// COMMIT, and the disk failed in the ROLLBACK.
void SqliteFile::forget_after(int code) noexcept {
    mark_is_certain_ = false;
    user_version_.reset();
    application_id_.reset();
    // Without memory not even a ROLLBACK succeeds. Closing needs none, and rolls back.
    if (connection_ && sqlite3_get_autocommit(connection_.get()) == 0) {
        close_connection();
    }
    const int primary = code & 0xff;
    const bool is_locked = primary == SQLITE_BUSY || primary == SQLITE_LOCKED;
    const bool lost_cache = std::exchange(rollback_lost_cache_, false);
    if ((is_locked && !lost_cache) || !sqlite::is_retryable(code)) return;
    data_version_.reset();
    try {
        if (connection_) remember_data_version();
    } catch (...) {
        // Nobody can write to a file that cannot be read.
    }
}

bool SqliteFile::carried_out(std::uint64_t number) {
    if (!connection_) reopen();
    if (!mark_is_certain_) read_mark();
    return mark_ >= number;
}

void SqliteFile::read_mark() {
    const std::optional<FileState> state = read_state(connection_.get(), settings_.path);
    if (state) mark_ = state->mark;
    mark_is_certain_ = true;
}

// Inside a transaction nobody can write between this look and the commit.
void SqliteFile::check_foreign_writes(bool whole) {
    const std::int64_t now = sqlite::query_integer(connection_.get(), "PRAGMA main.data_version");
    if (now == data_version_) return;
    if (settings_.foreign_writes == ForeignWrites::overwrite) {
        is_after_foreign_writes_ = true;
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
    // An open statement would keep a table from being dropped.
    if (batch.schema) forget_statements();
    // What each call into SQLite locks costs a third when it is locked already.
    const sqlite::ConnectionLock lock(connection_.get());
    try {
        Transaction transaction(connection_.get(), &rollback_lost_cache_);
        check_foreign_writes(false);
        if (recorder_) recorder_->begin(batch.number, mark_);
        if (batch.schema) {
            SchemaWriter schema(connection_.get(), *batch.schema);
            if (recorder_) recorder_->begin_step(*batch.schema);
            schema.begin();
            if (recorder_) recorder_->step_is_begun();
            write_rows(batch);
            forget_statements();
            schema.finish();
        } else {
            write_rows(batch);
        }
        prepare_writers();
        set_header(batch);
        state_writer_->advance(batch.number, sqlite::unix_milliseconds());
        if (recorder_) tell_before_commit(recorder_->finish());
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

// What would have to be a copy of the database says so; of this, only time or a person can get rid.
void SqliteFile::tell_before_commit(const change::Effects& effects) const {
    try {
        settings_.before_commit(effects);
    } catch (const Error& error) {
        if (error.retryable()) throw;
        throw Error({.operation = error.operation(),
                     .object = error.object(),
                     .reason = error.reason(),
                     .advice = error.advice()});
    }
}

void SqliteFile::tell_difference(sqlite3* copy, std::uint64_t number) {
    if (!settings_.before_commit) return;
    // The keys of tables may need collations of the application's.
    if (settings_.prepare_connection) settings_.prepare_connection(copy);
    change::Effects effects = change::whole_difference(connection_.get(), copy);
    effects.number = number;
    effects.previous = mark_;
    effects.after_foreign_writes = is_after_foreign_writes_;
    tell_before_commit(effects);
}

void SqliteFile::write_rows(const change::Batch& batch) {
    prepare_writers();
    changeset_writer_->write(batch.changesets, batch.superseded_in_changesets);
    log_writer_->write(batch);
}

void SqliteFile::prepare_writers() {
    if (log_writer_) return;
    sqlite3* connection = connection_.get();
    log_writer_ = std::make_unique<LogWriter>(connection);
    changeset_writer_ = std::make_unique<ChangesetWriter>(connection, recorder_.get());
    state_writer_ = std::make_unique<StateWriter>(connection);
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
    tell_difference(copy, batch.number);
    const bool other_pages = page_size(copy) != page_size(connection_.get());
    const bool other_encoding = encoding(copy) != encoding(connection_.get());
    // A database in WAL mode cannot change its page size. Not DELETE: its commit is the deletion of
    // the journal, which a loss of power can undo unless the folder is synced as well.
    const bool leaves_wal = other_pages && settings_.journal_mode == JournalMode::wal;
    if (leaves_wal) set_journal_mode("TRUNCATE");
    sqlite::copy_database(copy, connection_.get(), "copy the RAM database to the disk");
    // A connection keeps the encoding that it has met first, and one that has changed its journal
    // mode is not what we left: the next batch opens a new one.
    if (other_encoding || leaves_wal) {
        close_connection();
    } else {
        remember_data_version();
    }
}

void SqliteFile::complete_copy(const change::Batch& batch) {
    sqlite3* copy = batch.whole->connection.get();
    sqlite3_db_config(copy, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite::execute(copy, "PRAGMA ignore_check_constraints = ON", applying);
    const std::vector<std::string>& excluded = batch.whole->excluded_tables;
    if (!excluded.empty() && settings_.prepare_connection) settings_.prepare_connection(copy);
    for (const std::string& name : excluded) fill_excluded_table(copy, name);
    FileState after = state(sqlite::unix_milliseconds());
    after.mark = batch.number;
    write_state(copy, after);
}

// The rows of a table that is not kept are those that the file had, not those in RAM.
void SqliteFile::fill_excluded_table(sqlite3* copy, const std::string& name) {
    const auto find = [&name](sqlite3* connection) -> std::optional<change::Table> {
        const std::optional<sqlite::TableInfo> info = sqlite::read_table(connection, name);
        return info ? std::optional(change::describe(*info)) : std::nullopt;
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
    if (recorder_) recorder_->forget_statements();
    user_version_.reset();
    application_id_.reset();
}

}  // namespace tidemark::destination
