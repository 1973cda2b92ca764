#include "capture/trigger/trigger_capture.hpp"

#include "capture/trigger/trigger_sql.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"
#include "sqlite/savepoint.hpp"
#include "sqlite/statement.hpp"

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

/// Allows writing to `temp.sqlite_schema` while it lives.
class WritableSchema {
public:
    explicit WritableSchema(sqlite3* connection) noexcept
        : connection_(connection),
          writable_(swap(SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1)),
          defensive_(swap(SQLITE_DBCONFIG_DEFENSIVE, 0)) {}
    WritableSchema(const WritableSchema&) = delete;
    WritableSchema& operator=(const WritableSchema&) = delete;
    ~WritableSchema() {
        swap(SQLITE_DBCONFIG_DEFENSIVE, defensive_);
        swap(SQLITE_DBCONFIG_WRITABLE_SCHEMA, writable_);
    }

private:
    int swap(int option, int value) noexcept {
        int before = 0;
        int now = 0;
        sqlite3_db_config(connection_, option, -1, &before);
        sqlite3_db_config(connection_, option, value, &now);
        return before;
    }

    sqlite3* connection_;
    int writable_;
    int defensive_;
};

}  // namespace

TriggerCapture::TriggerCapture(sqlite3* connection, std::shared_ptr<Recorder> recorder,
                               QueueSource queue)
    : connection_(connection), recorder_(std::move(recorder)), queue_(std::move(queue)) {}

TriggerCapture::~TriggerCapture() {
    recorder_->detach();
    if (!registered_ || !sqlite::at_transaction_boundary(connection_)) return;
    try {
        remove_triggers();
        sqlite::execute(connection_,
                        std::string("DROP TABLE IF EXISTS temp.") + names::transactions_table +
                            "; DROP TABLE IF EXISTS temp." + queue_table,
                        "remove tidemark's tables from the RAM database");
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
    if (queue_) register_queue_module(connection_, queue_);
    registered_ = true;
}

void TriggerCapture::install(const change::TableList& tables,
                             const std::vector<Watched>& watched) {
    if (!registered_ && watched.empty() && !queue_) return;
    register_once();
    sqlite::Savepoint savepoint(connection_, installing);
    sqlite::execute(connection_, create_transactions_table(), installing);
    if (queue_) {
        sqlite::execute(connection_,
                        std::string("CREATE VIRTUAL TABLE IF NOT EXISTS temp.") + queue_table +
                            " USING " + queue_module,
                        installing);
    }
    remove_triggers();
    create_triggers(tables, watched);
    savepoint.release();
}

void TriggerCapture::create_triggers(const change::TableList& tables,
                                     const std::vector<Watched>& watched) {
    if (watched.empty()) return;
    const int arguments_max = sqlite3_limit(connection_, SQLITE_LIMIT_FUNCTION_ARG, -1);
    WritableSchema writable(connection_);
    sqlite::Statement set_text(connection_,
                               "UPDATE temp.sqlite_schema SET sql = ?1"
                               " WHERE type = 'trigger' AND name = ?2");
    for (const Watched& entry : watched) {
        for (const change::Operation operation : logged_operations) {
            const TriggerSql sql = make_trigger((*tables)[entry.id], entry.id, operation,
                                                arguments_max, entry.log_rows);
            sqlite::execute(connection_, sql.create, installing);
            set_text.bind(1, std::string_view(sql.fallback));
            set_text.bind(2, std::string_view(sql.name));
            set_text.run();
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
