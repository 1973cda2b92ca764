#include "terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include <unistd.h>

namespace cli {
namespace {

std::string_view environment(const char* name) {
    // Read on the main thread at start; nothing in this program changes the environment.
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

bool is_fancy(std::FILE* stream) {
    return isatty(fileno(stream)) == 1 && environment("TERM") != "dumb";
}

const char* escape_of(Colour colour) {
    switch (colour) {
        case Colour::none:
            return "";
        case Colour::bold:
            return "\x1b[1m";
        case Colour::dim:
            return "\x1b[2m";
        case Colour::red:
            return "\x1b[31m";
        case Colour::green:
            return "\x1b[32m";
        case Colour::yellow:
            return "\x1b[33m";
        case Colour::cyan:
            return "\x1b[36m";
    }
    return "";
}

std::size_t utf8_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

// Bytes of the character that the text begins with; 0 when a terminal should not get to see it.
std::size_t printable_bytes(std::string_view text) {
    const auto byte = [text](std::size_t place) { return static_cast<unsigned char>(text[place]); };
    const std::size_t length = utf8_length(byte(0));
    if (length == 0 || length > text.size() || byte(0) < 0x20 || byte(0) == 0x7f) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) return 0;
    }
    // U+0080 … U+009F are control characters too.
    return byte(0) == 0xc2 && byte(1) < 0xa0 ? 0 : length;
}

}  // namespace

Terminal::Terminal(std::FILE* stream)
    : stream_(stream),
      fancy_(is_fancy(stream)),
      coloured_(fancy_ && environment("NO_COLOR").empty()) {}

std::string Terminal::paint(Colour colour, std::string_view text) const {
    if (!coloured_ || colour == Colour::none) {
        return std::string{text};
    }
    return fmt::format("{}{}\x1b[0m", escape_of(colour), text);
}

void Terminal::line(std::string_view text) {
    const std::lock_guard lock{mutex_};
    write_erase();
    const std::string whole = fmt::format("{}\n", text);
    std::fwrite(whole.data(), 1, whole.size(), stream_);
    std::fflush(stream_);
}

void Terminal::draw(std::string_view text) {
    if (!fancy_) {
        return;
    }
    const std::lock_guard lock{mutex_};
    write_erase();
    std::fwrite(text.data(), 1, text.size(), stream_);
    std::fflush(stream_);
    drawn_ = true;
}

void Terminal::erase() {
    const std::lock_guard lock{mutex_};
    write_erase();
    std::fflush(stream_);
}

void Terminal::write_erase() {
    if (drawn_) {
        std::fputs("\r\x1b[K", stream_);
        drawn_ = false;
    }
}

std::string printable(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t length = printable_bytes(text);
        if (length == 0) {
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
        }
        result += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return result;
}

Terminal& standard_error() {
    static Terminal terminal{stderr};
    return terminal;
}

}  // namespace cli
