#pragma once

#include "change/batch.hpp"
#include "change/effects.hpp"
#include "sqlite/api.hpp"

#include <cstdint>

namespace tidemark::change {

enum class Direction : std::uint8_t {
    forward,   ///< What the batch did is done again.
    backward,  ///< It is undone.
};

/// A batch that does what effects say, or the inverse of it. `target` is the database that it is meant
/// for, as it stands before: SQLite's own tables are written whole at the end, since SQLite writes to
/// them by itself, to `sqlite_sequence` with AUTOINCREMENT and to all of them with DROP TABLE. Throws
/// Error.
[[nodiscard]] Batch replay(const Effects& effects, Direction direction, sqlite3* target);

}  // namespace tidemark::change
