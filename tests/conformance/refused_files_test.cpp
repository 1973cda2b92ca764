// Opening a file that must not be opened: a clear error, the file as it was, nothing left beside it.

#include "support/fixture.hpp"
#include "support/other_process.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ConformanceRefusedFiles : public KeptDatabase {
protected:
    /// A sound database of some pages, with a table, an index, and rows in both.
    void make_database() const {
        prepare_file(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX i ON t(a);"
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000)"
            " INSERT INTO t SELECT x, 'row number ' || x FROM n");
    }

    void overwrite(std::size_t offset, const std::string& bytes) const {
        std::string content = read_file(path());
        content.replace(offset, bytes.size(), bytes);
        write_file(path(), content);
    }

    [[nodiscard]] Options thorough() const {
        Options thorough = options();
        thorough.load_check = LoadCheck::full;
        return thorough;
    }

    /// Expects that opening fails, saying of which file, and that nothing in the folder has changed.
    [[nodiscard]] Error refused(const Options& options) const {
        const FolderSnapshot before(directory().path());
        try {
            auto database = Database::open(path(), options);
            ADD_FAILURE() << "was opened";
        } catch (const Error& error) {
            EXPECT_EQ(FolderSnapshot(directory().path()), before);
            EXPECT_THAT(error.what(), HasSubstr(path()));
            EXPECT_NE(error.operation(), "");
            EXPECT_NE(error.reason(), "");
            return error;
        }
        return Error({});
    }
    [[nodiscard]] Error refused() const { return refused(options()); }

    void expect_refused_to_nobody() const {
        ::chmod(directory().path().c_str(), 0755);
        const FolderSnapshot before(directory().path());
        const auto child = start_other_process({"open-as-nobody", path()});
        EXPECT_THAT(child->read_line().value_or("(nothing)"), StartsWith("refused "));
        EXPECT_EQ(child->finish(), 1);
        EXPECT_EQ(FolderSnapshot(directory().path()), before);
    }
};

