#include "history/history_file.hpp"

#include "history/checksum.hpp"
#include "history/compression.hpp"
#include "history/payload.hpp"
#include "history/schema.hpp"
#include "sqlite/error.hpp"
#include "sqlite/pragma_values.hpp"
#include "sqlite/side_file.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/transaction.hpp"
#include "sqlite/unix_time.hpp"

#include <algorithm>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace tidemark::history {
namespace {

constexpr const char* writing = "write the history";

std::string make_id() {
    std::random_device random;
    std::string id;
    constexpr const char* digits = "0123456789abcdef";
    for (int i = 0; i < 32; ++i) id += digits[random() % 16];
    return id;
}

ino_t identify(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

bool is_missing_or_empty(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) != 0 || (S_ISREG(status.st_mode) && status.st_size == 0);
}

std::int64_t signed_number(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::uint64_t unsigned_number(std::int64_t number) { return static_cast<std::uint64_t>(number); }

/// Runs it; an Error that names no file is about this one.
template <typename Work>
auto about(const std::string& path, Work work) {
    try {
        return work();
    } catch (const Error& error) {
        if (!error.object().empty()) throw;
        throw Error({.code = error.code(),
                     .operation = writing,
                     .object = path,
                     .reason = error.reason(),
                     .advice = error.advice().empty() ? "look at it with the sqlite3 shell"
                                                      : error.advice(),
                     .retryable = error.retryable()});
    }
}

}  // namespace

std::string path_of(const std::string& database_path) { return database_path + "-history"; }

// ---- opening ----------------------------------------------------------------------------------

HistoryFile::HistoryFile(Settings settings, Owner owner)
    : settings_(std::move(settings)),
      path_(path_of(settings_.database_path)),
      owner_(std::move(owner)) {
    sqlite::require_safe_side_file(path_);
    is_new_ = is_missing_or_empty(path_);
    if (is_new_) {
        id_ = make_id();
        return;
    }
    about(path_, [this] {
        open_connection();
        require_own(owner_);
    });
}

// A history that was created but whose database never came to know it holds no batch: it is made anew.
void HistoryFile::require_own(const Owner& owner) {
    sqlite3* const connection = connection_.get();
    is_new_ = is_empty(connection, path_);
    if (!is_new_) {
        id_ = read_id(connection);
        if (!id_.empty() && id_ == owner.history_id) return;
        is_new_ = sqlite::query_integer(connection, "SELECT count(*) FROM batches") == 0;
    }
    if (is_new_) {
        id_ = make_id();
        return;
    }
    throw Error({.operation = "open the history",
                 .object = path_,
                 .reason = "it is the history of another database",
                 .advice = "put the database back that it belongs to, or move it away, and a new "
                           "history begins"});
}

void HistoryFile::open_connection() {
    connection_ = sqlite::Connection::open(
        path_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW);
    sqlite3_busy_timeout(connection_.get(), static_cast<int>(settings_.busy_timeout.count()));
    file_ = identify(path_);
}

void HistoryFile::close_connection() noexcept { connection_.close(); }

void HistoryFile::configure() {
    sqlite::execute(connection_.get(),
                    std::string("PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864;"
                                "PRAGMA foreign_keys = OFF; PRAGMA synchronous = ") +
                        sqlite::name_of(settings_.synchronous),
                    "configure the history");
}

void HistoryFile::accept() {
    about(path_, [this] {
        if (is_new_) create();
        configure();
        sqlite::WriteTransaction transaction(connection_.get(), writing);
        if (is_new_) create_content();
        last_ = last_number(connection_.get());
        const char* const reason =
            is_new_ ? "the history begins" : "the database was kept without its history";
        level_with(owner_.mark, reason);
        transaction.commit();
    });
    is_new_ = false;
}

void HistoryFile::create() {
    sqlite::create_side_file(path_, settings_.database_path);
    if (!connection_) open_connection();
    // Before the first table is made.
    sqlite::execute(connection_.get(), "PRAGMA auto_vacuum = INCREMENTAL", "create the history");
}

void HistoryFile::create_content() {
    if (!is_empty(connection_.get(), path_)) {
        sqlite::execute(connection_.get(),
                        "DROP TABLE info; DROP TABLE batches; DROP TABLE counts; DROP TABLE parts;"
                        "DROP TABLE gaps",
                        "create the history");
    }
    create_schema(connection_.get(), id_);
}

// ---- writing ----------------------------------------------------------------------------------

void HistoryFile::require_same_file() const {
    if (connection_ && identify(path_) == file_) return;
    throw Error({.code = SQLITE_READONLY_DBMOVED,
                 .operation = writing,
                 .object = path_,
                 .reason = "the file was moved, replaced or deleted",
                 .advice =
                     "put the same file back, and syncing goes on; or close the database, and "
                     "a new history begins when it is opened again",
                 .retryable = true});
}

void HistoryFile::write(const change::Effects& effects) {
    about(path_, [&] {
        if (!connection_ && identify(path_) == file_) {
            open_connection();
            configure();
        }
        require_same_file();
        try {
            sqlite::WriteTransaction transaction(connection_.get(), writing);
            if (!last_) last_ = last_number(connection_.get());
            level_with(effects.previous, "the history was not written");
            if (effects.after_foreign_writes) {
                insert_gap(effects.previous + 1, effects.previous,
                           "somebody else has written to the database");
            }
            insert_batch(effects);
            keep_limits();
            transaction.commit();
        } catch (...) {
            last_.reset();
            stored_bytes_.reset();
            // Without memory not even a ROLLBACK succeeds.
            if (sqlite3_get_autocommit(connection_.get()) == 0) close_connection();
            throw;
        }
        last_ = effects.number;
    });
}

/// Makes the history end where the database does.
void HistoryFile::level_with(std::uint64_t mark, std::string_view reason) {
    if (last_ && *last_ > mark) {
        delete_above(mark);
        last_ = last_number(connection_.get());
    }
    const std::uint64_t last = last_.value_or(0);
    if (last < mark) insert_gap(last + 1, mark, reason);
    last_ = mark;
}

void HistoryFile::delete_above(std::uint64_t number) {
    stored_bytes_.reset();
    for (const char* sql :
         {"DELETE FROM batches WHERE number > ?1", "DELETE FROM counts WHERE number > ?1",
          "DELETE FROM parts WHERE number > ?1", "DELETE FROM gaps WHERE first > ?1",
          "UPDATE gaps SET last = ?1 WHERE last > ?1"}) {
        sqlite::Statement statement(connection_.get(), sql);
        statement.bind(1, signed_number(number));
        statement.run();
    }
}

void HistoryFile::insert_gap(std::uint64_t first, std::uint64_t last, std::string_view reason) {
    sqlite::Statement insert(connection_.get(), "INSERT INTO gaps VALUES(?1, ?2, ?3, ?4)");
    insert.bind(1, signed_number(first));
    insert.bind(2, signed_number(last));
    insert.bind(3, sqlite::unix_milliseconds());
    insert.bind(4, reason);
    insert.run();
}

void HistoryFile::insert_batch(const change::Effects& effects) {
    const Payload payload = encode(effects);
    std::vector<std::string_view> pieces{payload.head};
    pieces.insert(pieces.end(), payload.records.begin(), payload.records.end());
    const std::vector<std::string> parts = compress(pieces, part_bytes_max);
    std::uint64_t stored_bytes = 0;
    Checksum sum(effects.number);
    sqlite::Statement insert_part(connection_.get(),
                                  "INSERT INTO parts(number, data) VALUES(?1, ?2)");
    for (const std::string& part : parts) {
        sum.add(part);
        stored_bytes += part.size();
        insert_part.bind(1, signed_number(effects.number));
        sqlite::check(
            connection_.get(),
            sqlite3_bind_blob64(insert_part.get(), 2, part.data(), part.size(), SQLITE_STATIC),
            writing);
        insert_part.run();
    }
    sqlite::Statement insert(connection_.get(),
                             "INSERT INTO batches VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    insert.bind(1, signed_number(effects.number));
    insert.bind(2, signed_number(effects.previous));
    insert.bind(3, sqlite::unix_milliseconds());
    insert.bind(4, std::int64_t{effects.schema ? 1 : 0});
    insert.bind(5, signed_number(payload.size_bytes()));
    insert.bind(6, signed_number(stored_bytes));
    insert.bind(7, signed_number(sum.value()));
    insert.run();
    insert_counts(effects);
    if (stored_bytes_) *stored_bytes_ += stored_bytes;
}

void HistoryFile::insert_counts(const change::Effects& effects) {
    sqlite::Statement insert(connection_.get(),
                             "INSERT INTO counts VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    std::int64_t place = 0;
    for (const change::EffectTable& table : effects.tables) {
        if (table.inserts + table.updates + table.deletes == 0) continue;
        insert.bind(1, signed_number(effects.number));
        insert.bind(2, place++);
        insert.bind(3, std::string_view(table.table.name));
        insert.bind(4, signed_number(table.inserts));
        insert.bind(5, signed_number(table.updates));
        insert.bind(6, signed_number(table.deletes));
        insert.run();
    }
}

// ---- limits -----------------------------------------------------------------------------------

void HistoryFile::keep_limits() {
    const std::uint64_t bytes_max = settings_.options.bytes_max;
    std::uint64_t up_to = std::max(beyond_number(), beyond_age());
    if (bytes_max > 0) up_to = std::max(up_to, beyond_bytes(bytes_max));
    if (settings_.had_by_all) up_to = held_back(up_to);
    if (up_to > 0) forget_up_to(up_to);
}

// Somebody who never comes for them must not fill the disk.
std::uint64_t HistoryFile::held_back(std::uint64_t up_to) {
    const std::uint64_t had = settings_.had_by_all();
    if (up_to <= had) return up_to;
    const std::uint64_t bytes_max = settings_.options.held_bytes_max;
    const std::uint64_t too_much = bytes_max > 0 ? beyond_bytes(bytes_max) : 0;
    return std::max(had, std::min(up_to, too_much));
}

// What follows names the last batch that a limit does without, 0 for none. The newest batch always
// stays: something must say where the history ends.
std::uint64_t HistoryFile::beyond_number() const {
    const std::uint64_t batches_max = settings_.options.batches_max;
    if (batches_max == 0) return 0;
    sqlite::Statement first(connection_.get(),
                            "SELECT number FROM batches ORDER BY number DESC LIMIT 1 OFFSET ?1");
    first.bind(1, signed_number(batches_max));
    return first.step() ? unsigned_number(first.integer(0)) : 0;
}

std::uint64_t HistoryFile::beyond_age() const {
    const std::chrono::milliseconds age_max = settings_.options.age_max;
    if (age_max <= age_max.zero()) return 0;
    sqlite::Statement old(connection_.get(),
                          "SELECT max(number) FROM batches WHERE time_ms < ?1 AND number <"
                          " (SELECT max(number) FROM batches)");
    old.bind(1, sqlite::unix_milliseconds() - std::int64_t{age_max.count()});
    return old.step() ? unsigned_number(old.integer(0)) : 0;
}

std::uint64_t HistoryFile::beyond_bytes(std::uint64_t bytes_max) {
    if (!stored_bytes_) {
        stored_bytes_ = unsigned_number(
            sqlite::query_integer(connection_.get(), "SELECT sum(stored_bytes) FROM batches"));
    }
    sqlite::Statement oldest(connection_.get(),
                             "SELECT number, stored_bytes FROM batches WHERE number <"
                             " (SELECT max(number) FROM batches) ORDER BY number");
    std::uint64_t up_to = 0;
    for (std::uint64_t left = *stored_bytes_; left > bytes_max && oldest.step();) {
        up_to = unsigned_number(oldest.integer(0));
        left -= unsigned_number(oldest.integer(1));
    }
    return up_to;
}

void HistoryFile::forget_up_to(std::uint64_t number) {
    if (stored_bytes_) {
        sqlite::Statement sum(connection_.get(),
                              "SELECT sum(stored_bytes) FROM batches WHERE number <= ?1");
        sum.bind(1, signed_number(number));
        if (sum.step()) *stored_bytes_ -= unsigned_number(sum.integer(0));
    }
    for (const char* sql :
         {"DELETE FROM batches WHERE number <= ?1", "DELETE FROM counts WHERE number <= ?1",
          "DELETE FROM parts WHERE number <= ?1", "DELETE FROM gaps WHERE last <= ?1"}) {
        sqlite::Statement statement(connection_.get(), sql);
        statement.bind(1, signed_number(number));
        statement.run();
    }
    // What one batch frees the next one fills: only what is beyond that goes back to the system.
    constexpr const char* give_back = "PRAGMA incremental_vacuum(1000)";
    sqlite::execute(connection_.get(), give_back, writing);
}

}  // namespace tidemark::history
