// The right to write is lost while a database is kept: by chmod, by a file system that becomes
// read-only, by a file that becomes immutable.

#include "errors/kept.hpp"
#include "errors/small_disk.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tidemark::tests {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

/// As long as it lives, this thread and those that it starts must obey the rights of files, also
/// when they are root's.
class WithoutOverride {
public:
    WithoutOverride() {
        ::syscall(SYS_capget, &header_, before_.data());
        auto without = before_;
        without[0].effective &= ~(1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH);
        set(without);
    }
    WithoutOverride(const WithoutOverride&) = delete;
    WithoutOverride& operator=(const WithoutOverride&) = delete;
    ~WithoutOverride() { ::syscall(SYS_capset, &header_, before_.data()); }

private:
    using Sets = std::array<__user_cap_data_struct, 2>;

    void set(const Sets& sets) {
        if (::syscall(SYS_capset, &header_, sets.data()) != 0) {
            throw std::system_error(errno, std::generic_category(), "capset");
        }
    }

    __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
    Sets before_{};
};

/// As long as it lives, SQLite finds no folder for temporary files that it may write to: /tmp is everybody's.
class WithoutTemporaryFolder {
public:
    WithoutTemporaryFolder() {
        sqlite_access = reinterpret_cast<Access>(vfs_->xGetSystemCall(vfs_, "access"));
        set(refuse_folders);
    }
    WithoutTemporaryFolder(const WithoutTemporaryFolder&) = delete;
    WithoutTemporaryFolder& operator=(const WithoutTemporaryFolder&) = delete;
    ~WithoutTemporaryFolder() { set(nullptr); }

    [[nodiscard]] static int refused() { return refusals; }

private:
    using Access = int (*)(const char*, int);

    // Nothing else is asked for in this way.
    static int refuse_folders(const char* path, int mode) {
        if (mode != (W_OK | X_OK)) return sqlite_access(path, mode);
        ++refusals;
        errno = EACCES;
        return -1;
    }

    void set(Access access) {
        vfs_->xSetSystemCall(vfs_, "access", reinterpret_cast<sqlite3_syscall_ptr>(access));
    }

    static inline Access sqlite_access = nullptr;
    static inline std::atomic<int> refusals = 0;
    sqlite3_vfs* vfs_ = sqlite3_vfs_find("unix");
};

/// False where the file system, or the rights of this process, know no such thing.
bool set_immutable(const std::string& path, bool immutable) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    int flags = 0;
    bool done = ::ioctl(file, FS_IOC_GETFLAGS, &flags) == 0;
    flags = immutable ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
    done = done && ::ioctl(file, FS_IOC_SETFLAGS, &flags) == 0;
    ::close(file);
    return done;
}

class ErrorsLostRights : public ::testing::TestWithParam<Kind> {
protected:
    [[nodiscard]] std::string folder() const { return directory_.path(); }
    [[nodiscard]] std::string path() const { return directory_.file("kept.db"); }

    void TearDown() override { ::chmod(folder().c_str(), 0700); }

    static void prepare(Kept& kept) {
        kept.run("CREATE TABLE t(a); INSERT INTO t VALUES('first')");
        kept.database().flush();
    }

    static void expect_told(Kept& kept) {
        kept.run("INSERT INTO t VALUES('meanwhile')");
        EXPECT_FALSE(kept.sync_once());
        kept.wait_for_failures(4);
        kept.expect_told_once();
        const Error error = kept.heard().failures.at(0).first;
        EXPECT_THAT(error.code() & 0xff, AnyOf(SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_IOERR))
            << error.what();
        EXPECT_THAT(error.advice(), HasSubstr("writable")) << error.what();
    }

private:
    TemporaryDirectory directory_;
};

