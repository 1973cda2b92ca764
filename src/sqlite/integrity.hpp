#pragma once

#include "sqlite/api.hpp"

#include <tidemark/options.hpp>

#include <string>
#include <vector>

namespace tidemark::sqlite {

/// What SQLite's own check of the main database complains about, at most a hundred sentences; empty
/// when it finds nothing, or for `LoadCheck::none`. Throws Error when the check cannot be made.
[[nodiscard]] std::vector<std::string> find_problems(sqlite3* connection, LoadCheck check);

/// Whether the complaint is about values that a constraint forbids, not about the file being
/// damaged. Such values get there by `PRAGMA ignore_check_constraints` or an ALTER, and SQLite 3.40
/// reports some that are not there, in WITHOUT ROWID tables.
[[nodiscard]] bool is_about_content(const std::string& problem);

}  // namespace tidemark::sqlite
