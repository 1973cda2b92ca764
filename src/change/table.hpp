#pragma once

#include "sqlite/table_info.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tidemark::change {

/// SQLite's own table of the last AUTOINCREMENT keys.
inline constexpr const char* sequence_table = "sqlite_sequence";

/// What tells one row of a table from another.
enum class Identity : std::uint8_t {
    rowid,        ///< The hidden rowid; a record begins with it.
    integer_key,  ///< The column that is the rowid by another name.
    primary_key,  ///< The key columns of a WITHOUT ROWID table.
    none,         ///< The rowid cannot be reached: rows can only be written all together.
};

/// The columns of a table as records in a change log carry them.
struct Table {
    std::string name;
    Identity identity = Identity::rowid;
    /// The name that reaches the rowid, when identity is `rowid`.
    std::string rowid_name;
    /// Stored columns in the order of the table; generated ones are computed anew at the other end.
    std::vector<std::string> columns;
    /// Indexes in `columns` of those that identify a row, in key order (`integer_key`,
    /// `primary_key`).
    std::vector<std::size_t> key_columns;
    /// By which each of them is compared (`primary_key`).
    std::vector<std::string> key_collations{};

    /// Whether INSERT OR REPLACE and UPDATE OR REPLACE may delete rows of another identity.
    bool displaces_others = false;
    /// Places in an image of the values that decide which ones: as long as none of them changes, a
    /// row displaces nothing new.
    std::vector<std::size_t> unique_places{};

    /// Whether records of updates repeat values that did not change. With triggers of the
    /// application they must: a BEFORE trigger may have changed the row after OLD was read.
    bool repeats_unchanged = false;

    /// What its own triggers see too late to tell it in its order, because foreign key actions may have
    /// written to this table in the meantime: updates that change one of these columns, and deletes.
    std::vector<std::string> columns_written_back{};
    bool delete_writes_back = false;

    /// The records of this table in the log that comes with it are void: the table was changed
    /// itself, and follows in the same log with all its rows, unless it is gone.
    bool superseded = false;

    friend bool operator==(const Table&, const Table&) = default;

    /// Values in the image of one row: the columns, and the hidden rowid before them.
    [[nodiscard]] std::size_t image_size() const noexcept {
        return columns.size() + (identity == Identity::rowid ? 1 : 0);
    }
    /// Places in an image of the values that identify the row, in key order.
    [[nodiscard]] std::vector<std::size_t> key_places() const {
        return identity == Identity::rowid ? std::vector<std::size_t>{0} : key_columns;
    }
};

/// Index of a table in a TableList; what the records of a log bear.
using TableId = std::uint32_t;
using TableList = std::shared_ptr<const std::vector<Table>>;

[[nodiscard]] Table describe(const sqlite::TableInfo& info);

/// SQLite's own tables that carry content, as SQLite makes them: `sqlite_sequence`, `sqlite_stat1`,
/// `sqlite_stat4`. `sqlite::read_tables` leaves them out.
[[nodiscard]] const std::vector<Table>& system_tables();

}  // namespace tidemark::change
