#include "destination/sqlite_file/file_checks.hpp"

#include "destination/destination.hpp"
#include "sqlite/error.hpp"

#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace tidemark::destination {
namespace {

std::string advice_for(int code) {
    if (code == SQLITE_READONLY_ROLLBACK) {
        return "a program was interrupted while it wrote to it; open it for writing, as `tidemark "
               "run` or the sqlite3 shell do, and SQLite takes the half done change back";
    }
    return sqlite::advice_for(code);
}

[[noreturn]] void refuse_name(const std::string& path, std::string reason, std::string advice) {
    throw Error({.operation = "open the database",
                 .object = path,
                 .reason = std::move(reason),
                 .advice = std::move(advice)});
}

}  // namespace

bool file_exists(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
}

std::uint64_t size_of(const std::string& path) noexcept {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void require_regular_file(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return;
    throw Error({.operation = "open the database",
                 .object = path,
                 .reason = "it is no regular file",
                 .advice = "name a SQLite database or a file that does not exist yet"});
}

// SQLite's log and journal, like our lock, go by the name of the file. Under another name nobody
// would find them: a second tidemark would not be kept away, and what a crash leaves in the log
// would be missing, or damage the file. A symbolic link is no such name: everybody resolves it.
void require_one_name(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return;
    if (status.st_nlink > 1) {
        refuse_name(path, "it has " + std::to_string(status.st_nlink) + " names (hard links)",
                    "remove the others, or make a copy and open that");
    }
#ifdef STATX_ATTR_MOUNT_ROOT
    struct statx details {};
    if (::statx(AT_FDCWD, path.c_str(), 0, 0, &details) == 0 &&
        (details.stx_attributes & details.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0) {
        refuse_name(path, "the file is mounted by itself, away from its folder",
                    "mount the folder that it is in");
    }
#endif
}

bool has_side_file(const std::string& path, const char* suffix) {
    return file_exists(path + suffix);
}

void require_no_orphaned_log(const std::string& path) {
    if (size_of(path) > 0 || size_of(path + "-wal") == 0) return;
    throw Error({.operation = "open the database",
                 .object = path,
                 .reason = "it is missing or empty, and " + path +
                           "-wal holds changes that SQLite would delete",
                 .advice = "put the database back that the log belongs to, or remove the log"});
}

void throw_naming(const std::string& path) {
    try {
        throw;
    } catch (const NotApplicable&) {
        throw;
    } catch (const Error& error) {
        if (!error.object().empty()) throw;
        throw Error({.code = error.code(),
                     .operation = error.operation(),
                     .object = path,
                     .reason = error.reason(),
                     .advice = error.advice(),
                     .retryable = error.retryable()});
    }
}

Error about_file(const Error& error, const std::string& operation, const std::string& path) {
    if (error.object() == path) return error;
    const bool helpless = error.advice().empty();
    return Error({.code = error.code(),
                  .operation = operation,
                  .object = path,
                  .reason = error.reason(),
                  .advice = helpless ? "look at it with the newest sqlite3 shell" : error.advice(),
                  .retryable = error.retryable()});
}

Error cannot_read(sqlite3* connection, const Error& error, const std::string& operation,
                  const std::string& path) {
    const Error said = sqlite::make_error(connection, error.code(), operation);
    return about_file(Error({.code = said.code(),
                             .reason = said.reason(),
                             .advice = advice_for(said.code()),
                             .retryable = said.retryable()}),
                      operation, path);
}

}  // namespace tidemark::destination
