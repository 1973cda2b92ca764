#pragma once

#include "sqlite/api.hpp"

#include <string>

namespace tidemark::capture {

/// The operation of errors.
inline constexpr const char* installing = "install tidemark's triggers in the RAM database";

/// Replaces the text of a TEMP trigger or view that SQLite has parsed already, without being noticed.
/// SQLite goes on with what it has parsed until it reads the TEMP schema again: after ALTER TABLE,
/// VACUUM, a schema change that was rolled back. From then on the new text is in force.
///
/// By an incremental blob write: an UPDATE of the schema table would need `writable_schema` and show
/// in the application's `changes()` and `total_changes()`. The new text must not be longer than the
/// old one. Does nothing when there is no such object. Throws Error.
void replace_temp_text(sqlite3* connection, const std::string& type, const std::string& name,
                       const std::string& text);

}  // namespace tidemark::capture
