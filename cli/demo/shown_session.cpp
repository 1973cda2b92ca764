#include "demo/shown_session.hpp"

#include "demo/connection.hpp"

#include <sqlite3.h>

namespace cli::demo {
namespace {

void check(int rc, const char* what) {
    if (rc != SQLITE_OK) {
        throw SqlError{std::string{what} + ": " + sqlite3_errstr(rc)};
    }
}

}  // namespace

ShownSession::ShownSession(sqlite3* connection, const char* table)
    : connection_(connection), table_(table), session_(nullptr, sqlite3session_delete) {
    restart();
}

std::uint64_t ShownSession::changeset_bytes() const {
    int size = 0;
    void* changeset = nullptr;
    check(sqlite3session_changeset(session_.get(), &size, &changeset), "make the changeset");
    sqlite3_free(changeset);
    return static_cast<std::uint64_t>(size);
}

void ShownSession::restart() {
    sqlite3_session* session = nullptr;
    check(sqlite3session_create(connection_, "main", &session), "create a session");
    session_.reset(session);
    check(sqlite3session_attach(session, table_), "attach the session");
}

}  // namespace cli::demo
