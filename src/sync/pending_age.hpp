#pragma once

#include "sync/clock.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::sync {

/// Since when the oldest change has been waiting to get to the disk. `never` stands for "there is
/// none".
///
/// A capture says when the first change after a cut happens, not on which side of a cut that is
/// under way. Where that is unknown a change is taken to be older than it may be: the lag that is
/// told is never too short.
class PendingAge {
public:
    /// The first change since a cut has happened.
    void noticed(TimePoint now) { gathering_ = std::min(gathering_, now); }

    void cut_begins() { being_cut_ = std::exchange(gathering_, never); }
    /// Nothing was taken: the changes go on gathering.
    void cut_failed() { gathering_ = std::min(gathering_, std::exchange(being_cut_, never)); }
    /// What had announced itself was rolled back.
    void cut_found_nothing() { being_cut_ = never; }
    /// `began`: when the cut did. A change that did not announce itself counts from there.
    void cut_taken(TimePoint began) {
        in_flight_ = std::min({in_flight_, std::exchange(being_cut_, never), began});
    }

    /// The batch that was taken is on disk.
    void applied() { in_flight_ = never; }

    /// Of the changes that no cut has taken yet.
    [[nodiscard]] TimePoint gathering_since() const { return gathering_; }
    [[nodiscard]] TimePoint oldest() const {
        return std::min({gathering_, being_cut_, in_flight_});
    }

private:
    TimePoint gathering_ = never;
    TimePoint being_cut_ = never;
    TimePoint in_flight_ = never;
};

}  // namespace tidemark::sync
