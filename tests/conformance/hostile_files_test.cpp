// Files that nobody should trust: tests/fixtures/files, and some that are too large to be kept there.
// Each is either kept like any other, or refused: with a reason, with advice, and as it was.

#include "support/fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <sys/stat.h>

namespace tidemark::tests {
namespace {

using ::testing::HasSubstr;

/// A line of expectations.txt.
struct Expectation {
    std::string name;
    /// "works", "refused", "rolled_back": refused, after SQLite has played a hot journal back; or
    /// "either", depending on the version of SQLite.
    std::string opening;
    /// What the message contains.
    std::string words;
};

std::string trimmed(const std::string& text) {
    const auto begin = text.find_first_not_of(' ');
    return begin == std::string::npos ? ""
                                      : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::vector<Expectation> read_expectations() {
    std::ifstream file(TIDEMARK_FIXTURES "/expectations.txt");
    std::vector<Expectation> all;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.starts_with('#')) continue;
        std::istringstream fields(line);
        Expectation expectation;
        std::string unused;
        std::getline(fields, expectation.name, '|');
        std::getline(fields, expectation.opening, '|');
        std::getline(fields, unused, '|');
        std::getline(fields, unused, '|');
        std::getline(fields, expectation.words);
        all.push_back(
            {trimmed(expectation.name), trimmed(expectation.opening), trimmed(expectation.words)});
    }
    return all;
}

constexpr const char* suffixes[] = {"", "-wal", "-journal"};

class ConformanceHostileFiles : public KeptDatabase {
protected:
    /// Puts a file of tests/fixtures into an empty folder.
    void take(const std::string& name) const {
        for (const std::string& old : names_in(directory().path())) {
            std::filesystem::remove_all(directory().path() / old);
        }
        for (const char* suffix : suffixes) {
            const std::string source = TIDEMARK_FIXTURES "/files/" + name + ".db" + suffix;
            if (std::filesystem::exists(source)) std::filesystem::copy(source, path() + suffix);
        }
    }

    [[nodiscard]] Options checking(LoadCheck check) const {
        Options checking = options();
        checking.load_check = check;
        return checking;
    }

    /// The database and what belongs to its content, byte by byte. SQLite may make a "-shm" beside a
    /// log, which holds nothing.
    [[nodiscard]] std::vector<std::string> content() const {
        std::vector<std::string> content;
        for (const std::string& name : names_in(directory().path())) {
            if (name.ends_with("-shm") && std::filesystem::exists(path() + "-wal")) continue;
            content.push_back(name + ": " + read_file(directory().file(name)));
        }
        return content;
    }

    /// Tries to open; what is refused must be told, and left alone.
    [[nodiscard]] bool opened(const Options& options, std::string& message) {
        const bool has_journal = std::filesystem::exists(path() + "-journal");
        const std::vector<std::string> before = content();
        try {
            open(options);
            return true;
        } catch (const Error& error) {
            message = error.what();
            EXPECT_THAT(message, HasSubstr(path()));
            EXPECT_NE(error.reason(), "") << message;
            EXPECT_NE(error.advice(), "") << message;
            EXPECT_TRUE(has_journal || content() == before) << "changed";
            return false;
        }
    }

    // The tests' own comparison needs functions and modules that nobody has registered here, and a
    // schema that SQLite has made.
    void flush_and_expect_equal(const std::string& name) {
        const bool strange = name.starts_with("function_in_") || name.starts_with("module_") ||
                             name.starts_with("schema_");
        if (!strange) return flush_and_expect_same();
        EXPECT_THAT(database().verify().differences, ::testing::IsEmpty());
    }

