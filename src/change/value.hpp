#pragma once

#include "sqlite/api.hpp"

#include <tidemark/change.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidemark::change {

using tidemark::StorageClass;
using tidemark::Value;

/// Reads a value of SQLite's without converting it. `utf16` is the encoding of its database. Valid
/// as long as `value` is, and no other representation of it is asked for.
[[nodiscard]] Value read_value(sqlite3_value* value, bool utf16) noexcept;

/// Equal in storage class and bit for bit.
[[nodiscard]] bool identical(const Value& left, const Value& right) noexcept;

/// Binds without copying: the bytes must stay until the statement is reset or bound anew. Returns
/// SQLite's result code.
int bind_value(sqlite3_stmt* statement, int parameter, const Value& value) noexcept;

}  // namespace tidemark::change
