#pragma once

#include <string>

struct sqlite3;

namespace tidemark::fuzz {

/// The words that are in full-text indexes.
inline constexpr const char* words[] = {"alpha", "beta", "gamma", "delta", "tide", "mark", "salt"};

/// What FTS5 and R*Tree tables of main answer when they are searched, which the rows alone do not
/// tell; empty when both answer the same. `second` should be a fresh connection: one that has
/// searched before may remember.
[[nodiscard]] std::string compare_search_indexes(sqlite3* first, sqlite3* second);

}  // namespace tidemark::fuzz
