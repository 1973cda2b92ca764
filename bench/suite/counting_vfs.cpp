#include "counting_vfs.hpp"

#include "sqlite.hpp"

#include <atomic>
#include <map>
#include <mutex>

namespace bench {
namespace {

std::atomic<std::uint64_t> bytes_written{0};

/// A file's own methods but for xWrite. SQLite hands them to xWrite again, which finds the others
/// behind them.
struct CountedMethods {
    sqlite3_io_methods methods;
    const sqlite3_io_methods* own;
};

int count_write(sqlite3_file* file, const void* data, int amount, sqlite3_int64 offset) {
    const void* methods = file->pMethods;
    const int rc =
        static_cast<const CountedMethods*>(methods)->own->xWrite(file, data, amount, offset);
    if (rc == SQLITE_OK) {
        bytes_written += static_cast<std::uint64_t>(amount);
    }
    return rc;
}

/// One for each kind of file that the VFS below has; they live as long as the process.
const sqlite3_io_methods* counted(const sqlite3_io_methods* own) {
    static std::mutex mutex;
    static std::map<const sqlite3_io_methods*, CountedMethods> all;
    const std::lock_guard lock{mutex};
    const auto [place, is_new] = all.try_emplace(own, CountedMethods{*own, own});
    place->second.methods.xWrite = &count_write;
    return &place->second.methods;
}

int open_counted(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                 int* flags_given) {
    auto* below = static_cast<sqlite3_vfs*>(vfs->pAppData);
    const int rc = below->xOpen(below, name, file, flags, flags_given);
    if (file->pMethods != nullptr) {
        file->pMethods = counted(file->pMethods);
    }
    return rc;
}

/// Everything but xOpen goes to the functions of the VFS below, whose pAppData it is not: those of
/// SQLite on Unix use that of the default one only to find a file's methods when they open it.
sqlite3_vfs* counting_vfs() {
    static sqlite3_vfs vfs = [] {
        sqlite3_vfs* below = sqlite3_vfs_find(nullptr);
        sqlite3_vfs result = *below;
        result.pNext = nullptr;
        result.zName = "tidemark-bench-counting";
        result.pAppData = below;
        result.xOpen = &open_counted;
        return result;
    }();
    return &vfs;
}

}  // namespace

WriteCount::WriteCount() : before_(sqlite3_vfs_find(nullptr)) {
    check(nullptr, sqlite3_vfs_register(counting_vfs(), 1));
    bytes_written = 0;
}

WriteCount::~WriteCount() {
    sqlite3_vfs_register(before_, 1);
    sqlite3_vfs_unregister(counting_vfs());
}

std::uint64_t WriteCount::bytes() const noexcept { return bytes_written; }

}  // namespace bench
