// Who may keep a file: one at a time, whatever it is called, and whatever lies at the name of the
// lock file.

#include "support/fixture.hpp"
#include "support/other_process.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tidemark::tests {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// "" when `path` can be opened and closed; else what is said.
std::string refusal(const std::string& path, const Options& options) {
    try {
        Database::open(path, options).close();
        return "";
    } catch (const Error& error) {
        EXPECT_FALSE(error.retryable());
        return error.what();
    }
}

class Keeper : public KeptDatabase {
protected:
    void SetUp() override { prepare_file("CREATE TABLE t(a); INSERT INTO t VALUES(1)"); }

    [[nodiscard]] std::string lock_file() const { return path() + "-tidemark"; }
    [[nodiscard]] std::string refusal() const { return tests::refusal(path(), options()); }
    [[nodiscard]] std::string refusal(const std::string& other_name) const {
        return tests::refusal(other_name, options());
    }

    /// What another process says when it is to open the file under a name.
    [[nodiscard]] static std::string answer(const std::string& command, const std::string& name) {
        const auto other = start_other_process({command, name});
        const std::string line = other->read_line().value_or("(nothing)");
        other->finish();
        return line;
    }

    /// Another process, which keeps the file until it is told to end.
    [[nodiscard]] static std::unique_ptr<ChildProcess> hold(const std::string& name) {
        auto other = start_other_process({"hold", name});
        EXPECT_EQ(other->read_line(), "done");
        return other;
    }

    /// Nobody may have written to it, or removed it.
    static void expect_untouched(const std::string& file, const std::string& content) {
        EXPECT_EQ(read_file(file), content);
    }
};

TEST_P(Keeper, open_is_refused_with_the_process_id_of_the_holder) {
    const auto holder = hold(path());
    EXPECT_THAT(refusal(), HasSubstr("process " + std::to_string(holder->id()) + ")"));
    EXPECT_THAT(answer("open", path()), HasSubstr(std::to_string(holder->id())));
    EXPECT_EQ(holder->finish(), 0);
    EXPECT_EQ(refusal(), "");
}

TEST_P(Keeper, attach_is_refused_with_the_process_id_of_the_holder) {
    const auto holder = hold(path());
    const Plain connection;
    try {
        auto database = Database::attach(connection, path(), options());
        FAIL() << "was attached";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr(std::to_string(holder->id())));
    }
    EXPECT_EQ(query(connection, "SELECT * FROM sqlite_schema"), Rows{});
    EXPECT_EQ(holder->finish(), 0);
    auto database = Database::attach(connection, path(), options());
    EXPECT_EQ(query(connection, "SELECT a FROM t"), Rows{{1}});
}

TEST_P(Keeper, a_file_kept_by_attach_is_refused_to_others) {
    const Plain connection;
    auto database = Database::attach(connection, path(), options());
    EXPECT_THAT(answer("open", path()), HasSubstr(std::to_string(::getpid())));
    EXPECT_THAT(refusal(), HasSubstr(std::to_string(::getpid())));
}

TEST_P(Keeper, two_threads_open_a_file_and_one_gets_it) {
    for (int round = 0; round < 20; ++round) {
        const auto open = [this]() -> std::optional<Database> {
            try {
                return Database::open(path(), options());
            } catch (const Error& error) {
                EXPECT_THAT(error.what(), HasSubstr("held"));
                return std::nullopt;
            }
        };
        auto first = std::async(std::launch::async, open);
        auto second = std::async(std::launch::async, open);
        const auto one = first.get();
        const auto other = second.get();
        EXPECT_NE(one.has_value(), other.has_value());
    }
}

TEST_P(Keeper, many_processes_open_a_file_and_one_gets_it) {
    std::vector<std::unique_ptr<ChildProcess>> others;
    for (int i = 0; i < 6; ++i) {
        others.push_back(start_other_process({"hold", path()}));
    }
    int held = 0;
    for (const auto& other : others) {
        held += other->read_line() == "done" ? 1 : 0;
    }
    EXPECT_EQ(held, 1);
    for (const auto& other : others) {
        other->finish();
    }
    EXPECT_EQ(refusal(), "");
}

