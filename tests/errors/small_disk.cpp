#include "errors/small_disk.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

namespace tidemark::tests {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

bool write_text(const char* path, const std::string& text) {
    std::ofstream file(path);
    file << text;
    return static_cast<bool>(file.flush());
}

bool enter_user_namespace() {
    const std::string user = std::to_string(::geteuid());
    const std::string group = std::to_string(::getegid());
    return ::unshare(CLONE_NEWUSER) == 0 && write_text("/proc/self/setgroups", "deny") &&
           write_text("/proc/self/uid_map", "0 " + user + " 1") &&
           write_text("/proc/self/gid_map", "0 " + group + " 1");
}

bool try_mounting() {
    if (::geteuid() != 0 && !enter_user_namespace()) return false;
    if (::unshare(CLONE_NEWNS) != 0) return false;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
    const TemporaryDirectory somewhere;
    if (::mount("tmpfs", somewhere.path().c_str(), "tmpfs", 0, "size=64k") != 0) return false;
    return ::umount(somewhere.path().c_str()) == 0;
}

void limit_files_to(rlim_t bytes) {
    // The signal would end the process before write(2) could say EFBIG.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) fail("getrlimit");
    limit.rlim_cur = std::min(bytes, limit.rlim_max);
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) fail("setrlimit");
}

std::uint64_t largest_file_in(const std::string& folder) {
    std::uint64_t largest = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        largest = std::max<std::uint64_t>(largest, entry.file_size());
    }
    return largest;
}

/// Occupies everything but so many bytes.
void write_ballast(const std::string& path, std::uint64_t but_bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) fail("open " + path);
    constexpr std::array<char, 4096> page{};
    off_t size = 0;
    for (ssize_t written = 1; written > 0; size += std::max<ssize_t>(written, 0)) {
        written = ::write(file, page.data(), page.size());
    }
    const int truncated =
        ::ftruncate(file, std::max<off_t>(0, size - static_cast<off_t>(but_bytes)));
    ::close(file);
    if (truncated != 0) fail("truncate " + path);
}

}  // namespace

bool can_mount() {
    static const bool answer = try_mounting();
    return answer;
}

bool SmallDisk::is_mounted() {
    const char* wanted = std::getenv("TIDEMARK_FULL_DISK");
    return (wanted == nullptr || std::string_view(wanted) != "rlimit") && can_mount();
}

std::string SmallDisk::kind() {
    return is_mounted() ? "a tmpfs of 2 MiB" : "an ordinary folder with RLIMIT_FSIZE";
}

SmallDisk::SmallDisk() {
    std::filesystem::create_directory(path());
    if (!is_mounted()) return;
    if (::mount("tmpfs", path().c_str(), "tmpfs", 0, "size=2m") != 0) fail("mount " + path());
}

SmallDisk::~SmallDisk() {
    if (is_mounted()) {
        ::umount2(path().c_str(), MNT_DETACH);
    } else {
        limit_files_to(RLIM_INFINITY);
    }
}

void SmallDisk::fill_but(std::uint64_t bytes) {
    if (is_mounted()) {
        write_ballast(file("ballast"), bytes);
    } else {
        limit_files_to(largest_file_in(path()) + bytes);
    }
}

void SmallDisk::make_room() {
    if (is_mounted()) {
        std::filesystem::remove(file("ballast"));
    } else {
        limit_files_to(RLIM_INFINITY);
    }
}

}  // namespace tidemark::tests
