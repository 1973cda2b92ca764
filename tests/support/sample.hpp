#pragma once

#include <cstddef>
#include <cstdlib>

namespace tidemark::tests {

/// Of a long row of cases a test run plays one in so many; a sanitizer, which takes its time and looks
/// for errors of its own, one in even more. `TIDEMARK_EXHAUSTIVE=1` plays them all.
[[nodiscard]] inline std::size_t one_in(std::size_t plain, std::size_t sanitized) {
    if (std::getenv("TIDEMARK_EXHAUSTIVE") != nullptr) return 1;
#if defined(TIDEMARK_ADDRESS_SANITIZER) || defined(TIDEMARK_THREAD_SANITIZER)
    static_cast<void>(plain);
    return sanitized;
#else
    static_cast<void>(sanitized);
    return plain;
#endif
}

}  // namespace tidemark::tests