TEST_P(Keeper, asking_who_holds_a_file_keeps_nobody_from_opening_it) {
    write_file(lock_file(), "1\n");  // left over, so that there is something to ask
    std::atomic<bool> asking{true};
    const auto asker = std::async(std::launch::async, [&] {
        while (asking) {
            (void)inspect(path(), LoadCheck::none);
        }
    });
    for (int round = 0; round < 50; ++round) {
        EXPECT_EQ(refusal(), "");
    }
    asking = false;
}

// ---- what a dead process leaves ----

TEST_P(Keeper, a_lock_file_of_a_dead_process_is_no_obstacle) {
    const auto holder = hold(path());
    EXPECT_EQ(holder->kill(), -SIGKILL);
    EXPECT_TRUE(fs::exists(lock_file()));
    EXPECT_EQ(inspect(path()).held_by, std::nullopt);
    EXPECT_EQ(refusal(), "");
    EXPECT_FALSE(fs::exists(lock_file()));
}

TEST_P(Keeper, a_lock_file_that_names_a_living_process_is_no_obstacle) {
    write_file(lock_file(), std::to_string(::getppid()) + "\n");
    EXPECT_EQ(refusal(), "");
}

TEST_P(Keeper, a_lock_file_that_was_removed_and_made_anew_is_not_removed_at_the_end) {
    open();
    fs::remove(lock_file());
    write_file(lock_file(), "4711\n");
    close();
    expect_untouched(lock_file(), "4711\n");
}

// ---- other names of the same file ----

TEST_P(Keeper, a_symbolic_link_is_the_file_itself) {
    const std::string link = directory().file("link.db");
    fs::create_symlink("kept.db", link);
    const auto holder = hold(link);
    EXPECT_TRUE(fs::exists(lock_file()));
    EXPECT_FALSE(fs::exists(link + "-tidemark"));
    EXPECT_THAT(refusal(), HasSubstr(std::to_string(holder->id())));
    EXPECT_EQ(holder->finish(), 0);
    EXPECT_EQ(refusal(link), "");
}

TEST_P(Keeper, a_link_to_a_folder_is_the_folder) {
    const TemporaryDirectory elsewhere;
    fs::create_directory_symlink(directory().path(), elsewhere.path() / "link");
    const auto holder = hold(elsewhere.file("link/kept.db"));
    EXPECT_THAT(refusal(), HasSubstr(std::to_string(holder->id())));
}

TEST_P(Keeper, a_link_to_a_file_that_is_still_missing_is_that_file) {
    const TemporaryDirectory elsewhere;
    const std::string link = directory().file("link.db");
    const std::string target = elsewhere.file("new.db");
    fs::create_symlink(directory().file("second link.db"), link);
    fs::create_symlink(target, directory().file("second link.db"));
    {
        auto database = Database::open(link, options());
        exec(database.handle(), "CREATE TABLE u(a)");
        EXPECT_EQ(database.status().path, fs::canonical(target).string());
        EXPECT_THAT(refusal(target), HasSubstr("held"));
    }
    EXPECT_EQ(query_one(Plain(target), "SELECT count(*) FROM u"), Cell(0));
    EXPECT_TRUE(fs::is_symlink(link));
}

TEST_P(Keeper, a_link_in_a_circle_is_refused) {
    fs::create_symlink("b.db", directory().file("a.db"));
    fs::create_symlink("a.db", directory().file("b.db"));
    EXPECT_NE(refusal(directory().file("a.db")), "");
}

TEST_P(Keeper, a_relative_path_is_the_file_itself) {
    const auto holder = hold(path());
    const fs::path relative = fs::relative(path());
    EXPECT_THAT(refusal(relative.string()), HasSubstr(std::to_string(holder->id())));
    EXPECT_THAT(refusal(directory().path().string() + "/./kept.db"), HasSubstr("held"));
    fs::create_directory(directory().path() / "folder");
    EXPECT_THAT(refusal(directory().file("folder/../kept.db")), HasSubstr("held"));
}

TEST_P(Keeper, a_file_with_a_second_hard_link_is_refused) {
    const std::string link = directory().file("hard link.db");
    fs::create_hard_link(path(), link);
    EXPECT_THAT(refusal(), HasSubstr("2 names (hard links)"));
    EXPECT_THAT(refusal(link), HasSubstr("2 names (hard links)"));
    EXPECT_EQ(names_in(directory().path()), (std::vector<std::string>{"hard link.db", "kept.db"}));
    fs::remove(link);
    EXPECT_EQ(refusal(), "");
}