    void expect_works(const std::string& name) {
        run("CREATE TABLE made_by_the_test(id INTEGER PRIMARY KEY, a);"
            "INSERT INTO made_by_the_test VALUES(1, 'one'), (2, 'two')");
        (void)try_exec(ram(), "UPDATE t SET a = 'other' WHERE id = 1; DELETE FROM t WHERE id = 2");
        flush_and_expect_equal(name);
        reopen();
        run("DELETE FROM made_by_the_test");
        flush_and_expect_equal(name);
        close();
    }
};

TEST_P(ConformanceHostileFiles, each_is_kept_like_any_other_or_refused_untouched) {
    for (const Expectation& expected : read_expectations()) {
        SCOPED_TRACE(expected.name);
        take(expected.name);
        const std::string before = read_file(path());
        std::string message;
        const bool works = opened(checking(LoadCheck::full), message);
        if (expected.opening != "either") {
            EXPECT_EQ(works, expected.opening == "works") << message;
        }
        if (works) {
            expect_works(expected.name);
        } else {
            EXPECT_THAT(message, HasSubstr(expected.words));
            EXPECT_EQ(read_file(path()) != before, expected.opening == "rolled_back");
        }
        drop();
    }
}

TEST_P(ConformanceHostileFiles, none_does_harm_when_nothing_is_checked) {
    for (const Expectation& expected : read_expectations()) {
        for (const LoadCheck check : {LoadCheck::none, LoadCheck::quick}) {
            SCOPED_TRACE(expected.name + (check == LoadCheck::none ? ", unchecked" : ", quick"));
            take(expected.name);
            std::string message;
            if (!opened(checking(check), message)) continue;
            (void)try_exec(ram(), "CREATE TABLE made_by_the_test(a); DELETE FROM t WHERE id = 2");
            try {
                database().flush();
                close();
            } catch (const Error& error) {
                EXPECT_NE(error.reason(), "");
            }
            drop();
        }
    }
}

TEST_P(ConformanceHostileFiles, every_fixture_has_its_expectation) {
    std::vector<std::string> expected;
    for (const Expectation& expectation : read_expectations()) expected.push_back(expectation.name);
    std::sort(expected.begin(), expected.end());
    std::vector<std::string> files;
    for (const std::string& name : names_in(TIDEMARK_FIXTURES "/files")) {
        if (name.ends_with(".db")) files.push_back(name.substr(0, name.size() - 3));
    }
    std::sort(files.begin(), files.end());
    EXPECT_EQ(files, expected);
    EXPECT_GT(files.size(), 100U);
}

TEST_P(ConformanceHostileFiles, looking_at_one_changes_nothing) {
    for (const Expectation& expected : read_expectations()) {
        SCOPED_TRACE(expected.name);
        take(expected.name);
        const std::vector<std::string> before = content();
        try {
            const FileReport report = inspect(path());
            for (const std::string& problem : report.problems) EXPECT_NE(problem, "");
            EXPECT_LT(report.strategy.size(), 100U);
            EXPECT_LT(report.writer_version.size(), 100U);
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(path()));
            EXPECT_NE(error.advice(), "") << error.what();
        }
        EXPECT_EQ(content() == before, true) << "changed";
    }
}

// ---- what the schema of a file would like to run ------------------------------------------------

/// Registers spy(…), which counts its calls.
struct Spy {
    int calls = 0;

    void register_on(sqlite3* connection, int flags) {
        const auto called = [](sqlite3_context* context, int, sqlite3_value**) {
            ++static_cast<Spy*>(sqlite3_user_data(context))->calls;
            sqlite3_result_int(context, 1);
        };
        sqlite3_create_function_v2(connection, "spy", -1,
                                   SQLITE_UTF8 | SQLITE_DETERMINISTIC | flags, this, called,
                                   nullptr, nullptr, nullptr);
    }
};

constexpr const char* calling[] = {
    "calls_functions",   "function_in_check",         "function_in_generated", "function_in_stored",
    "function_in_index", "function_in_partial_index", "function_in_default"};

TEST_P(ConformanceHostileFiles, opening_calls_no_function_that_is_not_meant_for_schemas) {
    for (const char* name : calling) {
        for (const bool untrusted : {false, true}) {
            SCOPED_TRACE(std::string(name) + (untrusted ? ", trusted_schema" : ", direct only"));
            take(name);
            Spy spy;
            Options options = checking(LoadCheck::full);
            options.prepare_disk_connection = [&](sqlite3* disk) {
                spy.register_on(disk, untrusted ? 0 : SQLITE_DIRECTONLY);
                if (untrusted) exec(disk, "PRAGMA trusted_schema = OFF");
            };
            std::string message;
            if (opened(options, message)) {
                flush_and_expect_equal("function_in_all");
                close();
            } else {
                EXPECT_THAT(message, HasSubstr("unsafe use of spy()"));
            }
            EXPECT_EQ(spy.calls, 0);
            drop();
        }
    }
}

TEST_P(ConformanceHostileFiles, functions_that_the_application_offers_to_schemas_are_used) {
    for (const char* name : calling) {
        SCOPED_TRACE(name);
        take(name);
        Spy spy;
        Options options = checking(LoadCheck::full);
        options.prepare_disk_connection = [&](sqlite3* disk) {
            spy.register_on(disk, SQLITE_INNOCUOUS);
            exec(disk, "PRAGMA trusted_schema = OFF");
        };
        open(options);
        close();
    }
}

