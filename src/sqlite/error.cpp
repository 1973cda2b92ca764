#include "sqlite/error.hpp"

#include <utility>

namespace tidemark {
namespace {

std::string message_of(const Error::Parts& parts) {
    std::string text = "cannot " + parts.operation;
    if (!parts.object.empty()) text += " '" + parts.object + "'";
    if (!parts.reason.empty()) text += ": " + parts.reason;
    if (!parts.advice.empty()) text += "; " + parts.advice;
    return text;
}

}  // namespace

Error::Error(Parts parts) : std::runtime_error(message_of(parts)), parts_(std::move(parts)) {}

Error::Error(const Error& other) : std::runtime_error(other.what()), parts_(other.parts_) {}

Error& Error::operator=(const Error& other) {
    if (this != &other) {
        std::runtime_error::operator=(std::runtime_error(other.what()));
        parts_ = other.parts_;
    }
    return *this;
}

}  // namespace tidemark

namespace tidemark::sqlite {

bool is_retryable(int rc) noexcept {
    switch (rc & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_NOMEM:
        case SQLITE_INTERRUPT:
        case SQLITE_IOERR:
        case SQLITE_FULL:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_PROTOCOL:
            return true;
        default:
            return false;
    }
}

std::string advice_for(int rc) {
    switch (rc & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "another connection holds a lock on the file; close it or let it finish";
        case SQLITE_FULL:
            return "free some space on the disk";
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return "make the file and its folder writable";
        case SQLITE_CANTOPEN:
            return "check that the folder exists and may be written to";
        case SQLITE_NOTADB:
            return "name a SQLite database or a file that does not exist yet";
        case SQLITE_CORRUPT:
            return "restore the file from a backup, or rescue what is left with the sqlite3 "
                   "shell's .recover";
        case SQLITE_IOERR:
            return "check the medium and the system's log";
        default:
            return {};
    }
}

Error make_error(sqlite3* connection, int rc, std::string operation, std::string object) {
    const bool connection_knows =
        connection != nullptr && (sqlite3_errcode(connection) & 0xff) == (rc & 0xff);
    return Error({
        .code = connection_knows ? sqlite3_extended_errcode(connection) : rc,
        .operation = std::move(operation),
        .object = std::move(object),
        .reason = connection_knows ? sqlite3_errmsg(connection) : sqlite3_errstr(rc),
        .advice = advice_for(rc),
        .retryable = is_retryable(rc),
    });
}

void check(sqlite3* connection, int rc, const char* operation, const std::string& object) {
    if (rc != SQLITE_OK) throw make_error(connection, rc, operation, object);
}

}  // namespace tidemark::sqlite
