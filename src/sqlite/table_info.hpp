#pragma once

#include "sqlite/api.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::sqlite {

/// What a column makes of the values that are written to it (https://sqlite.org/datatype3.html, 3.1).
enum class Affinity : std::uint8_t { none, text, integer, real, numeric };

[[nodiscard]] constexpr bool is_numeric(Affinity affinity) noexcept {
    return affinity >= Affinity::integer;
}

struct ColumnInfo {
    std::string name;
    std::string declared_type;
    Affinity affinity = Affinity::none;
    /// The column's own; told of those in the primary key only.
    std::string collation;
    /// Position in the primary key, from 1; 0 outside of it.
    int key_position = 0;
    /// By which the key of a WITHOUT ROWID table compares the column: PRIMARY KEY(a COLLATE NOCASE)
    /// has another than the column. Empty outside of such a key.
    std::string key_collation;
    bool not_null = false;
    /// Has a DEFAULT that is not NULL.
    bool has_default = false;
    bool generated = false;
    /// Generated, and not stored: reading it calls the functions of its expression.
    bool computed = false;
    /// Whether a UNIQUE index looks at it, the key of the table itself apart. An index of
    /// expressions, or of some rows only, is taken to look at all columns.
    bool decides_uniqueness = false;
    /// An UPDATE that changes it may, by foreign key actions, write to this table again before the
    /// AFTER triggers of the row are run. Told by `read_tables` only.
    bool update_writes_back = false;
};

/// A table of the main database as its schema describes it.
struct TableInfo {
    std::string name;
    std::vector<ColumnInfo> columns;
    bool without_rowid = false;
    bool strict = false;
    /// A column stands twice in the key of a WITHOUT ROWID table, with two collations.
    bool repeats_key_column = false;
    /// Holds the content of a virtual table (FTS5, R*Tree …); no trigger may be put on it.
    bool shadow = false;
    /// Has triggers in the main schema.
    bool has_triggers = false;
    /// Has an index, and a UNIQUE one, the key of the table itself apart.
    bool has_index = false;
    bool has_unique_index = false;
    /// Has a foreign key that changes its rows when a row of the parent is updated.
    bool has_update_actions = false;
    /// A row that is updated or deleted changes rows of other tables by foreign key actions, and those
    /// run triggers that may end the statement with FAIL: the row stays changed, and its own AFTER
    /// triggers are left out. Told by `read_tables` only.
    bool actions_may_fail = false;
    /// A DELETE may, by foreign key actions, put another row in the place of the one that is gone before
    /// the AFTER triggers of that row are run. Told by `read_tables` only.
    bool delete_writes_back = false;
    /// A foreign key compares one of its columns as a number, and by a bug of SQLite OLD in its triggers
    /// then holds the number instead of the text that was there (seen in 3.40.1). Told by
    /// `read_tables` only.
    bool old_may_be_converted = false;
    /// Index in `columns` of the column that is another name of the rowid, or -1.
    int integer_primary_key = -1;

    /// Which of `rowid`, `_rowid_`, `oid` reaches the rowid; empty when the table has none or has
    /// columns of all three names.
    [[nodiscard]] std::string rowid_name() const;
    /// Has a rowid that no name reaches.
    [[nodiscard]] bool hides_rowid() const;
    [[nodiscard]] bool has_generated_columns() const noexcept;
    [[nodiscard]] bool has_primary_key() const noexcept;
};

/// All tables of the main database that hold rows: ordinary and shadow tables. Not views, not
/// virtual tables, none of SQLite's own (`sqlite_…`). Throws Error.
[[nodiscard]] std::vector<TableInfo> read_tables(sqlite3* connection);
/// The one of that name; nothing when there is none. Throws Error.
[[nodiscard]] std::optional<TableInfo> read_table(sqlite3* connection, const std::string& name);

}  // namespace tidemark::sqlite
