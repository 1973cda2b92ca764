#pragma once

#include "change/change_log.hpp"
#include "change/table.hpp"

#include <string>
#include <vector>

namespace tidemark::capture {

/// SQLite's own small tables that carry content: `sqlite_sequence` (AUTOINCREMENT) and
/// `sqlite_stat1`, `sqlite_stat4` (ANALYZE). Neither a trigger nor, reliably, a session sees them,
/// so they are compared at each cut and written whole when they differ.
///
/// All calls under the lock of the connection.
class SystemTables {
public:
    /// Those of the three that exist now.
    [[nodiscard]] static std::vector<change::Table> find(sqlite3* connection);

    /// Looks at the tables at these places of `tables` from now on, and takes their content of this
    /// moment for known.
    void watch(sqlite3* connection, change::TableList tables, std::size_t first);

    /// The tables whose content differs from what is known. Throws Error.
    [[nodiscard]] std::vector<change::TableId> changed(sqlite3* connection);
    /// What `changed` saw last is known from now on.
    void remember() noexcept { known_ = seen_; }

private:
    [[nodiscard]] std::vector<std::string> read(sqlite3* connection) const;

    change::TableList tables_;
    std::size_t first_ = 0;
    std::vector<std::string> known_;
    std::vector<std::string> seen_;
};

}  // namespace tidemark::capture
