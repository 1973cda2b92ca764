#pragma once

#include "sqlite/api.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::capture {

/// A row of `sqlite_schema`.
struct SchemaRow {
    std::int64_t rowid = 0;
    std::string type;
    std::string name;
    std::string table;
    std::optional<std::string> sql;
    /// Has a b-tree.
    bool has_content = false;

    [[nodiscard]] bool is_virtual() const noexcept { return type == "table" && !has_content; }
    /// The index of a PRIMARY KEY or UNIQUE constraint, which belongs to its table's text.
    [[nodiscard]] bool is_automatic_index() const noexcept { return type == "index" && !sql; }
};

/// The main schema, in its order.
using SchemaSnapshot = std::vector<SchemaRow>;

/// Throws Error.
[[nodiscard]] SchemaSnapshot read_schema(sqlite3* connection);

}  // namespace tidemark::capture
