#pragma once

#include "change/change_log.hpp"
#include "change/table.hpp"

#include <cstdint>
#include <vector>

namespace tidemark::capture {

/// Appends the whole content of a table as it stands now: a `clear` and one insert per row. Throws
/// Error or std::bad_alloc; the caller truncates the log then.
void append_table_image(sqlite3* connection, change::ChangeLog& log, change::TableId id,
                        const change::Table& table, bool utf16);

/// Appends one insert for each of these rows that exists now; the rowid of the table must be
/// reachable. Throws likewise.
void append_row_images(sqlite3* connection, change::ChangeLog& log, change::TableId id,
                       const change::Table& table, const std::vector<std::int64_t>& rowids,
                       bool utf16);

}  // namespace tidemark::capture
