// Every storage class, at its borders, bit by bit.

#include "support/fixture.hpp"

#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

class ConformanceValues : public KeptDatabase {
protected:
    void SetUp() override {
        prepare_file(
            "CREATE TABLE untyped(id INTEGER PRIMARY KEY, v);"
            "CREATE TABLE typed(id INTEGER PRIMARY KEY, i INT, r REAL, t TEXT, n NUMERIC);"
            "CREATE TABLE blobs(id INTEGER PRIMARY KEY, b BLOB);"
            "CREATE TABLE keyed(k PRIMARY KEY, v) WITHOUT ROWID;"
            "CREATE TABLE loose(v)");
        open();
    }

    /// Writes every value into every kind of column by INSERT, then changes each row into the next
    /// value by UPDATE, then deletes, comparing each time.
    void expect_kept(const std::vector<Cell>& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            const Cell& value = values[i];
            const Cell id(static_cast<std::int64_t>(i) + 1);
            run("INSERT INTO untyped VALUES(?1, ?2)", {id, value});
            run("INSERT INTO typed VALUES(?1, ?2, ?2, ?2, ?2)", {id, value});
            run("INSERT INTO blobs VALUES(?1, ?2)", {id, value});
            run("INSERT INTO loose VALUES(?1)", {value});
            if (value != Cell()) {
                run("INSERT OR REPLACE INTO keyed VALUES(?1, ?1)", {value});
            }
        }
        flush_and_expect_same();
        for (std::size_t i = 0; i < values.size(); ++i) {
            EXPECT_EQ(on_disk("SELECT v FROM untyped WHERE id = " + std::to_string(i + 1)),
                      Rows{{values[i]}});
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            const Cell& next = values[(i + 1) % values.size()];
            const Cell id(static_cast<std::int64_t>(i) + 1);
            run("UPDATE untyped SET v = ?2 WHERE id = ?1", {id, next});
            run("UPDATE typed SET i = ?2, r = ?2, t = ?2, n = ?2 WHERE id = ?1", {id, next});
            run("UPDATE blobs SET b = ?2 WHERE id = ?1", {id, next});
            run("UPDATE loose SET v = ?2 WHERE rowid = ?1", {id, next});
            run("UPDATE keyed SET v = ?2 WHERE k IS ?1", {values[i], next});
        }
        flush_and_expect_same();
        run("DELETE FROM untyped WHERE id % 2; DELETE FROM typed WHERE id % 2;"
            "DELETE FROM blobs WHERE id % 3; DELETE FROM keyed WHERE v IS NOT NULL; DELETE FROM "
            "loose WHERE rowid % 2");
        flush_and_expect_same();
        EXPECT_EQ(database().status().whole_copies, 0U);
    }

    static double from_bits(std::uint64_t bits) { return std::bit_cast<double>(bits); }
};

TEST_P(ConformanceValues, integers_at_every_border) {
    std::vector<Cell> values{0, 1, -1};
    for (const int bits : {7, 8, 15, 16, 23, 24, 31, 32, 47, 48, 53, 62}) {
        const std::int64_t power = std::int64_t{1} << static_cast<unsigned int>(bits);
        for (const std::int64_t value :
             {power - 1, power, power + 1, -power - 1, -power, -power + 1}) {
            values.emplace_back(value);
        }
    }
    values.emplace_back(std::numeric_limits<std::int64_t>::max());
    values.emplace_back(std::numeric_limits<std::int64_t>::min());
    values.emplace_back(std::numeric_limits<std::int64_t>::min() + 1);
    expect_kept(values);
}

TEST_P(ConformanceValues, doubles_of_every_kind) {
    using Limits = std::numeric_limits<double>;
    std::vector<Cell> values{0.1,
                             1.0,
                             -1.0,
                             1.0 / 3.0,
                             100.0,
                             1e15,
                             1e16,
                             9007199254740993.0,
                             9223372036854775807.0,
                             -9223372036854775808.0,
                             1e300,
                             Limits::max(),
                             Limits::lowest(),
                             Limits::min(),
                             Limits::denorm_min(),
                             -Limits::denorm_min(),
                             Limits::epsilon(),
                             1.0 + Limits::epsilon(),
                             Limits::infinity(),
                             -Limits::infinity(),
                             -0.0,
                             123456789.123456789,
                             5e-324,
                             2.2250738585072011e-308};
    for (std::uint64_t i = 1; i <= 200; ++i) {
        const double value = from_bits(i * 0x9E3779B97F4A7C15ULL);
        if (value == value) {  // SQLite stores NaN as NULL
            values.emplace_back(value);
        }
    }
    expect_kept(values);
}

TEST_P(ConformanceValues, not_a_number_is_null_as_in_sqlite) {
    run("INSERT INTO untyped VALUES(1, ?1)", {std::numeric_limits<double>::quiet_NaN()});
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT v FROM untyped"), Rows{{nullptr}});
}

