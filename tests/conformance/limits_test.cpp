// What is as large as SQLite allows, or nearly: a blob of 200 MB, tables of 2,000 columns.

#include "support/fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>

namespace tidemark::tests {
namespace {

class ConformanceLimits : public KeptDatabase {
protected:
    static constexpr std::int64_t blob_size = 200'000'000;

    /// 2,000 columns, c0 the first, of which `first` tells the type and the constraint.
    static std::string widest_table(const std::string& first, const std::string& options = "") {
        std::string sql = "CREATE TABLE t(c0 " + first;
        for (int i = 1; i < 2000; ++i) {
            sql += ", c" + std::to_string(i) + " INT";
        }
        return sql + ")" + options;
    }

    static std::string widest_row(int value) {
        std::string sql = "INSERT INTO t VALUES(" + std::to_string(value);
        for (int i = 1; i < 2000; ++i) {
            sql += ", " + std::to_string(value * 10'000 + i);
        }
        return sql + ")";
    }

    /// The support's comparison reads the rowid as well, which makes one column too many.
    void flush_and_expect_same_columns() {
        database().flush();
        const std::string all = "SELECT * FROM t ORDER BY rowid";
        EXPECT_EQ(on_disk(all), query(ram(), all));
        const std::string rowids = "SELECT rowid FROM t ORDER BY rowid";
        EXPECT_EQ(on_disk(rowids), query(ram(), rowids));
        EXPECT_EQ(integrity(Plain(path())), "ok");
    }

    /// Compares the blob of one row without copying it.
    void expect_same_blob(int id) {
        const Plain disk(path());
        const std::string sql = "SELECT b, length(b) FROM t WHERE id = " + std::to_string(id);
        Statement here(ram(), sql);
        Statement there(disk, sql);
        ASSERT_TRUE(here.step());
        ASSERT_TRUE(there.step());
        const auto bytes = [](const Statement& row) {
            const void* blob = sqlite3_column_blob(row.get(), 0);
            return std::string_view(static_cast<const char*>(blob),
                                    static_cast<std::size_t>(sqlite3_column_bytes(row.get(), 0)));
        };
        EXPECT_GE(sqlite3_column_int64(here.get(), 1), blob_size);
        EXPECT_TRUE(bytes(here) == bytes(there)) << "the blob of row " << id;
    }
};

TEST_P(ConformanceLimits, a_blob_of_two_hundred_megabytes) {
    prepare_file("CREATE TABLE t(id INTEGER PRIMARY KEY, small INT, b BLOB)");
    Options options = KeptDatabase::options();
    options.pending_bytes_max = 0;
    open(options);
    run("INSERT INTO t VALUES(1, 1, randomblob(?1))", {blob_size});
    database().flush();
    expect_same_blob(1);

    run("UPDATE t SET small = 2");
    database().flush();
    expect_same_blob(1);
    EXPECT_EQ(on_disk("SELECT small FROM t"), Rows{{2}});

    run("DELETE FROM t");
    database().flush();
    EXPECT_EQ(on_disk("SELECT count(*) FROM t"), Rows{{0}});
    EXPECT_EQ(database().status().whole_copies, 0U);
}

TEST_P(ConformanceLimits, two_thousand_columns_with_a_key) {
    for (const std::string key : {"INTEGER PRIMARY KEY", "TEXT PRIMARY KEY"}) {
        SCOPED_TRACE(key);
        std::filesystem::remove(path());
        prepare_file(widest_table(key));
        open();
        run(widest_row(1) + ";" + widest_row(2) + ";" + widest_row(3));
        flush_and_expect_same_columns();
        run("UPDATE t SET c1 = 'first', c1999 = NULL WHERE c0 = 1; UPDATE t SET c0 = 9 WHERE c0 = "
            "2; DELETE FROM t WHERE c0 = 3");
        flush_and_expect_same_columns();
        reopen();
        flush_and_expect_same_columns();
        close();
    }
}

TEST_P(ConformanceLimits, two_thousand_columns_without_rowid) {
    prepare_file(widest_table("TEXT PRIMARY KEY", " WITHOUT ROWID"));
    open();
    run(widest_row(1) + ";" + widest_row(2));
    flush_and_expect_same();
    run("UPDATE t SET c1 = 'first', c1999 = NULL WHERE c0 = '1'; UPDATE t SET c0 = 'moved' WHERE "
        "c0 = '2'");
    flush_and_expect_same();
    run("DELETE FROM t WHERE c0 = '1'");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT c0 FROM t"), Rows{{"moved"}});
}

TEST_P(ConformanceLimits, two_thousand_columns_without_a_key) {
    prepare_file(widest_table("INT"));
    open();
    run(widest_row(1) + ";" + widest_row(1) + ";" + widest_row(2));
    flush_and_expect_same_columns();
    run("UPDATE t SET c1999 = 'last' WHERE rowid = 2; DELETE FROM t WHERE rowid = 1");
    flush_and_expect_same_columns();
    run("DELETE FROM t");
    flush_and_expect_same_columns();
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceLimits);

}  // namespace
}  // namespace tidemark::tests
