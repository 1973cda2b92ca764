#pragma once

#include <nlohmann/json_fwd.hpp>

#include <iosfwd>
#include <string>
#include <string_view>

/// What people read of a run of the benchmark. `results` is what `tidemark bench` writes as JSON.
///
/// Every function throws std::runtime_error when the results are not as they should be, in words that
/// begin with the path of the member (`measures[3].results[0].median: is missing`), and has then
/// written nothing.
namespace bench_report {

/// Writes one HTML page with charts and tables, which needs no other file and no network.
void write_html_report(const nlohmann::json& results, std::ostream& out);

/// Writes all tables, each between the markers that replace_figures() looks for: the beginning of
/// a document.
void write_markdown_tables(const nlohmann::json& results, std::ostream& out);

/// The document with new figures between its markers, which are lines of their own:
///
///     <!-- figures: begin NAME -->
///     <!-- figures: end NAME -->
///
/// NAME is `conditions`, `targets`, a group, or a group and one of its measures (`sync/10 changes`).
/// Throws std::runtime_error when there is no marker, when one lacks its counterpart, and when the
/// results have nothing of that name.
[[nodiscard]] std::string replace_figures(const nlohmann::json& results, std::string_view document);

}  // namespace bench_report
