#pragma once

#include "sqlite/api.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tidemark::sqlite {

struct ColumnInfo {
    std::string name;
    std::string declared_type;
    std::string collation;
    /// Position in the primary key, from 1; 0 outside of it.
    int key_position = 0;
    bool not_null = false;
    /// Has a DEFAULT that is not NULL.
    bool has_default = false;
    bool generated = false;
};

/// A table of the main database as its schema describes it.
struct TableInfo {
    std::string name;
    std::vector<ColumnInfo> columns;
    bool without_rowid = false;
    /// Holds the content of a virtual table (FTS5, R*Tree …); no trigger may be put on it.
    bool shadow = false;
    /// Has triggers in the main schema.
    bool has_triggers = false;
    /// Has a foreign key that changes its rows when a row of the parent is updated.
    bool has_update_actions = false;
    /// Index in `columns` of the column that is another name of the rowid, or -1.
    int integer_primary_key = -1;

    /// Which of `rowid`, `_rowid_`, `oid` reaches the rowid; empty when the table has none or has
    /// columns of all three names.
    [[nodiscard]] std::string rowid_name() const;
    [[nodiscard]] bool has_generated_columns() const noexcept;
    [[nodiscard]] bool has_primary_key() const noexcept;
};

/// All tables of the main database that hold rows: ordinary and shadow tables. Not views, not
/// virtual tables, none of SQLite's own (`sqlite_…`). Throws Error.
[[nodiscard]] std::vector<TableInfo> read_tables(sqlite3* connection);

}  // namespace tidemark::sqlite
