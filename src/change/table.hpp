#pragma once

#include "sqlite/table_info.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tidemark::change {

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

    /// Whether records of updates repeat values that did not change. With triggers of the
    /// application they must: a BEFORE trigger may have changed the row after OLD was read.
    bool repeats_unchanged = false;

    /// Values in the image of one row: the columns, and the hidden rowid before them.
    [[nodiscard]] std::size_t image_size() const noexcept {
        return columns.size() + (identity == Identity::rowid ? 1 : 0);
    }
};

/// Index of a table in a TableList; what the records of a log bear.
using TableId = std::uint32_t;
using TableList = std::shared_ptr<const std::vector<Table>>;

[[nodiscard]] Table describe(const sqlite::TableInfo& info);

}  // namespace tidemark::change
