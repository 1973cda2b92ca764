#pragma once

#include <tidemark/history.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Durations and sizes as people write them.
namespace cli {

/// `250ms`, `5s`, `1.5m`, `2h`, `30d`; only zero needs no unit. Nothing when it is none of these, or shorter
/// than a millisecond without being zero.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// `64MiB`, `10kB`, `1.5GiB`, `4096`: bytes unless a unit is given, in any case of letters.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

/// Digits, and nothing else.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view text);

/// "0.4 ms", "2.50 s".
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds duration);
/// "86 bytes", "1 byte", "12.3 KiB".
[[nodiscard]] std::string format_size(std::uint64_t bytes);
/// `2026-11-29T07:28:47Z`, also with a space for the `T`, without `Z`, seconds or time of day: always UTC.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_time(
    std::string_view text);

/// "2026-11-29T07:28:47Z".
[[nodiscard]] std::string format_time(std::chrono::system_clock::time_point time);
/// "13,286".
[[nodiscard]] std::string format_count(std::uint64_t count);
/// "1 change", "4 changes"; for nouns that take an `s`.
[[nodiscard]] std::string format_plural(std::uint64_t count, std::string_view noun);
/// "posts: 2 inserted, 1 deleted".
[[nodiscard]] std::string format_changes(const tidemark::TableChanges& table);

}  // namespace cli
