#pragma once

#include "change/effects.hpp"

#include <tidemark/change.hpp>

namespace tidemark::change {

/// The row changes of a batch as SQLite's session extension would have recorded them. Throws Error.
[[nodiscard]] Changeset make_changeset(const Effects& effects);

}  // namespace tidemark::change
