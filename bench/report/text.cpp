#include "text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace bench_report {

namespace {

std::string with_separators(std::string digits) {
    for (std::size_t place = digits.size(); place > 3;) {
        place -= 3;
        digits.insert(place, ",");
    }
    return digits;
}

bool is_control(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return byte < 0x20 || byte == 0x7f;
}

}  // namespace

std::string format_value(double value) {
    if (value < 0) return "−" + format_value(-value);
    if (value >= 1e15) return fmt::format("{:.3g}", value);
    if (value >= 99.95) return with_separators(fmt::format("{:.0f}", value));
    if (value == std::floor(value)) return fmt::format("{:.0f}", value);
    if (value >= 9.995) return fmt::format("{:.1f}", value);
    if (value >= 0.9995) return fmt::format("{:.2f}", value);
    return fmt::format("{:.3g}", value);
}

std::string format_ratio_figure(double ratio) {
    if (ratio < 0) return "−" + format_ratio_figure(-ratio);
    if (ratio >= 99.5) return format_value(ratio);
    if (ratio >= 0.0995 || ratio == 0) return fmt::format("{:.2f}", ratio);
    return fmt::format("{:.2g}", ratio);
}

std::string format_ratio(double ratio) { return format_ratio_figure(ratio) + " ×"; }

std::string format_ratio_limit(double limit) {
    const std::string shortest = fmt::format("{}", limit);
    const std::string aligned = fmt::format("{:.2f}", limit);
    return shortest.size() < aligned.size() ? aligned : shortest;
}

std::string format_tick(double value) {
    if (value >= 1e15 || value < 1e3) return fmt::format("{:g}", value);
    if (value < 1e6) return fmt::format("{:g}k", value / 1e3);
    if (value < 1e9) return fmt::format("{:g}M", value / 1e6);
    if (value < 1e12) return fmt::format("{:g}G", value / 1e9);
    return fmt::format("{:g}T", value / 1e12);
}

std::string escape_html(std::string_view text) {
    std::string escaped;
    for (const char character : text) {
        switch (character) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\'':
                escaped += "&#39;";
                break;
            default:
                if (is_control(character)) {
                    escaped += character == '\n' || character == '\t' ? " " : "\uFFFD";
                } else {
                    escaped += character;
                }
        }
    }
    return escaped;
}

std::string escape_markdown(std::string_view text) {
    std::string escaped;
    for (const char character : text) {
        if (character == '<') {
            escaped += "&lt;";
        } else if (character == '&') {
            escaped += "&amp;";
        } else if (is_control(character)) {
            escaped += ' ';
        } else {
            if (std::string_view{"\\|*_`[]"}.find(character) != std::string_view::npos) {
                escaped += '\\';
            }
            escaped += character;
        }
    }
    return escaped;
}

}  // namespace bench_report
