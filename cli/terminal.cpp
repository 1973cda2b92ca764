#include "terminal.hpp"

#include <fmt/format.h>

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

Terminal& standard_error() {
    static Terminal terminal{stderr};
    return terminal;
}

}  // namespace cli
