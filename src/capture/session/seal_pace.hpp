#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tidemark::capture {

/// How much a session may hold before it is sealed, and when to look whether it does.
///
/// Each seal keeps the application waiting for as long as it takes, and has a price of its own beside
/// that of the rows. So it is made of so many rows that it takes `duration_aimed_at`: that is short
/// for a pause, and of a thousand writes fewer than one meets it. Rows are counted by the memory that
/// they take in the session, which does not grow where the same rows change again and again.
class SealPace {
public:
    struct Settings {
        /// Of a session's memory, to begin with; the measured durations decide what follows, between
        /// the other two.
        std::uint64_t bytes_first = 128U << 10U;
        std::uint64_t bytes_min = 16U << 10U;
        std::uint64_t bytes_max = 8U << 20U;
        /// At least so many for each table that has changed: each of them costs a seal as much as some
        /// 15 rows, and its first row costs the writer as much again.
        std::uint64_t bytes_per_table = 8U << 10U;
    };
    static constexpr std::chrono::microseconds duration_aimed_at{1200};

    explicit SealPace(Settings settings) noexcept
        : settings_(settings), bytes_(settings.bytes_first) {}

    using TimePoint = std::chrono::steady_clock::time_point;
    /// What a session holds at a moment.
    struct Look {
        TimePoint time;
        std::uint64_t bytes = 0;
        std::size_t tables = 0;
        /// Rows changed since the last cut, however often the same.
        std::uint64_t changes = 0;
    };
    [[nodiscard]] bool is_due(const Look& look) const noexcept {
        return look.bytes >= due_at(look);
    }
    /// A seal of so many bytes has taken so long.
    void sealed(std::uint64_t bytes, std::chrono::nanoseconds duration) noexcept;

    /// When to look again: when a seal will be due if writing goes on as since the last look.
    [[nodiscard]] std::chrono::nanoseconds next_look(const Look& look) noexcept;
    /// When to look again after a seal could not be made because a transaction was open.
    [[nodiscard]] std::chrono::nanoseconds ask_again(TimePoint now) noexcept;

private:
    [[nodiscard]] std::uint64_t due_at(const Look& look) const noexcept;

    const Settings settings_;
    std::uint64_t bytes_;
    Look last_;
    // Since when a transaction has been in the way; the epoch when none is.
    TimePoint waits_since_;
};

}  // namespace tidemark::capture
