#pragma once

#include "change/change_log.hpp"
#include "change/table.hpp"

namespace tidemark::capture {

/// Appends the whole content of a table as it stands now: a `clear` and one insert per row. Throws
/// Error or std::bad_alloc; the caller truncates the log then.
void append_table_image(sqlite3* connection, change::ChangeLog& log, change::TableId id,
                        const change::Table& table, bool utf16);

}  // namespace tidemark::capture
