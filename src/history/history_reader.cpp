#include "history/history_reader.hpp"

#include "history/checksum.hpp"
#include "history/compression.hpp"
#include "history/payload.hpp"
#include "history/schema.hpp"
#include "sqlite/error.hpp"
#include "sqlite/side_file.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace tidemark::history {
namespace {

constexpr const char* reading = "read the history";

// A payload is not much shorter when compressed than this; what says more is damaged.
constexpr std::uint64_t payload_bytes_max = std::uint64_t{1} << 40U;

// One that may write tidies up the files that SQLite makes for looking; but what a crash has left for
// SQLite to recover stays as it is, and so does what we may not write to.
int open_flags(const std::string& path) {
    const bool to_be_recovered = ::access((path + "-wal").c_str(), F_OK) == 0;
    const bool may_write = ::access(path.c_str(), W_OK) == 0;
    return may_write && !to_be_recovered ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
}

// What a damaged file may say goes beyond what the clock can.
std::chrono::system_clock::time_point time_of(std::int64_t unix_ms) {
    using std::chrono::milliseconds;
    using Clock = std::chrono::system_clock;
    constexpr auto last = std::chrono::duration_cast<milliseconds>(Clock::duration::max()).count();
    return Clock::time_point(milliseconds(std::clamp<std::int64_t>(unix_ms, -last, last)));
}

}  // namespace

HistoryReader::HistoryReader(const std::string& path) : path_(path) {
    if (::access(path.c_str(), F_OK) != 0) {
        throw Error({.code = SQLITE_CANTOPEN,
                     .operation = reading,
                     .object = path,
                     .reason = "there is no such file",
                     .advice = "a database has a history when it is kept with "
                               "Options::history.enabled (--history)"});
    }
    sqlite::require_safe_side_file(path);
    connection_ = sqlite::Connection::open(path, open_flags(path) | SQLITE_OPEN_NOMUTEX);
    sqlite3_busy_timeout(connection_.get(), 2000);
    sqlite::execute(connection_.get(), "PRAGMA query_only = ON", reading);
    if (is_empty(connection_.get(), path_)) {
        throw Error(
            {.operation = reading,
             .object = path,
             .reason = "it is empty",
             .advice = "it was just being created: open the database, and it is made anew"});
    }
}

std::string HistoryReader::id() const { return read_id(connection_.get()); }

std::vector<BatchSummary> HistoryReader::batches(std::uint64_t after) const {
    std::vector<BatchSummary> batches;
    sqlite::Statement rows(connection_.get(),
                           "SELECT number, previous, time_ms, schema_changed, stored_bytes,"
                           " payload_bytes FROM batches WHERE number > ?1 ORDER BY number");
    rows.bind(1, static_cast<std::int64_t>(after));
    while (rows.step()) {
        const auto number = static_cast<std::uint64_t>(rows.integer(0));
        batches.push_back({.number = number,
                           .previous = static_cast<std::uint64_t>(rows.integer(1)),
                           .time = time_of(rows.integer(2)),
                           .changes_schema = rows.integer(3) != 0,
                           .stored_bytes = static_cast<std::uint64_t>(rows.integer(4)),
                           .content_bytes = static_cast<std::uint64_t>(rows.integer(5)),
                           .tables = read_counts(number)});
    }
    return batches;
}

std::optional<HistoryReader::Link> HistoryReader::next(std::uint64_t after) const {
    sqlite::Statement row(connection_.get(),
                          "SELECT number, previous FROM batches WHERE number > ?1"
                          " ORDER BY number LIMIT 1");
    row.bind(1, static_cast<std::int64_t>(after));
    if (!row.step()) return std::nullopt;
    return Link{.number = static_cast<std::uint64_t>(row.integer(0)),
                .previous = static_cast<std::uint64_t>(row.integer(1))};
}

