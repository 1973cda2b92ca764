#pragma once

#include "sqlite/api.hpp"

#include <tidemark/options.hpp>

#include <string>
#include <vector>

namespace tidemark::sqlite {

/// What SQLite's own check of the main database complains about, a line each, about a hundred at
/// most; empty when it finds nothing, or for `LoadCheck::none`. Left out is what it cannot tell (FTS4
/// tables without content, since 3.53). Throws Error when the check cannot be made: for one, because
/// the schema uses functions or collations that the connection does not have.
///
/// CHECK constraints are left out, and on this connection from now on; generated columns and indexes
/// on expressions are evaluated, with the functions that the connection has.
[[nodiscard]] std::vector<std::string> find_problems(sqlite3* connection, LoadCheck check);

/// Whether the complaint is about values that a constraint forbids, not about the file being
/// damaged. Such values get there by an ALTER or a changed schema, and SQLite 3.40 reports some that
/// are not there, in WITHOUT ROWID tables.
[[nodiscard]] bool is_about_content(const std::string& problem);

}  // namespace tidemark::sqlite
