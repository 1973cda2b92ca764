#pragma once

#include "change/byte_cursor.hpp"
#include "change/value.hpp"
#include "sqlite/session.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tidemark::change {

/// Walks over the changes of a changeset, which must outlive it, and over the bytes themselves:
/// values are views into them.
///
///     ChangesetReader change(changeset);
///     while (change.next()) { … change.old_value(0) … }
///
/// The format is that of "Changeset blob format" in SQLite's sqlite3session.c. SQLite's own iterator
/// copies each value, cannot go back to a change, and walks on for ever over some damaged bytes
/// (3.40.1); this one throws Error.
class ChangesetReader {
public:
    /// Where a change is, to come back to it.
    struct Place {
        const std::uint8_t* bytes = nullptr;
        std::uint32_t table = 0;  ///< Number of the table in this changeset, from 0.
    };

    explicit ChangesetReader(const sqlite::Changeset& changeset) noexcept;

    /// Moves to the next change; false at the end.
    bool next();
    /// Moves to a change that `next()` has been at.
    void read(Place place);
    [[nodiscard]] Place place() const noexcept { return place_; }

    /// These are of the change at which it is. The name ends with a zero byte.
    [[nodiscard]] const char* table() const noexcept { return header().name; }
    [[nodiscard]] std::size_t column_count() const noexcept { return header().key.size(); }
    /// One byte per column, not zero for those of the primary key.
    [[nodiscard]] std::span<const std::uint8_t> key_columns() const noexcept {
        return header().key;
    }
    /// SQLITE_INSERT, SQLITE_UPDATE or SQLITE_DELETE.
    [[nodiscard]] int operation() const noexcept { return operation_; }
    /// Null where the changeset has none: the old row of an INSERT, the new row of a DELETE, and of
    /// an UPDATE the columns that have not changed, except for the key in the old row.
    [[nodiscard]] const Value* old_value(std::size_t column) const noexcept {
        return old_.at(column);
    }
    [[nodiscard]] const Value* new_value(std::size_t column) const noexcept {
        return new_.at(column);
    }

    /// All columns; only those that are not null above mean anything.
    [[nodiscard]] std::span<const Value> old_values() const noexcept { return old_.values; }
    [[nodiscard]] std::span<const Value> new_values() const noexcept { return new_.values; }

private:
    struct Header {
        const char* name = nullptr;
        std::span<const std::uint8_t> key;
    };
    /// One row of a change.
    struct Row {
        std::vector<Value> values;
        std::vector<bool> present;

        [[nodiscard]] const Value* at(std::size_t column) const noexcept {
            return present[column] ? &values[column] : nullptr;
        }
    };

    [[nodiscard]] const Header& header() const noexcept { return headers_[place_.table]; }
    void read_header();
    void read_change();
    void read_row(Row& row, bool complete);
    void read_value(Value& value, std::uint8_t type);
    std::uint64_t read_varint();

    ByteCursor cursor_{"read a changeset"};
    // Where `next()` goes on: the cursor is elsewhere after `read()`.
    const std::uint8_t* next_;
    std::vector<Header> headers_;
    Place place_;
    int operation_ = 0;
    Row old_;
    Row new_;
};

/// Number of changes in a changeset. Throws Error when its bytes are damaged.
[[nodiscard]] std::uint64_t count_changes(const sqlite::Changeset& changeset);

}  // namespace tidemark::change
