#include "feed/column_rule.hpp"

#include "sqlite/connection.hpp"

namespace tidemark::feed {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// As SQLite has it: everything that is not ASCII may be in a name.
bool is_name_character(char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || is_digit(c) || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// Of a text that ends with a quote, which stands twice for one of it.
std::size_t begin_of_quoted(std::string_view text) {
    const char quote = text.back();
    for (std::size_t i = text.size() - 1; i > 0; --i) {
        if (text[i - 1] != quote) continue;
        if (i < 2 || text[i - 2] != quote) return i - 1;
        --i;
    }
    return text.size();
}

/// Where the name at the end of a text begins; its end when there is none.
std::size_t begin_of_name(std::string_view text) {
    if (text.empty()) return 0;
    if (text.back() == '"' || text.back() == '`') return begin_of_quoted(text);
    if (text.back() == ']') {
        const auto open = text.rfind('[');
        return open == std::string_view::npos ? text.size() : open;
    }
    std::size_t begin = text.size();
    while (begin > 0 && is_name_character(text[begin - 1])) --begin;
    return begin;
}

std::string unquoted(std::string_view name) {
    const char first = name.front();
    if (first != '"' && first != '`' && first != '[') return std::string(name);
    name = name.substr(1, name.size() - 2);
    std::string plain;
    for (std::size_t i = 0; i < name.size(); ++i) {
        plain += name[i];
        if (first != '[' && name[i] == first) ++i;
    }
    return plain;
}

}  // namespace

ColumnRule parse_column_rule(std::string_view text) {
    text = trimmed(text);
    const std::size_t name = begin_of_name(text);
    const std::string_view before = trimmed(text.substr(0, name));
    const bool has_name = name < text.size() && before.size() > 3 &&
                          sqlite::same_name(std::string(before.substr(before.size() - 2)), "as") &&
                          !is_name_character(before[before.size() - 3]);
    if (!has_name) return {.expression = std::string(text), .name = {}};
    return {.expression = std::string(trimmed(before.substr(0, before.size() - 2))),
            .name = unquoted(text.substr(name))};
}

std::optional<std::string> as_identifier(std::string_view expression) {
    expression = trimmed(expression);
    if (expression.empty() || begin_of_name(expression) != 0) return std::nullopt;
    if (is_digit(expression.front())) return std::nullopt;
    return unquoted(expression);
}

}  // namespace tidemark::feed
