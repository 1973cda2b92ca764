#pragma once

#include "change/change_log.hpp"
#include "change/table.hpp"

#include <cstddef>
#include <cstdint>
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

/// What is to be noticed of a table.
enum class Watch : std::uint8_t {
    rows,   ///< Every row, with its values.
    touch,  ///< That rows change.
    /// Nothing but what becomes of the table: such a trigger never runs. It follows the table when
    /// that is renamed, and goes with it when it is dropped.
    presence,
};

/// What the names of triggers end with, for `Watch::presence`; otherwise it is the operation.
constexpr const char* presence_event = "PRESENCE";
/// A slot is a number that stands for a table in the names and bodies of its triggers.
[[nodiscard]] std::string trigger_name(std::size_t slot, const char* event);

/// `operation`: insert, update or remove. `arguments_max` is the connection's
/// SQLITE_LIMIT_FUNCTION_ARG. Not for `Watch::presence`.
[[nodiscard]] TriggerSql make_trigger(const change::Table& table, std::size_t slot,
                                      change::Operation operation, int arguments_max, Watch watch);

/// For `Watch::presence`.
[[nodiscard]] std::string make_presence_trigger(const change::Table& table, std::size_t slot);

}  // namespace tidemark::capture
