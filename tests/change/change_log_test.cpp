#include "change/change_log.hpp"

#include "support/property.hpp"

#include <tidemark/error.hpp>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace tidemark::change {
namespace {

Value integer(std::int64_t value) {
    return {.storage_class = StorageClass::integer, .integer = value};
}
Value real(double value) { return {.storage_class = StorageClass::real, .real = value}; }
Value text(std::string_view bytes) { return {.storage_class = StorageClass::text, .bytes = bytes}; }
Value blob(std::string_view bytes) { return {.storage_class = StorageClass::blob, .bytes = bytes}; }

TableList one_table(std::size_t columns) {
    Table table;
    table.name = "t";
    table.identity = Identity::integer_key;
    table.columns.resize(columns, "c");
    table.key_columns = {0};
    return std::make_shared<std::vector<Table>>(1, table);
}

void append_insert(ChangeLog& log, const std::vector<Value>& values) {
    log.begin_record(Operation::insert, 0);
    for (const Value& value : values) log.append(value);
    log.finish_record();
}

std::vector<Value> read_first_insert(const ChangeLog& log, std::size_t columns) {
    LogReader reader(log, one_table(columns));
    Record record;
    EXPECT_TRUE(reader.next(record));
    return record.new_values;
}

void expect_round_trip(const std::vector<Value>& values) {
    ChangeLog log;
    append_insert(log, values);
    const std::vector<Value> read = read_first_insert(log, values.size());
    ASSERT_EQ(read.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_TRUE(identical(read[i], values[i])) << "value " << i;
    }
}

TEST(ChangeLog, gives_integers_back_at_every_border) {
    std::vector<Value> values;
    for (unsigned bit = 0; bit < 63; ++bit) {
        const std::int64_t power = std::int64_t{1} << bit;
        for (const std::int64_t near : {power - 1, power, power + 1}) {
            values.push_back(integer(near));
            values.push_back(integer(-near));
        }
    }
    values.push_back(integer(std::numeric_limits<std::int64_t>::min()));
    values.push_back(integer(std::numeric_limits<std::int64_t>::max()));
    expect_round_trip(values);
}

TEST(ChangeLog, gives_reals_back_bit_by_bit) {
    using limits = std::numeric_limits<double>;
    expect_round_trip({real(0.0), real(-0.0), real(0.1), real(limits::infinity()),
                       real(-limits::infinity()), real(limits::denorm_min()), real(limits::max())});
}

TEST(ChangeLog, gives_text_and_blobs_back_at_every_length_that_the_format_tells_apart) {
    std::vector<std::string> owned;
    for (const std::size_t size :
         {0U, 1U, 110U, 111U, 112U, 126U, 127U, 128U, 129U, 16'383U, 16'384U, 70'000U}) {
        owned.emplace_back(size, '\0');
    }
    std::vector<Value> values = {Value{}};
    for (const std::string& bytes : owned) {
        values.push_back(text(bytes));
        values.push_back(blob(bytes));
        values.push_back({.storage_class = StorageClass::text_utf16, .bytes = bytes});
    }
    expect_round_trip(values);
}

TEST(ChangeLog, keeps_a_record_in_one_piece_whatever_the_chunk_has_left) {
    const std::string payload(700, 'x');
    ChangeLog log;
    for (std::int64_t i = 0; i < 5000; ++i) append_insert(log, {integer(i), text(payload)});
    EXPECT_EQ(log.changes(), 5000U);
    LogReader reader(log, one_table(2));
    Record record;
    for (std::int64_t i = 0; i < 5000; ++i) {
        ASSERT_TRUE(reader.next(record));
        ASSERT_EQ(record.new_values[0].integer, i);
        ASSERT_EQ(record.new_values[1].bytes, payload);
    }
    EXPECT_FALSE(reader.next(record));
}

TEST(ChangeLog, repeats_unchanged_values_of_an_update_for_the_reader) {
    ChangeLog log;
    log.begin_record(Operation::update, 0);
    log.append(integer(1));
    log.append_same();
    log.append(text("old"));
    log.append(text("new"));
    log.finish_record();
    LogReader reader(log, one_table(2));
    Record record;
    ASSERT_TRUE(reader.next(record));
    EXPECT_EQ(record.new_values[0].integer, 1);
    EXPECT_EQ(record.old_values[1].bytes, "old");
    EXPECT_EQ(record.new_values[1].bytes, "new");
    EXPECT_EQ(record.changed, (std::vector<bool>{false, true}));
}

TEST(ChangeLog, forgets_what_is_truncated) {
    ChangeLog log;
    append_insert(log, {integer(1)});
    const ChangeLog::Position position = log.end();
    for (std::int64_t i = 0; i < 10'000; ++i) append_insert(log, {integer(i)});
    log.truncate(position);
    append_insert(log, {integer(2)});
    EXPECT_EQ(log.changes(), 2U);
    LogReader reader(log, one_table(1));
    Record record;
    ASSERT_TRUE(reader.next(record));
    EXPECT_EQ(record.new_values[0].integer, 1);
    ASSERT_TRUE(reader.next(record));
    EXPECT_EQ(record.new_values[0].integer, 2);
    EXPECT_FALSE(reader.next(record));
}

TEST(ChangeLog, leaves_a_reader_what_it_began_with) {
    ChangeLog log;
    const ChangeLog::Position start = log.end();
    append_insert(log, {text("first")});
    LogReader reader(log, one_table(1));
    log.truncate(start);
    append_insert(log, {text("other")});
    Record record;
    ASSERT_TRUE(reader.next(record));
    EXPECT_EQ(record.new_values[0].bytes, "first");
    EXPECT_FALSE(reader.next(record));
    EXPECT_EQ(read_first_insert(log, 1)[0].bytes, "other");
}

TEST(ChangeLog, is_as_before_after_an_abandoned_record) {
    ChangeLog log;
    append_insert(log, {integer(7)});
    log.begin_record(Operation::insert, 0);
    log.append(text(std::string(100'000, 'x')));
    log.abandon_record();
    append_insert(log, {integer(8)});
    LogReader reader(log, one_table(1));
    Record record;
    ASSERT_TRUE(reader.next(record));
    ASSERT_TRUE(reader.next(record));
    EXPECT_EQ(record.new_values[0].integer, 8);
    EXPECT_FALSE(reader.next(record));
}

TEST(ChangeLog, counts_the_memory_that_it_holds) {
    ChangeLog log;
    EXPECT_EQ(log.memory_bytes(), 0U);
    for (std::int64_t i = 0; i < 100'000; ++i) append_insert(log, {integer(i)});
    std::uint64_t held = 0;
    for (const auto& chunk : log.chunks()) held += chunk->allocated;
    EXPECT_EQ(log.memory_bytes(), held);
    log.truncate({});
    EXPECT_EQ(log.memory_bytes(), log.chunks().front()->allocated);
}

TEST(ChangeLog, goes_on_with_another_log_that_was_joined) {
    const std::string payload(3000, 'x');
    ChangeLog log;
    ChangeLog later;
    ChangeLog last;
    for (std::int64_t i = 0; i < 10; ++i) append_insert(log, {integer(i), text(payload)});
    for (std::int64_t i = 10; i < 20; ++i) append_insert(later, {integer(i), text(payload)});
    const std::uint64_t memory_bytes = log.memory_bytes() + later.memory_bytes();
    log.join(std::move(later));
    log.join(std::move(last));
    EXPECT_EQ(log.memory_bytes(), memory_bytes);
    const ChangeLog::Position end = log.end();
    append_insert(log, {integer(99), text(payload)});
    log.truncate(end);
    append_insert(log, {integer(20), text(payload)});
    EXPECT_EQ(log.changes(), 21U);
    LogReader reader(log, one_table(2));
    Record record;
    for (std::int64_t i = 0; i <= 20; ++i) {
        ASSERT_TRUE(reader.next(record));
        ASSERT_EQ(record.new_values[0].integer, i);
    }
    EXPECT_FALSE(reader.next(record));
}

TEST(ChangeLog, counts_what_was_left_out_as_numbers_and_not_as_changes) {
    ChangeLog log;
    log.append_gap(1000, 300);
    append_insert(log, {integer(1)});
    EXPECT_EQ(log.changes(), 1U);
    EXPECT_EQ(log.numbered_changes(), 1001U);
    LogReader reader(log, one_table(1));
    Record record;
    ASSERT_TRUE(reader.next(record));
    EXPECT_EQ(record.operation, Operation::gap);
    EXPECT_EQ(record.skipped_changes, 1000U);
    EXPECT_EQ(record.skipped_transactions, 300U);
    log.truncate({});
    EXPECT_EQ(log.numbered_changes(), 0U);
}

TEST(ChangeLog, gives_an_erase_back_with_its_key) {
    ChangeLog log;
    log.begin_record(Operation::erase, 0);
    log.append(integer(7));
    log.finish_record();
    EXPECT_EQ(log.changes(), 1U);
    LogReader reader(log, one_table(3));
    Record record;
    ASSERT_TRUE(reader.next(record));
    ASSERT_EQ(record.old_values.size(), 3U);
    EXPECT_EQ(record.old_values[0].integer, 7);
    EXPECT_TRUE(record.new_values.empty());
    EXPECT_FALSE(reader.next(record));
}

TEST(ChangeLog, tells_the_outline_of_each_record) {
    ChangeLog log;
    append_insert(log, {integer(5), text("t"), real(1.5)});
    const auto update = [&log](std::int64_t key, bool moves) {
        log.begin_record(Operation::update, 0);
        log.append(integer(key));
        if (moves) {
            log.append(integer(key + 1));
        } else {
            log.append_same();
        }
        for (int i = 0; i < 2; ++i) {
            log.append(blob(std::string(500, 'x')));
            log.append(Value{});
        }
        log.finish_record();
    };
    update(6, false);
    update(7, true);
    log.append_gap(3, 1);
    log.append_mark(Operation::clear, 0);
    log.append_mark(Operation::commit);
    log.begin_record(Operation::erase, 0);
    log.append(integer(8));
    log.finish_record();
    LogReader reader(log, one_table(3));
    RecordOutline outline;
    for (const auto& [operation, key, changes_key] :
         {std::tuple(Operation::insert, 5, false), std::tuple(Operation::update, 6, false),
          std::tuple(Operation::update, 7, true), std::tuple(Operation::gap, 0, false),
          std::tuple(Operation::clear, 0, false), std::tuple(Operation::commit, 0, false),
          std::tuple(Operation::erase, 8, false)}) {
        ASSERT_TRUE(reader.next(outline));
        EXPECT_EQ(outline.operation, operation);
        EXPECT_TRUE(change::identical(outline.key, key == 0 ? Value{} : integer(key)));
        EXPECT_EQ(outline.changes_key, changes_key);
    }
    EXPECT_FALSE(reader.next(outline));
}

TEST(ChangeLog, refuses_to_read_damaged_bytes) {
    ChangeLog log;
    append_insert(log, {text("some text that is long enough")});
    // Says that it is longer than what there is.
    log.chunks().front()->data[1] = 0x0b;
    log.chunks().front()->data[2] = 0xff;
    LogReader reader(log, one_table(1));
    Record record;
    EXPECT_THROW(reader.next(record), Error);
    LogReader outlines(log, one_table(1));
    RecordOutline outline;
    EXPECT_THROW(outlines.next(outline), Error);
}

TEST(ChangeLogProperty, gives_back_what_was_appended) {
    tests::check_property([](const std::vector<std::vector<std::string>>& rows) {
        ChangeLog log;
        for (const auto& row : rows) {
            std::vector<Value> values(3);
            for (std::size_t i = 0; i < std::min<std::size_t>(3, row.size()); ++i) {
                values[i] = i % 2 == 0 ? text(row[i]) : blob(row[i]);
            }
            append_insert(log, values);
        }
        LogReader reader(log, one_table(3));
        Record record;
        for (const auto& row : rows) {
            RC_ASSERT(reader.next(record));
            for (std::size_t i = 0; i < 3; ++i) {
                const std::string_view wanted = i < row.size() ? row[i] : std::string_view();
                RC_ASSERT(record.new_values[i].bytes == wanted);
            }
        }
        RC_ASSERT(!reader.next(record));
    });
}

}  // namespace
}  // namespace tidemark::change
