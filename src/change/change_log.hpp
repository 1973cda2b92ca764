#pragma once

#include "change/byte_cursor.hpp"
#include "change/table.hpp"
#include "change/value.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tidemark::change {

/// What a record of a log says.
enum class Operation : std::uint8_t {
    insert = 0,  ///< Image of the new row.
    update = 1,  ///< Image of the old row and of the new one.
    remove = 2,  ///< Image of the old row.
    clear = 3,   ///< All rows of the table are gone; the image of the table follows as inserts.
    /// The row is gone, if it was there: what coalescing leaves of one that came and went. Its key.
    erase = 4,
    /// Coalescing has left changes and transactions out here; their numbers are skipped.
    gap = 5,
    commit = 7,  ///< The records since the last one were one transaction.
};

/// "INSERT", "UPDATE", "DELETE"; an empty string for what is no row change.
[[nodiscard]] const char* sql_name(Operation operation) noexcept;

/// An append-only log of row changes in memory, in a compact binary form; docs/change-log.md has the
/// format. What was appended last can be taken back, as a transaction that rolls back asks for it.
///
/// Memory is a list of chunks that never move: a reader that holds them stays valid while the log
/// grows, is truncated, or is handed over.
///
/// Not synchronised: whoever writes holds the lock of the connection that is being logged.
class ChangeLog {
public:
    struct Chunk {
        std::unique_ptr<std::uint8_t[]> data;
        std::size_t allocated = 0;
        /// How far the log may write; less than `allocated` once a reader needs what is behind.
        std::size_t capacity = 0;
        std::size_t size = 0;
    };

    /// A place between two records.
    struct Position {
        std::size_t chunk = 0;
        std::size_t offset = 0;
        std::uint64_t changes = 0;
        std::uint64_t skipped_changes = 0;
        std::uint64_t bytes = 0;
    };

    ChangeLog() = default;
    ChangeLog(ChangeLog&& other) noexcept;
    ChangeLog& operator=(ChangeLog&& other) noexcept;
    ChangeLog(const ChangeLog&) = delete;
    ChangeLog& operator=(const ChangeLog&) = delete;
    ~ChangeLog() = default;

    /// Begins a record; its values follow, then `finish_record`. Throws std::bad_alloc, also from
    /// `append`; `abandon_record` then leaves the log as it was.
    void begin_record(Operation operation, TableId table);
    void append(const Value& value);
    /// In an update, instead of a new value that is identical to the old one.
    void append_same();
    void finish_record() noexcept;
    void abandon_record() noexcept;
    /// A record without values.
    void append_mark(Operation operation, TableId table = 0);
    /// A record of another log, as `LogReader::bytes` gives it.
    void append_copy(Operation operation, std::string_view record);
    void append_gap(std::uint64_t changes, std::uint64_t transactions);
    /// All records of another log. When it throws, neither has changed.
    void append_copy(const ChangeLog& other);

    /// Makes what `later` holds the end of this log, without copying a record. When it throws,
    /// neither has changed.
    void join(ChangeLog&& later);
    /// Puts `front` into the place of everything before `end`, where a log was joined, and gives
    /// that to `front`. When it throws, neither has changed.
    void replace_front(const Position& end, ChangeLog& front);

    [[nodiscard]] Position end() const noexcept { return end_; }
    /// Takes back everything after `position`.
    void truncate(const Position& position) noexcept;

