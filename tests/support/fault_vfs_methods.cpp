// What SQLite calls: the functions of the VFS and of its files.

#include "support/fault_vfs.hpp"
#include "support/temporary_directory.hpp"

#include <algorithm>
#include <filesystem>

namespace tidemark::tests {

namespace {

thread_local bool is_bystander = false;

}  // namespace

/// A file that SQLite has open.
struct FaultVfs::OpenFile {
    FaultVfs& vfs;
    std::string path;
    DiskModel::FilePointer content;
    sqlite3_file* real;
    // SQLite's VFS syncs the folder together with the first sync of a new journal or WAL.
    bool sync_folder;
};

/// What SQLite allocates for it; the file of the real VFS lies behind.
struct FaultVfs::Handle {
    sqlite3_file base;
    OpenFile* file;
};

struct FaultVfs::Methods {
    static FaultVfs& of(sqlite3_vfs* vfs) { return *static_cast<FaultVfs*>(vfs->pAppData); }
    static OpenFile& of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file)->file; }

    /// Asks whether an operation that changes nothing may go on, and lets `call` do it.
    template <typename Call>
    static int pass(sqlite3_file* handle, FileOperation operation, std::int64_t offset,
                    std::int64_t amount, const Call& call) {
        const OpenFile& file = of(handle);
        const Verdict verdict = file.vfs.decide(operation, file.path, offset, amount);
        return verdict.fate == Fate::proceed ? call(file.real) : verdict.code;
    }

    // ---- the VFS ----

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* handle, int flags,
                    int* out_flags) {
        FaultVfs& self = of(vfs);
        if (name == nullptr || is_bystander) {
            return self.real_->xOpen(self.real_, name, handle, flags, out_flags);
        }
        handle->pMethods = nullptr;
        const bool exists = std::filesystem::exists(name);
        const bool creates = !exists && (flags & SQLITE_OPEN_CREATE) != 0;
        const Verdict verdict =
            self.decide(creates ? FileOperation::create : FileOperation::open, name);
        if (verdict.fate != Fate::proceed) return verdict.code;

        auto* real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<Handle*>(handle) + 1);
        const int rc = self.real_->xOpen(self.real_, name, real, flags, out_flags);
        if (rc != SQLITE_OK) {
            if (real->pMethods != nullptr) real->pMethods->xClose(real);
            return rc;
        }
        constexpr int journals =
            SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
        reinterpret_cast<Handle*>(handle)->file = new OpenFile{
            self, name, self.opened(name, creates, real), real, creates && (flags & journals) != 0};
        handle->pMethods = &methods;
        return SQLITE_OK;
    }

    static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
        FaultVfs& self = of(vfs);
        if (is_bystander) return self.real_->xDelete(self.real_, name, sync_folder);
        const Verdict verdict = self.decide(FileOperation::remove, name);
        if (verdict.fate != Fate::proceed) return verdict.code;
        return self.removed(name, sync_folder != 0);
    }

    static int access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
        FaultVfs& self = of(vfs);
        if (!is_bystander) {
            const Verdict verdict = self.decide(FileOperation::access, name);
            if (verdict.fate != Fate::proceed) return verdict.code;
        }
        return self.real_->xAccess(self.real_, name, flags, out);
    }

    static int full_pathname(sqlite3_vfs* vfs, const char* name, int size, char* out) {
        return of(vfs).real_->xFullPathname(of(vfs).real_, name, size, out);
    }
    static void* dl_open(sqlite3_vfs* vfs, const char* name) {
        return of(vfs).real_->xDlOpen(of(vfs).real_, name);
    }
    static void dl_error(sqlite3_vfs* vfs, int size, char* out) {
        of(vfs).real_->xDlError(of(vfs).real_, size, out);
    }
    using Symbol = void (*)();
    static Symbol dl_symbol(sqlite3_vfs* vfs, void* library, const char* name) {
        return of(vfs).real_->xDlSym(of(vfs).real_, library, name);
    }
    static void dl_close(sqlite3_vfs* vfs, void* library) {
        of(vfs).real_->xDlClose(of(vfs).real_, library);
    }
    static int randomness(sqlite3_vfs* vfs, int size, char* out) {
        return of(vfs).real_->xRandomness(of(vfs).real_, size, out);
    }
    static int sleep(sqlite3_vfs* vfs, int microseconds) {
        return of(vfs).real_->xSleep(of(vfs).real_, microseconds);
    }
    static int current_time(sqlite3_vfs* vfs, double* out) {
        return of(vfs).real_->xCurrentTime(of(vfs).real_, out);
    }
    static int last_error(sqlite3_vfs* vfs, int size, char* out) {
        return of(vfs).real_->xGetLastError(of(vfs).real_, size, out);
    }
    static int current_time_int64(sqlite3_vfs* vfs, sqlite3_int64* out) {
        return of(vfs).real_->xCurrentTimeInt64(of(vfs).real_, out);
    }

    // ---- its files ----

    static int close(sqlite3_file* handle) {
        OpenFile& file = of(handle);
        const int rc = file.real->pMethods->xClose(file.real);
        {
            const Lock lock(file.vfs.mutex_);
            --file.vfs.open_files_;
        }
        delete &file;
        return rc;
    }

    static int read(sqlite3_file* handle, void* out, int amount, sqlite3_int64 offset) {
        return pass(handle, FileOperation::read, offset, amount, [&](sqlite3_file* real) {
            return real->pMethods->xRead(real, out, amount, offset);
        });
    }

    static int write(sqlite3_file* handle, const void* data, int amount, sqlite3_int64 offset) {
        OpenFile& file = of(handle);
        const Verdict verdict = file.vfs.decide(FileOperation::write, file.path, offset, amount);
        const std::string_view bytes(static_cast<const char*>(data),
                                     static_cast<std::size_t>(amount));
        switch (verdict.fate) {
            case Fate::proceed:
                return file.vfs.put(file, bytes, offset);
            case Fate::tear:
                file.vfs.put_part(file, bytes, offset,
                                  file.vfs.is_stopped() && file.vfs.roll(2) == 0);
                break;
            case Fate::fail:
                break;
        }
        return verdict.code;
    }

    static int truncate(sqlite3_file* handle, sqlite3_int64 size) {
        const OpenFile& file = of(handle);
        return pass(handle, FileOperation::truncate, size, 0, [&](sqlite3_file* real) {
            const int rc = real->pMethods->xTruncate(real, size);
            const Lock lock(file.vfs.mutex_);
            if (rc == SQLITE_OK) {
                file.vfs.disk_.truncate(*file.content, static_cast<std::uint64_t>(size));
            }
            return rc;
        });
    }

    // The real file is not synced: what a loss of power makes of it is up to the model.
    static int sync(sqlite3_file* handle, int /*flags*/) {
        OpenFile& file = of(handle);
        return pass(handle, FileOperation::sync, 0, 0, [&](sqlite3_file*) {
            const Lock lock(file.vfs.mutex_);
            file.vfs.disk_.sync(*file.content);
            if (file.sync_folder) file.vfs.disk_.sync_folder(file.path);
            file.sync_folder = false;
            return SQLITE_OK;
        });
    }

    static int file_size(sqlite3_file* handle, sqlite3_int64* out) {
        return pass(handle, FileOperation::size, 0, 0,
                    [&](sqlite3_file* real) { return real->pMethods->xFileSize(real, out); });
    }

    static int lock(sqlite3_file* handle, int level) {
        return pass(handle, FileOperation::lock, 0, level,
                    [&](sqlite3_file* real) { return real->pMethods->xLock(real, level); });
    }

    // Locks of a dead process are gone too.
    static int unlock(sqlite3_file* handle, int level) {
        sqlite3_file* real = of(handle).real;
        return real->pMethods->xUnlock(real, level);
    }

    static int check_reserved_lock(sqlite3_file* handle, int* out) {
        return pass(handle, FileOperation::lock, 0, 0, [&](sqlite3_file* real) {
            return real->pMethods->xCheckReservedLock(real, out);
        });
    }

    static int file_control(sqlite3_file* handle, int what, void* argument) {
        const OpenFile& file = of(handle);
        if (file.vfs.is_stopped()) return SQLITE_NOTFOUND;
        return file.real->pMethods->xFileControl(file.real, what, argument);
    }

    static int sector_size(sqlite3_file* handle) { return of(handle).vfs.device_.sector_bytes; }

    static int device_characteristics(sqlite3_file* handle) {
        return of(handle).vfs.device_.characteristics;
    }

    static int shm_map(sqlite3_file* handle, int page, int page_bytes, int extend,
                       void volatile** out) {
        return pass(handle, FileOperation::shm_map, page, page_bytes, [&](sqlite3_file* real) {
            return real->pMethods->xShmMap(real, page, page_bytes, extend, out);
        });
    }

    static int shm_lock(sqlite3_file* handle, int offset, int amount, int flags) {
        const auto call = [&](sqlite3_file* real) {
            return real->pMethods->xShmLock(real, offset, amount, flags);
        };
        if ((flags & SQLITE_SHM_UNLOCK) != 0) return call(of(handle).real);
        return pass(handle, FileOperation::shm_lock, offset, amount, call);
    }

    static void shm_barrier(sqlite3_file* handle) {
        of(handle).real->pMethods->xShmBarrier(of(handle).real);
    }

    static int shm_unmap(sqlite3_file* handle, int remove_file) {
        const OpenFile& file = of(handle);
        return file.real->pMethods->xShmUnmap(file.real, file.vfs.is_stopped() ? 0 : remove_file);
    }

    static int fetch(sqlite3_file* handle, sqlite3_int64 offset, int amount, void** out) {
        *out = nullptr;
        return pass(handle, FileOperation::fetch, offset, amount, [&](sqlite3_file* real) {
            return real->pMethods->xFetch(real, offset, amount, out);
        });
    }

    static int unfetch(sqlite3_file* handle, sqlite3_int64 offset, void* page) {
        return of(handle).real->pMethods->xUnfetch(of(handle).real, offset, page);
    }

    static constexpr sqlite3_io_methods methods{.iVersion = 3,
                                                .xClose = close,
                                                .xRead = read,
                                                .xWrite = write,
                                                .xTruncate = truncate,
                                                .xSync = sync,
                                                .xFileSize = file_size,
                                                .xLock = lock,
                                                .xUnlock = unlock,
                                                .xCheckReservedLock = check_reserved_lock,
                                                .xFileControl = file_control,
                                                .xSectorSize = sector_size,
                                                .xDeviceCharacteristics = device_characteristics,
                                                .xShmMap = shm_map,
                                                .xShmLock = shm_lock,
                                                .xShmBarrier = shm_barrier,
                                                .xShmUnmap = shm_unmap,
                                                .xFetch = fetch,
                                                .xUnfetch = unfetch};
};

