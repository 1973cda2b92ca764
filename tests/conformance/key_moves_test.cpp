// Rows that change their keys, and rows that exchange unique values: legal step by step, and a
// conflict with itself for whoever applies only the net change in the wrong order.

#include "support/fixture.hpp"
#include "support/scenario.hpp"

#include <chrono>

namespace tidemark::tests {
namespace {

class ConformanceKeyMoves : public KeptDatabase {};

constexpr const char* three_rows =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, u TEXT UNIQUE, v TEXT);"
    "INSERT INTO t VALUES(1, 'a', 'one'), (2, 'b', 'two'), (3, 'c', 'three')";

constexpr const char* three_rows_without_rowid =
    "CREATE TABLE t(id INT PRIMARY KEY, u TEXT UNIQUE, v TEXT) WITHOUT ROWID;"
    "INSERT INTO t VALUES(1, 'a', 'one'), (2, 'b', 'two'), (3, 'c', 'three')";

TEST_P(ConformanceKeyMoves, swap_of_two_keys) {
    for (const char* schema : {three_rows, three_rows_without_rowid}) {
        expect_kept(GetParam(),
                    {schema,
                     {"BEGIN; UPDATE t SET id = -1 WHERE id = 1; UPDATE t SET id = 1 WHERE id = 2;"
                      "UPDATE t SET id = 2 WHERE id = -1; COMMIT"}});
    }
}

TEST_P(ConformanceKeyMoves, cycle_of_three_keys) {
    for (const char* schema : {three_rows, three_rows_without_rowid}) {
        expect_kept(
            GetParam(),
            {schema,
             {"BEGIN; UPDATE t SET id = -id; UPDATE t SET id = CASE id WHEN -1 THEN 2 WHEN -2"
              " THEN 3 ELSE 1 END; COMMIT",
              "UPDATE t SET v = v || id"}});
    }
}

TEST_P(ConformanceKeyMoves, every_key_one_up) {
    for (const char* schema : {three_rows, three_rows_without_rowid}) {
        expect_kept(GetParam(),
                    {schema,
                     {fails("UPDATE t SET id = id + 1"), "UPDATE t SET id = id - 1",
                      "UPDATE t SET id = id + 10", "UPDATE OR REPLACE t SET id = id + 1"}});
    }
}

TEST_P(ConformanceKeyMoves, swap_of_unique_values) {
    for (const char* schema : {three_rows, three_rows_without_rowid}) {
        expect_kept(
            GetParam(),
            {schema,
             {"BEGIN; UPDATE t SET u = 'tmp' WHERE id = 1; UPDATE t SET u = 'a' WHERE id = 2;"
              "UPDATE t SET u = 'b' WHERE id = 1; COMMIT"}});
    }
}

TEST_P(ConformanceKeyMoves, cycle_of_unique_values_through_null) {
    expect_kept(
        GetParam(),
        {three_rows,
         {"BEGIN", "UPDATE t SET u = NULL WHERE id = 1", "UPDATE t SET u = 'a' WHERE id = 2",
          "UPDATE t SET u = 'b' WHERE id = 3", "UPDATE t SET u = 'c' WHERE id = 1", "COMMIT"}});
}

TEST_P(ConformanceKeyMoves, unique_values_shifted_in_one_direction) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE t(id INTEGER PRIMARY KEY, position INT UNIQUE);"
         "INSERT INTO t VALUES(1, 10), (2, 20), (3, 30)",
         {"BEGIN; UPDATE t SET position = 40 WHERE id = 3; UPDATE t SET position = 30 WHERE id = 2;"
          "UPDATE t SET position = 20 WHERE id = 1; COMMIT",
          "BEGIN; UPDATE t SET position = -position; UPDATE t SET position = 5 - position; "
          "COMMIT"}});
}

TEST_P(ConformanceKeyMoves, a_unique_value_handed_from_a_deleted_row_to_a_new_one) {
    expect_kept(
        GetParam(),
        {three_rows,
         {"BEGIN; DELETE FROM t WHERE id = 1; INSERT INTO t VALUES(9, 'a', 'heir'); COMMIT",
          "BEGIN; UPDATE t SET u = 'free' WHERE id = 2; INSERT INTO t VALUES(10, 'b', 'heir');"
          "DELETE FROM t WHERE id = 3; UPDATE t SET id = 3 WHERE id = 10; COMMIT"}});
}

TEST_P(ConformanceKeyMoves, a_key_that_is_deleted_and_inserted_again) {
    expect_kept(
        GetParam(),
        {three_rows,
         {"BEGIN; DELETE FROM t WHERE id = 1; INSERT INTO t VALUES(1, 'a', 'again'); COMMIT",
          "BEGIN; INSERT INTO t VALUES(7, 'g', 1); DELETE FROM t WHERE id = 7; COMMIT",
          "BEGIN; DELETE FROM t; INSERT INTO t VALUES(3, 'a', 'x'), (2, 'c', 'y'); COMMIT"}});
}

TEST_P(ConformanceKeyMoves, a_row_that_moves_away_and_comes_back) {
    expect_kept(
        GetParam(),
        {three_rows,
         {"BEGIN; UPDATE t SET id = 100 WHERE id = 1; UPDATE t SET v = 'far' WHERE id = 100;"
          "UPDATE t SET id = 1 WHERE id = 100; COMMIT"}});
}

TEST_P(ConformanceKeyMoves, composite_keys_that_exchange_a_part) {
    expect_kept(GetParam(),
                {"CREATE TABLE t(a INT, b INT, v TEXT, PRIMARY KEY(a, b)) WITHOUT ROWID;"
                 "INSERT INTO t VALUES(1, 1, 'x'), (1, 2, 'y'), (2, 1, 'z')",
                 {"BEGIN; UPDATE t SET b = 3 WHERE v = 'x'; UPDATE t SET b = 1 WHERE v = 'y';"
                  "UPDATE t SET b = 2 WHERE v = 'x'; COMMIT",
                  "UPDATE t SET a = b + 10, b = a"}});
}

TEST_P(ConformanceKeyMoves, rowids_of_a_table_without_primary_key) {
    expect_kept(
        GetParam(),
        {"CREATE TABLE t(a); INSERT INTO t VALUES('x'), ('y'), ('z')",
         {"BEGIN; UPDATE t SET rowid = -1 WHERE rowid = 1; UPDATE t SET rowid = 1 WHERE rowid = 2;"
          "UPDATE t SET rowid = 2 WHERE rowid = -1; COMMIT",
          "UPDATE OR REPLACE t SET rowid = 3 WHERE a = 'x'", "UPDATE t SET rowid = rowid + 1000"}});
}

TEST_P(ConformanceKeyMoves, thousands_of_unique_positions_shifted_at_once_take_no_quadratic_time) {
    prepare_file(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, position INT UNIQUE);"
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000)"
        " INSERT INTO t SELECT x, x FROM n");
    open();
    run("BEGIN; UPDATE t SET position = -position; UPDATE t SET position = 1 - position; COMMIT");
    flush_and_expect_same();
    // Retried in rounds, as sqlite3changeset_apply does, this takes minutes.
    EXPECT_LT(database().status().last_sync_duration, std::chrono::seconds{20});
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceKeyMoves);

}  // namespace
}  // namespace tidemark::tests
