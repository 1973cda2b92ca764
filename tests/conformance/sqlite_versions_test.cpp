// What depends on the version of SQLite that is loaded, which need not be the one that the library
// was built with: the tables that its sessions can carry.

#include "support/fixture.hpp"

#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

constexpr int generated_columns_version = 3'049'000;
constexpr int defaults_version = 3'053'002;

class ConformanceSqliteVersions : public KeptDatabase {
protected:
    /// A session where the strategy asks for it and the loaded SQLite is new enough, else triggers.
    static CaptureMethod method_from(int version) {
        const bool by_session =
            GetParam() == Strategy::session && sqlite3_libversion_number() >= version;
        return by_session ? CaptureMethod::session : CaptureMethod::trigger;
    }

    void expect_method(const std::string& table, int version) {
        const TableStatus status = table_status(table);
        EXPECT_EQ(status.method, method_from(version)) << status.reason;
        const bool other_than_asked =
            GetParam() == Strategy::session && status.method == CaptureMethod::trigger;
        EXPECT_EQ(status.reason.empty(), !other_than_asked) << status.reason;
    }
};

TEST_P(ConformanceSqliteVersions, generated_columns_are_left_to_sessions_that_can_carry_them) {
    prepare_file(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, v INT AS (a + 1), s INT AS (a * 2) STORED)");
    open();
    expect_method("t", generated_columns_version);
    run("INSERT INTO t(a) VALUES(1), (2), (3)");
    flush_and_expect_same();
    run("UPDATE t SET a = 10 WHERE v = 2; UPDATE t SET id = 20 WHERE s = 4; DELETE FROM t WHERE "
        "a = 3");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT id, a, v, s FROM t ORDER BY id"),
              (Rows{{1, 10, 11, 20}, {20, 2, 3, 4}}));
}

TEST_P(ConformanceSqliteVersions, defaults_of_later_columns_are_left_to_sessions_that_know_them) {
    prepare_file(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT); INSERT INTO t VALUES(1, 1), (2, 2), (3, "
        "3); ALTER TABLE t ADD COLUMN d TEXT DEFAULT 'default'");
    open();
    expect_method("t", defaults_version);
    run("UPDATE t SET d = NULL WHERE id = 1; UPDATE t SET a = 20 WHERE id = 2; DELETE FROM t WHERE "
        "d = 'default' AND id = 3");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT * FROM t"), (Rows{{1, 1, nullptr}, {2, 20, "default"}}));
}

// From 3.53 on SQLite's check wants to look into full-text indexes, and says of these that it cannot.
TEST_P(ConformanceSqliteVersions,
       a_check_that_cannot_be_made_of_fts4_without_content_is_no_damage) {
    prepare_file(
        "CREATE VIRTUAL TABLE bare USING fts4(content='', body);"
        "INSERT INTO bare(docid, body) VALUES(1, 'tide'), (2, 'mark')");
    for (const LoadCheck check : {LoadCheck::quick, LoadCheck::full}) {
        EXPECT_EQ(inspect(path(), check).problems, std::vector<std::string>{});
        Options checking = options();
        checking.load_check = check;
        open(checking);
        const char* docid = check == LoadCheck::quick ? "3" : "4";
        run(std::string("INSERT INTO bare(docid, body) VALUES(") + docid + ", 'tide')");
        close();
        EXPECT_EQ(on_disk("SELECT docid FROM bare WHERE bare MATCH 'mark'"), Rows{{2}});
    }
}

TEST_P(ConformanceSqliteVersions, a_damaged_fts4_index_is_damage_where_sqlite_looks_into_it) {
    prepare_file(
        "CREATE VIRTUAL TABLE f USING fts4(body); INSERT INTO f VALUES('tide'), ('mark');"
        "UPDATE f_content SET c0body = 'other' WHERE docid = 1");
    const bool looks = sqlite3_libversion_number() >= 3'053'002;
    EXPECT_EQ(inspect(path(), LoadCheck::full).problems.empty(), !looks);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceSqliteVersions);

}  // namespace
}  // namespace tidemark::tests