// ---- What they do to files --------------------------------------------------------------------

DiskModel::FilePointer FaultVfs::opened(const std::string& path, bool created, sqlite3_file* real) {
    const Lock lock(mutex_);
    ++open_files_;
    if (created) return disk_.create(path);
    if (disk_.knows(path)) return disk_.find(path);
    // Through the descriptor that is open: who closes another one loses the locks of the process.
    sqlite3_int64 size = 0;
    real->pMethods->xFileSize(real, &size);
    std::string content(static_cast<std::size_t>(size), '\0');
    if (size > 0) real->pMethods->xRead(real, content.data(), static_cast<int>(size), 0);
    return disk_.adopt(path, std::move(content));
}

int FaultVfs::removed(const std::string& path, bool sync_folder) {
    const Lock lock(mutex_);
    if (!disk_.knows(path) && std::filesystem::exists(path)) {
        disk_.adopt(path, read_file(path));
    }
    const int rc = real_->xDelete(real_, path.c_str(), 0);
    if (rc != SQLITE_OK) return rc;
    disk_.remove(path);
    if (sync_folder) disk_.sync_folder(path);
    return rc;
}

int FaultVfs::put(OpenFile& file, std::string_view bytes, std::int64_t offset) {
    const int rc = file.real->pMethods->xWrite(file.real, bytes.data(),
                                               static_cast<int>(bytes.size()), offset);
    const Lock lock(mutex_);
    if (rc == SQLITE_OK) disk_.write(*file.content, static_cast<std::uint64_t>(offset), bytes);
    return rc;
}