TEST_P(Keeper, a_hard_link_made_while_the_file_is_kept_is_refused) {
    open();
    const std::string link = directory().file("hard link.db");
    fs::create_hard_link(path(), link);
    EXPECT_THAT(answer("open", link), HasSubstr("hard links"));
    run("INSERT INTO t VALUES(2)");
    flush_and_expect_same();
}

/// Two paths to the same thing, by mount(2).
class BindMount {
public:
    BindMount(const std::string& what, std::string where) : where_(std::move(where)) {
        if (::mount(what.c_str(), where_.c_str(), nullptr, MS_BIND, nullptr) != 0) {
            why_not_ = std::strerror(errno);
        }
    }
    BindMount(const BindMount&) = delete;
    BindMount& operator=(const BindMount&) = delete;
    ~BindMount() {
        if (why_not_.empty()) ::umount2(where_.c_str(), MNT_DETACH);
    }
    [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }

private:
    std::string where_;
    std::string why_not_;
};

TEST_P(Keeper, a_folder_that_is_mounted_twice_has_one_lock) {
    const TemporaryDirectory elsewhere;
    const BindMount mount(directory().path().string(), elsewhere.path().string());
    if (!mount.why_not().empty()) GTEST_SKIP() << "may not mount: " << mount.why_not();
    const auto holder = hold(elsewhere.file("kept.db"));
    EXPECT_THAT(refusal(), HasSubstr(std::to_string(holder->id())));
    EXPECT_EQ(holder->finish(), 0);
    EXPECT_EQ(refusal(), "");
}

TEST_P(Keeper, a_file_that_is_mounted_by_itself_is_refused) {
    const TemporaryDirectory elsewhere;
    write_file(elsewhere.file("other.db"), "");
    const BindMount mount(path(), elsewhere.file("other.db"));
    if (!mount.why_not().empty()) GTEST_SKIP() << "may not mount: " << mount.why_not();
    EXPECT_THAT(refusal(elsewhere.file("other.db")), HasSubstr("mounted by itself"));
    EXPECT_EQ(refusal(), "") << "under its own name it is an ordinary file";
}

// ---- what lies at the name of the lock file ----

TEST_P(Keeper, a_symbolic_link_as_lock_file_is_not_followed) {
    const std::string victim = directory().file("victim");
    write_file(victim, "12\n");
    fs::create_symlink(victim, lock_file());
    EXPECT_THAT(refusal(), HasSubstr("symbolic link"));
    expect_untouched(victim, "12\n");
    fs::remove(victim);
    EXPECT_THAT(refusal(), HasSubstr("symbolic link"));
    EXPECT_FALSE(fs::exists(victim)) << "a dangling link was followed";
    EXPECT_EQ(inspect(path()).held_by, std::nullopt);
}

TEST_P(Keeper, a_hard_link_as_lock_file_is_not_written_to) {
    const std::string victim = directory().file("victim");
    write_file(victim, "the last will of somebody\n");
    fs::create_hard_link(victim, lock_file());
    EXPECT_THAT(refusal(), HasSubstr("something else"));
    expect_untouched(victim, "the last will of somebody\n");

    // And one whose content could be ours is left alone as well: only its second name goes.
    write_file(victim, "12\n");
    EXPECT_EQ(refusal(), "");
    expect_untouched(victim, "12\n");
    EXPECT_FALSE(fs::exists(lock_file()));
}

TEST_P(Keeper, a_file_of_the_user_as_lock_file_is_not_written_to) {
    write_file(lock_file(), "notes");
    EXPECT_THAT(refusal(), HasSubstr("something else"));
    expect_untouched(lock_file(), "notes");
}

TEST_P(Keeper, a_fifo_as_lock_file_is_refused_and_waited_for_by_nobody) {
    ASSERT_EQ(::mkfifo(lock_file().c_str(), 0600), 0);
    EXPECT_THAT(refusal(), HasSubstr("no regular file"));
    EXPECT_EQ(inspect(path()).held_by, std::nullopt);
    EXPECT_TRUE(fs::is_fifo(lock_file()));
}

