#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tidemark::change {

/// A row of `sqlite_schema`, as it is at the boundary of a batch.
struct SchemaObject {
    std::string type;
    std::string name;
    /// `tbl_name`: the table of an index or trigger, otherwise the name again.
    std::string table;
    /// Empty for the index of a PRIMARY KEY or UNIQUE constraint.
    std::optional<std::string> sql;
    /// Tables and indexes: the name that the same b-tree has had until now; nothing when there was
    /// none, or when its content is another one: then it is made anew.
    std::optional<std::string> origin{};

    /// Whether it has a b-tree. Views, triggers and virtual tables are nothing but their text.
    bool has_content = false;

    friend bool operator==(const SchemaObject&, const SchemaObject&) = default;
};

/// What the schema is after a batch, in the order of `sqlite_schema`, and from what it comes: all
/// objects, also those that stay as they are. What is not named as an origin is gone.
///
/// A table that is made anew gets its rows from the same batch.
struct SchemaStep {
    std::vector<SchemaObject> objects;
};

}  // namespace tidemark::change