/// The first bytes of a write that fails; of one during which the process dies, those or some of its
/// sectors.
void FaultVfs::put_part(OpenFile& file, std::string_view bytes, std::int64_t offset,
                        bool by_sector) {
    if (!by_sector) {
        put(file, bytes.substr(0, roll(bytes.size() + 1)), offset);
        return;
    }
    const std::int64_t end = offset + static_cast<std::int64_t>(bytes.size());
    for (std::int64_t from = offset; from < end;) {
        const std::int64_t to =
            std::min(end, (from / device_.sector_bytes + 1) * device_.sector_bytes);
        if (roll(2) == 0) {
            put(file,
                bytes.substr(static_cast<std::size_t>(from - offset),
                             static_cast<std::size_t>(to - from)),
                from);
        }
        from = to;
    }
}

// ---- The VFS ----------------------------------------------------------------------------------

sqlite3_vfs FaultVfs::methods(const sqlite3_vfs* real) {
    return {.iVersion = 2,
            .szOsFile = static_cast<int>(sizeof(Handle)) + real->szOsFile,
            .mxPathname = real->mxPathname,
            .xOpen = Methods::open,
            .xDelete = Methods::remove,
            .xAccess = Methods::access,
            .xFullPathname = Methods::full_pathname,
            .xDlOpen = Methods::dl_open,
            .xDlError = Methods::dl_error,
            .xDlSym = Methods::dl_symbol,
            .xDlClose = Methods::dl_close,
            .xRandomness = Methods::randomness,
            .xSleep = Methods::sleep,
            .xCurrentTime = Methods::current_time,
            .xGetLastError = Methods::last_error,
            .xCurrentTimeInt64 = Methods::current_time_int64};
}

FaultVfs::Bystander::Bystander() noexcept : before_(is_bystander) { is_bystander = true; }

FaultVfs::Bystander::~Bystander() { is_bystander = before_; }

}  // namespace tidemark::tests
