#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace tidemark::c_api {

[[nodiscard]] inline std::int64_t unix_ms(std::chrono::system_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// 0 when there is none.
[[nodiscard]] inline std::int64_t unix_ms(
    const std::optional<std::chrono::system_clock::time_point>& time) {
    return time ? unix_ms(*time) : 0;
}

}  // namespace tidemark::c_api
