#include "feed/feed.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tidemark::feed {

Feed::Feed(const std::vector<DestinationOptions>& destinations, Origin origin, sync::Clock& clock)
    : origin_(std::move(origin)) {
    for (const DestinationOptions& options : destinations) {
        followers_.push_back(std::make_unique<Follower>(options, origin_, clock));
    }
}

void Feed::require_rules(const std::vector<DestinationOptions>& destinations,
                         const std::vector<change::SchemaObject>& schema,
                         const RuledTable::Prepare& prepare) {
    for (const DestinationOptions& destination : destinations) {
        RuleSet rules(destination.rules, prepare);
        if (!schema.empty()) rules.require_schema(schema);
    }
}

void Feed::disk_is_at(std::uint64_t mark) noexcept {
    for (const auto& follower : followers_) follower->disk_is_at(mark);
}

std::uint64_t Feed::had_by_all() const noexcept {
    std::uint64_t had = std::numeric_limits<std::uint64_t>::max();
    for (const auto& follower : followers_) had = std::min(had, follower->has_had());
    return had;
}

std::vector<DestinationStatus> Feed::status() const {
    std::vector<DestinationStatus> all;
    for (const auto& follower : followers_) all.push_back(follower->status());
    return all;
}

void Feed::finish(sync::TimePoint until) {
    for (const auto& follower : followers_) follower->hurry();
    for (const auto& follower : followers_) follower->wait_until_caught_up(until);
}

void Feed::rest(sync::TimePoint until) noexcept {
    for (const auto& follower : followers_) follower->rest(until);
}

RunningFeed::RunningFeed(Feed& feed, std::uint64_t disk_mark, const Tell& tell) : feed_(feed) {
    try {
        for (const auto& follower : feed_.followers_) follower->start(disk_mark, tell);
    } catch (...) {
        stop();
        throw;
    }
}

RunningFeed::~RunningFeed() { stop(); }

void RunningFeed::stop() noexcept {
    for (const auto& follower : feed_.followers_) follower->ask_to_end();
    for (const auto& follower : feed_.followers_) follower->join();
}

}  // namespace tidemark::feed
