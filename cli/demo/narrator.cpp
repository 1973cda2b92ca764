#include "demo/narrator.hpp"

#include "table.hpp"

#include <fmt/format.h>

namespace cli::demo {

void Narrator::chapter(std::string_view title) {
    terminal_.line("");
    const auto text = fmt::format("{} {}", terminal_.choose("━━━", "==="), title);
    terminal_.line(terminal_.paint(Colour::bold, text));
}

void Narrator::section(std::string_view title) {
    terminal_.line("");
    terminal_.line(terminal_.paint(Colour::cyan, title));
}

void Narrator::say(std::string_view text) { terminal_.line(fmt::format("  {}", text)); }

void Narrator::event(double seconds, std::string_view text) {
    const auto time = fmt::format("{:6.1f}s", seconds);
    terminal_.line(fmt::format("{}  {}", terminal_.paint(Colour::dim, time), text));
}

void Narrator::table(const std::vector<std::vector<std::string>>& rows) {
    for (const std::string& line : draw_table(rows, terminal_.fancy())) {
        say(line);
    }
}

void Narrator::check(bool holds, std::string_view claim) {
    ++checks_;
    failures_ += holds ? 0 : 1;
    const auto mark = holds ? terminal_.paint(Colour::green, terminal_.choose("✔", "[ok]"))
                            : terminal_.paint(Colour::red, terminal_.choose("✘", "[FAILED]"));
    say(fmt::format("{} {}", mark, claim));
}

}  // namespace cli::demo
