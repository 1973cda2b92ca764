#include "library_options.hpp"

#include "units.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {
namespace {

using tidemark::Durability;
using tidemark::ForeignWrites;
using tidemark::JournalMode;
using tidemark::LoadCheck;
using tidemark::Options;
using tidemark::Strategy;
using tidemark::Synchronous;

constexpr const char* what = "What goes to disk";
constexpr const char* when = "When";
constexpr const char* how = "How";
constexpr const char* history = "History";

template <typename Value>
using Choices = std::vector<std::pair<std::string, Value>>;

// One of several words. The first is the default.
template <typename Value>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Value& target,
                        const Choices<Value>& choices, const std::string& description) {
    std::vector<std::string> words;
    std::string shown;
    for (const auto& [word, value] : choices) {
        words.push_back(word);
        shown += (shown.empty() ? "" : "|") + word;
    }
    const auto choose = [&target, choices](const std::string& given) {
        for (const auto& [word, value] : choices) {
            if (CLI::detail::to_lower(given) == word) {
                target = value;
            }
        }
    };
    return app.add_option_function<std::string>(name, choose, description)
        ->check(CLI::IsMember(words, CLI::ignore_case).description(""))
        ->type_name(shown)
        ->default_str(words.front())
        ->group(how);
}

// Something that one of the functions of units.hpp can read.
template <typename Value>
struct Kind {
    std::optional<Value> (*parse)(std::string_view);
    const char* type_name;
    const char* hint;  // completes "'x' is no ..."
};

constexpr Kind<std::chrono::milliseconds> time_span{parse_duration, "TIME",
                                                    "duration; write 250ms, 5s, 1m or 0"};
constexpr Kind<std::uint64_t> size_in_bytes{parse_size, "SIZE",
                                            "size; write 64MiB, 500kB or a number of bytes"};
constexpr Kind<std::uint64_t> row_count{parse_count, "ROWS", "number"};
constexpr Kind<std::uint64_t> batch_count{parse_count, "N", "number"};

template <typename Value>
CLI::Option* add_quantity(CLI::App& app, const std::string& name, Value& target,
                          const Kind<Value>& kind, const std::string& shown_default,
                          const std::string& description) {
    const auto read = [&target, kind, name](const std::string& given) {
        const auto value = kind.parse(given);
        if (!value) {
            throw CLI::ValidationError(name, fmt::format("'{}' is no {}", given, kind.hint));
        }
        target = *value;
    };
    return app.add_option_function<std::string>(name, read, description)
        ->type_name(kind.type_name)
        ->default_str(shown_default)
        ->group(when);
}

void add_what(CLI::App& app, Options& options) {
    app.add_option("--include-table", options.include_tables,
                   "Keep only this table on disk; may be repeated. The rows of all others are lost "
                   "at the end")
        ->type_name("NAME")
        ->allow_extra_args(false)
        ->group(what);
    app.add_option("--exclude-table", options.exclude_tables,
                   "Do not keep this table on disk; may be repeated. Its rows are lost at the end")
        ->type_name("NAME")
        ->allow_extra_args(false)
        ->group(what);
}

void add_when(CLI::App& app, Options& options) {
    add_quantity(app, "--interval", options.interval, time_span, "5s",
                 "The longest time a committed change waits in RAM: what a crash can lose. "
                 "0: as soon as something is committed");
    add_quantity(app, "--cut-changes", options.cut_changes, row_count, "100000",
                 "Sync early when this many rows have changed. 0: never because of that");
    add_quantity(app, "--cut-bytes", options.cut_bytes, size_in_bytes, "32MiB",
                 "Sync early when the changes occupy this much. 0: never because of that");
    add_quantity(app, "--pending-limit", options.pending_bytes_max, size_in_bytes, "256MiB",
                 "The most that changes not yet on disk may occupy; then writing waits. "
                 "0: no limit");
    add_quantity(app, "--busy-timeout", options.busy_timeout, time_span, "2s",
                 "How long one sync waits for another process that locks the file. 0: not at all");
    add_quantity(app, "--retry-pause", options.retry_pause_first, time_span, "100ms",
                 "The pause after a failed sync, doubled with every failure");
    add_quantity(app, "--retry-pause-max", options.retry_pause_max, time_span, "10s",
                 "Where that doubling ends");
    add_quantity(app, "--close-deadline", options.close_deadline, time_span, "30s",
                 "How long the final flush keeps trying. 0: one attempt");
}

void add_how(CLI::App& app, Options& options) {
    add_choice<Durability>(
        app, "--durability", options.durability,
        {{"interval", Durability::interval}, {"commit", Durability::commit}},
        "What a COMMIT waits for: nothing, or the disk (needs --strategy trigger)");
    add_choice<JournalMode>(app, "--journal-mode", options.journal_mode,
                            {{"wal", JournalMode::wal},
                             {"truncate", JournalMode::truncate},
                             {"persist", JournalMode::persist},
                             {"delete", JournalMode::remove}},
                            "Journal of the file on disk");
    add_choice<Synchronous>(app, "--synchronous", options.synchronous,
                            {{"full", Synchronous::full},
                             {"extra", Synchronous::extra},
                             {"normal", Synchronous::normal},
                             {"off", Synchronous::off}},
                            "How often the disk is told to write through; less than full can lose "
                            "syncs in a power failure");
    add_choice<LoadCheck>(
        app, "--load-check", options.load_check,
        {{"quick", LoadCheck::quick}, {"none", LoadCheck::none}, {"full", LoadCheck::full}},
        "How thoroughly the file is examined when it is loaded");
    add_choice<ForeignWrites>(
        app, "--foreign-writes", options.foreign_writes,
        {{"stop", ForeignWrites::stop}, {"overwrite", ForeignWrites::overwrite}},
        "When somebody else has written to the file meanwhile: stop syncing, "
        "or make the file what RAM is");
}

void add_history(CLI::App& app, Options& options) {
    app.add_flag("--history", options.history.enabled,
                 "Keep every batch, with old and new values, in DB-history")
        ->group(history);
    add_quantity(app, "--history-age", options.history.age_max, time_span, "0",
                 "Forget batches that are older. 0: never because of that")
        ->group(history);
    add_quantity(app, "--history-size", options.history.bytes_max, size_in_bytes, "0",
                 "Forget the oldest batches when all of them occupy more. 0: never because of that")
        ->group(history);
    add_quantity(app, "--history-batches", options.history.batches_max, batch_count, "0",
                 "Forget the oldest batches when there are more. 0: never because of that")
        ->group(history);
    add_quantity(app, "--history-held", options.history.held_bytes_max, size_in_bytes, "1GiB",
                 "How much these limits leave for a destination that has not had it. 0: no limit")
        ->group(history);
}

}  // namespace

void add_strategy_option(CLI::App& app, Strategy& strategy) {
    add_choice<Strategy>(app, "--strategy", strategy,
                         {{"session", Strategy::session}, {"trigger", Strategy::trigger}},
                         "How changes are noticed, and what _sync_queue shows: trigger "
                         "every change, session net changes");
}

void add_library_options(CLI::App& app, Options& options) {
    add_when(app, options);
    add_strategy_option(app, options.strategy);
    add_how(app, options);
    add_what(app, options);
    add_history(app, options);
}

}  // namespace cli
