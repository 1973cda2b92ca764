#pragma once

#include <functional>

namespace tidemark::tests {

/// What EXPECT_TRUE wants: waits until it is so, for half a minute.
[[nodiscard]] bool becomes_true(const std::function<bool()>& condition);

}  // namespace tidemark::tests
