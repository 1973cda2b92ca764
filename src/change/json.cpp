#include "change/json.hpp"

#include "change/utf.hpp"

#include <charconv>
#include <cmath>
#include <string_view>

namespace tidemark::change {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void append_hex(std::string& json, std::string_view bytes) {
    for (const char character : bytes) {
        const auto byte = static_cast<unsigned char>(character);
        json += hex_digits[byte >> 4U];
        json += hex_digits[byte & 0xfU];
    }
}

void append_tagged_hex(std::string& json, std::string_view tag, std::string_view bytes) {
    json.append("{\"").append(tag).append("\":\"");
    append_hex(json, bytes);
    json += "\"}";
}

void append_string(std::string& json, std::string_view utf8) {
    json += '"';
    for (const char character : utf8) {
        switch (character) {
            case '"':
                json += "\\\"";
                break;
            case '\\':
                json += "\\\\";
                break;
            case '\n':
                json += "\\n";
                break;
            case '\r':
                json += "\\r";
                break;
            case '\t':
                json += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(character) < 0x20) {
                    json += "\\u00";
                    append_hex(json, {&character, 1});
                } else {
                    json += character;
                }
        }
    }
    json += '"';
}

void append_real(std::string& json, double real) {
    if (std::isinf(real)) {
        json += real < 0 ? "-9e999" : "9e999";
        return;
    }
    char digits[32];
    const auto result = std::to_chars(digits, digits + sizeof(digits), real);
    const std::string_view text(digits, static_cast<std::size_t>(result.ptr - digits));
    json += text;
    // Without it the number would come back as an integer.
    if (text.find_first_of(".e") == std::string_view::npos) json += ".0";
}

// A key has to be a string, also for a name that is not valid UTF-8.
void append_name(std::string& json, std::string_view name) {
    if (is_utf8(name)) return append_string(json, name);
    json += "\"$text:";
    append_hex(json, name);
    json += '"';
}

void append_utf16(std::string& json, std::string_view bytes) {
    std::string utf8;
    if (append_utf16_as_utf8(utf8, bytes)) {
        append_string(json, utf8);
    } else {
        append_tagged_hex(json, "$text16", bytes);
    }
}

}  // namespace

void append_json(std::string& json, const Value& value) {
    switch (value.storage_class) {
        case StorageClass::null:
            json += "null";
            break;
        case StorageClass::integer:
            json += std::to_string(value.integer);
            break;
        case StorageClass::real:
            append_real(json, value.real);
            break;
        case StorageClass::text:
            if (is_utf8(value.bytes)) {
                append_string(json, value.bytes);
            } else {
                append_tagged_hex(json, "$text", value.bytes);
            }
            break;
        case StorageClass::text_utf16:
            append_utf16(json, value.bytes);
            break;
        case StorageClass::blob:
            append_tagged_hex(json, "$blob", value.bytes);
            break;
    }
}

namespace {

void append_member(std::string& json, const Table& table, std::span<const Value> columns,
                   std::size_t i) {
    if (json.size() > 1) json += ',';
    append_name(json, table.columns[i]);
    json += ':';
    append_json(json, columns[i]);
}

}  // namespace

std::string row_as_json(const Table& table, std::span<const Value> image) {
    const std::span<const Value> columns = image.last(table.columns.size());
    std::string json = "{";
    for (std::size_t i = 0; i < columns.size(); ++i) append_member(json, table, columns, i);
    return json += '}';
}

std::string key_as_json(const Table& table, std::span<const Value> image) {
    const std::span<const Value> columns = image.last(table.columns.size());
    std::string json = "{";
    for (const std::size_t i : table.key_columns) append_member(json, table, columns, i);
    return json += '}';
}

}  // namespace tidemark::change
