#include "help_formatter.hpp"

#include <sstream>

namespace cli {
namespace {

constexpr std::size_t description_width = 68;

}  // namespace

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
    std::istringstream words{option->get_description()};
    std::string text;
    std::string word;
    std::size_t line_begin = 0;
    while (words >> word) {
        const bool fits = text.size() + 1 + word.size() <= line_begin + description_width;
        if (!text.empty()) {
            text += fits ? ' ' : '\n';
            line_begin = fits ? line_begin : text.size();
        }
        text += word;
    }
    return text;
}

}  // namespace cli
