// The fault VFS and its model of a medium, before anybody trusts them.

#include "support/fault_vfs.hpp"

#include "support/compare.hpp"
#include "support/sql.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <thread>

namespace tidemark::tests {
namespace {

class FaultVfsTest : public ::testing::Test {
protected:
    [[nodiscard]] std::string path() const { return directory_.file("kept.db"); }

    /// Rows of t, by a connection that looks past the faults.
    [[nodiscard]] std::int64_t rows() const {
        const FaultVfs::Bystander bystander;
        return query_one(Plain(path()), "SELECT count(*) FROM t").integer();
    }

    void create(const char* journal_mode) const {
        exec(Plain(path()),
             std::string("PRAGMA journal_mode=") + journal_mode + "; CREATE TABLE t(x)");
    }

private:
    TemporaryDirectory directory_;
};

TEST_F(FaultVfsTest, counts_what_goes_through_it_and_leaves_ram_alone) {
    const FaultVfs vfs;
    create("WAL");
    EXPECT_GT(vfs.count({FileOperation::create}), 0);
    EXPECT_GT(vfs.count({FileOperation::sync}), 0);
    EXPECT_GT(vfs.count({FileOperation::shm_map}), 0);
    const auto before = vfs.count();
    exec(Plain(), "CREATE TABLE t(x); INSERT INTO t VALUES(zeroblob(1000000))");
    EXPECT_EQ(rows(), 0);
    EXPECT_EQ(vfs.count(), before);
    EXPECT_NE(vfs.trace().find("write kept.db-wal 0+32"), std::string::npos) << vfs.trace();
}

TEST_F(FaultVfsTest, fails_the_nth_write_as_often_as_told) {
    FaultVfs vfs;
    create("DELETE");
    const Plain db(path());
    vfs.set(
        {.kind = Fault::Kind::fail, .at = 2, .of = {FileOperation::write}, .code = SQLITE_FULL});
    EXPECT_EQ(try_exec(db, "INSERT INTO t VALUES(1)").rc, SQLITE_FULL);
    EXPECT_TRUE(vfs.has_struck());
    EXPECT_EQ(try_exec(db, "INSERT INTO t VALUES(2)").rc, SQLITE_OK);
    vfs.set({.kind = Fault::Kind::fail, .of = {FileOperation::sync}, .times = Fault::for_ever});
    EXPECT_EQ(try_exec(db, "INSERT INTO t VALUES(3)").rc, SQLITE_IOERR);
    EXPECT_EQ(try_exec(db, "INSERT INTO t VALUES(4)").rc, SQLITE_IOERR);
    vfs.clear();
    EXPECT_EQ(try_exec(db, "INSERT INTO t VALUES(5)").rc, SQLITE_OK);
    EXPECT_EQ(rows(), 2);
}

TEST_F(FaultVfsTest, a_stopped_process_changes_nothing_any_more) {
    FaultVfs vfs;
    create("DELETE");
    {
        const Plain db(path());
        exec(db, "INSERT INTO t VALUES(1)");
        vfs.set({.of = {FileOperation::remove}});
        // The rows are in the file, and the journal that would roll them back is there too.
        EXPECT_NE(try_exec(db, "INSERT INTO t VALUES(2)").rc, SQLITE_OK);
        EXPECT_TRUE(vfs.is_stopped());
        EXPECT_NE(try_exec(db, "INSERT INTO t VALUES(3)").rc, SQLITE_OK);
    }
    write_file(path(), "what does not go through SQLite is undone");
    vfs.restore_after_stop();
    EXPECT_EQ(rows(), 1);
    EXPECT_EQ(integrity(Plain(path())), "ok");
}

TEST_F(FaultVfsTest, hangs_until_it_is_told_to_go_on) {
    FaultVfs vfs;
    create("WAL");
    vfs.set({.kind = Fault::Kind::hang, .of = {FileOperation::sync}});
    std::thread writer([this] { exec(Plain(path()), "INSERT INTO t VALUES(1)"); });
    const bool hangs = vfs.wait_until_hanging();
    vfs.clear();
    writer.join();
    EXPECT_TRUE(hangs);
    EXPECT_EQ(rows(), 1);
}

/// What loss of power leaves of `written` over 4096 old bytes.
std::set<std::string> states(const std::string& path, Device device, const std::string& written) {
    std::set<std::string> found;
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        DiskModel disk(device);
        const auto file = disk.adopt(path, std::string(4096, 'o'));
        disk.write(*file, 1000, written);
        disk.write(*file, 8192, "after the end");
        disk.restore_after_power_loss(seed);
        found.insert(read_file(path));
    }
    return found;
}

TEST_F(FaultVfsTest, power_loss_keeps_drops_and_tears_what_was_not_synced) {
    const std::string written(2000, 'n');
    const std::string old(4096, 'o');
    const std::string whole = std::string(old).replace(1000, 2000, written);
    const auto found = states(path(), {}, written);
    EXPECT_TRUE(found.contains(old));
    EXPECT_TRUE(found.contains(whole));
    int torn = 0;
    for (const std::string& state : found) {
        torn += state.substr(0, 4096) != old && state.substr(0, 4096) != whole ? 1 : 0;
        EXPECT_EQ(state.substr(0, 1000), old.substr(0, 1000)) << "beside what was written";
        EXPECT_EQ(state.substr(3000, 1096), old.substr(3000, 1096)) << "beside what was written";
    }
    EXPECT_GT(torn, 5);
}

TEST_F(FaultVfsTest, power_loss_keeps_the_promises_of_the_device) {
    const std::string old(4096, 'o');
    const std::string whole = std::string(old).replace(1000, 2000, std::string(2000, 'n'));
    for (const std::string& state :
         states(path(), {.characteristics = SQLITE_IOCAP_ATOMIC}, std::string(2000, 'n'))) {
        EXPECT_TRUE(state.starts_with(old) || state.starts_with(whole));
    }
    for (const std::string& state :
         states(path(), {.characteristics = SQLITE_IOCAP_SAFE_APPEND}, std::string(2000, 'n'))) {
        EXPECT_LE(state.size(), 4096U) << "it has a gap";
    }
    for (const std::string& state :
         states(path(), {.characteristics = SQLITE_IOCAP_SEQUENTIAL | SQLITE_IOCAP_ATOMIC}, "nn")) {
        EXPECT_TRUE(state.size() <= 4096U || state.substr(1000, 2) == "nn") << "out of order";
    }
}

TEST_F(FaultVfsTest, power_loss_takes_back_entries_of_folders_until_the_folder_is_synced) {
    int there = 0;
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
        DiskModel disk({});
        const auto file = disk.create(path());
        disk.write(*file, 0, "content");
        disk.sync(*file);
        disk.restore_after_power_loss(seed);
        there += names_in(std::filesystem::path(path()).parent_path()).empty() ? 0 : 1;
        disk.create(path());
        disk.sync_folder(path());
        disk.remove(path());
        disk.sync_folder(path());
        disk.restore_after_power_loss(seed);
        EXPECT_FALSE(std::filesystem::exists(path()));
    }
    EXPECT_GT(there, 20);
    EXPECT_LT(there, 80);
}

