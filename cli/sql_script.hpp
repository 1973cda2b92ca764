#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cli {

/// What is executed at once: one statement with its semicolon, or a line that is no SQL.
struct ScriptPiece {
    std::string text;
    /// Where it begins: the line of its first character that is neither blank nor comment.
    std::uint64_t line = 1;
    /// A line that begins with a dot: a command of the sqlite3 shell.
    bool dot_command = false;
};

/// Splits a script that arrives in parts into statements.
///
/// It knows strings, quoted names and comments, so that a semicolon inside them ends nothing;
/// whether one outside them does (it does not inside the body of a trigger) is SQLite's word,
/// `sqlite3_complete()`.
class ScriptSplitter {
public:
    void append(std::string_view bytes);

    /// The next statement that is complete; nothing when more input is needed.
    [[nodiscard]] std::optional<ScriptPiece> next();

    /// At the end of the input: what was left without a semicolon, if anything was.
    [[nodiscard]] std::optional<ScriptPiece> rest();

private:
    [[nodiscard]] bool needs_next_character() const;
    [[nodiscard]] bool at_dot_command() const;
    [[nodiscard]] std::optional<ScriptPiece> take_dot_command(std::size_t end);
    [[nodiscard]] ScriptPiece take();
    void step();
    void step_outside(char character, char following);
    void step_inside(char character, char following);
    void drop();

    std::string buffer_;
    std::size_t begin_ = 0;         // of the piece that is being read
    std::size_t scanned_ = 0;       // everything before has been looked at
    std::uint64_t line_ = 1;        // where scanned_ stands
    std::uint64_t begin_line_ = 1;  // where the piece began
    bool started_ = false;          // the piece holds more than blanks and comments
    bool ended_ = false;            // the last character was a semicolon outside of everything
    char closed_by_ = '\0';         // what ends the string, name or comment that is being read
};

/// How many bytes of `sql` are blanks and comments before the first thing that means something.
[[nodiscard]] std::size_t leading_blanks(std::string_view sql);

}  // namespace cli
