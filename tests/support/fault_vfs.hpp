#pragma once

/// Faults below SQLite: a VFS that stands between the connections of a test and the real files.

#include "support/disk_model.hpp"

#include <sqlite3.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <iosfwd>
#include <mutex>
#include <string>
#include <string_view>

namespace tidemark::tests {

/// What SQLite asks of a VFS. Not among them, and never failed: closing, unlocking, memory barriers,
/// and xFileControl, most of whose questions a VFS need not answer.
enum class FileOperation : std::uint8_t {
    open,      ///< xOpen of a file that exists
    create,    ///< xOpen that makes a new one
    remove,    ///< xDelete
    access,    ///< xAccess
    read,      ///< xRead
    write,     ///< xWrite
    truncate,  ///< xTruncate
    sync,      ///< xSync
    size,      ///< xFileSize
    lock,      ///< xLock, xCheckReservedLock
    shm_map,   ///< xShmMap
    shm_lock,  ///< xShmLock that takes a lock
    fetch,     ///< xFetch
};
inline constexpr std::size_t file_operations = 13;
[[nodiscard]] const char* to_string(FileOperation operation) noexcept;

class OperationSet {
public:
    constexpr OperationSet(std::initializer_list<FileOperation> operations) {
        for (const FileOperation operation : operations) bits_ |= bit(operation);
    }
    [[nodiscard]] static constexpr OperationSet all() {
        OperationSet set{};
        set.bits_ = (1U << file_operations) - 1;
        return set;
    }
    [[nodiscard]] constexpr bool contains(FileOperation operation) const {
        return (bits_ & bit(operation)) != 0;
    }

private:
    [[nodiscard]] static constexpr std::uint32_t bit(FileOperation operation) {
        return 1U << static_cast<std::uint32_t>(operation);
    }
    std::uint32_t bits_ = 0;
};

/// Between any two of these the files, and what a loss of power can make of them, stay the same: to
/// stop at each of them is to stop everywhere.
inline constexpr OperationSet what_changes_files{FileOperation::create, FileOperation::remove,
                                                 FileOperation::write, FileOperation::truncate,
                                                 FileOperation::sync};

/// Something that goes wrong at the n-th operation.
struct Fault {
    enum class Kind : std::uint8_t {
        stop,  ///< The process is dead from here on: nothing reaches the files any more.
        tear,  ///< A part of the sectors of a write, or its first bytes, get there; then as `stop`.
        fail,  ///< `times` operations fail with `code`; those after them work again.
        hang,  ///< `times` operations do not return until `FaultVfs::clear()`.
    };
    static constexpr std::uint64_t for_ever = UINT64_MAX;

    Kind kind = Kind::stop;
    /// Counted from 1, from the moment that the fault is set, among the operations that match:
    std::uint64_t at = 1;
    OperationSet of = OperationSet::all();
    /// Only files whose path ends with this: "-wal", "-journal", "-shm", "kept.db"; empty: all.
    std::string file;

    std::uint64_t times = 1;
    /// 0: the one by which SQLite's own VFS reports that such an operation has failed.
    int code = 0;
    /// The first part of a write that fails gets to the file, as on a disk that becomes full.
    bool partial = false;

    friend std::ostream& operator<<(std::ostream& out, const Fault& fault);
};

/// The default VFS as long as it lives: all connections that are opened meanwhile, by path and
/// without naming a VFS, go through it to the real files, and must be closed before it goes. RAM
/// databases and SQLite's temporary files are not its business. All functions may be called from any
/// thread.
///
///     FaultVfs vfs;
///     {
///         auto database = Database::open(path, options);
///         vfs.set({.kind = Fault::Kind::fail, .at = 3, .of = {FileOperation::write},
///                  .times = Fault::for_ever, .code = SQLITE_FULL, .partial = true});
///         ...                                // the disk is full
///         vfs.clear();                       // and has room again
///         const FaultVfs::Bystander bystander;
///         EXPECT_TRUE(same_on_disk(database.handle(), path));  // looks past the faults
///     }
///     vfs.restore_after_power_loss(seed);    // or restore_after_stop()
class FaultVfs {
public:
    explicit FaultVfs(Device device = {}, std::uint32_t seed = 1);
    FaultVfs(const FaultVfs&) = delete;
    FaultVfs& operator=(const FaultVfs&) = delete;
    ~FaultVfs();