    /// Row changes: inserts, updates, removes and erases.
    [[nodiscard]] std::uint64_t changes() const noexcept { return end_.changes; }
    /// How many there were before some were left out: how many numbers the log takes up.
    [[nodiscard]] std::uint64_t numbered_changes() const noexcept {
        return end_.changes + end_.skipped_changes;
    }
    /// Bytes of all records, and of the memory that holds them.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return end_.bytes; }
    [[nodiscard]] std::uint64_t memory_bytes() const noexcept { return memory_bytes_; }
    [[nodiscard]] bool empty() const noexcept { return end_.bytes == 0; }
    [[nodiscard]] const std::vector<std::shared_ptr<Chunk>>& chunks() const noexcept {
        return chunks_;
    }

private:
    std::uint8_t* room_for(std::size_t size_bytes);
    void move_record_to_new_chunk(std::size_t size_bytes);
    void append_varint(std::uint64_t value);
    void append_bytes(std::uint8_t short_tag, std::uint8_t long_tag, std::size_t short_max,
                      std::string_view bytes);

    std::vector<std::shared_ptr<Chunk>> chunks_;
    Position end_{};
    Operation operation_ = Operation::commit;
    // Where the record being written ends so far, in the last chunk.
    std::size_t record_end_ = 0;
    std::uint64_t memory_bytes_ = 0;
};

/// One record, as a reader sees it. Values point into the log.
struct Record {
    Operation operation = Operation::commit;
    TableId table = 0;
    /// Empty for an insert. For an erase only the values of the key are set.
    std::vector<Value> old_values;
    /// Empty for a remove. Complete for an update: unchanged values are repeated here.
    std::vector<Value> new_values;
    /// For an update, whether each new value differs from the old one.
    std::vector<bool> changed;
    /// For a gap.
    std::uint64_t skipped_changes = 0;
    std::uint64_t skipped_transactions = 0;
};

/// What decides where a record may stand among the others.
struct RecordOutline {
    Operation operation = Operation::commit;
    TableId table = 0;
    /// The first value of the key, as it was before the change; NULL where there is none.
    Value key;
    /// Of an update, whether that value changes.
    bool changes_key = false;
};

/// Walks over a log as it stood when the reader was made. Keeps the chunks alive.
class LogReader {
public:
    /// Where a record is, to come back to it.
    struct Place {
        const std::uint8_t* bytes = nullptr;
        std::uint32_t chunk = 0;
    };

    /// `tables` is what the table ids mean; the number of values of a record follows from it.
    LogReader(const ChangeLog& log, TableList tables);
    /// One log after the other.
    LogReader(const std::vector<std::shared_ptr<ChangeLog::Chunk>>& chunks, TableList tables);

    /// Moves to the next record; false at the end. Throws Error when the bytes are damaged.
    bool next(Record& record);
    /// The same, without reading more of it.
    bool next(RecordOutline& outline);
    /// Reads a record that `next` has read before; `next` goes on where it was.
    void read(Place place, Record& record);
    /// Of the record that was read last.
    [[nodiscard]] Place place() const noexcept { return place_; }
    /// The record that was read last, as it stands in the log.
    [[nodiscard]] std::string_view bytes() const noexcept;
    [[nodiscard]] const TableList& tables() const noexcept { return tables_; }

private:
    bool next_chunk() noexcept;
    bool go_to_next() noexcept;
    template <typename Header>
    [[nodiscard]] std::size_t read_header(Header& record);
    void read_record(Record& record);
    void read_outline(RecordOutline& outline);
    [[nodiscard]] std::size_t first_key_place(TableId id);
    std::uint64_t read_varint();
    /// False for the tag that says "same as the old value".
    bool read_value(Value& value);
    bool skip_value();
    void read_image(std::vector<Value>& values, std::size_t count);
    void read_update(Record& record, std::size_t count);
    void read_key(Record& record, const Table& table);

    std::vector<std::shared_ptr<ChangeLog::Chunk>> chunks_;
    // Sizes as they were when the reader was made: a chunk may grow behind them.
    std::vector<std::size_t> sizes_;
    TableList tables_;
    std::vector<std::size_t> key_places_;  // the first one of each table
    std::size_t chunk_ = 0;
    Place place_;
    ByteCursor cursor_{"read the change log"};
    // Where `next` goes on: the cursor is elsewhere after `read`.
    ByteCursor next_ = cursor_;
};

}  // namespace tidemark::change
