#include "change/recorded_table.hpp"

#include "change/described_table.hpp"
#include "change/table_sql.hpp"
#include "sqlite/error.hpp"

#include <utility>

namespace tidemark::change {
namespace {

constexpr const char* recording = "record a change of a row for the history";

Value integer_value(std::int64_t integer) {
    return {.storage_class = StorageClass::integer, .integer = integer};
}

[[noreturn]] void throw_unreadable(const std::string& table) {
    throw sqlite::make_error(nullptr, SQLITE_NOMEM, recording, table);
}

}  // namespace

RecordedTable::RecordedTable(const sqlite::TableInfo& info) : table_(describe_for_effects(info)) {
    int in_table = 0;
    int stored = 0;
    bool has_computed = false;
    for (const sqlite::ColumnInfo& column : info.columns) {
        const Column place{.in_table = in_table,
                           .in_row = sqlite::preupdate_counts_stored_columns() ? stored : in_table,
                           .is_real = column.affinity == sqlite::Affinity::real,
                           .is_rowid = in_table == info.integer_primary_key,
                           .has_default = column.has_default};
        ++in_table;
        has_computed = has_computed || column.computed;
        if (!column.computed) ++stored;
        if (!column.generated) columns_.push_back(place);
    }
    // Such a SQLite takes the type of one column for that of another one.
    old_is_unreliable_ = has_computed && has_rowid() && sqlite::preupdate_counts_stored_columns();
}

RecordedTable::RecordedTable(EffectTable table) : table_(std::move(table)) {
    for (std::size_t i = 0; i < table_.table.columns.size(); ++i) {
        columns_.push_back({.in_table = static_cast<int>(i), .in_row = static_cast<int>(i)});
    }
}

// In a WITHOUT ROWID table values are found by the key's index, but for the new ones of an UPDATE.
int RecordedTable::place_of(const Column& column, bool is_updated_row) const noexcept {
    return has_rowid() || is_updated_row ? column.in_row : column.in_table;
}

void RecordedTable::begin_image(std::vector<Value>& image, std::int64_t rowid) const {
    image.clear();
    if (table_.table.identity == Identity::rowid) image.push_back(integer_value(rowid));
}

const std::vector<Value>& RecordedTable::old_image(const sqlite::RowChange& change, bool utf16) {
    begin_image(old_, change.old_rowid);
    bool may_be_short = old_is_unreliable_;
    for (const Column& column : columns_) {
        if (column.is_rowid) {
            old_.push_back(integer_value(change.old_rowid));
            continue;
        }
        sqlite3_value* const value = change.old_value(place_of(column, false));
        if (value == nullptr) throw_unreadable(table_.table.name);
        Value read = read_value(value, utf16);
        if (column.is_real && read.storage_class == StorageClass::integer) {
            read = {.storage_class = StorageClass::real, .real = sqlite3_value_double(value)};
        }
        // Either it is NULL, or the row is older than the column and shows its DEFAULT.
        may_be_short =
            may_be_short || (column.has_default && read.storage_class == StorageClass::null);
        old_.push_back(read);
    }
    if (may_be_short) read_by_statement(change, utf16);
    return old_;
}

void RecordedTable::read_by_statement(const sqlite::RowChange& change, bool utf16) {
    const Table& table = table_.table;
    if (!select_) {
        select_ = sqlite::Statement(change.connection, select_images(table) + where_key(table, 1),
                                    SQLITE_PREPARE_PERSISTENT);
    }
    select_.reset();
    int parameter = 1;
    for (const std::size_t place : table.key_places()) {
        sqlite::check(change.connection, bind_value(select_.get(), parameter++, old_[place]),
                      recording);
    }
    if (!select_.step()) throw_unreadable(table.name);
    for (std::size_t i = 0; i < old_.size(); ++i) {
        old_[i] = read_value(select_.value(static_cast<int>(i)), utf16);
    }
}

const std::vector<Value>& RecordedTable::new_image(const sqlite::RowChange& change, bool utf16) {
    begin_image(new_, change.new_rowid);
    for (const Column& column : columns_) {
        if (column.is_rowid) {
            new_.push_back(integer_value(change.new_rowid));
            continue;
        }
        const bool is_updated_row = change.operation == SQLITE_UPDATE;
        sqlite3_value* const value = change.new_value(place_of(column, is_updated_row));
        if (value == nullptr) throw_unreadable(table_.table.name);
        Value read = read_value(value, utf16);
        if (column.is_real && read.storage_class == StorageClass::integer) {
            read = {.storage_class = StorageClass::real, .real = sqlite3_value_double(value)};
        }
        new_.push_back(read);
    }
    return new_;
}

}  // namespace tidemark::change
