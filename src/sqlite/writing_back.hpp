#pragma once

#include "sqlite/connection.hpp"
#include "sqlite/table_info.hpp"

#include <string>
#include <vector>

namespace tidemark::sqlite {

/// One column of a foreign key that changes the child when a row of the parent is updated or deleted.
struct ForeignKeyAction {
    std::string child;
    std::string child_column;
    std::string parent;
    /// Empty: the one at `place` of the parent's primary key, counted from 1.
    std::string parent_column;
    int place = 0;
    bool on_update = false;
    bool on_delete = false;
    /// SET NULL or SET DEFAULT.
    bool sets_on_delete = false;

    /// Whether a column of the parent is meant. `key_position` as in ColumnInfo.
    [[nodiscard]] bool is_of(const std::string& column, int key_position) const noexcept {
        return parent_column.empty() ? key_position == place : same_name(column, parent_column);
    }
};

/// SQLite runs the foreign key actions of a changed row, and the triggers that they fire, before the
/// AFTER triggers of that row. What they write to the very table that was changed is therefore told to
/// AFTER triggers in the wrong order. Marks where that can happen: `TableInfo::delete_writes_back` and
/// `ColumnInfo::update_writes_back`. Takes a trigger to write to all tables whose names are in its text,
/// and foreign keys to be enforced. Throws Error.
void mark_writing_back(sqlite3* connection, const std::vector<ForeignKeyAction>& actions,
                       std::vector<TableInfo>& tables);

}  // namespace tidemark::sqlite
