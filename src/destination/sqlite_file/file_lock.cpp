#include "destination/sqlite_file/file_lock.hpp"

#include <tidemark/error.hpp>

#include <cerrno>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tidemark::destination {
namespace {

std::string lock_path(const std::string& database_path) { return database_path + "-tidemark"; }

[[noreturn]] void throw_errno(const std::string& path) {
    throw Error({.operation = "create the lock file",
                 .object = path,
                 .reason = std::strerror(errno),
                 .advice = "make the folder of the database writable"});
}

// No link is followed: a link planted at that name must not make us write elsewhere.
int open_lock_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) throw_errno(path);
    return descriptor;
}

std::optional<long> read_process_id(int descriptor) {
    char text[32];
    const ssize_t size = ::pread(descriptor, text, sizeof(text), 0);
    long process_id = 0;
    if (size <= 0) return std::nullopt;
    const auto result = std::from_chars(text, text + size, process_id);
    if (result.ec != std::errc() || process_id <= 0) return std::nullopt;
    return process_id;
}

void write_process_id(int descriptor) {
    const std::string text = std::to_string(::getpid()) + "\n";
    // The number only helps a person: failing to write it is no reason to fail.
    if (::ftruncate(descriptor, 0) != 0) return;
    if (::pwrite(descriptor, text.data(), text.size(), 0) < 0) return;
}

// False when the file was removed by its last holder between our open and our lock.
bool is_still_there(int descriptor, const std::string& path) {
    struct stat held {};
    struct stat named {};
    return ::fstat(descriptor, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

[[noreturn]] void throw_held(const std::string& database_path, std::optional<long> holder) {
    const std::string who = holder ? "process " + std::to_string(*holder) : "another process";
    throw Error({.operation = "open the database",
                 .object = database_path,
                 .reason = "it is held by another tidemark (" + who + ")",
                 .advice = "close it there first"});
}

}  // namespace

FileLock::FileLock(const std::string& database_path) : path_(lock_path(database_path)) {
    for (;;) {
        const int descriptor = open_lock_file(path_);
        if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
            const bool held = errno == EWOULDBLOCK;
            const std::optional<long> process_id = read_process_id(descriptor);
            ::close(descriptor);
            if (held) throw_held(database_path, process_id);
            throw_errno(path_);
        }
        if (is_still_there(descriptor, path_)) {
            descriptor_ = descriptor;
            write_process_id(descriptor_);
            return;
        }
        ::close(descriptor);
    }
}

FileLock::~FileLock() {
    ::unlink(path_.c_str());
    ::close(descriptor_);
}

std::optional<long> FileLock::holder(const std::string& database_path) {
    const int descriptor =
        ::open(lock_path(database_path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) return std::nullopt;
    const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    std::optional<long> process_id;
    if (held) process_id = read_process_id(descriptor);
    ::close(descriptor);
    return process_id;
}

}  // namespace tidemark::destination
