#pragma once

#include "known_differences.hpp"
#include "script.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tidemark::fuzz {

struct GeneratorOptions {
    /// Empty: the seed decides.
    std::optional<Strategy> strategy{};
    std::size_t steps_min = 150;
    std::size_t steps_max = 400;
    /// Of a hundred steps, how many change the schema.
    std::size_t ddl_weight = 4;
    /// Without the parts that the seed would otherwise choose; for looking around a known defect.
    bool without_full_text = false;
    bool without_background = false;
    bool without_half_done = false;
    /// Each COMMIT waits for the disk: by trigger, without virtual tables.
    bool commits = false;
    /// Changes are taken in the application's calls.
    bool in_calls = false;
};

/// The script of a seed: the same for ever, as long as the generator and SQLite are the same. It is
/// played on a plain database while it is made, because statements should succeed most of the time.
[[nodiscard]] Script generate(std::uint64_t seed, const GeneratorOptions& options);

}  // namespace tidemark::fuzz
