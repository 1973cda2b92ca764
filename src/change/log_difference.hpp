#pragma once

#include "change/effects_builder.hpp"

namespace tidemark::change {

/// Adds what makes the rows of one image of a small table with rowids those of another one. Both are
/// logs of inserts, in the order of the rowids; nothing is added when they are equal.
void append_difference(EffectsBuilder& builder, EffectTable table, const ChangeLog& before,
                       const ChangeLog& after);

}  // namespace tidemark::change
