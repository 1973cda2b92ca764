// Memory runs out at the n-th allocation, of SQLite's or of C++, for n = 1, 2, 3 … through a whole
// life of a database: nothing crashes, a statement fails or is kept, and as soon as there is memory
// again everything gets to the disk.
//
// The test run takes a sample of n; TIDEMARK_NO_MEMORY_STEP=1 takes all of them. What fails prints
// its n, and TIDEMARK_NO_MEMORY_AT=n plays that one alone.

#include "errors/kept.hpp"
#include "support/fixture.hpp"
#include "support/sample.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <new>
#include <optional>
#include <string>
#include <string_view>

namespace {

/// Whose allocations fail.
enum class Side : std::uint8_t { sqlite, cpp };

/// Counts down; shared by all threads.
class Shortage {
public:
    /// From now on the n-th allocation of that side fails, and `times` in a row.
    void begin(Side side, std::uint64_t n, std::uint64_t times) {
        side_ = side;
        from_ = n;
        to_ = n + times;
        count_ = 0;
        active_ = true;
    }
    void end() { active_ = false; }
    /// Whether there were so many allocations that it has come about.
    [[nodiscard]] bool has_struck() const { return count_ >= from_; }

    [[nodiscard]] bool strikes(Side side) {
        if (!active_ || side != side_) return false;
        const std::uint64_t number = ++count_;
        return number >= from_ && number < to_;
    }

private:
    std::atomic<bool> active_{false};
    std::atomic<Side> side_{Side::sqlite};
    std::atomic<std::uint64_t> from_{0};
    std::atomic<std::uint64_t> to_{0};
    std::atomic<std::uint64_t> count_{0};
};

constinit Shortage shortage;
constinit sqlite3_mem_methods real_memory{};

void* failing_malloc(int size) {
    return shortage.strikes(Side::sqlite) ? nullptr : real_memory.xMalloc(size);
}

void* failing_realloc(void* memory, int size) {
    return shortage.strikes(Side::sqlite) ? nullptr : real_memory.xRealloc(memory, size);
}

bool put_between() {
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    static sqlite3_mem_methods methods = real_memory;
    methods.xMalloc = failing_malloc;
    methods.xRealloc = failing_realloc;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK;
}

// Before anything else uses SQLite.
const bool is_between = put_between();

void* allocate_or_null(std::size_t size) noexcept {
    return shortage.strikes(Side::cpp) ? nullptr : std::malloc(size == 0 ? 1 : size);
}

void* allocate(std::size_t size) {
    if (void* memory = allocate_or_null(size)) return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return allocate_or_null(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Who runs out, under which strategy, and whether it is one allocation or a hundred in a row.
using Kind = std::tuple<Strategy, Side, std::uint64_t>;

std::string name_of_kind(const ::testing::TestParamInfo<Kind>& info) {
    const auto& [strategy, side, times] = info.param;
    return std::string(to_string(strategy)) + (side == Side::sqlite ? "_sqlite_" : "_cpp_") +
           (times == 1 ? "once" : "for_a_while");
}

constexpr std::array statements{
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b REAL)",
    "CREATE TABLE no_key(x)",
    "INSERT INTO t(a, b) VALUES('one', 1.5), ('two', 2.5), ('three', 3.5)",
    "INSERT INTO no_key VALUES(NULL), (x'00ff'), (7)",
    "flush",
    "UPDATE t SET a = a || '!', b = b * 2",
    "BEGIN; INSERT INTO t(a) VALUES('a'); SAVEPOINT s; DELETE FROM t WHERE id = 1; ROLLBACK TO s;"
    "UPDATE no_key SET x = x; COMMIT",
    "INSERT OR REPLACE INTO t VALUES(2, 'replaced', 0.0)",
    "CREATE INDEX i ON t(a)",
    "flush",
    "ALTER TABLE t ADD COLUMN c DEFAULT 'x'",
    "DELETE FROM no_key WHERE x = 7",
    "INSERT INTO t(a, c) SELECT 'many', zeroblob(50) FROM t, no_key",
    "PRAGMA user_version = 5",
    "flush",
    "VACUUM",
    "DROP TABLE no_key",
    "flush",
};

class NoMemory : public ::testing::TestWithParam<Kind> {
protected:
    static void SetUpTestSuite() { ASSERT_TRUE(is_between); }

    [[nodiscard]] static Options options() {
        Options options;
        options.strategy = std::get<Strategy>(GetParam());
        options.interval = 1h;
        options.synchronous = Synchronous::off;
        options.retry_pause_first = 1ms;
        options.retry_pause_max = 1ms;
        return options;
    }

    static void begin_shortage(std::uint64_t n) {
        shortage.begin(std::get<Side>(GetParam()), n, std::get<std::uint64_t>(GetParam()));
    }

    /// Plays `life` with the n-th allocation failing, until there are not so many.
    template <typename Life>
    void for_each_allocation(std::uint64_t sample, Life life) {
        const std::uint64_t only = from_environment("TIDEMARK_NO_MEMORY_AT", 0);
        const std::uint64_t step = from_environment("TIDEMARK_NO_MEMORY_STEP", 0);
        std::uint64_t played = 0;
        for (std::uint64_t n = only != 0 ? only : 1;;) {
            SCOPED_TRACE("allocation " + std::to_string(n));
            life(n);
            shortage.end();
            ++played;
            if (HasFailure() || only != 0 || !shortage.has_struck()) break;
            // The first ones one by one, then in growing steps that no period can hide in.
            n += step != 0 ? step : 1 + n * one_in(1, 3) / sample;
        }
        std::cout << played << " places\n";
    }

    static int run(sqlite3* ram, const char* sql) {
        return sqlite3_exec(ram, sql, nullptr, nullptr, nullptr) & 0xff;
    }

    /// The statements, each of which succeeds or fails as it does without tidemark.
    static void work(Database& database) {
        for (const char* sql : statements) {
            if (std::string_view(sql) == "flush") {
                try {
                    database.flush(0ms);
                } catch (const Error& error) {
                    EXPECT_TRUE(error.retryable() || error.code() == 0) << error.what();
                } catch (const std::bad_alloc&) {
                }
                continue;
            }
            const int rc = run(database.handle(), sql);
            // Without its table a later statement has an error of its own.
            EXPECT_TRUE(rc == SQLITE_OK || rc == SQLITE_NOMEM || rc == SQLITE_ERROR)
                << sql << ": " << rc << ' ' << sqlite3_errmsg(database.handle());
            refused_ += rc == SQLITE_NOMEM ? 1 : 0;
            if (sqlite3_get_autocommit(database.handle()) == 0) run(database.handle(), "ROLLBACK");
        }
    }

    /// Statements of the application that failed for want of memory.
    static inline int refused_ = 0;
};

TEST_P(NoMemory, loses_nothing_between_opening_and_closing) {
    refused_ = 0;
    for_each_allocation(5, [&](std::uint64_t n) {
        const TemporaryDirectory directory;
        const std::string path = directory.file("kept.db");
        Database database = Database::open(path, options());
        begin_shortage(n);
        work(database);
        shortage.end();
        if (sqlite3_get_autocommit(database.handle()) == 0) run(database.handle(), "ROLLBACK");
        ASSERT_NO_THROW(database.flush());
        EXPECT_TRUE(same_on_disk(database.handle(), path));
        // And goes on as if nothing had been.
        exec(database.handle(), "CREATE TABLE after(x); INSERT INTO after VALUES(1)");
        ASSERT_NO_THROW(database.flush());
        EXPECT_TRUE(same_on_disk(database.handle(), path));
        EXPECT_NO_THROW(database.close());
    });
    const bool must_refuse = std::get<Side>(GetParam()) == Side::sqlite;
    EXPECT_TRUE(!must_refuse || refused_ > 0 || std::getenv("TIDEMARK_NO_MEMORY_AT") != nullptr);
}

// What cannot be recorded must not happen. Under the session strategy it is SQLite that records.
TEST_P(NoMemory, refuses_a_statement_whose_change_cannot_be_kept) {
    const bool by_triggers = std::get<Strategy>(GetParam()) == Strategy::trigger;
    const Side side = by_triggers ? Side::cpp : Side::sqlite;
    const TemporaryDirectory directory;
    const std::string path = directory.file("kept.db");
    Database database = Database::open(path, options());
    exec(database.handle(), "CREATE TABLE t(a); INSERT INTO t VALUES('kept')");
    database.flush();
    shortage.begin(side, 1, std::uint64_t{1} << 32U);
    const int rc = run(database.handle(), "INSERT INTO t VALUES(zeroblob(1 << 20))");
    shortage.end();
    EXPECT_EQ(rc, SQLITE_NOMEM);
    EXPECT_EQ(query_one(database.handle(), "SELECT count(*) FROM t"), Cell(1));
    exec(database.handle(), "INSERT INTO t VALUES('afterwards')");
    database.flush();
    EXPECT_TRUE(same_on_disk(database.handle(), path));
}

TEST_P(NoMemory, fails_to_open_or_opens) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("kept.db");
    exec(Plain(path),
         "CREATE TABLE t(a PRIMARY KEY, b); CREATE INDEX i ON t(b);"
         "INSERT INTO t VALUES(1, 2), (3, 4); CREATE VIEW v AS SELECT * FROM t");
    for_each_allocation(3, [&](std::uint64_t n) {
        std::optional<Database> database;
        begin_shortage(n);
        try {
            database.emplace(Database::open(path, options()));
        } catch (const Error&) {
        } catch (const std::bad_alloc&) {
        }
        shortage.end();
        if (!database) database.emplace(Database::open(path, options()));
        exec(database->handle(), "UPDATE t SET b = b + 1");
        ASSERT_NO_THROW(database->flush());
        EXPECT_TRUE(same_on_disk(database->handle(), path));
    });
}

TEST_P(NoMemory, loses_nothing_at_closing) {
    for_each_allocation(3, [&](std::uint64_t n) {
        const TemporaryDirectory directory;
        const std::string path = directory.file("kept.db");
        std::optional<Database> database = Database::open(path, options());
        exec(database->handle(), "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
        database->flush();
        exec(database->handle(), "INSERT INTO t VALUES(2); CREATE TABLE made(x)");
        begin_shortage(n);
        try {
            database->close();
        } catch (const Error&) {
        } catch (const std::bad_alloc&) {
        }
        shortage.end();
        EXPECT_NO_THROW(database->close());
        const Plain file(path);
        EXPECT_EQ(query_one(file, "SELECT count(*) FROM t"), Cell(2));
        EXPECT_EQ(query_one(file, "SELECT count(*) FROM made"), Cell(0));
        EXPECT_EQ(integrity(file), "ok");
    });
}

INSTANTIATE_TEST_SUITE_P(Kinds, NoMemory,
                         ::testing::Combine(::testing::Values(Strategy::session, Strategy::trigger),
                                            ::testing::Values(Side::sqlite, Side::cpp),
                                            ::testing::Values(std::uint64_t{1},
                                                              std::uint64_t{100})),
                         name_of_kind);

}  // namespace
}  // namespace tidemark::tests
