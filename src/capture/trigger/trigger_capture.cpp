#include "capture/trigger/trigger_capture.hpp"

#include "capture/trigger/trigger_sql.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"
#include "sqlite/savepoint.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tidemark::capture {
namespace {

constexpr const char* installing = "install tidemark's triggers in the RAM database";

// The names of our triggers: _tidemark_<table>_<event>.
constexpr const char* own_triggers =
    " FROM temp.sqlite_schema WHERE type = 'trigger' AND name GLOB '_tidemark_[0-9]*'";

constexpr change::Operation logged_operations[] = {
    change::Operation::insert, change::Operation::update, change::Operation::remove};

std::int64_t encoded_length(sqlite3* connection, const std::string& text) {
    sqlite::Statement length(connection, "SELECT length(CAST(?1 AS BLOB))");
    length.bind(1, std::string_view(text));
    return length.step() ? length.integer(0) : 0;
}

/// Replaces the text of a trigger that SQLite has parsed already, without being noticed: an UPDATE
/// of the schema table would need `writable_schema` and show in the application's `changes()` and
/// `total_changes()`; an incremental blob write, which cannot change the length, does neither. The
/// text stands there in the encoding of the database, hence the casts.
void replace_text(sqlite3* connection, const TriggerSql& sql) {
    sqlite::Statement find(connection,
                           "SELECT rowid, length(CAST(sql AS BLOB)), CAST(?2 AS BLOB)"
                           " FROM temp.sqlite_schema WHERE type = 'trigger' AND name = ?1");
    find.bind(1, std::string_view(sql.name));
    if (!find.step()) return;
    const std::int64_t space_bytes = std::max<std::int64_t>(encoded_length(connection, " "), 1);
    const std::int64_t missing_bytes = find.integer(1) - encoded_length(connection, sql.fallback);
    find.reset();
    std::string text = sql.fallback;
    text.append(static_cast<std::size_t>(missing_bytes / space_bytes), ' ');
    find.bind(2, std::string_view(text));
    if (!find.step()) return;
    const std::int64_t row = find.integer(0);
    const std::string_view bytes = find.blob(2);

    sqlite3_blob* target = nullptr;
    sqlite::check(connection,
                  sqlite3_blob_open(connection, "temp", "sqlite_schema", "sql", row, 1, &target),
                  installing);
    const int rc = sqlite3_blob_write(target, bytes.data(), static_cast<int>(bytes.size()), 0);
    const int close_rc = sqlite3_blob_close(target);
    sqlite::check(connection, rc, installing);
    sqlite::check(connection, close_rc, installing);
}

}  // namespace

TriggerCapture::TriggerCapture(sqlite3* connection, std::shared_ptr<Recorder> recorder,
                               QueueSource queue)
    : connection_(connection), recorder_(std::move(recorder)), queue_(std::move(queue)) {}

TriggerCapture::~TriggerCapture() {
    recorder_->detach();
    if (!registered_ || !sqlite::at_transaction_boundary(connection_)) return;
    try {
        if (!watched_.empty()) {
            sqlite::Savepoint savepoint(connection_, "remove tidemark's triggers");
            remove_triggers();
            savepoint.release();
        }
        Recorder::unregister_from(connection_);
        if (queue_) remove_queue_table(connection_);
    } catch (const Error&) {
        // What stays behind is detached and does nothing.
    }
}

void TriggerCapture::watch(const change::TableList& tables, const std::vector<Watched>& watched,
                           bool utf16) {
    install(tables, watched);
    tables_ = tables;
    watched_ = watched;
    recorder_->set_tables(tables, utf16);
}

void TriggerCapture::renew() { install(tables_, watched_); }

bool TriggerCapture::intact() const {
    const std::int64_t found =
        sqlite::query_integer(connection_, std::string("SELECT count(*)") + own_triggers);
    return static_cast<std::size_t>(found) == watched_.size() * std::size(logged_operations);
}

void TriggerCapture::register_once() {
    if (registered_) return;
    recorder_->register_on(connection_);
    if (queue_) register_queue_table(connection_, queue_);
    registered_ = true;
}

void TriggerCapture::install(const change::TableList& tables, const std::vector<Watched>& watched) {
    if (!watched.empty() || queue_) register_once();
    if (watched.empty() && watched_.empty()) return;
    sqlite::Savepoint savepoint(connection_, installing);
    remove_triggers();
    create_triggers(tables, watched);
    savepoint.release();
}

void TriggerCapture::create_triggers(const change::TableList& tables,
                                     const std::vector<Watched>& watched) {
    const int arguments_max = sqlite3_limit(connection_, SQLITE_LIMIT_FUNCTION_ARG, -1);
    for (const Watched& entry : watched) {
        for (const change::Operation operation : logged_operations) {
            const TriggerSql sql = make_trigger((*tables)[entry.id], entry.id, operation,
                                                arguments_max, entry.log_rows);
            sqlite::execute(connection_, sql.create, installing);
            replace_text(connection_, sql);
        }
    }
}

void TriggerCapture::remove_triggers() {
    std::vector<std::string> trigger_names;
    sqlite::Statement list(connection_, std::string("SELECT name") + own_triggers);
    while (list.step()) trigger_names.emplace_back(list.text(0));
    for (const std::string& name : trigger_names) {
        sqlite::execute(connection_, "DROP TRIGGER temp." + sqlite::quoted(name), installing);
    }
}

}  // namespace tidemark::capture
