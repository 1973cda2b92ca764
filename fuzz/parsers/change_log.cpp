// The record format of the change log. The first bytes say which tables there are, the rest are a
// chunk as it might stand in memory. What the reader accepts must lie inside the chunk, fit the tables,
// and be the same when it is written and read again.

#include "change/change_log.hpp"

#include "parsers/input.hpp"

#include <tidemark/error.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace tidemark::fuzz {
namespace {

using change::ChangeLog;
using change::LogReader;
using change::Operation;
using change::Record;
using change::Value;

change::TableList make_tables(Input& input) {
    auto tables = std::make_shared<std::vector<change::Table>>();
    const auto count = input.ConsumeIntegralInRange<std::size_t>(0, 3);
    for (std::size_t i = 0; i < count; ++i) {
        change::Table& table = tables->emplace_back();
        table.name = std::to_string(i);
        const bool has_key = input.ConsumeBool();
        table.identity = has_key ? change::Identity::integer_key : change::Identity::rowid;
        table.columns.resize(input.ConsumeIntegralInRange<std::size_t>(0, 4), "c");
        if (has_key && !table.columns.empty()) table.key_columns = {table.columns.size() - 1};
    }
    return tables;
}

// A log of one chunk with exactly these bytes, so that the sanitizer sees a step beyond them.
ChangeLog make_log(const std::vector<std::uint8_t>& bytes) {
    ChangeLog log;
    log.append_mark(Operation::commit);
    ChangeLog::Chunk& chunk = *log.chunks().front();
    chunk.data.reset(new std::uint8_t[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), chunk.data.get());
    chunk.allocated = chunk.capacity = chunk.size = bytes.size();
    return log;
}

bool is_of_a_table(const Record& record) {
    return record.operation != Operation::commit && record.operation != Operation::gap;
}

class Checker {
public:
    Checker(const ChangeLog& log, const std::vector<change::Table>& tables)
        : begin_(reinterpret_cast<const char*>(log.chunks().front()->data.get())),
          end_(begin_ + log.chunks().front()->size),
          tables_(tables) {}

    void check(const Record& record) const {
        if (!is_of_a_table(record)) return;
        require(record.table < tables_.size(), "a record is of a table that there is");
        const std::size_t size = tables_[record.table].image_size();
        const bool has_old = record.operation == Operation::update ||
                             record.operation == Operation::remove ||
                             record.operation == Operation::erase;
        const bool has_new =
            record.operation == Operation::update || record.operation == Operation::insert;
        require(record.old_values.size() == (has_old ? size : 0), "the old image is complete");
        require(record.new_values.size() == (has_new ? size : 0), "the new image is complete");
        for (const Value& value : record.old_values) check(value);
        for (const Value& value : record.new_values) check(value);
    }

private:
    void check(const Value& value) const {
        if (value.bytes.empty()) return;
        require(value.bytes.data() >= begin_ && value.bytes.data() + value.bytes.size() <= end_,
                "a value lies inside the log");
    }

    const char* begin_;
    const char* end_;
    const std::vector<change::Table>& tables_;
};

void write(ChangeLog& log, const Record& record, const std::vector<change::Table>& tables) {
    if (record.operation == Operation::gap) {
        return log.append_gap(record.skipped_changes, record.skipped_transactions);
    }
    log.begin_record(record.operation, record.table);
    if (record.operation == Operation::erase) {
        for (const std::size_t place : tables[record.table].key_places()) {
            log.append(record.old_values.at(place));
        }
        return log.finish_record();
    }
    if (record.operation == Operation::update) {
        for (std::size_t i = 0; i < record.old_values.size(); ++i) {
            log.append(record.old_values[i]);
            if (record.changed[i]) {
                log.append(record.new_values[i]);
            } else {
                log.append_same();
            }
        }
    } else {
        for (const Value& value : record.old_values) log.append(value);
        for (const Value& value : record.new_values) log.append(value);
    }
    log.finish_record();
}

void require_same(const std::vector<Value>& left, const std::vector<Value>& right) {
    const bool same =
        std::equal(left.begin(), left.end(), right.begin(), right.end(),
                   [](const Value& a, const Value& b) { return change::identical(a, b); });
    require(same, "what was written is read");
}

void require_same(const Record& left, const Record& right) {
    require(left.operation == right.operation, "the operation is read as written");
    require(!is_of_a_table(left) || left.table == right.table, "the table is read as written");
    require(left.operation != Operation::gap ||
                (left.skipped_changes == right.skipped_changes &&
                 left.skipped_transactions == right.skipped_transactions),
            "a gap is as wide as written");
    require_same(left.old_values, right.old_values);
    require_same(left.new_values, right.new_values);
    require(left.changed == right.changed, "what changed is read as written");
}

// Reads to the end, or as far as the bytes are sound.
template <typename T, typename Work>
void read_all(const ChangeLog& log, const change::TableList& tables, Work work) {
    try {
        LogReader reader(log, tables);
        for (T record; reader.next(record);) work(record);
    } catch (const Error& error) {
        require(!error.reason().empty() && !error.advice().empty(), "the error says what to do");
    }
}

void require_outline(const change::RecordOutline& outline, const Record& record,
                     const std::vector<change::Table>& tables) {
    require(outline.operation == record.operation && outline.table == record.table,
            "an outline is of the same record");
    if (!is_of_a_table(record) || record.operation == Operation::clear) return;
    const std::vector<std::size_t> places = tables[record.table].key_places();
    if (places.empty()) return;
    const bool is_new = record.operation == Operation::insert;
    const std::vector<Value>& image = is_new ? record.new_values : record.old_values;
    require(change::identical(outline.key, image.at(places.front())), "an outline has the key");
    const bool changes_key =
        record.operation == Operation::update && record.changed[places.front()];
    require(outline.changes_key == changes_key, "an outline tells whether the key changes");
}

void run(Input& input) {
    const change::TableList tables = make_tables(input);
    const ChangeLog log = make_log(input.ConsumeRemainingBytes<std::uint8_t>());
    const Checker checker(log, *tables);
    std::vector<Record> records;
    read_all<Record>(log, tables, [&](const Record& record) {
        checker.check(record);
        records.push_back(record);
    });
    std::size_t outlines = 0;
    read_all<change::RecordOutline>(log, tables, [&](const change::RecordOutline& outline) {
        require(outlines < records.size(), "an outline is read of a sound record");
        require_outline(outline, records[outlines++], *tables);
    });
    require(outlines == records.size(), "each record has an outline");
    ChangeLog again;
    for (const Record& record : records) write(again, record, *tables);
    LogReader reader(again, tables);
    Record record;
    for (const Record& written : records) {
        require(reader.next(record), "no record is missing");
        require_same(written, record);
    }
    require(!reader.next(record), "no record is added");
}

}  // namespace
}  // namespace tidemark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tidemark::fuzz::Input input(data, size);
    tidemark::fuzz::run(input);
    return 0;
}
