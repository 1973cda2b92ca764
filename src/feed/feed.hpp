#pragma once

#include "feed/follower.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace tidemark::feed {

/// All destinations of a database besides its file. docs/destinations.md says what they are promised.
///
/// Data comes from the history, and of the disk database no more than its mark: nothing here can hold
/// it back.
///
/// **fork().** The child must leak this object, as it leaks the sync loop.
class Feed {
public:
    Feed(const std::vector<DestinationOptions>& destinations, Origin origin, sync::Clock& clock);
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    /// Throws Error when a rule does not fit this schema: of a database that has tables, each must be
    /// about one of them.
    static void require_rules(const std::vector<DestinationOptions>& destinations,
                              const std::vector<change::SchemaObject>& schema,
                              const RuledTable::Prepare& prepare);

    /// Any thread: see SyncLoop's `Settings::on_mark`, and HistoryFile's `Settings::had_by_all`.
    void disk_is_at(std::uint64_t mark) noexcept;
    [[nodiscard]] std::uint64_t had_by_all() const noexcept;
    [[nodiscard]] std::vector<DestinationStatus> status() const;

    /// Waits until all are where the disk is, but for those that fail.
    void finish(sync::TimePoint until);
    /// When the process ends: nothing new is begun, and the calls that are being made are waited for.
    void rest(sync::TimePoint until) noexcept;

private:
    friend class RunningFeed;
    // Constant.
    const Origin origin_;
    std::vector<std::unique_ptr<Follower>> followers_;
};

/// While it lives, a feed has its threads.
class RunningFeed {
public:
    /// What `tell` needs must outlive this. Throws Error when the system has no thread to give.
    RunningFeed(Feed& feed, std::uint64_t disk_mark, const Tell& tell);
    RunningFeed(const RunningFeed&) = delete;
    RunningFeed& operator=(const RunningFeed&) = delete;
    /// Waits for the calls that are being made.
    ~RunningFeed();

private:
    void stop() noexcept;
    Feed& feed_;
};

}  // namespace tidemark::feed