TEST_P(ConformanceRefusedFiles, no_database) {
    write_file(path(), std::string(10'000, 'x'));
    EXPECT_EQ(refused().code() & 0xff, SQLITE_NOTADB);
}

TEST_P(ConformanceRefusedFiles, a_text_file_shorter_than_a_header) {
    write_file(path(), "hello\n");
    EXPECT_EQ(refused().code() & 0xff, SQLITE_NOTADB);
}

TEST_P(ConformanceRefusedFiles, an_encrypted_or_random_file) {
    std::string noise;
    for (unsigned int x = 1; noise.size() < 8192; x = x * 1664525U + 1013904223U) {
        noise += static_cast<char>(x >> 24U);
    }
    write_file(path(), noise);
    EXPECT_EQ(refused().code() & 0xff, SQLITE_NOTADB);
}

TEST_P(ConformanceRefusedFiles, a_truncated_database) {
    make_database();
    write_file(path(), read_file(path()).substr(0, 20'000));
    EXPECT_EQ(refused(thorough()).code() & 0xff, SQLITE_CORRUPT);
}

TEST_P(ConformanceRefusedFiles, a_database_that_ends_within_a_page) {
    make_database();
    const std::string whole = read_file(path());
    write_file(path(), whole.substr(0, whole.size() - 100));
    EXPECT_EQ(refused(thorough()).code() & 0xff, SQLITE_CORRUPT);
}

TEST_P(ConformanceRefusedFiles, a_truncated_database_without_any_check) {
    make_database();
    write_file(path(), read_file(path()).substr(0, 20'480));
    Options careless = options();
    careless.load_check = LoadCheck::none;
    EXPECT_EQ(refused(careless).code() & 0xff, SQLITE_CORRUPT);
}

TEST_P(ConformanceRefusedFiles, a_damaged_page) {
    make_database();
    overwrite(std::size_t{4096} * 3, std::string(200, '\xff'));
    EXPECT_EQ(refused().code() & 0xff, SQLITE_CORRUPT);
}

TEST_P(ConformanceRefusedFiles, a_damaged_schema) {
    make_database();
    overwrite(110, std::string(3900, '\x7f'));
    EXPECT_EQ(refused().code() & 0xff, SQLITE_CORRUPT);
}

TEST_P(ConformanceRefusedFiles, an_index_that_does_not_fit_its_table) {
    make_database();
    {
        const Plain file(path());
        exec(file,
             "PRAGMA writable_schema = ON;"
             "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = "
             "'i')"
             " WHERE name = 'none';"
             "CREATE TABLE other(a); CREATE INDEX o ON other(a);"
             "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = "
             "'o')"
             " WHERE name = 'i'; DELETE FROM sqlite_schema WHERE name = 'o'");
    }
    EXPECT_EQ(refused(thorough()).code() & 0xff, SQLITE_CORRUPT);
}

TEST_P(ConformanceRefusedFiles, a_folder) {
    std::filesystem::create_directory(path());
    (void)refused();
}

TEST_P(ConformanceRefusedFiles, a_device) {
    EXPECT_THROW((void)Database::open("/dev/full", options()), Error);
}

TEST_P(ConformanceRefusedFiles, a_file_that_may_not_be_read) {
    make_database();
    ::chmod(path().c_str(), 0000);
    expect_refused_to_nobody();
}

TEST_P(ConformanceRefusedFiles, a_file_that_may_not_be_written) {
    make_database();
    ::chmod(path().c_str(), 0444);
    expect_refused_to_nobody();
}

TEST_P(ConformanceRefusedFiles, a_missing_file_where_none_may_be_created) {
    expect_refused_to_nobody();
}

TEST_P(ConformanceRefusedFiles, the_bookkeeping_of_a_newer_tidemark) {
    make_database();
    open();
    close();
    ASSERT_EQ(inspect(path()).format_version, 1);
    {
        const Plain file(path());
        exec(file, "UPDATE _tidemark_state SET value = 999 WHERE name = 'format_version'");
        // Without a log beside the file, or the snapshot of the folder would be of two files.
        (void)query(file, "PRAGMA journal_mode = DELETE");
    }
    const Error error = refused();
    EXPECT_THAT(error.what(), HasSubstr("999"));
    EXPECT_FALSE(error.retryable());
}

TEST_P(ConformanceRefusedFiles, a_file_that_this_process_holds_already) {
    open();
    run("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    database().flush();
    const auto before = names_in(directory().path());
    try {
        auto second = Database::open(path(), options());
        FAIL() << "was opened a second time";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("held"));
        EXPECT_THAT(error.what(), HasSubstr(path()));
    }
    EXPECT_EQ(names_in(directory().path()), before);

    // And the first one has not noticed.
    run("INSERT INTO t VALUES(2)");
    flush_and_expect_same();
    EXPECT_TRUE(observer().heard().failures.empty());
}

TEST_P(ConformanceRefusedFiles, a_file_that_this_process_holds_under_another_name) {
    open();
    std::filesystem::create_symlink(path(), directory().file("link.db"));
    EXPECT_THROW((void)Database::open(directory().file("link.db"), options()), Error);
    EXPECT_THROW((void)Database::open(directory().file("./kept.db"), options()), Error);
}

TEST_P(ConformanceRefusedFiles, a_file_that_another_process_holds) {
    make_database();
    const auto child = start_other_process({"hold", path()});
    ASSERT_EQ(child->read_line(), "done");
    const Error error = refused();
    EXPECT_THAT(error.what(), HasSubstr(std::to_string(child->id())));
    EXPECT_EQ(inspect(path()).held_by, static_cast<long>(child->id()));

    EXPECT_EQ(child->finish(), 0);
    open();
}

TEST_P(ConformanceRefusedFiles, a_file_that_this_process_holds_is_refused_to_another) {
    open();
    run("CREATE TABLE t(a)");
    const auto child = start_other_process({"open", path()});
    EXPECT_THAT(child->read_line().value_or("(nothing)"), HasSubstr(std::to_string(::getpid())));
    EXPECT_EQ(child->finish(), 1);

    // A failed attempt must not have taken the lock away either (POSIX locks are easily lost).
    const auto second = start_other_process({"open", path()});
    EXPECT_EQ(second->finish(), 1);
    flush_and_expect_same();
}

TEST_P(ConformanceRefusedFiles, what_a_killed_process_held_is_free) {
    make_database();
    const auto child = start_other_process({"hold", path()});
    ASSERT_EQ(child->read_line(), "done");
    EXPECT_EQ(child->kill(), -SIGKILL);
    open();
    run("DELETE FROM t WHERE id > 10");
    flush_and_expect_same();
}

TEST_P(ConformanceRefusedFiles, what_was_closed_is_free) {
    open();
    close();
    const auto child = start_other_process({"open", path()});
    EXPECT_EQ(child->read_line(), "done");
    EXPECT_EQ(child->finish(), 0);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceRefusedFiles);

}  // namespace
}  // namespace tidemark::tests
