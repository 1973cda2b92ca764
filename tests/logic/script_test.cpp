// What the reader of logic-test files makes of their text.

#include "logic/script.hpp"

#include "logic/result.hpp"
#include "support/sql.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tidemark::tests::logic {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Strings = std::vector<std::string>;

Strings sql_of(const Script& script) {
    Strings out;
    for (const Record& record : script.records) {
        out.push_back(record.sql);
    }
    return out;
}

std::string error_of(const std::string& text) {
    try {
        (void)parse_script("f.test", text);
    } catch (const ScriptError& error) {
        return error.what();
    }
    return "no error";
}

TEST(LogicScript, knows_statements_and_their_lines) {
    const Script script = parse_script(
        "f.test",
        "# A comment.\n\nstatement ok\nCREATE TABLE t(x,\n  y)\n\n\nstatement error\nNO SQL\n");
    ASSERT_EQ(sql_of(script), (Strings{"CREATE TABLE t(x,\n  y)", "NO SQL"}));
    EXPECT_EQ(script.records[0].line, 3);
    EXPECT_TRUE(std::get<StatementRecord>(script.records[0].kind).succeeds);
    EXPECT_EQ(script.records[1].line, 8);
    EXPECT_FALSE(std::get<StatementRecord>(script.records[1].kind).succeeds);
}

TEST(LogicScript, knows_queries_with_and_without_results) {
    const Script script = parse_script("f.test",
                                       "query IT rowsort some-label\r\nSELECT 1,\r\n'# x'\r\n"
                                       "----\r\n1\r\n# x\r\n\r\nquery I\nSELECT 2\n\n"
                                       "query R valuesort\nSELECT 1 WHERE 0\n----\n");
    ASSERT_EQ(sql_of(script), (Strings{"SELECT 1,\n'# x'", "SELECT 2", "SELECT 1 WHERE 0"}));
    const auto& full = std::get<QueryRecord>(script.records[0].kind);
    EXPECT_EQ(full.types, "IT");
    EXPECT_EQ(full.sort, Sort::rows);
    EXPECT_EQ(full.label, "some-label");
    EXPECT_EQ(full.expected, (Strings{"1", "# x"}));
    EXPECT_EQ(std::get<QueryRecord>(script.records[1].kind).expected, std::nullopt);
    EXPECT_EQ(std::get<QueryRecord>(script.records[2].kind).expected, Strings{});
    EXPECT_EQ(std::get<QueryRecord>(script.records[2].kind).sort, Sort::values);
}

TEST(LogicScript, leaves_out_what_is_for_other_databases) {
    EXPECT_EQ(sql_of(parse_script("f.test",
                                  "skipif sqlite # why\nstatement ok\nNOT OURS\n\n"
                                  "onlyif mysql\nquery I nosort\nNOT OURS\n----\n1\n\n"
                                  "onlyif sqlite\nskipif mysql\nstatement ok\nOURS\n\n"
                                  "skipif sqlite\nonlyif sqlite\nstatement ok\nNOT OURS\n\n"
                                  "statement ok\nEVERYBODY\n")),
              (Strings{"OURS", "EVERYBODY"}));
}

TEST(LogicScript, ends_at_a_halt_that_is_meant_for_sqlite) {
    EXPECT_EQ(sql_of(parse_script("f.test",
                                  "hash-threshold 8\n\nonlyif mssql\nhalt\n\nstatement ok\nONE\n\n"
                                  "halt\n\nstatement ok\nTWO\n")),
              Strings{"ONE"});
}

TEST(LogicScript, says_where_it_does_not_understand) {
    EXPECT_THAT(error_of("\nstatement maybe\nX\n"), StartsWith("f.test:2: a statement ends with"));
    EXPECT_THAT(error_of("statement\nX\n"), StartsWith("f.test:1: 'statement' needs more words"));
    EXPECT_THAT(error_of("query\nX\n"), StartsWith("f.test:1: 'query' needs more words"));
    EXPECT_THAT(error_of("query IXT\nX\n"), HasSubstr("type of a column"));
    EXPECT_THAT(error_of("query I anyhow\nX\n"), HasSubstr("unknown order 'anyhow'"));
    EXPECT_THAT(error_of("query I\n\n1\n"), StartsWith("f.test:1: a record without SQL"));
    EXPECT_THAT(error_of("statement ok\nX\n\n----\n"), StartsWith("f.test:4: unknown command"));
    EXPECT_THROW((void)read_script("/nowhere/f.test"), ScriptError);
}

TEST(LogicResult, writes_values_as_the_record_asks) {
    const Plain db;
    const std::string sql =
        "VALUES(NULL, NULL, NULL), ('', '', ''), (1.75, 1.75, 1.75), ('a'||char(9)||'ä', '12x', "
        "1), (9223372036854775807, 9223372036854775807, -0.0004)";
    EXPECT_EQ(
        run_query(db, sql, {.types = "TIR", .label = "", .expected = {}}),
        (Strings{"NULL", "NULL", "NULL", "(empty)", "0", "0.000", "1.75", "1", "1.750", "a@@@",
                 "12", "1.000", "9223372036854775807", "9223372036854775807", "-0.000"}));
}

TEST(LogicResult, sorts_rows_and_values_as_text) {
    const Plain db;
    const std::string sql = "VALUES(9, 1), (10, 2), (10, 1)";
    const auto sorted = [&](Sort sort) {
        return run_query(db, sql, {.types = "II", .sort = sort, .label = "", .expected = {}});
    };
    EXPECT_EQ(sorted(Sort::none), (Strings{"9", "1", "10", "2", "10", "1"}));
    EXPECT_EQ(sorted(Sort::rows), (Strings{"10", "1", "10", "2", "9", "1"}));
    EXPECT_EQ(sorted(Sort::values), (Strings{"1", "1", "10", "10", "2", "9"}));
}

TEST(LogicResult, hashes_each_value_with_its_end_of_line) {
    // printf '1\n2\n' | md5sum
    EXPECT_EQ(hashed({"1", "2"}), "2 values hashing to 6ddb4095eb719e2a9f0a3f95677d24e0");
    EXPECT_TRUE(matches({"1", "2"}, {"2 values hashing to 6ddb4095eb719e2a9f0a3f95677d24e0"}));
    EXPECT_FALSE(matches({"1", "3"}, {"2 values hashing to 6ddb4095eb719e2a9f0a3f95677d24e0"}));
    EXPECT_TRUE(matches({"1", "2"}, {"1", "2"}));
    EXPECT_FALSE(matches({"1", "2"}, {"1", "2", "3"}));
}

}  // namespace
}  // namespace tidemark::tests::logic
