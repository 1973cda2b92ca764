#pragma once

/// What a run does, as a list of steps that can be written to a file, read back, and shortened.
///
/// The file is SQL, one step per line, so that most of it can be pasted into any SQLite shell. What
/// is no SQL is a comment:
///
///     -- strategy trigger        how tidemark notices changes (also: session)
///     -- interval background     syncs all the time (also: manual, only when told; commit: each
///                                COMMIT waits for the disk)
///     -- open attached           the application's own connection (also: file)
///     -- run                     what stands above made the database, what follows is compared
///     -- prepare p1 SELECT 1     keeps a statement; `-- execute p1` runs it, `-- step p1` begins it
///                                and leaves it there, `-- reset p1` ends it
///     -- flush                   waits for the disk and compares it
///     -- reopen                  closes and opens again
///
/// Everything after `-- note` is for people.

#include <tidemark/options.hpp>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace tidemark::fuzz {

enum class StepKind : std::uint8_t { sql, prepare, execute, step, reset, flush, reopen };

struct Step {
    StepKind kind = StepKind::sql;
    std::string name{};  // of a kept statement
    std::string sql{};

    friend bool operator==(const Step&, const Step&) = default;
};

[[nodiscard]] Step sql_step(std::string sql);

struct Script {
    Strategy strategy = Strategy::trigger;
    /// Syncs in the background too, at moments that no seed decides.
    bool background = false;
    /// Each COMMIT waits for the disk, which is looked at without a flush.
    bool commits = false;
    /// Changes are taken in the application's calls.
    bool in_calls = false;
    /// The application opens the connection, fills it, and prepares statements before tidemark comes.
    bool attached = false;
    std::vector<Step> setup{};
    std::vector<Step> steps{};
};

[[nodiscard]] std::string to_line(const Step& step);
[[nodiscard]] std::string to_text(const Script& script);
/// Throws std::runtime_error, naming the line, when the text is no script.
[[nodiscard]] Script parse_script(const std::string& text);

}  // namespace tidemark::fuzz
