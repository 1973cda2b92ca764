#include "capture/session/seal_pace.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::capture {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

}  // namespace

std::uint64_t SealPace::due_at(const Look& look) const noexcept {
    return std::max(bytes_, look.tables * settings_.bytes_per_table);
}

// In small steps: that a thread was suspended in the middle, or that a few rows were large, says little
// about the next seal.
void SealPace::sealed(std::uint64_t bytes, nanoseconds duration) noexcept {
    const double right = static_cast<double>(bytes) * nanoseconds(duration_aimed_at).count() /
                         static_cast<double>(std::max<std::int64_t>(duration.count(), 1));
    const auto before = static_cast<double>(bytes_);
    const double next = std::clamp(right, before * 0.75, before * 1.25);
    bytes_ = std::clamp(static_cast<std::uint64_t>(next), settings_.bytes_min, settings_.bytes_max);
    waits_since_ = {};
    last_ = {};
}

nanoseconds SealPace::next_look(const Look& look) noexcept {
    constexpr nanoseconds shortest = microseconds{200};
    constexpr nanoseconds longest = milliseconds{3};
    constexpr nanoseconds when_idle = milliseconds{10};
    const Look before = std::exchange(last_, look);
    waits_since_ = {};
    if (before.time == TimePoint() || look.changes < before.changes) return shortest * 5;
    if (look.changes == before.changes) return when_idle;
    if (look.bytes <= before.bytes || look.time <= before.time) return longest;
    const std::uint64_t due = due_at(look);
    const auto missing = static_cast<double>(due - std::min(due, look.bytes));
    const auto grown = static_cast<double>(look.bytes - before.bytes);
    const auto elapsed = static_cast<double>((look.time - before.time).count());
    const double wait = std::min(elapsed * missing / grown, static_cast<double>(longest.count()));
    return std::max(nanoseconds(static_cast<std::int64_t>(wait)), shortest);
}

// Where threads have one open most of the time a boundary is a matter of luck.
nanoseconds SealPace::ask_again(TimePoint now) noexcept {
    constexpr nanoseconds shortest = microseconds{50};
    constexpr nanoseconds longest = milliseconds{10};
    constexpr int part = 64;
    if (waits_since_ == TimePoint()) waits_since_ = now;
    return std::clamp<nanoseconds>((now - waits_since_) / part, shortest, longest);
}

}  // namespace tidemark::capture
