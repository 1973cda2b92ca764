// What the files beside a database may be read and written by, and links planted at their names.

#include "support/fixture.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include <sys/stat.h>

namespace tidemark::tests {
namespace {

namespace fs = std::filesystem;

/// What new files are created with, for as long as it lives.
class Umask {
public:
    explicit Umask(unsigned int mask) : before_(::umask(mask)) {}
    Umask(const Umask&) = delete;
    Umask& operator=(const Umask&) = delete;
    ~Umask() { ::umask(before_); }

private:
    mode_t before_;
};

unsigned int mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
}

class Permissions : public KeptDatabase {
protected:
    void open_and_write(JournalMode journal) {
        Options options = KeptDatabase::options();
        options.journal_mode = journal;
        open(options);
        run("CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES(1)");
        database().flush();
    }

    void expect_modes(const std::vector<std::string>& suffixes, unsigned int mode) const {
        for (const std::string& suffix : suffixes) {
            EXPECT_EQ(mode_of(path() + suffix), mode) << suffix;
        }
    }
};

TEST_P(Permissions, a_new_database_is_created_as_sqlite_creates_it) {
    for (const unsigned int mask : {0U, 022U, 027U, 077U}) {
        const Umask umask(mask);
        const TemporaryDirectory folder;
        const std::string plain = folder.file("plain.db");
        exec(Plain(plain), "CREATE TABLE t(a)");
        const std::string kept = folder.file("kept.db");
        auto database = Database::open(kept, options());
        exec(database.handle(), "CREATE TABLE t(a)");
        database.flush();
        for (const char* suffix : {"", "-wal", "-shm", "-tidemark"}) {
            EXPECT_EQ(mode_of(kept + suffix), mode_of(plain)) << suffix << " with umask " << mask;
        }
    }
}

TEST_P(Permissions, the_files_beside_a_database_have_its_permissions) {
    for (const unsigned int mode : {0600U, 0640U, 0660U, 0664U}) {
        const Umask umask(077);
        prepare_file("CREATE TABLE IF NOT EXISTS t(a)");
        ASSERT_EQ(::chmod(path().c_str(), mode), 0);
        open_and_write(JournalMode::wal);
        expect_modes({"", "-wal", "-shm", "-tidemark"}, mode);
        close();
        EXPECT_EQ(mode_of(path()), mode);
    }
}

TEST_P(Permissions, a_rollback_journal_has_the_permissions_of_its_database) {
    const Umask umask(077);
    prepare_file("CREATE TABLE t(a)");
    ASSERT_EQ(::chmod(path().c_str(), 0664), 0);
    open_and_write(JournalMode::persist);
    expect_modes({"", "-journal", "-tidemark"}, 0664);
}

TEST_P(Permissions, a_link_planted_at_the_name_of_a_side_file_is_not_followed) {
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
        const TemporaryDirectory folder;
        const std::string kept = folder.file("kept.db");
        const std::string victim = folder.file("victim");
        exec(Plain(kept), "CREATE TABLE t(a)");
        write_file(victim, "precious");
        fs::create_symlink(victim, kept + suffix);
        Options options = KeptDatabase::options();
        options.journal_mode =
            suffix == std::string("-journal") ? JournalMode::truncate : JournalMode::wal;
        EXPECT_THROW((void)Database::open(kept, options), Error) << suffix;
        EXPECT_EQ(read_file(victim), "precious") << suffix;

        // Nor is anything created where a link leads to nothing.
        fs::remove(victim);
        EXPECT_THROW((void)Database::open(kept, options), Error) << suffix;
        EXPECT_FALSE(fs::exists(victim)) << suffix;
    }
}

TEST_P(Permissions, a_folder_that_everybody_may_write_to_is_as_good_as_any) {
    for (const unsigned int mode : {0777U, 01777U}) {
        ASSERT_EQ(::chmod(directory().path().c_str(), mode), 0);
        open_and_write(JournalMode::wal);
        EXPECT_TRUE(same_on_disk(ram(), path()));
        close();
        EXPECT_EQ(names_in(directory().path()), std::vector<std::string>{"kept.db"});
    }
}

TIDEMARK_FOR_BOTH_STRATEGIES(Permissions);

}  // namespace
}  // namespace tidemark::tests
