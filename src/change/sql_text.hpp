#pragma once

#include "change/effects.hpp"

#include <span>
#include <string>
#include <vector>

/// Effects as SQL that a person can read and SQLite can run.
namespace tidemark::change {

/// A literal that gives back the very value: reals in the shortest digits that do, text that no literal
/// can hold as a CAST.
void append_sql(std::string& sql, const Value& value);

/// The statement that makes a row what it is after the change; `from` and `to` are images, empty where
/// there is no row. Without the semicolon; empty when nothing can name the row.
[[nodiscard]] std::string row_sql(const Table& table, std::span<const Value> from,
                                  std::span<const Value> to);

/// The statements of a change of the schema: those before the rows are written, and those after it.
/// Shadow tables of virtual tables are left to those.
[[nodiscard]] std::vector<std::string> schema_sql_before_rows(const SchemaEffect& schema);
[[nodiscard]] std::vector<std::string> schema_sql_after_rows(const SchemaEffect& schema);

}  // namespace tidemark::change
