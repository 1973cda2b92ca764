#pragma once

#include <chrono>
#include <cstdint>

namespace tidemark::sqlite {

/// Now, in milliseconds since 1970, as tidemark's tables keep it.
[[nodiscard]] inline std::int64_t unix_milliseconds() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace tidemark::sqlite
