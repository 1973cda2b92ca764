#include "markdown.hpp"
#include "report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <stdexcept>

namespace bench_report {

namespace {

constexpr std::string_view marker_start = "<!-- figures:";

/// Takes the next line off the text, with its line feed if it has one.
std::string_view take_line(std::string_view& text) {
    const std::size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, length);
    text.remove_prefix(length);
    return line;
}

std::string_view without_line_feed(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    return line;
}

/// The name within `<!-- figures: begin NAME -->`, if the line is that.
std::optional<std::string> name_in(std::string_view line, std::string_view word) {
    const std::string start = fmt::format("{} {} ", marker_start, word);
    constexpr std::string_view end = " -->";
    if (!line.starts_with(start) || !line.ends_with(end)) return std::nullopt;
    if (line.size() <= start.size() + end.size()) return std::nullopt;
    return std::string{line.substr(start.size(), line.size() - start.size() - end.size())};
}

/// Goes through a document line by line.
class Replacement {
public:
    explicit Replacement(const Results& results) : results_(results) {}

    std::string apply(std::string_view document) {
        while (!document.empty()) take(take_line(document));
        if (open_) fail(fmt::format("'{}' is missing", end_marker(*open_)));
        if (!seen_any_) fail(fmt::format("no '{}' is there", begin_marker("NAME")));
        return std::move(text_);
    }

private:
    void take(std::string_view line) {
        ++line_number_;
        if (line.starts_with(marker_start)) {
            take_marker(without_line_feed(line));
            text_ += line;
            if (open_) text_ += markdown_block(results_, *open_);
        } else if (!open_) {
            text_ += line;
        }
    }

    void take_marker(std::string_view line) {
        if (const auto name = name_in(line, "begin"); name && !open_) {
            open_ = name;
            seen_any_ = true;
        } else if (open_ && name_in(line, "end") == open_) {
            open_.reset();
        } else if (open_) {
            fail(fmt::format("'{}' stands where '{}' is expected", line, end_marker(*open_)));
        } else {
            fail(fmt::format("'{}' begins nothing", line));
        }
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error(fmt::format("line {}: {}", line_number_, what));
    }

    const Results& results_;
    std::string text_;
    std::optional<std::string> open_;
    bool seen_any_ = false;
    int line_number_ = 0;
};

}  // namespace

std::string replace_figures(const nlohmann::json& results, std::string_view document) {
    const Results read = read_results(results);
    return Replacement{read}.apply(document);
}

}  // namespace bench_report
