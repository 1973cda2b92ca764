#pragma once

/// Plays a logic-test file: on plain SQLite, or on a database that tidemark keeps.

#include "logic/script.hpp"

#include <tidemark/options.hpp>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

struct sqlite3;

namespace tidemark::tests::logic {

/// A record that did not do what the file says, or a disk that is not what RAM is.
struct Failure {
    std::string file;
    int line = 0;  // of the record, or of the last one that was played
    std::string message;

    friend std::ostream& operator<<(std::ostream& out, const Failure& failure);
};
using Failures = std::vector<Failure>;

enum class Syncing : std::uint8_t { in_background, on_flush_only };
[[nodiscard]] const char* to_string(Syncing syncing) noexcept;

struct Keeping {
    Options options;  // strategy, and what else a test likes; the interval comes from `syncing`
    Syncing syncing = Syncing::on_flush_only;
    std::uint64_t seed = 1;  // of the points at which a flush happens
};

/// Plays the records one after the other on a connection.
[[nodiscard]] Failures play(const Script& script, sqlite3* db);

/// Plays the records on a RAM database that tidemark keeps. At random points, and at the end, a
/// flush; after each of them the disk must equal RAM. What is opened again in the end must equal
/// what plain SQLite makes of the same records.
[[nodiscard]] Failures play_kept(const Script& script, const Keeping& keeping);

}  // namespace tidemark::tests::logic
