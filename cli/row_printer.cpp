#include "row_printer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include <cmath>
#include <iterator>
#include <set>
#include <string_view>

namespace cli {
namespace {

std::string_view text_of(sqlite3_stmt* statement, int column) {
    // Text first: it may convert the value, and the length is that of the last conversion.
    const unsigned char* text = sqlite3_column_text(statement, column);
    const int size = sqlite3_column_bytes(statement, column);
    if (text == nullptr) {
        return {};
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): SQLite's text is unsigned
    return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

void append_hexadecimal(std::string& out, std::string_view bytes) {
    for (const char byte : bytes) {
        fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(byte));
    }
}

// JSON has no bytes: they stand in an object of their own, so that nothing is lost or guessed.
void append_bytes(std::string& out, std::string_view kind, std::string_view bytes) {
    fmt::format_to(std::back_inserter(out), R"({{"{}":")", kind);
    append_hexadecimal(out, bytes);
    out += "\"}";
}

void append_text(std::string& out, std::string_view text) {
    try {
        out += nlohmann::json(text).dump();
    } catch (const nlohmann::json::type_error&) {
        append_bytes(out, "$text", text);  // not UTF-8
    }
}

void append_real(std::string& out, double value) {
    if (std::isinf(value)) {
        out += value > 0 ? "9e999" : "-9e999";  // what every reader of numbers takes as infinity
        return;
    }
    const auto begin = out.size();
    fmt::format_to(std::back_inserter(out), "{}",
                   value);  // the shortest text that reads back exactly
    if (out.find_first_of(".e", begin) == std::string::npos) {
        out += ".0";  // still a real number
    }
}

void append_json(std::string& out, sqlite3_stmt* statement, int column) {
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER:
            out += std::to_string(sqlite3_column_int64(statement, column));
            break;
        case SQLITE_FLOAT:
            append_real(out, sqlite3_column_double(statement, column));
            break;
        case SQLITE_TEXT:
            append_text(out, text_of(statement, column));
            break;
        case SQLITE_BLOB:
            append_bytes(out, "$blob", text_of(statement, column));
            break;
        default:
            out += "null";
    }
}

// Two columns may have one name, two members of a JSON object may not: `a`, `a:1`, `a:2`, as SQLite
// itself names the columns of CREATE TABLE AS.
std::vector<std::string> unique_keys(sqlite3_stmt* statement) {
    std::vector<std::string> keys;
    std::set<std::string> taken;
    for (int column = 0; column < sqlite3_column_count(statement); ++column) {
        const char* name = sqlite3_column_name(statement, column);
        const std::string plain = name == nullptr ? "" : name;
        std::string key = plain;
        for (int number = 1; !taken.insert(key).second; ++number) {
            key = fmt::format("{}:{}", plain, number);
        }
        keys.push_back(
            nlohmann::json(key).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    return keys;
}

// The shell prints what C takes for a string: nothing behind a NUL.
void append_list(std::string& out, sqlite3_stmt* statement, int column) {
    const std::string_view text = text_of(statement, column);
    out += text.substr(0, text.find('\0'));
}

}  // namespace

void RowPrinter::begin(sqlite3_stmt* statement) {
    if (format_ == RowFormat::json) {
        keys_ = unique_keys(statement);
    }
}

bool RowPrinter::print(sqlite3_stmt* statement) {
    row_.clear();
    const bool json = format_ == RowFormat::json;
    row_ += json ? "{" : "";
    for (int column = 0; column < sqlite3_column_count(statement); ++column) {
        row_ += column == 0 ? "" : (json ? "," : "|");
        if (json) {
            row_ += keys_.at(static_cast<std::size_t>(column)) + ":";
            append_json(row_, statement, column);
        } else {
            append_list(row_, statement, column);
        }
    }
    row_ += json ? "}\n" : "\n";
    return std::fwrite(row_.data(), 1, row_.size(), stream_) == row_.size();
}

bool RowPrinter::flush() { return std::fflush(stream_) == 0; }

}  // namespace cli