TEST_P(ErrorsLostRights, to_the_folder_come_back) {
    const WithoutOverride obedient;
    Kept kept(path(), patient_options(GetParam()));
    prepare(kept);
    ASSERT_EQ(::chmod(path().c_str(), 0400), 0);
    ASSERT_EQ(::chmod(folder().c_str(), 0500), 0);
    if (std::get<JournalMode>(GetParam()) == JournalMode::wal) {
        // Its files are open already, and need no right any more.
        kept.run("INSERT INTO t VALUES('meanwhile')");
        EXPECT_TRUE(kept.sync_once());
        kept.expect_disk_is_ram();
        ASSERT_EQ(::chmod(folder().c_str(), 0700), 0);
        kept.close();
        return;
    }
    expect_told(kept);
    ASSERT_EQ(::chmod(folder().c_str(), 0700), 0);
    kept.expect_recovery();
    kept.close();
}

TEST_P(ErrorsLostRights, to_folders_for_temporary_files_are_not_needed) {
    const std::string rows =
        "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000) ";
    Kept kept(path(), patient_options(GetParam()));
    // Rows as large as a page: a statement that writes some of them must be able to take back as many.
    kept.run("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b, u UNIQUE);" + rows +
             "INSERT INTO t SELECT i, hex(zeroblob(1500)), i, i FROM n");
    kept.database().flush();
    const WithoutTemporaryFolder nowhere;
    kept.run("UPDATE t SET b = b + 1");
    kept.database().flush();
    kept.run(
        "DELETE FROM t WHERE id % 3 = 0;" + rows +
        "INSERT INTO t SELECT i + 5000, hex(zeroblob(1500)), i, -i FROM n; UPDATE t SET b = -b");
    kept.database().flush();
    kept.run(
        "CREATE INDEX t_a ON t(a); CREATE TABLE v(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b);" +
        rows + "INSERT INTO v SELECT i, hex(zeroblob(1500)), i FROM n");
    kept.database().flush();
    kept.run("UPDATE v SET b = b + 1");
    kept.database().flush();
    EXPECT_GT(nowhere.refused(), 0);
    EXPECT_TRUE(kept.heard().failures.empty());
    kept.expect_disk_is_ram();
    kept.close();
}

TEST_P(ErrorsLostRights, to_a_file_system_come_back) {
    if (!can_mount()) GTEST_SKIP() << "needs a mount, and this process may not make one";
    Kept kept(path(), patient_options(GetParam()));
    prepare(kept);
    const std::string there = folder();
    const char* where = there.c_str();
    ASSERT_EQ(::mount(where, where, nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(::mount(nullptr, where, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr), 0);
    if (std::get<JournalMode>(GetParam()) == JournalMode::wal) {
        kept.run("INSERT INTO t VALUES('meanwhile')");
        EXPECT_TRUE(kept.sync_once()) << "files that are open are not concerned";
    } else {
        expect_told(kept);
    }
    ASSERT_EQ(::umount2(where, MNT_DETACH), 0);
    if (!kept.heard().failures.empty()) kept.expect_recovery();
    kept.expect_disk_is_ram();
    kept.close();
}

TEST_P(ErrorsLostRights, to_a_file_that_was_immutable_come_back) {
    Kept kept(path(), patient_options(GetParam()));
    prepare(kept);
    const bool wal = std::get<JournalMode>(GetParam()) == JournalMode::wal;
    const std::string file = wal ? path() + "-wal" : path();
    if (!set_immutable(file, true)) {
        GTEST_SKIP() << "needs a file system and a process that can make files immutable";
    }
    expect_told(kept);
    ASSERT_TRUE(set_immutable(file, false));
    kept.expect_recovery();
    kept.close();
}

INSTANTIATE_TEST_SUITE_P(Kinds, ErrorsLostRights,
                         ::testing::Combine(::testing::Values(Strategy::session, Strategy::trigger),
                                            ::testing::Values(JournalMode::wal,
                                                              JournalMode::remove)),
                         name_of);

}  // namespace
}  // namespace tidemark::tests
