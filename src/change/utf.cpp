#include "change/utf.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tidemark::change {
namespace {

struct Lead {
    std::size_t continuation_bytes;
    // The range of the first continuation byte; all others are 0x80 … 0xbf.
    std::uint8_t low;
    std::uint8_t high;
};

// Table 3-7 of the Unicode standard, by lead byte. No continuation bytes: not a lead byte.
Lead lead_of(std::uint8_t byte) noexcept {
    if (byte >= 0xc2 && byte <= 0xdf) return {1, 0x80, 0xbf};
    if (byte == 0xe0) return {2, 0xa0, 0xbf};
    if (byte == 0xed) return {2, 0x80, 0x9f};
    if (byte >= 0xe1 && byte <= 0xef) return {2, 0x80, 0xbf};
    if (byte == 0xf0) return {3, 0x90, 0xbf};
    if (byte >= 0xf1 && byte <= 0xf3) return {3, 0x80, 0xbf};
    if (byte == 0xf4) return {3, 0x80, 0x8f};
    return {0, 0, 0};
}

bool follows(std::string_view bytes, std::size_t at, const Lead& lead) noexcept {
    if (bytes.size() - at <= lead.continuation_bytes) return false;
    for (std::size_t i = 1; i <= lead.continuation_bytes; ++i) {
        const auto byte = static_cast<std::uint8_t>(bytes[at + i]);
        if (byte < (i == 1 ? lead.low : 0x80) || byte > (i == 1 ? lead.high : 0xbf)) return false;
    }
    return true;
}

void append_code_point(std::string& out, std::uint32_t point) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0 | point >> 6U);
        put(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        put(0xe0 | point >> 12U);
        put(0x80 | (point >> 6U & 0x3f));
        put(0x80 | (point & 0x3f));
    } else {
        put(0xf0 | point >> 18U);
        put(0x80 | (point >> 12U & 0x3f));
        put(0x80 | (point >> 6U & 0x3f));
        put(0x80 | (point & 0x3f));
    }
}

bool is_high_surrogate(std::uint16_t unit) noexcept { return (unit & 0xfc00U) == 0xd800U; }
bool is_low_surrogate(std::uint16_t unit) noexcept { return (unit & 0xfc00U) == 0xdc00U; }

std::uint16_t unit_at(std::string_view bytes, std::size_t at) noexcept {
    std::uint16_t unit = 0;
    std::memcpy(&unit, bytes.data() + at, sizeof(unit));
    return unit;
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
    std::size_t at = 0;
    while (at < bytes.size()) {
        const auto byte = static_cast<std::uint8_t>(bytes[at]);
        if (byte < 0x80) {
            ++at;
            continue;
        }
        const Lead lead = lead_of(byte);
        if (lead.continuation_bytes == 0 || !follows(bytes, at, lead)) return false;
        at += 1 + lead.continuation_bytes;
    }
    return true;
}

bool append_utf16_as_utf8(std::string& out, std::string_view utf16) {
    if (utf16.size() % 2 != 0) return false;
    const std::size_t before = out.size();
    for (std::size_t at = 0; at < utf16.size(); at += 2) {
        const std::uint16_t unit = unit_at(utf16, at);
        if (!is_high_surrogate(unit) && !is_low_surrogate(unit)) {
            append_code_point(out, unit);
            continue;
        }
        const bool paired = is_high_surrogate(unit) && at + 3 < utf16.size() &&
                            is_low_surrogate(unit_at(utf16, at + 2));
        if (!paired) {
            out.resize(before);
            return false;
        }
        const std::uint32_t low = unit_at(utf16, at + 2);
        append_code_point(out, 0x10000U + ((unit & 0x3ffU) << 10U) + (low & 0x3ffU));
        at += 2;
    }
    return true;
}

}  // namespace tidemark::change
