#pragma once

#include "terminal.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cli::demo {

/// Tells the story on standard output and counts what was checked.
class Narrator {
public:
    void chapter(std::string_view title);
    void section(std::string_view title);
    void say(std::string_view text);
    /// Something that happens at a moment of the seed's timeline.
    void event(double seconds, std::string_view text);
    void table(const std::vector<std::vector<std::string>>& rows);

    /// Says that `claim` holds, or, louder, that it does not.
    void check(bool holds, std::string_view claim);

    [[nodiscard]] unsigned checks() const noexcept { return checks_; }
    [[nodiscard]] unsigned failures() const noexcept { return failures_; }
    [[nodiscard]] Terminal& terminal() noexcept { return terminal_; }

private:
    Terminal terminal_{stdout};
    unsigned checks_ = 0;
    unsigned failures_ = 0;
};

}  // namespace cli::demo