TEST_P(Keeper, a_folder_as_lock_file_is_refused) {
    fs::create_directory(lock_file());
    EXPECT_THAT(refusal(), HasSubstr(lock_file()));
    EXPECT_EQ(inspect(path()).held_by, std::nullopt);
    EXPECT_TRUE(fs::is_directory(lock_file()));
}

// ---- users ----

/// With root's rights, which can make files of others. Elsewhere these tests are skipped aloud.
class KeeperAmongUsers : public Keeper {
protected:
    static constexpr unsigned int nobody = 65534;
    static constexpr unsigned int somebody = 65533;

    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "only root can make files of other users";
        Keeper::SetUp();
    }

    /// A folder that is everybody's, a database that nobody owns, and a lock file left by somebody.
    void share(unsigned int folder_mode, const std::string& lock_content) const {
        ASSERT_EQ(::chmod(directory().path().c_str(), folder_mode), 0);
        ASSERT_EQ(::chown(path().c_str(), nobody, nobody), 0);
        ASSERT_EQ(::chmod(path().c_str(), 0666), 0);
        write_file(lock_file(), lock_content);
        ASSERT_EQ(::chown(lock_file().c_str(), somebody, somebody), 0);
        ASSERT_EQ(::chmod(lock_file().c_str(), 0666), 0);
    }
};

TEST_P(KeeperAmongUsers, a_lock_file_that_another_user_left_is_replaced) {
    share(0777, "4711\n");
    EXPECT_EQ(answer("open-as-nobody", path()), "done");
    EXPECT_FALSE(fs::exists(lock_file()));
}

TEST_P(KeeperAmongUsers, a_lock_file_that_another_user_left_without_right_to_read_is_refused) {
    share(01777, "4711\n");
    ASSERT_EQ(::chmod(lock_file().c_str(), 0600), 0);
    const std::string said = answer("open-as-nobody", path());
    EXPECT_THAT(said, StartsWith("refused "));
    EXPECT_THAT(said, HasSubstr(lock_file()));
    expect_untouched(lock_file(), "4711\n");
}

// In a folder with the sticky bit its owner could remove it, and let a second tidemark in, while
// we would rely on it.
TEST_P(KeeperAmongUsers, a_lock_file_of_another_user_that_cannot_be_replaced_is_refused) {
    share(01777, "");
    EXPECT_THAT(answer("open-as-nobody", path()), HasSubstr("another user has left it"));
    expect_untouched(lock_file(), "");
}

TEST_P(KeeperAmongUsers, a_file_of_another_user_is_neither_replaced_nor_written_to) {
    share(0777, "notes of somebody");
    EXPECT_THAT(answer("open-as-nobody", path()), HasSubstr("something else"));
    expect_untouched(lock_file(), "notes of somebody");
}

TEST_P(KeeperAmongUsers, a_user_of_the_database_is_told_who_holds_it) {
    share(0777, "4711\n");
    open();
    EXPECT_THAT(answer("open-as-nobody", path()), HasSubstr(std::to_string(::getpid())));
    ASSERT_EQ(::chmod(lock_file().c_str(), 0644), 0) << "to read is enough";
    EXPECT_THAT(answer("open-as-nobody", path()), HasSubstr(std::to_string(::getpid())));
}

TEST_P(KeeperAmongUsers, files_of_root_beside_the_database_belong_to_its_owner) {
    ASSERT_EQ(::chown(path().c_str(), nobody, somebody), 0);
    ASSERT_EQ(::chmod(path().c_str(), 0660), 0);
    open();
    run("INSERT INTO t VALUES(2)");
    database().flush();
    for (const char* suffix : {"-tidemark", "-wal", "-shm"}) {
        struct stat status {};
        ASSERT_EQ(::stat((path() + suffix).c_str(), &status), 0) << suffix;
        EXPECT_EQ(status.st_uid, nobody) << suffix;
        EXPECT_EQ(status.st_gid, somebody) << suffix;
        EXPECT_EQ(status.st_mode & 0777U, 0660U) << suffix;
    }
}

TIDEMARK_FOR_BOTH_STRATEGIES(Keeper);
TIDEMARK_FOR_BOTH_STRATEGIES(KeeperAmongUsers);

}  // namespace
}  // namespace tidemark::tests
