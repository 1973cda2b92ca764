#pragma once

#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

namespace cli {

enum class Colour { none, bold, dim, red, green, yellow, cyan };

/// One of the process's output streams, and what it can show.
///
/// On a terminal lines may hold emoji, colour and a progress bar that is drawn over itself; a file
/// or a pipe gets plain ASCII. May be used from several threads: lines never mix.
class Terminal {
public:
    explicit Terminal(std::FILE* stream);

    /// True when a person with an ordinary terminal is looking.
    [[nodiscard]] bool fancy() const noexcept { return fancy_; }

    /// `fancy_text` or `plain_text`, whichever fits the stream.
    [[nodiscard]] std::string_view choose(std::string_view fancy_text,
                                          std::string_view plain_text) const noexcept {
        return fancy_ ? fancy_text : plain_text;
    }

    /// The text in a colour, where colours are shown (a terminal, and NO_COLOR is not set).
    [[nodiscard]] std::string paint(Colour colour, std::string_view text) const;

    /// Writes one line at once. What cannot be written is dropped: there is nobody to tell.
    void line(std::string_view text);

    /// Draws a line that the next `draw`, `erase` or `line` replaces. Nothing when not fancy.
    void draw(std::string_view text);
    void erase();

private:
    void write_erase();

    std::FILE* const stream_;
    const bool fancy_;
    const bool coloured_;
    std::mutex mutex_;    // one writer at a time, and:
    bool drawn_ = false;  // the cursor stands behind a drawn line
};

/// The text with control characters, and bytes that are no UTF-8, written as \xNN. For what comes out
/// of a file that anybody may have made: names, and the messages that cite them.
[[nodiscard]] std::string printable(std::string_view text);

/// Standard error, where everything goes that is no result.
[[nodiscard]] Terminal& standard_error();

}  // namespace cli
