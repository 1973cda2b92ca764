#include "sqlite/error.hpp"

#include <cerrno>
#include <cstring>
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
namespace {

constexpr const char* make_room = "free some space on the disk";
constexpr const char* make_writable = "make the file and its folder writable";
constexpr const char* look_at_the_medium =
    "check the medium and the system's log, whether the file is writable, and whether a quota or a "
    "limit of file sizes is met";

/// What the system said, where it tells more than SQLite's code: a disk can be full, or read-only,
/// and SQLite says "disk I/O error". Empty for every other number: SQLite keeps the last one that
/// any call left, and most have nothing to do with the failure.
const char* advice_for_errno(int number) noexcept {
    switch (number) {
        case ENOSPC:
            return make_room;
        case EDQUOT:
            return "free some space on the disk, or raise the quota";
        case EFBIG:
            return "free some space on the disk, or raise the limit of the size of a file";
        case EROFS:
        case EPERM:
        case EACCES:
            return make_writable;
        case EMFILE:
        case ENFILE:
            return "close files, or raise the limit of open files";
        case EIO:
            return look_at_the_medium;
        default:
            return "";
    }
}

}  // namespace

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
    // The WAL index cannot grow; SQLite does not always keep the system's reason.
    if (rc == SQLITE_IOERR_SHMSIZE) return make_room;
    switch (rc & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "another connection holds a lock on the file; close it or let it finish";
        case SQLITE_FULL:
            return make_room;
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return make_writable;
        case SQLITE_CANTOPEN:
            return "check that the folder exists and is writable";
        case SQLITE_NOTADB:
            return "name a SQLite database or a file that does not exist yet";
        case SQLITE_CORRUPT:
            return "restore the file from a backup, or rescue what is left with the sqlite3 "
                   "shell's .recover";
        case SQLITE_IOERR:
            return look_at_the_medium;
        case SQLITE_NOMEM:
            return "free some memory";
        case SQLITE_INTERRUPT:
            return "do not interrupt the connection";
        case SQLITE_PROTOCOL:
            return "another connection keeps locking the WAL; close it or let it finish";
        default:
            return {};
    }
}

Error make_error(sqlite3* connection, int rc, std::string operation, std::string object) {
    const bool connection_knows =
        connection != nullptr && (sqlite3_errcode(connection) & 0xff) == (rc & 0xff);
    Error::Parts parts{
        .code = connection_knows ? sqlite3_extended_errcode(connection) : rc,
        .operation = std::move(operation),
        .object = std::move(object),
        .reason = connection_knows ? sqlite3_errmsg(connection) : sqlite3_errstr(rc),
        .retryable = is_retryable(rc),
    };
    parts.advice = advice_for(parts.code);
    const int primary = rc & 0xff;
    if (connection_knows && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)) {
        const int number = sqlite3_system_errno(connection);
        const std::string advice = advice_for_errno(number);
        if (!advice.empty()) {
            parts.reason += std::string(" (") + std::strerror(number) + ")";
            parts.advice = advice;
        }
    }
    return Error(std::move(parts));
}

Error as_retryable(const Error& error) {
    return Error({.code = error.code(),
                  .operation = error.operation(),
                  .object = error.object(),
                  .reason = error.reason(),
                  .advice = error.advice(),
                  .retryable = true});
}

void check(sqlite3* connection, int rc, const char* operation, const std::string& object) {
    if (rc != SQLITE_OK) throw make_error(connection, rc, operation, object);
}

}  // namespace tidemark::sqlite