std::optional<std::uint64_t> HistoryReader::next_schema_change(std::uint64_t after) const {
    sqlite::Statement row(
        connection_.get(),
        "SELECT min(number) FROM batches WHERE number > ?1 AND schema_changed = 1");
    row.bind(1, static_cast<std::int64_t>(after));
    if (!row.step() || row.is_null(0)) return std::nullopt;
    return static_cast<std::uint64_t>(row.integer(0));
}

std::vector<TableChanges> HistoryReader::read_counts(std::uint64_t number) const {
    std::vector<TableChanges> counts;
    sqlite::Statement rows(connection_.get(),
                           "SELECT table_name, inserts, updates, deletes FROM counts"
                           " WHERE number = ?1 ORDER BY place");
    rows.bind(1, static_cast<std::int64_t>(number));
    while (rows.step()) {
        counts.push_back({.table = std::string(rows.text(0)),
                          .inserts = static_cast<std::uint64_t>(rows.integer(1)),
                          .updates = static_cast<std::uint64_t>(rows.integer(2)),
                          .deletes = static_cast<std::uint64_t>(rows.integer(3))});
    }
    return counts;
}

std::vector<HistoryGap> HistoryReader::gaps() const {
    std::vector<HistoryGap> gaps;
    sqlite::Statement rows(connection_.get(),
                           "SELECT first, last, time_ms, reason FROM gaps ORDER BY first, last");
    while (rows.step()) {
        gaps.push_back({.first = static_cast<std::uint64_t>(rows.integer(0)),
                        .last = static_cast<std::uint64_t>(rows.integer(1)),
                        .time = time_of(rows.integer(2)),
                        .reason = std::string(rows.text(3))});
    }
    return gaps;
}

std::chrono::system_clock::time_point HistoryReader::time(std::uint64_t number) const {
    sqlite::Statement time(connection_.get(), "SELECT time_ms FROM batches WHERE number = ?1");
    time.bind(1, static_cast<std::int64_t>(number));
    return time_of(time.step() ? time.integer(0) : 0);
}

void HistoryReader::throw_damaged(std::uint64_t number, const std::string& reason) const {
    throw Error({.code = SQLITE_CORRUPT,
                 .operation = "read batch " + std::to_string(number) + " of the history",
                 .object = path_,
                 .reason = "it is damaged: " + reason,
                 .advice = "restore the file from a backup; the other batches can be read"});
}

change::Effects HistoryReader::read(std::uint64_t number) const {
    sqlite::Statement batch(
        connection_.get(),
        "SELECT previous, payload_bytes, checksum FROM batches WHERE number = ?1");
    batch.bind(1, static_cast<std::int64_t>(number));
    if (!batch.step()) {
        throw Error({.operation = reading,
                     .object = path_,
                     .reason = "it has no batch " + std::to_string(number),
                     .advice = "`tidemark log` lists those that it has"});
    }
    const auto payload_bytes = static_cast<std::uint64_t>(batch.integer(1));
    if (payload_bytes > payload_bytes_max) throw_damaged(number, "its length cannot be");
    sqlite::Statement parts(connection_.get(),
                            "SELECT data FROM parts WHERE number = ?1 ORDER BY id");
    parts.bind(1, static_cast<std::int64_t>(number));
    Checksum checksum(number);
    Decompressor decompressor(payload_bytes);
    try {
        std::vector<std::string> stored;
        while (parts.step()) {
            checksum.add(stored.emplace_back(parts.blob(0)));
        }
        // What is damaged is not even decompressed.
        if (static_cast<std::int64_t>(checksum.value()) != batch.integer(2)) {
            throw_damaged(number, "its checksum is wrong");
        }
        for (const std::string& part : stored) decompressor.add(part);
        change::Effects effects = decode(decompressor.finish());
        effects.number = number;
        effects.previous = static_cast<std::uint64_t>(batch.integer(0));
        return effects;
    } catch (const Error& error) {
        if (!error.object().empty()) throw;
        throw_damaged(number, error.reason());
    }
}

}  // namespace tidemark::history
