#pragma once

#include <optional>
#include <string>

namespace tidemark::destination {

/// Keeps a second tidemark away from a database file, in this process or another one.
///
/// A file `<database>-tidemark` beside the database is locked with flock(2) and bears the process
/// id of the holder. Its permissions and, where root creates it, its owner are those of the
/// database, so that whoever may open the database can see who holds it. On a file system without
/// flock (some network mounts) acquiring fails with the system's message.
///
/// **Left over.** The kernel drops the lock when its process ends, however it ends, so a file that
/// is left over is no obstacle. One that somebody else owns is replaced: its owner could remove it
/// any time. What is no lock file (a link, a folder, a FIFO, other content) is never written to nor
/// removed; acquiring fails then.
///
/// **fork().** The lock belongs to the open file, which a child would share, and hold after the
/// death of its parent: so the child closes it at once, and neither holds it nor drops it. There the
/// same path is refused for good, because SQLite's own locks of the file cannot be taken anew beside
/// the inherited connection.
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
};

}  // namespace tidemark::destination