/// Loss of power after each operation of some transactions. How often a committed one was missing,
/// and how often the file was damaged.
struct Losses {
    int missing = 0;
    int damaged = 0;
};

bool is_sound(const std::string& path) {
    const FaultVfs::Bystander bystander;
    try {
        const Plain db(path);
        exec(db, "PRAGMA synchronous=OFF");
        return integrity(db) == "ok";
    } catch (const SqlError&) {
        return false;
    }
}

Losses lose_power_everywhere(const std::string& path, const std::string& settings) {
    Losses losses;
    for (std::uint64_t at = 1;; ++at) {
        for (const char* suffix : {"", "-wal", "-journal", "-shm"}) {
            std::filesystem::remove(path + suffix);
        }
        exec(Plain(path), "PRAGMA synchronous=OFF; CREATE TABLE t(x); CREATE INDEX i ON t(x)");
        FaultVfs vfs;
        std::int64_t committed = 0;
        vfs.set({.at = at, .of = what_changes_files});
        {
            const Plain db(path);
            if (try_exec(db, settings).rc == SQLITE_OK) {
                while (committed < 4 &&
                       try_exec(db,
                                "INSERT INTO t SELECT randomblob(300) FROM (VALUES(1),(2),(3),"
                                "(4),(5),(6),(7),(8),(9),(10))")
                               .rc == SQLITE_OK) {
                    ++committed;
                }
            }
        }
        const bool ended = !vfs.is_stopped();
        vfs.restore_after_power_loss(static_cast<std::uint32_t>(at));
        if (!is_sound(path)) {
            ++losses.damaged;
        } else {
            const auto rows = query_one(Plain(path), "SELECT count(*) FROM t").integer();
            EXPECT_EQ(rows % 10, 0) << "half a transaction";
            losses.missing += rows < committed * 10 ? 1 : 0;
        }
        if (ended) return losses;
    }
}

TEST_F(FaultVfsTest, sqlite_alone_keeps_what_it_promises_under_power_loss) {
    for (const char* mode : {"WAL", "TRUNCATE", "PERSIST"}) {
        const Losses losses = lose_power_everywhere(
            path(), std::string("PRAGMA journal_mode=") + mode + "; PRAGMA synchronous=FULL");
        EXPECT_EQ(losses.damaged, 0) << mode;
        EXPECT_EQ(losses.missing, 0) << mode;
    }
    const Losses extra =
        lose_power_everywhere(path(), "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA");
    EXPECT_EQ(extra.damaged + extra.missing, 0);
    const Losses normal =
        lose_power_everywhere(path(), "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
    EXPECT_EQ(normal.damaged, 0);
}

TEST_F(FaultVfsTest, sqlite_alone_loses_under_power_loss_what_it_does_not_promise) {
    EXPECT_GT(
        lose_power_everywhere(path(), "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL").missing,
        0);
    EXPECT_GT(lose_power_everywhere(path(), "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL")
                  .missing,
              0)
        << "the journal comes back";
    EXPECT_GT(
        lose_power_everywhere(path(), "PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF").damaged,
        0);
}

}  // namespace
}  // namespace tidemark::tests
