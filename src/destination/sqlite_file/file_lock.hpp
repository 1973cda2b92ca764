#pragma once

#include <optional>
#include <string>

namespace tidemark::destination {

/// Keeps a second tidemark away from a database file, in this process or another one.
///
/// A file `<database>-tidemark` beside the database is locked with flock(2) and bears the process
/// id of the holder. The kernel drops the lock when its process ends, however it ends, so a file
/// that is left over is no obstacle. The lock belongs to the open file, not to the process: a child
/// after fork() neither holds it nor drops it when it exits. On a file system without flock (some
/// network mounts) acquiring fails with the system's message.
class FileLock {
public:
    /// Throws Error that names the holder when there is one.
    explicit FileLock(const std::string& database_path);
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    /// Removes the file and drops the lock.
    ~FileLock();

    /// Process id of the tidemark that holds the database now, if one does.
    [[nodiscard]] static std::optional<long> holder(const std::string& database_path);

private:
    std::string path_;
    int descriptor_ = -1;
};

}  // namespace tidemark::destination
