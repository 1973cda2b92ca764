#pragma once

#include <string>
#include <vector>

namespace cli {

/// Draws a table, line by line, its first row as the heading: box characters when `fancy`, ASCII
/// otherwise. Cells wider than `width_max` characters are cut.
[[nodiscard]] std::vector<std::string> draw_table(const std::vector<std::vector<std::string>>& rows,
                                                  bool fancy, std::size_t width_max = 60);

}  // namespace cli
