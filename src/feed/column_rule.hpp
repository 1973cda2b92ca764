#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidemark::feed {

/// An element of `TableRule::columns`, read.
struct ColumnRule {
    std::string expression;
    /// Empty when none was given.
    std::string name;
};

/// "title", "upper(title) AS title", "x AS \"the x\"".
[[nodiscard]] ColumnRule parse_column_rule(std::string_view text);

/// The name that an expression is, if it is nothing else: `title`, `"title"`, `[title]`, `` `title` ``.
[[nodiscard]] std::optional<std::string> as_identifier(std::string_view expression);

}  // namespace tidemark::feed
