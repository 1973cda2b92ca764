#include "change/value.hpp"

#include <bit>

namespace tidemark::change {
namespace {

std::string_view bytes_of(const void* data, int size_bytes) noexcept {
    if (data == nullptr) return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(size_bytes)};
}

Value read_text(sqlite3_value* value, bool utf16) noexcept {
    Value result;
    if (utf16) {
        result.storage_class = StorageClass::text_utf16;
        const void* data = sqlite3_value_text16(value);
        result.bytes = bytes_of(data, sqlite3_value_bytes16(value));
    } else {
        result.storage_class = StorageClass::text;
        const void* data = sqlite3_value_text(value);
        result.bytes = bytes_of(data, sqlite3_value_bytes(value));
    }
    return result;
}

}  // namespace

Value read_value(sqlite3_value* value, bool utf16) noexcept {
    Value result;
    switch (sqlite3_value_type(value)) {
        case SQLITE_INTEGER:
            result.storage_class = StorageClass::integer;
            result.integer = sqlite3_value_int64(value);
            break;
        case SQLITE_FLOAT:
            result.storage_class = StorageClass::real;
            result.real = sqlite3_value_double(value);
            break;
        case SQLITE_TEXT:
            return read_text(value, utf16);
        case SQLITE_BLOB: {
            result.storage_class = StorageClass::blob;
            const void* data = sqlite3_value_blob(value);
            result.bytes = bytes_of(data, sqlite3_value_bytes(value));
            break;
        }
        default:
            break;
    }
    return result;
}

bool identical(const Value& left, const Value& right) noexcept {
    if (left.storage_class != right.storage_class) return false;
    switch (left.storage_class) {
        case StorageClass::null:
            return true;
        case StorageClass::integer:
            return left.integer == right.integer;
        case StorageClass::real:
            return std::bit_cast<std::uint64_t>(left.real) ==
                   std::bit_cast<std::uint64_t>(right.real);
        default:
            return left.bytes == right.bytes;
    }
}

int bind_value(sqlite3_stmt* statement, int parameter, const Value& value) noexcept {
    // A null pointer would bind NULL, so an empty text or blob gets an address.
    const char* data = value.bytes.data() == nullptr ? "" : value.bytes.data();
    switch (value.storage_class) {
        case StorageClass::null:
            return sqlite3_bind_null(statement, parameter);
        case StorageClass::integer:
            return sqlite3_bind_int64(statement, parameter, value.integer);
        case StorageClass::real:
            return sqlite3_bind_double(statement, parameter, value.real);
        case StorageClass::text:
            return sqlite3_bind_text64(statement, parameter, data, value.bytes.size(),
                                       SQLITE_STATIC, SQLITE_UTF8);
        case StorageClass::text_utf16:
            return sqlite3_bind_text64(statement, parameter, data, value.bytes.size(),
                                       SQLITE_STATIC, SQLITE_UTF16);
        case StorageClass::blob:
            return sqlite3_bind_blob64(statement, parameter, data, value.bytes.size(),
                                       SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

}  // namespace tidemark::change
