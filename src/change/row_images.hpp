#pragma once

#include "change/change_log.hpp"
#include "change/table.hpp"
#include "sqlite/api.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace tidemark::change {

/// All rows of a small table with rowids as they are to be, beginning with what a database has:
/// SQLite's own tables are written whole, since SQLite itself writes to them as well.
class RowImages {
public:
    using Rows = std::map<std::int64_t, std::vector<Value>>;

    /// Reads the table of that name; none has no rows. Throws Error.
    RowImages(sqlite3* connection, const char* table);

    [[nodiscard]] bool exists() const noexcept { return exists_; }
    [[nodiscard]] const Table& table() const noexcept { return table_; }
    /// Images by their rowid.
    [[nodiscard]] const Rows& rows() const noexcept { return rows_; }
    /// Null when there is none.
    [[nodiscard]] const std::vector<Value>* find(std::int64_t rowid) const;

    /// One image in the place of another one; either may be empty. What they point to must outlive this
    /// object.
    void change(const std::vector<Value>& from, const std::vector<Value>& to);

    friend bool operator==(const RowImages& left, const RowImages& right);

private:
    bool exists_ = false;
    Table table_;
    /// Holds the bytes of what was read.
    ChangeLog found_;
    Rows rows_;
};

}  // namespace tidemark::change
