#pragma once

#include "results.hpp"

#include <string>

namespace bench_report {

/// The lines that stand around figures in a document.
[[nodiscard]] std::string begin_marker(const std::string& name);
[[nodiscard]] std::string end_marker(const std::string& name);

/// What belongs between the markers of that name. Throws std::runtime_error when the results have
/// nothing of the name.
[[nodiscard]] std::string markdown_block(const Results& results, const std::string& name);

}  // namespace bench_report
