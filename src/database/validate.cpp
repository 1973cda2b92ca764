#include "feed/rule_set.hpp"
#include "sqlite/api.hpp"

#include <tidemark/error.hpp>
#include <tidemark/options.hpp>

#include <set>
#include <string>
#include <utility>

namespace tidemark {
namespace {

void validate(const HistoryOptions& history) {
    if (history.age_max < history.age_max.zero()) {
        throw Error({.code = SQLITE_MISUSE,
                     .operation = "open a database",
                     .object = "Options::history.age_max",
                     .reason = "it is negative",
                     .advice = "give the age from which on batches are forgotten, or zero"});
    }
    const bool has_limits = history.age_max > history.age_max.zero() || history.bytes_max > 0 ||
                            history.batches_max > 0;
    if (history.enabled || !has_limits) return;
    throw Error({.code = SQLITE_MISUSE,
                 .operation = "open a database",
                 .object = "Options::history",
                 .reason = "it has limits, but is not enabled",
                 .advice = "set enabled = true (--history), or leave the limits out"});
}

[[noreturn]] void refuse_destination(const std::string& name, std::string reason,
                                     std::string advice) {
    throw Error({.code = SQLITE_MISUSE,
                 .operation = "open a database",
                 .object = name.empty() ? "Options::destinations" : "destination " + name,
                 .reason = std::move(reason),
                 .advice = std::move(advice)});
}

void validate_destinations(const Options& options) {
    std::set<std::string> names;
    for (const DestinationOptions& destination : options.destinations) {
        const std::string& name = destination.name;
        if (name.empty()) refuse_destination(name, "one has no name", "give each a name");
        if (!names.insert(name).second) {
            refuse_destination(name, "two have this name", "give each a name of its own");
        }
        if (!destination.destination) {
            refuse_destination(name, "it is null", "pass sqlite_destination(path), for one");
        }
        // Says what contradicts itself; the rest is for the schema to say.
        const feed::RuleSet rules(destination.rules, {});
    }
    if (options.destinations.empty() || options.history.enabled) return;
    refuse_destination("", "they get their batches from the history, and none is kept",
                       "set Options::history.enabled = true (--history)");
}

}  // namespace

void validate(const Options& options) {
    validate(options.history);
    validate_destinations(options);
    if (options.durability == Durability::commit && options.cutting == Cutting::in_calls) {
        throw Error({.code = SQLITE_MISUSE,
                     .operation = "open a database",
                     .object = "Options::cutting",
                     .reason = "cutting in the application's calls and COMMITs that wait for the "
                               "disk do not go together",
                     .advice = "set durability = interval and call flush(), or cutting = "
                               "in_background"});
    }
    if (options.durability != Durability::commit || options.strategy == Strategy::trigger) return;
    throw Error({.code = SQLITE_MISUSE,
                 .operation = "open a database",
                 .object = "Options::durability",
                 .reason = "a COMMIT that waits for the disk needs changes captured by trigger: no "
                           "session takes part in a COMMIT",
                 .advice = "set strategy = trigger, or durability = interval and call flush()"});
}

}  // namespace tidemark
