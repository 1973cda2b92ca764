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
/// for, as it stands before: AUTOINCREMENT counts by itself while rows are written, so
/// `sqlite_sequence` is written whole at the end. Throws Error.
[[nodiscard]] Batch replay(const Effects& effects, Direction direction, sqlite3* target);

}  // namespace tidemark::change
