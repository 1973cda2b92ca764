// Databases whose text is UTF-16.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <string>

namespace tidemark::tests {
namespace {

class ConformanceEncoding : public KeptDatabase {};

TEST_P(ConformanceEncoding, both_orders_of_utf_16) {
    for (const std::string encoding : {"UTF-16le", "UTF-16be"}) {
        expect_kept(
            GetParam(),
            {"PRAGMA encoding = '" + encoding +
                 "'; CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE k(k TEXT PRIMARY "
                 "KEY, v INT) WITHOUT ROWID; CREATE TABLE n(x UNIQUE)",
             {"INSERT INTO t VALUES(1, 'plain'), (2, 'grüße, 世界, 🌊'), (3, ''), (4, x'00ff')",
              "INSERT INTO k VALUES('世', 1), ('a', 2)", "INSERT INTO n VALUES('🌊'), (1), (NULL)",
              "UPDATE k SET k = '界' WHERE k = '世'", "UPDATE t SET a = a || '!' WHERE id < 3",
              "INSERT OR REPLACE INTO n VALUES('🌊')", "DELETE FROM k WHERE k = 'a'"}});
    }
}

TEST_P(ConformanceEncoding, schema_changes_in_utf_16) {
    expect_kept(GetParam(),
                {.schema = "PRAGMA encoding = 'UTF-16'; CREATE TABLE \"täble\"(\"cölumn\" TEXT)",
                 .steps = {"INSERT INTO \"täble\" VALUES('wört')",
                           "ALTER TABLE \"täble\" ADD COLUMN \"世\" DEFAULT '界'",
                           "UPDATE \"täble\" SET \"cölumn\" = '🌊'",
                           "CREATE TABLE \"🌊\" AS SELECT * FROM \"täble\""},
                 .prepare = nullptr,
                 .incremental = false});
}

TEST_P(ConformanceEncoding, a_lone_surrogate_stays_what_it_is) {
    prepare_file("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)");
    open();
    Statement insert(ram(), "INSERT INTO t(a) VALUES(?1)");
    const char16_t lone[] = {u'a', 0xD800, u'b', 0xDC00, 0};
    sqlite3_bind_text16(insert.get(), 1, lone, 8, SQLITE_STATIC);
    insert.step();
    insert.reset();
    flush_and_expect_same();
}

TEST_P(ConformanceEncoding, a_new_file_takes_the_encoding_of_an_attached_connection) {
    const Plain own(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
    exec(own, "PRAGMA encoding = 'UTF-16be'; CREATE TABLE t(a); INSERT INTO t VALUES('世界')");
    auto database = Database::attach(own, path(), options());
    exec(own, "INSERT INTO t VALUES('🌊')");
    database.flush();
    EXPECT_TRUE(same_on_disk(own, path()));
}

TEST_P(ConformanceEncoding, a_new_database_may_choose_its_encoding) {
    open();
    const Outcome chosen = try_exec(ram(), "PRAGMA encoding = 'UTF-16le'");
    ASSERT_EQ(chosen.rc, SQLITE_OK);
    run("CREATE TABLE t(a); INSERT INTO t VALUES('世界')");
    flush_and_expect_same();
    reopen();
    EXPECT_EQ(query(ram(), "SELECT a FROM t"), Rows{{"世界"}});
    flush_and_expect_same();
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceEncoding);

}  // namespace
}  // namespace tidemark::tests
