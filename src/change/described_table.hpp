#pragma once

#include "change/effects.hpp"
#include "change/schema_step.hpp"
#include "sqlite/api.hpp"
#include "sqlite/table_info.hpp"

#include <optional>
#include <string>
#include <vector>

/// What effects say of tables and of the schema, read from a database.
namespace tidemark::change {

/// Whether rows of a table of this name are content: not those of our bookkeeping, and of SQLite's
/// own tables only those that carry some.
[[nodiscard]] bool has_content_rows(const char* table) noexcept;

/// A table as effects name it, there before and after.
[[nodiscard]] EffectTable describe_for_effects(const sqlite::TableInfo& info);

/// The table of that name, also one of SQLite's own; nothing when there is none. Throws Error.
[[nodiscard]] std::optional<EffectTable> find_for_effects(sqlite3* connection,
                                                          const std::string& name);

/// Whether rows of the one can be written to the other as they are.
[[nodiscard]] bool have_same_columns(const Table& left, const Table& right);

/// What `sql` would create, tried in a database of its own; nothing when that cannot be done: for one,
/// because it needs a collation that is not SQLite's.
[[nodiscard]] std::optional<Table> describe_text(const std::string& sql, const std::string& name);

/// The rows of `sqlite_schema` in their order, without those of our bookkeeping. Throws Error.
[[nodiscard]] std::vector<SchemaObject> read_schema_objects(sqlite3* connection);

}  // namespace tidemark::change