    /// Replaces what was set before. A thread that hangs goes on.
    void set(const Fault& fault);
    /// The cause is gone, and what hangs goes on. Does not wake the dead.
    void clear();
    /// Whether the fault that was set last has happened.
    [[nodiscard]] bool has_struck() const;
    /// Dead from here on, as after Fault::Kind::stop.
    void stop();
    [[nodiscard]] bool is_stopped() const;

    /// Waits for an operation to hang; false when none does in time.
    [[nodiscard]] bool wait_until_hanging(std::chrono::milliseconds deadline = std::chrono::seconds{
                                              30});

    /// How many operations there were since this object was made or restored.
    [[nodiscard]] std::uint64_t count(OperationSet operations = OperationSet::all()) const;
    /// The last operations and how they ended, one per line.
    [[nodiscard]] std::string trace(std::size_t lines_max = 40) const;

    /// With all connections closed: makes the files what they were when the process stopped, even if
    /// something that is not SQLite has touched them since. Everything works again afterwards.
    void restore_after_stop();
    /// The same, and with the process the power went: see DiskModel.
    void restore_after_power_loss(std::uint32_t seed);

    /// While one is alive on a thread, what this thread opens goes straight to the real files, is
    /// not counted and does not fail; for those who look on. What they write, the model does not know.
    class Bystander {
    public:
        Bystander() noexcept;
        Bystander(const Bystander&) = delete;
        Bystander& operator=(const Bystander&) = delete;
        ~Bystander();

    private:
        bool before_;
    };

private:
    struct OpenFile;
    struct Handle;
    struct Methods;

    enum class Fate : std::uint8_t { proceed, tear, fail };
    struct Verdict {
        Fate fate = Fate::proceed;
        int code = SQLITE_OK;
    };
    struct Traced {
        FileOperation operation;
        std::string path;
        std::int64_t offset;
        std::int64_t amount;
        int code;
    };
    using Lock = std::unique_lock<std::mutex>;

    [[nodiscard]] static sqlite3_vfs methods(const sqlite3_vfs* real);
    [[nodiscard]] Verdict decide(FileOperation operation, const std::string& path,
                                 std::int64_t offset = 0, std::int64_t amount = 0);
    [[nodiscard]] Verdict judge(FileOperation operation, const std::string& path, Lock& lock);
    void hang(Lock& lock);
    [[nodiscard]] std::uint64_t roll(std::uint64_t sides);

    [[nodiscard]] DiskModel::FilePointer opened(const std::string& path, bool created,
                                                sqlite3_file* real);
    [[nodiscard]] int removed(const std::string& path, bool sync_folder);
    int put(OpenFile& file, std::string_view bytes, std::int64_t offset);
    void put_part(OpenFile& file, std::string_view bytes, std::int64_t offset, bool by_sector);
    void restored();

    const Device device_;
    const std::string name_;
    sqlite3_vfs* const real_;
    sqlite3_vfs vfs_;

    mutable std::mutex mutex_;  // guards everything below
    std::condition_variable changed_;
    DiskModel disk_;
    std::mt19937 random_;
    Fault fault_;
    bool armed_ = false;
    bool struck_ = false;
    std::uint64_t matched_ = 0;
    bool stopped_ = false;
    int hanging_ = 0;
    std::uint64_t turns_ = 0;  // grows whenever what hangs is to go on
    int open_files_ = 0;
    std::array<std::uint64_t, file_operations> counts_{};
    std::deque<Traced> trace_;
};

}  // namespace tidemark::tests
