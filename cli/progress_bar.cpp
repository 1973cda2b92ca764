#include "progress_bar.hpp"

#include <fmt/format.h>

#include <string>

namespace cli {
namespace {

constexpr std::chrono::milliseconds patience{200};  // faster than this nobody needs a bar
constexpr std::chrono::milliseconds between_drawings{50};
constexpr std::uint64_t bar_cells = 30;

std::string bar_of(std::uint64_t done, std::uint64_t total) {
    const std::uint64_t filled = bar_cells * done / total;
    std::string bar;
    for (std::uint64_t cell = 0; cell < bar_cells; ++cell) {
        bar += cell < filled ? "█" : "░";
    }
    return bar;
}

}  // namespace

void ProgressBar::show(std::uint64_t done, std::uint64_t total) {
    const auto now = Clock::now();
    if (!terminal_.fancy() || total == 0 || now - begin_ < patience) {
        return;
    }
    if (done >= total) {
        terminal_.erase();
    } else if (now - last_drawn_ >= between_drawings) {
        terminal_.draw(fmt::format("{} {} {:3} %  {} of {} {}", task_, bar_of(done, total),
                                   100 * done / total, done, total, unit_));
        last_drawn_ = now;
    }
}

}  // namespace cli
