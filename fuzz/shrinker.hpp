#pragma once

#include "script.hpp"

#include <chrono>
#include <functional>

namespace tidemark::fuzz {

/// True when a script still shows what is being looked for.
using Test = std::function<bool(const Script&)>;

/// Leaves out steps as long as the rest still fails, then words of the SQL that is left (delta
/// debugging). What it returns fails; it need not be the smallest when the time ends first.
[[nodiscard]] Script shrink(const Script& failing, const Test& still_fails,
                            std::chrono::steady_clock::duration time);

}  // namespace tidemark::fuzz
