#pragma once

#include "change/effects.hpp"
#include "sqlite/api.hpp"

#include <tidemark/undo.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace tidemark {

/// A table of a batch as it is now.
struct UndoTable {
    /// In the effects of the batch.
    change::TableId id = 0;
    change::Table table;
    /// Places in `table.columns` of the declared PRIMARY KEY.
    std::vector<std::size_t> primary_key;

    /// As `UndoConflict::key` has it.
    [[nodiscard]] std::string key_of(const std::vector<change::Value>& image) const;
};

/// What a batch that is to be undone meets in a database.
struct UndoTarget {
    /// Those that the batch has written to, without SQLite's own.
    std::vector<UndoTable> tables;
    /// About tables that are other ones now.
    std::vector<UndoConflict> conflicts;
    /// Whether triggers of the main schema are on them.
    bool has_triggers = false;
    /// Tables with foreign keys that lead from or to them; empty when the connection enforces none.
    std::vector<std::string> referring_tables;
};

/// Throws Error when the effects are such that they cannot be undone on this database.
[[nodiscard]] UndoTarget find_undo_target(sqlite3* connection, const change::Effects& effects);

}  // namespace tidemark
