#include "destination/sqlite_file/file_lock.hpp"

#include "destination/sqlite_file/held_locks.hpp"
#include "sqlite/side_file.hpp"

#include <tidemark/error.hpp>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tidemark::destination {
namespace {

/// Somebody may create or remove the file between two steps of ours, or ask who holds it (`holder`),
/// which takes the lock for an instant.
constexpr int attempts_max = 50;
constexpr std::chrono::milliseconds pause_between_attempts{2};

std::string lock_path(const std::string& database_path) { return database_path + "-tidemark"; }

[[noreturn]] void refuse(const std::string& path, std::string reason, std::string advice) {
    throw Error({.operation = "lock the database with the file",
                 .object = path,
                 .reason = std::move(reason),
                 .advice = std::move(advice)});
}

[[noreturn]] void refuse_errno(const std::string& path) {
    const int error = errno;
    std::string reason = std::generic_category().message(error);
    if (error == ELOOP) {
        refuse(path, "it is a symbolic link", "find out who put it there, and remove it");
    }
    refuse(path, std::move(reason),
           "make the folder of the database writable, and the file readable if it exists");
}

/// A file that was opened, closed at the end of its life unless it is released.
class Descriptor {
public:
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int get() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }
    int release() noexcept { return std::exchange(number_, -1); }

private:
    int number_;
};

/// None when there is no such file. The lock itself needs no right to write.
Descriptor open_existing(const std::string& path) {
    int number = ::open(path.c_str(), O_RDWR | sqlite::careful_open);
    if (number < 0 && errno == EACCES)
        number = ::open(path.c_str(), O_RDONLY | sqlite::careful_open);
    if (number < 0 && errno != ENOENT) refuse_errno(path);
    return Descriptor(number);
}

/// None when somebody else has created it meanwhile. A database that does not exist yet will get
/// the same permissions from SQLite: 0644 without what umask(2) forbids.
Descriptor create(const std::string& path, const std::string& database_path) {
    const int number = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | sqlite::careful_open, 0644);
    if (number < 0 && errno != EEXIST) refuse_errno(path);
    Descriptor created(number);
    if (created) sqlite::follow_database(number, database_path);
    return created;
}

struct Content {
    bool is_ours = false;  ///< Empty, or a process id.
    std::optional<long> process_id;
};

Content read_content(int descriptor) {
    char text[32];
    const ssize_t size = ::pread(descriptor, text, sizeof(text), 0);
    if (size < 0) return {};
    if (size == 0) return {.is_ours = true, .process_id = std::nullopt};
    long process_id = 0;
    const auto [end, error] = std::from_chars(text, text + size, process_id);
    if (error != std::errc() || process_id <= 0) return {};
    return {.is_ours = std::string_view(end, text + size) == "\n", .process_id = process_id};
}

void require_regular(int descriptor, const std::string& path) {
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) return;
    refuse(path, "it is no regular file", "find out who put it there, and remove it");
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

/// Another user could remove a file of his own while we rely on it (the owner of the database may do
/// as he likes), and another name of the file may stand for something that is not ours to write to.
bool is_worth_keeping(int descriptor, const std::string& database_path) {
    struct stat status {};
    struct stat database {};
    if (::fstat(descriptor, &status) != 0) return false;
    const bool is_owners =
        ::stat(database_path.c_str(), &database) == 0 && database.st_uid == status.st_uid;
    const int mode = ::fcntl(descriptor, F_GETFL);
    return (status.st_uid == ::geteuid() || is_owners) && status.st_nlink == 1 &&
           (mode & O_ACCMODE) == O_RDWR;
}

void remove_left_over(const std::string& path) {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return;
    refuse(path,
           "another user has left it, and it cannot be removed: " +
               std::generic_category().message(errno),
           "have its owner remove it");
}

[[noreturn]] void throw_held(const std::string& database_path, std::optional<long> holder) {
    const std::string who = holder ? "process " + std::to_string(*holder) : "another process";
    throw Error({.operation = "open the database",
                 .object = database_path,
                 .reason = "it is held by another tidemark (" + who + ")",
                 .advice = "close it there first"});
}

[[noreturn]] void throw_inherited(const std::string& database_path) {
    throw Error({.operation = "open the database",
                 .object = database_path,
                 .reason = "the parent of this process had it open when it forked",
                 .advice = "open it after the fork only, or start a new program with exec"});
}

enum class Outcome : std::uint8_t {
    ours,
    held,       ///< By another process.
    exchanged,  ///< Created, removed or replaced meanwhile, by whomever: to be tried again.
};

struct Attempt {
    Outcome outcome = Outcome::exchanged;
    Descriptor file{-1};
};

Attempt try_to_hold(const std::string& path, const std::string& database_path) {
    Descriptor file = open_existing(path);
    if (!file) file = create(path, database_path);
    if (!file) return {};
    require_regular(file.get(), path);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) refuse_errno(path);
        return {.outcome = Outcome::held, .file = std::move(file)};
    }
    if (!is_still_there(file.get(), path)) return {};
    if (!read_content(file.get()).is_ours) {
        refuse(path, "it holds something else than the number of a process",
               "it is no lock file of tidemark: move it away");
    }
    if (is_worth_keeping(file.get(), database_path))
        return {.outcome = Outcome::ours, .file = std::move(file)};
    remove_left_over(path);
    return {};
}

}  // namespace

FileLock::FileLock(const std::string& database_path) : path_(lock_path(database_path)) {
    HeldLocks& all = HeldLocks::of_this_process();
    for (int attempt = 1;; ++attempt) {
        {
            // Until the lock is on the list, a child must not be made that would not know of it.
            const HeldLocks::Guard guard = all.lock();
            if (all.is_inherited(path_)) throw_inherited(database_path);
            if (all.is_held(path_)) throw_held(database_path, ::getpid());
            Attempt made = try_to_hold(path_, database_path);
            if (made.outcome == Outcome::ours) {
                write_process_id(made.file.get());
                all.add(path_, made.file.get());
                static_cast<void>(made.file.release());
                return;
            }
            if (attempt == attempts_max && made.outcome == Outcome::held) {
                throw_held(database_path, read_content(made.file.get()).process_id);
            }
        }
        if (attempt == attempts_max) {
            refuse(path_, "others keep creating and removing it", "find out who they are");
        }
        std::this_thread::sleep_for(pause_between_attempts);
    }
}

FileLock::~FileLock() {
    HeldLocks& all = HeldLocks::of_this_process();
    const HeldLocks::Guard guard = all.lock();
    const Descriptor file(all.remove(path_));
    // Somebody may have removed it by hand, and another tidemark created one of its own.
    if (file && is_still_there(file.get(), path_)) ::unlink(path_.c_str());
}

std::optional<long> FileLock::holder(const std::string& database_path) {
    const Descriptor file(
        ::open(lock_path(database_path).c_str(), O_RDONLY | sqlite::careful_open));
    if (!file) return std::nullopt;
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    const bool held = ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    return held ? read_content(file.get()).process_id : std::nullopt;
}

}  // namespace tidemark::destination
