#pragma once

#include "demo/narrator.hpp"

#include <tidemark/database.hpp>

#include <cstdint>
#include <string>

namespace cli::demo {

/// One telling of the story, for one strategy on one file. The parts below fill in what they
/// measured, for the summary.
struct Story {
    Narrator& narrator;
    tidemark::Strategy strategy;
    std::string path;         ///< Of the database.
    std::string data_folder;  ///< Of the JSON files of iso-codes.
    bool fast = false;

    std::uint64_t real_rows = 0;
    double commits_per_second = 0;
    std::string first_sync;     ///< What happened to the real data.
    std::string timeline_sync;  ///< What happened to the seed's writes.
    std::uint64_t acknowledged = 0;
    std::uint64_t survived = 0;
};

/// Whether the JSON files are there; says what to install when they are not.
[[nodiscard]] bool has_real_data(Narrator& narrator, const std::string& data_folder);

/// Part 1: languages, countries and subdivisions, row by row into RAM, then to disk.
void load_real_data(Story& story);

/// Part 2: the timeline of the seed document against a live sync.
void replay_timeline(Story& story);

/// Part 3: a child process that writes is killed; what survived is looked at.
void crash_and_recover(Story& story);

/// The child of part 3: writes for ever and announces on standard output what was flushed. The
/// number of committed transactions is kept in `progress_path`, which outlives the process.
[[noreturn]] void write_until_killed(const std::string& path, tidemark::Strategy strategy,
                                     const std::string& progress_path);

}  // namespace cli::demo