TEST_P(ConformanceValues, negative_zero_written_over_zero) {
    run("INSERT INTO untyped VALUES(1, ?1)", {0.0});
    flush_and_expect_same();
    run("UPDATE untyped SET v = ?1", {-0.0});
    if (GetParam() == Strategy::session) {
        // A known limit (docs/strategies.md): for the session extension nothing has changed. Should
        // this fail one day, SQLite has mended it, and the limit can go.
        database().flush();
        EXPECT_EQ(on_disk("SELECT v FROM untyped"), Rows{{0.0}});
        return;
    }
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT v FROM untyped"), Rows{{-0.0}});
}

TEST_P(ConformanceValues, the_same_number_in_another_storage_class) {
    run("INSERT INTO untyped VALUES(1, 1), (2, '1'), (3, 1.0), (4, x'31'), (5, NULL)");
    flush_and_expect_same();
    run("UPDATE untyped SET v = CASE id WHEN 1 THEN 1.0 WHEN 2 THEN 1 WHEN 3 THEN '1.0' WHEN 4 "
        "THEN '1'"
        " ELSE 0 END");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT v FROM untyped"), (Rows{{1.0}, {1}, {"1.0"}, {"1"}, {0}}));
}

TEST_P(ConformanceValues, text_of_every_kind) {
    using namespace std::string_literals;
    expect_kept({"", "plain", "a\0b"s, "\0"s, "\0\0trailing\0"s, "grüße, 世界, 🌊",
                 "\xff\xfe invalid", "cut short \xe4\xb8", "lone surrogate \xed\xa0\x80",
                 "overlong \xc0\x80", "\xef\xbb\xbf BOM",
                 "'quotes' \"and\" `backticks` [and] brackets; --", "line\nfeed\r\n\ttab",
                 "{\"json\": [1, null]}", std::string(127, 'x'), std::string(128, 'x'),
                 std::string(16383, 'y'), std::string(16384, 'y')});
}

TEST_P(ConformanceValues, blobs_of_every_kind) {
    using namespace std::string_literals;
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    expect_kept(
        {Blob{}, Blob{"\0"s}, Blob{all}, Blob{"text"}, Blob{std::string(65536, '\xff')}, nullptr});
}

TEST_P(ConformanceValues, values_of_a_megabyte) {
    expect_kept({Blob{std::string(1'000'000, '\0')}, std::string(1'000'000, 'x'),
                 Blob{std::string(1'048'576, '\xab')},
                 std::string("tail") + std::string(999'999, '\0')});
}

TEST_P(ConformanceValues, zeroblobs_that_are_never_expanded) {
    run("INSERT INTO untyped VALUES(1, zeroblob(0)), (2, zeroblob(1)), (3, zeroblob(100000))");
    flush_and_expect_same();
}

TEST_P(ConformanceValues, rowids_at_their_borders) {
    run("INSERT INTO untyped VALUES(9223372036854775807, 'max'), (-9223372036854775808, 'min'), "
        "(0, 'zero'),"
        " (-1, 'minus one')");
    run("INSERT INTO loose(rowid, v) VALUES(9223372036854775807, 1), (-9223372036854775808, 2)");
    flush_and_expect_same();
    run("DELETE FROM untyped WHERE id < 0; UPDATE loose SET v = 3");
    flush_and_expect_same();
}

TEST_P(ConformanceValues, defaults_are_filled_in_once) {
    run("CREATE TABLE d(id INTEGER PRIMARY KEY, r DEFAULT (random()), c DEFAULT CURRENT_TIMESTAMP, "
        "x DEFAULT 1.0)");
    run("INSERT INTO d(id) VALUES(1), (2), (3)");
    flush_and_expect_same();
}

TEST_P(ConformanceValues, a_blob_handle_that_is_written_through_holds_up_syncing_while_it_is_open) {
    run("INSERT INTO blobs VALUES(1, zeroblob(100))");
    flush_and_expect_same();
    sqlite3_blob* blob = nullptr;
    ASSERT_EQ(sqlite3_blob_open(ram(), "main", "blobs", "b", 1, 1, &blob), SQLITE_OK);
    for (int part = 0; part < 3; ++part) {
        ASSERT_EQ(sqlite3_blob_write(blob, "part", 4, part * 10), SQLITE_OK);
        EXPECT_THROW(database().flush(std::chrono::milliseconds{20}), Error) << "half written";
        EXPECT_EQ(on_disk("SELECT b = zeroblob(100) FROM blobs"), Rows{{1}});
    }
    ASSERT_EQ(sqlite3_blob_close(blob), SQLITE_OK);
    run("REPLACE INTO blobs SELECT * FROM blobs");  // for the trigger strategy, as above
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT substr(b, 21, 4) FROM blobs"), Rows{{Blob{"part"}}});
}

TEST_P(ConformanceValues, text_that_sqlite_marked_as_json_and_numbers_that_are_text) {
    run("INSERT INTO untyped VALUES(1, json('{\"a\": [1, 2]}')), (2, json_array(1.0, 'x')), (3, "
        "'007'), (4, '1e5'), (5, ' 12 '), (6, '9223372036854775808')");
    run("INSERT INTO typed(id, i, r, t, n) SELECT id, v, v, v, v FROM untyped");
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT DISTINCT typeof(v) FROM untyped"), Rows{{"text"}});
    EXPECT_EQ(database().status().whole_copies, 0U);
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceValues);

}  // namespace
}  // namespace tidemark::tests
