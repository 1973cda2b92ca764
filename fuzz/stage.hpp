#pragma once

/// Plays a script on a plain `:memory:` database and on one that tidemark keeps, and compares.

#include "script.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tidemark::fuzz {

enum class DifferenceKind : std::uint8_t {
    outcome,  // of a statement, as the application sees it
    ram,      // plain database and RAM database
    disk,     // RAM database and disk database
    sync,     // a sync failed
    opening,  // a database could not be opened (again)
    crash,    // the process died
    hang,     // it did not come to an end
    known,    // see known_differences.hpp; it ends the play, and is nothing to report
};

[[nodiscard]] const char* to_string(DifferenceKind kind) noexcept;

struct Difference {
    DifferenceKind kind = DifferenceKind::outcome;
    /// The step after which it showed; the number of steps when it showed at the end.
    std::size_t step = 0;
    std::string description{};
};

/// Creates the databases in `folder`, which is left empty. The first difference ends the play.
[[nodiscard]] std::optional<Difference> play(const Script& script, const std::string& folder);

}  // namespace tidemark::fuzz