TEST_P(ConformanceHostileFiles, loading_runs_nothing_on_the_connection_of_the_application) {
    for (const char* name : calling) {
        SCOPED_TRACE(name);
        take(name);
        Spy spy;
        const Plain own(":memory:",
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
        exec(own, "PRAGMA foreign_keys = ON");
        spy.register_on(own, 0);
        auto database = Database::attach(own, path(), options());
        database.flush();
        database.close();
        EXPECT_EQ(spy.calls, 0);
    }
}

TEST_P(ConformanceHostileFiles, no_row_of_the_file_depends_on_the_bookkeeping) {
    take("state_with_child");
    const Plain own(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
    exec(own, "PRAGMA foreign_keys = ON");
    auto database = Database::attach(own, path(), options());
    EXPECT_EQ(query(own, "SELECT a FROM c"), Rows{{"mark"}});
    EXPECT_EQ(query(own, "PRAGMA foreign_keys"), Rows{{1}});
    database.close();
    EXPECT_EQ(on_disk("SELECT a FROM c"), Rows{{"mark"}});
}

TEST_P(ConformanceHostileFiles, the_schema_cannot_call_what_is_tidemarks_own) {
    take("calls_tidemark");
    open();
    for (const char* sql : {"INSERT INTO u VALUES(1)", "UPDATE u SET a = 2", "DELETE FROM u"}) {
        EXPECT_NE(try_exec(ram(), sql).rc, SQLITE_OK) << sql;
        run("DROP TRIGGER IF EXISTS g1");
        run("INSERT INTO u VALUES(1)");
    }
    flush_and_expect_same();
}

TEST_P(ConformanceHostileFiles, calling_what_is_tidemarks_own_is_an_error) {
    open();
    run("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
    run("BEGIN; INSERT INTO t VALUES(1, 'one')");
    for (const char* call : {"_tidemark_log()", "_tidemark_part()", "_tidemark_log(-1)",
                             "_tidemark_log(NULL)", "_tidemark_log('x', 1)", "_tidemark_touch(-1)",
                             "_tidemark_touch(99)", "_tidemark_log(9223372036854775807, 1)"}) {
        EXPECT_NE(try_exec(ram(), std::string("SELECT ") + call).rc, SQLITE_OK) << call;
    }
    run("COMMIT");
    flush_and_expect_same();
}

// ---- what is beside the file -----------------------------------------------------------------------

TEST_P(ConformanceHostileFiles, something_else_with_the_name_of_the_lock_file_is_not_touched) {
    prepare_file("CREATE TABLE t(a)");
    const std::string lock = path() + "-tidemark";
    const std::string victim = directory().file("victim");
    write_file(victim, "precious");

    std::filesystem::create_symlink(victim, lock);
    EXPECT_THROW(open(), Error);
    EXPECT_EQ(inspect(path()).held_by, std::nullopt);
    std::filesystem::remove(lock);

    std::filesystem::create_hard_link(victim, lock);
    EXPECT_THROW(open(), Error);
    EXPECT_EQ(inspect(path()).held_by, std::nullopt);
    std::filesystem::remove(lock);

    ASSERT_EQ(::mkfifo(lock.c_str(), 0600), 0);
    EXPECT_THROW(open(), Error);
    EXPECT_EQ(inspect(path()).held_by, std::nullopt) << "(and does not wait for a writer)";
    std::filesystem::remove(lock);

    EXPECT_EQ(read_file(victim), "precious");
    open();
}

// ---- much of everything ----------------------------------------------------------------------------

TEST_P(ConformanceHostileFiles, a_schema_with_very_many_objects_is_kept) {
    const int tables = GetParam() == Strategy::session ? 1500 : 300;
    std::string sql = "PRAGMA page_size = 512; BEGIN;";
    for (int i = 0; i < tables; ++i) {
        const std::string name = "t" + std::to_string(i);
        sql += "CREATE TABLE " + name + "(id INTEGER PRIMARY KEY, a);";
        sql += "CREATE VIEW v" + name + " AS SELECT * FROM " + name + ";";
    }
    prepare_file(sql + "COMMIT");
    open();
    run("INSERT INTO t7 VALUES(1, 2); CREATE TABLE other(a); INSERT INTO other VALUES(1)");
    flush_and_expect_same();
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceHostileFiles);

}  // namespace
}  // namespace tidemark::tests
