#include "table.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace cli {
namespace {

using Row = std::vector<std::string>;

struct Border {
    std::string_view left;
    std::string_view line;
    std::string_view crossing;
    std::string_view right;
};

// Above the heading, below it, below everything.
constexpr std::array<Border, 3> box{
    {{"┌", "─", "┬", "┐"}, {"├", "─", "┼", "┤"}, {"└", "─", "┴", "┘"}}};
constexpr std::array<Border, 3> ascii{
    {{"+", "-", "+", "+"}, {"+", "-", "+", "+"}, {"+", "-", "+", "+"}}};

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string cut(const std::string& text, std::size_t width_max) {
    if (width_of(text) <= width_max) {
        return text;
    }
    std::size_t characters = 0;
    std::size_t end = 0;
    // The dots need three of the places.
    while (characters + 3 < width_max || !begins_character(text[end])) {
        characters += begins_character(text[end]) ? 1U : 0U;
        ++end;
    }
    return text.substr(0, end) + "...";
}

std::string repeat(std::string_view text, std::size_t count) {
    std::string repeated;
    for (std::size_t done = 0; done < count; ++done) {
        repeated += text;
    }
    return repeated;
}

std::string border_line(const Border& border, const std::vector<std::size_t>& widths) {
    std::string line;
    for (const std::size_t width : widths) {
        line += line.empty() ? border.left : border.crossing;
        line += repeat(border.line, width + 2);
    }
    return line + std::string{border.right};
}

std::string row_line(const Row& row, const std::vector<std::size_t>& widths, const char* wall) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
        const std::string padding(widths[column] - width_of(row[column]), ' ');
        line += std::string{wall} + " " + row[column] + padding + " ";
    }
    return line + wall;
}

}  // namespace

std::vector<std::string> draw_table(const std::vector<Row>& rows, bool fancy,
                                    std::size_t width_max) {
    std::vector<Row> cells = rows;
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (Row& row : cells) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            row[column] = cut(row[column], width_max);
            widths[column] = std::max(widths[column], width_of(row[column]));
        }
    }
    const auto& borders = fancy ? box : ascii;
    std::vector<std::string> lines{border_line(borders[0], widths)};
    for (std::size_t index = 0; index < cells.size(); ++index) {
        lines.push_back(row_line(cells[index], widths, fancy ? "│" : "|"));
        if (index == 0) {
            lines.push_back(border_line(borders[1], widths));
        }
    }
    lines.push_back(border_line(borders[2], widths));
    return lines;
}

}  // namespace cli
