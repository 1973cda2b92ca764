#pragma once

/// What is on a medium and what is only in the caches before it: the part of the fault VFS that
/// knows which states of the files a loss of power can leave.

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::tests {

/// What the medium promises, and what SQLite is told of it.
struct Device {
    /// SQLITE_IOCAP_*. Understood, and kept to by `DiskModel`: POWERSAFE_OVERWRITE (what SQLite
    /// assumes of every file on Unix), SAFE_APPEND, ATOMIC, SEQUENTIAL.
    int characteristics = SQLITE_IOCAP_POWERSAFE_OVERWRITE;
    /// What is written whole or not at all, in bytes; SQLite is told the same.
    int sector_bytes = 512;
};

/// Files by path, each as of its last sync, with everything that was done since; and the entries of
/// their folders, likewise. It holds everything in memory: for small files.
///
/// **What a loss of power can leave.** Of every file what was synced, and of what was done to it
/// since any part: each write and each truncation, independently of all others, is there, is not
/// there, or (a write) is torn, sector by sector, into new bytes, old bytes and garbage. Sectors that
/// lie between the end of a file and a write behind it hold zeros or garbage. Of every entry of a
/// folder what was synced, or what it became since, at any one step. An older write never replaces a
/// newer one of the same bytes, as no cache does that. This is what the crash VFS of SQLite's own
/// tests does, with entries of folders added. The device narrows it down:
///
/// - POWERSAFE_OVERWRITE: garbage hits only bytes that were being written; without it, the sectors
///   that they lie in;
/// - SAFE_APPEND: a file grows only by what was written, in order, without gaps and garbage;
/// - ATOMIC: no write is torn;
/// - SEQUENTIAL: what is there are the first operations in the order in which they were done, over
///   all files and folders, the last of them perhaps torn.
class DiskModel {
public:
    class File;
    using FilePointer = std::shared_ptr<File>;

    explicit DiskModel(Device device) : device_(device) {}

    /// Whether the model has met this path before; if not, and if there is a file, it is to `adopt`
    /// what that holds, which counts as synced.
    [[nodiscard]] bool knows(const std::string& path) const { return entries_.contains(path); }
    FilePointer adopt(const std::string& path, std::string content);
    /// The file at a known path; null when it was removed.
    [[nodiscard]] FilePointer find(const std::string& path) { return entries_.at(path).now(); }
    /// A new, empty file; its entry is not synced.
    FilePointer create(const std::string& path);
    void remove(const std::string& path);
    void write(File& file, std::uint64_t offset, std::string_view bytes);
    void truncate(File& file, std::uint64_t size);
    void sync(File& file);
    /// Syncs the entries of the folder that `path` lies in.
    void sync_folder(const std::string& path);

    /// Makes the files what they were after the last operation, whatever happened to them since;
    /// everything counts as synced afterwards. No file may be open.
    void restore_all();
    /// Makes the files what one loss of power could have left, drawn from `seed`.
    void restore_after_power_loss(std::uint32_t seed);

private:
    struct Change {
        std::uint64_t number = 0;
        bool is_truncation = false;
        std::uint64_t offset = 0;  // or the size that it is truncated to
        std::string bytes;
    };
    // The file that a path leads to, null for none, and what has become of it since.
    struct Entry {
        FilePointer synced;
        std::vector<std::pair<std::uint64_t, FilePointer>> later;

        [[nodiscard]] const FilePointer& now() const {
            return later.empty() ? synced : later.back().second;
        }
    };
    class PowerLoss;

    static void apply(const Change& change, std::string& content);
    void restore(const std::map<std::string, FilePointer>& files);
    void set_entry(const std::string& path, FilePointer file);

    const Device device_;
    std::map<std::string, Entry> entries_;
    std::uint64_t changes_ = 0;
    std::uint64_t changes_before_last_sync_ = 0;
};

class DiskModel::File {
    friend class DiskModel;
    friend class DiskModel::PowerLoss;

    std::string synced_;
    std::vector<Change> later_;
};

}  // namespace tidemark::tests
