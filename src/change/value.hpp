#pragma once

#include "sqlite/api.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidemark::change {

/// The storage classes of SQLite, with text in two encodings: a UTF-16 database may hold text that
/// UTF-8 cannot express (lone surrogates), so it is never converted.
enum class StorageClass : std::uint8_t { null, integer, real, text, blob, text_utf16 };

/// One value, without owning it: `bytes` points into whatever the value was read from. UTF-16 is in
/// the byte order of the machine.
struct Value {
    StorageClass storage_class = StorageClass::null;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view bytes{};
};

/// Reads a value of SQLite's without converting it. `utf16` is the encoding of its database. Valid
/// as long as `value` is, and no other representation of it is asked for.
[[nodiscard]] Value read_value(sqlite3_value* value, bool utf16) noexcept;

/// Equal in storage class and bit for bit.
[[nodiscard]] bool identical(const Value& left, const Value& right) noexcept;

/// Binds without copying: the bytes must stay until the statement is reset or bound anew. Returns
/// SQLite's result code.
int bind_value(sqlite3_stmt* statement, int parameter, const Value& value) noexcept;

}  // namespace tidemark::change
