// JSON of rows, and the two encodings of text below it: another parser must read back what was
// written, and agree about what is well-formed.

#include "change/json.hpp"

#include "change/utf.hpp"
#include "parsers/input.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <bit>
#include <codecvt>
#include <locale>
#include <string>
#include <vector>

namespace tidemark::fuzz {
namespace {

using change::StorageClass;
using change::Value;
using nlohmann::json;

bool is_utf8_for_others(const std::string& text) {
    try {
        static_cast<void>(json(text).dump());
        return true;
    } catch (const json::type_error&) {
        return false;
    }
}

std::string hex(std::string_view bytes) {
    std::string text;
    std::array<char, 3> digits{};
    for (const char byte : bytes) {
        std::snprintf(digits.data(), digits.size(), "%02x", static_cast<unsigned char>(byte));
        text += digits.data();
    }
    return text;
}

void require_tagged(const json& read, const char* tag, std::string_view bytes) {
    require(read.is_object() && read.size() == 1 && read.contains(tag), "an object with one tag");
    require(read.at(tag) == hex(bytes), "the bytes in hex");
}

void check_real(const json& read, const std::string& text, double real) {
    require(text.find_first_of(".e") != std::string::npos, "a real looks like one");
    if (real * 0 != 0) {
        require(text == (real < 0 ? "-9e999" : "9e999"), "an infinity as SQLite writes it");
        return;
    }
    require(read.is_number_float(), "a real is read as one");
    require(std::bit_cast<std::uint64_t>(read.get<double>()) == std::bit_cast<std::uint64_t>(real),
            "a real keeps all its bits");
}

void check_utf16(const json& read, std::string_view bytes) {
    std::string utf8 = "before";
    if (!change::append_utf16_as_utf8(utf8, bytes)) {
        require(utf8 == "before", "nothing is appended when it fails");
        return require_tagged(read, "$text16", bytes);
    }
    utf8.erase(0, 6);
    require(change::is_utf8(utf8), "UTF-16 becomes well-formed UTF-8");
    require(read == utf8, "text is read as written");
    std::wstring_convert<std::codecvt_utf8_utf16<char16_t>, char16_t> convert;
    const std::u16string units = convert.from_bytes(utf8);
    require(
        std::string_view(reinterpret_cast<const char*>(units.data()), units.size() * 2) == bytes,
        "and back");
}

void check_value(const json& read, const std::string& text, const Value& value) {
    switch (value.storage_class) {
        case StorageClass::null:
            return require(read.is_null(), "NULL");
        case StorageClass::integer:
            return require(read == value.integer && read.is_number_integer(), "an integer");
        case StorageClass::real:
            return check_real(read, text, value.real);
        case StorageClass::text:
            if (!change::is_utf8(value.bytes)) return require_tagged(read, "$text", value.bytes);
            return require(read == std::string(value.bytes), "text is read as written");
        case StorageClass::text_utf16:
            return check_utf16(read, value.bytes);
        case StorageClass::blob:
            return require_tagged(read, "$blob", value.bytes);
    }
}

Value make_value(Input& input, std::string& bytes) {
    Value value;
    value.storage_class = static_cast<StorageClass>(input.ConsumeIntegralInRange(0, 5));
    value.integer = input.ConsumeIntegral<std::int64_t>();
    value.real = std::bit_cast<double>(input.ConsumeIntegral<std::uint64_t>());
    if (value.real != value.real) value.real = 0;  // SQLite keeps no NaN
    bytes = input.ConsumeRandomLengthString();
    value.bytes = bytes;
    return value;
}

void run(Input& input) {
    const std::string name = input.ConsumeRandomLengthString(20);
    std::string bytes;
    const Value value = make_value(input, bytes);
    require(change::is_utf8(bytes) == is_utf8_for_others(bytes), "what is well-formed UTF-8");

    std::string text;
    change::append_json(text, value);
    // nlohmann's parser has no infinity.
    const bool infinite = text.ends_with("9e999");
    check_value(infinite ? json() : json::parse(text), text, value);

    change::Table table;
    table.columns = {name, "other"};
    const std::vector<Value> image{Value{}, value, Value{}};
    const std::string row = change::row_as_json(table, image);
    if (infinite) return;
    const json read = json::parse(row);
    const std::string key = change::is_utf8(name) ? name : "$text:" + hex(name);
    require(read.contains(key) && (key == "other" || read.at(key) == json::parse(text)),
            "a column by its name");
}

}  // namespace
}  // namespace tidemark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tidemark::fuzz::Input input(data, size);
    tidemark::fuzz::run(input);
    return 0;
}
