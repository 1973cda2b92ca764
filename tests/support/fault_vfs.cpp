#include "support/fault_vfs.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <filesystem>
#include <ostream>
#include <sstream>

namespace tidemark::tests {

namespace {

constexpr std::size_t traced_max = 2000;

std::string next_name() {
    static std::atomic<int> made{0};
    return "tidemark-fault-" + std::to_string(++made);
}

/// What SQLite's VFS for Unix says when the system refuses.
int natural_code(FileOperation operation) {
    switch (operation) {
        case FileOperation::open:
        case FileOperation::create:
            return SQLITE_CANTOPEN;
        case FileOperation::remove:
            return SQLITE_IOERR_DELETE;
        case FileOperation::access:
            return SQLITE_IOERR_ACCESS;
        case FileOperation::read:
            return SQLITE_IOERR_READ;
        case FileOperation::write:
            return SQLITE_IOERR_WRITE;
        case FileOperation::truncate:
            return SQLITE_IOERR_TRUNCATE;
        case FileOperation::sync:
            return SQLITE_IOERR_FSYNC;
        case FileOperation::size:
            return SQLITE_IOERR_FSTAT;
        case FileOperation::lock:
            return SQLITE_IOERR_LOCK;
        case FileOperation::shm_map:
            return SQLITE_IOERR_SHMMAP;
        case FileOperation::shm_lock:
            return SQLITE_IOERR_SHMLOCK;
        case FileOperation::fetch:
            return SQLITE_IOERR_MMAP;
    }
    return SQLITE_IOERR;
}

}  // namespace

const char* to_string(FileOperation operation) noexcept {
    constexpr std::array<const char*, file_operations> names{
        "open", "create", "remove", "access",  "read",     "write", "truncate",
        "sync", "size",   "lock",   "shm_map", "shm_lock", "fetch"};
    return names.at(static_cast<std::size_t>(operation));
}

std::ostream& operator<<(std::ostream& out, const Fault& fault) {
    constexpr std::array<const char*, 4> kinds{"stop", "tear", "fail", "hang"};
    out << kinds.at(static_cast<std::size_t>(fault.kind)) << " at operation " << fault.at;
    if (fault.code != 0) out << " with " << sqlite3_errstr(fault.code);
    if (!fault.file.empty()) out << " of " << fault.file;
    return out;
}

// ---- Faults -----------------------------------------------------------------------------------

FaultVfs::Verdict FaultVfs::decide(FileOperation operation, const std::string& path,
                                   std::int64_t offset, std::int64_t amount) {
    Lock lock(mutex_);
    ++counts_.at(static_cast<std::size_t>(operation));
    const Verdict verdict = judge(operation, path, lock);
    trace_.push_back({operation, path, offset, amount, verdict.code});
    if (trace_.size() > traced_max) trace_.pop_front();
    return verdict;
}

FaultVfs::Verdict FaultVfs::judge(FileOperation operation, const std::string& path, Lock& lock) {
    const Verdict dead{Fate::fail, SQLITE_IOERR};
    if (stopped_) return dead;
    if (!armed_ || !fault_.of.contains(operation) || !path.ends_with(fault_.file)) return {};
    ++matched_;
    if (matched_ < fault_.at) return {};
    const bool is_write = operation == FileOperation::write;

    switch (fault_.kind) {
        case Fault::Kind::stop:
        case Fault::Kind::tear:
            struck_ = stopped_ = true;
            return {is_write && fault_.kind == Fault::Kind::tear ? Fate::tear : Fate::fail,
                    SQLITE_IOERR};
        case Fault::Kind::fail:
            if (matched_ - fault_.at >= fault_.times) return {};
            struck_ = true;
            return {is_write && fault_.partial ? Fate::tear : Fate::fail,
                    fault_.code != 0 ? fault_.code : natural_code(operation)};
        case Fault::Kind::hang:
            break;
    }
    if (matched_ - fault_.at >= fault_.times) return {};
    struck_ = true;
    hang(lock);
    return stopped_ ? dead : Verdict{};
}

void FaultVfs::hang(Lock& lock) {
    ++hanging_;
    changed_.notify_all();
    const std::uint64_t turn = turns_;
    changed_.wait(lock, [&] { return turns_ != turn; });
    --hanging_;
}

std::uint64_t FaultVfs::roll(std::uint64_t sides) {
    const Lock lock(mutex_);
    return random_() % sides;
}

void FaultVfs::set(const Fault& fault) {
    const Lock lock(mutex_);
    fault_ = fault;
    armed_ = true;
    struck_ = false;
    matched_ = 0;
    ++turns_;
    changed_.notify_all();
}

void FaultVfs::clear() {
    const Lock lock(mutex_);
    armed_ = false;
    ++turns_;
    changed_.notify_all();
}

bool FaultVfs::has_struck() const {
    const Lock lock(mutex_);
    return struck_;
}

void FaultVfs::stop() {
    const Lock lock(mutex_);
    stopped_ = true;
    ++turns_;
    changed_.notify_all();
}

bool FaultVfs::is_stopped() const {
    const Lock lock(mutex_);
    return stopped_;
}

bool FaultVfs::wait_until_hanging(std::chrono::milliseconds deadline) {
    Lock lock(mutex_);
    return changed_.wait_for(lock, deadline, [this] { return hanging_ > 0; });
}

std::uint64_t FaultVfs::count(OperationSet operations) const {
    const Lock lock(mutex_);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < file_operations; ++i) {
        if (operations.contains(static_cast<FileOperation>(i))) sum += counts_.at(i);
    }
    return sum;
}

std::string FaultVfs::trace(std::size_t lines_max) const {
    const Lock lock(mutex_);
    std::ostringstream out;
    for (std::size_t i = trace_.size() - std::min(lines_max, trace_.size()); i < trace_.size();
         ++i) {
        const Traced& one = trace_[i];
        out << to_string(one.operation) << ' '
            << std::filesystem::path(one.path).filename().string();
        if (one.offset != 0 || one.amount != 0) out << ' ' << one.offset << '+' << one.amount;
        if (one.code != SQLITE_OK) out << ": " << sqlite3_errstr(one.code);
        out << '\n';
    }
    return out.str();
}

// ---- Life -------------------------------------------------------------------------------------

FaultVfs::FaultVfs(Device device, std::uint32_t seed)
    : device_(device),
      name_(next_name()),
      real_(sqlite3_vfs_find("unix")),
      vfs_(methods(real_)),
      disk_(device),
      random_(seed) {
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    sqlite3_vfs_register(&vfs_, 1);
}

FaultVfs::~FaultVfs() {
    assert(open_files_ == 0);
    sqlite3_vfs_unregister(&vfs_);
}

void FaultVfs::restore_after_stop() {
    const Lock lock(mutex_);
    assert(open_files_ == 0);
    disk_.restore_all();
    restored();
}

void FaultVfs::restore_after_power_loss(std::uint32_t seed) {
    const Lock lock(mutex_);
    assert(open_files_ == 0);
    disk_.restore_after_power_loss(seed);
    restored();
}

void FaultVfs::restored() {
    armed_ = stopped_ = false;
    counts_ = {};
    trace_.clear();
}

}  // namespace tidemark::tests
