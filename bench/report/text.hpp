#pragma once

#include <string>
#include <string_view>

/// Figures as people read them, and text as HTML and Markdown need it.
namespace bench_report {

/// "1,743", "86.4", "3.28", "0.0412": three figures, or all of the integer part.
[[nodiscard]] std::string format_value(double value);
/// "1.37", "0.004", "104".
[[nodiscard]] std::string format_ratio_figure(double ratio);
/// "1.37 ×".
[[nodiscard]] std::string format_ratio(double ratio);
/// "1.40", "0.125": as it was given.
[[nodiscard]] std::string format_ratio_limit(double limit);
/// "5", "20k", "1M": for the ticks of an axis, which leave little room.
[[nodiscard]] std::string format_tick(double value);

/// Safe as content and as the value of an attribute in quotes.
[[nodiscard]] std::string escape_html(std::string_view text);
/// Safe within a line and within a cell of a table.
[[nodiscard]] std::string escape_markdown(std::string_view text);

}  // namespace bench_report
