#include "sql_script.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace cli {
namespace {

// A comment is closed by the character that ends it; '*' stands for the pair "*/".
constexpr char line_comment_end = '\n';
constexpr char block_comment_end = '*';

bool is_blank(char character) {
    return std::string_view{" \t\r\n\f"}.find(character) != std::string_view::npos;
}

bool opens_comment(char character, char following) {
    return (character == '-' && following == '-') || (character == '/' && following == '*');
}

// What ends the quotation that this character begins; nothing when it begins none.
char closing_quote(char character) {
    switch (character) {
        case '\'':
        case '"':
        case '`':
            return character;
        case '[':
            return ']';
        default:
            return '\0';
    }
}

bool is_complete(const std::string& sql) {
    // SQLite reads up to a NUL only; executing such a text is an error in any case.
    return sql.find('\0') != std::string::npos || sqlite3_complete(sql.c_str()) != 0;
}

}  // namespace

void ScriptSplitter::append(std::string_view bytes) {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    buffer_ += bytes;
}

std::optional<ScriptPiece> ScriptSplitter::next() {
    while (scanned_ < buffer_.size()) {
        if (at_dot_command()) {
            const auto end = buffer_.find('\n', scanned_);
            return end == std::string::npos ? std::nullopt : take_dot_command(end);
        }
        if (needs_next_character()) {
            return std::nullopt;
        }
        step();
        if (ended_ && is_complete(buffer_.substr(begin_, scanned_ - begin_))) {
            return take();
        }
    }
    return std::nullopt;
}

std::optional<ScriptPiece> ScriptSplitter::rest() {
    if (at_dot_command()) {
        return take_dot_command(buffer_.size());
    }
    while (scanned_ < buffer_.size()) {
        step();
    }
    return started_ ? std::optional{take()} : std::nullopt;
}

// Two characters make a comment, and the second may not have arrived.
bool ScriptSplitter::needs_next_character() const {
    const char last = buffer_[scanned_];
    return scanned_ + 1 == buffer_.size() && (last == '-' || last == '/' || last == '*');
}

bool ScriptSplitter::at_dot_command() const {
    return !started_ && closed_by_ == '\0' && scanned_ < buffer_.size() && buffer_[scanned_] == '.';
}

std::optional<ScriptPiece> ScriptSplitter::take_dot_command(std::size_t end) {
    begin_ = scanned_;
    begin_line_ = line_;
    scanned_ = end;
    ScriptPiece piece = take();
    piece.dot_command = true;
    return piece;
}

ScriptPiece ScriptSplitter::take() {
    ScriptPiece piece{.text = buffer_.substr(begin_, scanned_ - begin_), .line = begin_line_};
    drop();
    return piece;
}

void ScriptSplitter::drop() {
    begin_ = scanned_;
    started_ = false;
    ended_ = false;
}

void ScriptSplitter::step() {
    const char character = buffer_[scanned_];
    const char following = scanned_ + 1 < buffer_.size() ? buffer_[scanned_ + 1] : '\0';
    ended_ = false;
    if (closed_by_ == '\0') {
        step_outside(character, following);
    } else {
        step_inside(character, following);
    }
    line_ += character == '\n' ? 1 : 0;
    ++scanned_;
    if (!started_ && closed_by_ == '\0') {
        drop();
    }
}

void ScriptSplitter::step_outside(char character, char following) {
    if (opens_comment(character, following)) {
        closed_by_ = character == '-' ? line_comment_end : block_comment_end;
        ++scanned_;
        return;
    }
    const bool is_semicolon = character == ';';
    if (!started_ && !is_blank(character) && !is_semicolon) {
        started_ = true;
        begin_line_ = line_;
    }
    closed_by_ = closing_quote(character);
    ended_ = started_ && is_semicolon;
}

void ScriptSplitter::step_inside(char character, char following) {
    if (character != closed_by_) {
        return;
    }
    if (closed_by_ == block_comment_end) {
        if (following != '/') {
            return;
        }
        ++scanned_;
    }
    closed_by_ = '\0';
}

std::size_t leading_blanks(std::string_view sql) {
    ScriptSplitter splitter;
    splitter.append(sql);
    const auto piece = splitter.rest();
    return piece ? sql.size() - piece->text.size() : sql.size();
}

}  // namespace cli
