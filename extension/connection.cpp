#include "connection.hpp"

#include <utility>

namespace extension {
namespace {

/// Puts failures into the log of the host's SQLite (sqlite3_log), since there is no other place for what
/// happens while nobody asks.
class LoggingObserver final : public tidemark::Observer {
public:
    void on_failure(const tidemark::Error& error, std::uint64_t pending_changes) override {
        sqlite3_log(error.code() == 0 ? SQLITE_ERROR : error.code(),
                    "tidemark: %s; %llu changes are not on disk", error.what(),
                    static_cast<unsigned long long>(pending_changes));
    }
    void on_recovery() override { sqlite3_log(SQLITE_NOTICE, "tidemark: syncing goes on"); }
    void on_checkpoint_stalled(const tidemark::Error& error, std::uint64_t) override {
        sqlite3_log(SQLITE_WARNING, "tidemark: %s", error.what());
    }
};

tidemark::Error misuse(const char* operation, const char* reason, const char* advice) {
    return tidemark::Error(
        {.code = SQLITE_MISUSE, .operation = operation, .reason = reason, .advice = advice});
}

}  // namespace

void Connection::open(const std::string& path, tidemark::Options options) {
    if (status()) {
        throw misuse("open a database", "this connection keeps one already",
                     "SELECT tidemark_close() first, or use another connection");
    }
    options.observer = std::make_shared<LoggingObserver>();
    database_.reset();
    database_.emplace(tidemark::Database::attach(connection_, path, options));
}

tidemark::Database& Connection::database() {
    if (!status()) {
        throw misuse("use a database", "none is open on this connection",
                     "SELECT tidemark_open('PATH') first");
    }
    return *database_;
}

std::optional<tidemark::Status> Connection::status() const {
    if (!database_ || database_->handle() == nullptr) return std::nullopt;
    return database_->status();
}

void Connection::close(std::chrono::milliseconds deadline) {
    database().close(deadline);
    database_.reset();
}

// Replacing the functions would destroy those that are there, and close the database.
int register_on(sqlite3* connection) {
    sqlite3_stmt* probe = nullptr;
    const int found =
        sqlite3_prepare_v2(connection, "SELECT tidemark_version()", -1, &probe, nullptr);
    sqlite3_finalize(probe);
    if (found == SQLITE_OK) return SQLITE_OK;
    auto kept = std::make_unique<Connection>(connection);
    Connection& shared = *kept;
    const int rc = register_functions(connection, std::move(kept));
    return rc == SQLITE_OK ? register_tables_table(connection, shared) : rc;
}

}  // namespace extension
