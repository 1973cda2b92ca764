#pragma once

#include "sqlite/api.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// The SQLite schema of a history file; docs/history.md describes it.
namespace tidemark::history {

constexpr std::int32_t application_id = 0x74646d68;  // "tdmh"
constexpr std::int32_t format_version = 1;

/// Payloads are cut into rows of this size, since SQLite has a limit for one value.
constexpr std::size_t part_bytes_max = std::size_t{32} << 20U;

/// Makes an empty database into a history that bears `id`. Inside the caller's transaction.
void create_schema(sqlite3* connection, const std::string& id);

/// Whether there is nothing in the file yet. Throws Error when it is no history, or of a format that
/// we do not know.
[[nodiscard]] bool is_empty(sqlite3* connection, const std::string& path);

[[nodiscard]] std::string read_id(sqlite3* connection);

/// Number of the last batch that is in the history, or that the last gap reaches up to.
[[nodiscard]] std::optional<std::uint64_t> last_number(sqlite3* connection);

}  // namespace tidemark::history
