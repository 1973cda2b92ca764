#pragma once

#include "change/effects.hpp"
#include "sqlite/api.hpp"

namespace tidemark::change {

/// The effects of making one database into the other: what is equal in both is left out. Looks each
/// row of either up in the other one, so it costs some microseconds for each, and memory for those
/// that differ. Both connections need the collations of the keys. Throws Error.
[[nodiscard]] Effects whole_difference(sqlite3* before, sqlite3* after);

}  // namespace tidemark::change
