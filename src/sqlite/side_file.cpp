#include "sqlite/side_file.hpp"

#include "sqlite/error.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace tidemark::sqlite {
namespace {

constexpr const char* opening = "open the file";

Error not_ours(const std::string& path, std::string reason) {
    return Error({.code = SQLITE_CANTOPEN,
                  .operation = opening,
                  .object = path,
                  .reason = std::move(reason),
                  .advice = "find out who put it there, and remove it"});
}

Error cannot_create(const std::string& path, int number) {
    const bool is_full = number == ENOSPC || number == EDQUOT;
    const int code = is_full ? SQLITE_FULL : SQLITE_CANTOPEN;
    return Error(
        {.code = code,
         .operation = "create the file",
         .object = path,
         .reason = std::generic_category().message(number),
         .advice = is_full ? advice_for(SQLITE_FULL) : "make the folder of the database writable",
         .retryable = true});
}

}  // namespace

void follow_database(int descriptor, const std::string& database_path) {
    struct stat database {};
    if (::stat(database_path.c_str(), &database) != 0) return;
    if (::geteuid() == 0 && ::fchown(descriptor, database.st_uid, database.st_gid) != 0) return;
    static_cast<void>(::fchmod(descriptor, database.st_mode & 0666U));
}

bool create_side_file(const std::string& path, const std::string& database_path) {
    const int number = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | careful_open, 0644);
    if (number < 0 && errno == EEXIST) return false;
    if (number < 0) throw cannot_create(path, errno);
    follow_database(number, database_path);
    ::close(number);
    return true;
}

void require_safe_side_file(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return;
    if (S_ISLNK(status.st_mode)) throw not_ours(path, "it is a symbolic link");
    if (!S_ISREG(status.st_mode)) throw not_ours(path, "it is no regular file");
    if (status.st_nlink > 1) {
        throw not_ours(path, "it has " + std::to_string(status.st_nlink) + " names (hard links)");
    }
}

}  // namespace tidemark::sqlite
