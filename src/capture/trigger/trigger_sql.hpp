#pragma once

#include "change/change_log.hpp"
#include "change/table.hpp"

#include <string>

namespace tidemark::capture {

/// The texts of one trigger.
struct TriggerSql {
    std::string name;
    /// Creates the trigger that logs whole rows.
    std::string create;
    /// What then stands in `temp.sqlite_schema` instead: a trigger that names no columns and only
    /// says that the table was touched. Never longer than what `create` puts there.
    std::string fallback;
};

/// `operation`: insert, update or remove. `arguments_max` is the connection's
/// SQLITE_LIMIT_FUNCTION_ARG. With `log_rows` false even the created trigger only touches.
[[nodiscard]] TriggerSql make_trigger(const change::Table& table, change::TableId id,
                                      change::Operation operation, int arguments_max,
                                      bool log_rows);

}  // namespace tidemark::capture
