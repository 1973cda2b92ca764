#include "chart.hpp"
#include "scale.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bench_report {

namespace {

constexpr double plot_top = 10;
constexpr double plot_height = 240;
constexpr double figures_height = 26;  // below the plot: the names of the percentiles

/// Colour is not the only difference between two lines.
constexpr std::array<const char*, 4> marks{"M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", "M-4 -4h8v8h-8z",
                                           "M0 -5l5 9h-10z", "M0 -5l5 5l-5 5l-5 -5z"};

using Names = std::vector<std::string>;

Scale scale_for(const Measure& measure) {
    std::vector<double> values;
    for (const Result& result : measure.results) {
        for (const Percentile& percentile : result.percentiles) values.push_back(percentile.value);
    }
    return Scale::logarithmic(values);
}

double y_of(double value, const Scale& scale) {
    return plot_top + plot_height * (1 - scale.place(value));
}

/// The columns stand in the middle of equal shares of the width.
double x_of(const std::string& name, const Names& columns) {
    const auto index = std::find(columns.begin(), columns.end(), name) - columns.begin();
    return 100 * (static_cast<double>(index) + 0.5) / static_cast<double>(columns.size());
}

std::string scale_figures(const Scale& scale) {
    std::string figures;
    for (const double tick : scale.ticks()) {
        figures += fmt::format(R"(<text x="100%" y="{:.1f}" text-anchor="end">{}</text>)",
                               y_of(tick, scale) + 4, format_tick(tick));
    }
    return figures;
}

std::string grid(const Scale& scale, const Names& columns) {
    std::string drawing;
    for (const double tick : scale.ticks()) {
        drawing += fmt::format(R"(<line class="grid" x1="0" x2="100%" y1="{0:.1f}" y2="{0:.1f}"/>)",
                               y_of(tick, scale));
    }
    for (const std::string& name : columns) {
        drawing += fmt::format(R"(<text x="{:.2f}%" y="{}" text-anchor="middle">{}</text>)",
                               x_of(name, columns), plot_top + plot_height + 18, escape_html(name));
    }
    return drawing;
}

std::string segment(const Percentile& from, const Percentile& to, const Scale& scale,
                    const Names& columns) {
    return fmt::format(R"(<line class="curve" x1="{:.2f}%" y1="{:.1f}" x2="{:.2f}%" y2="{:.1f}"/>)",
                       x_of(from.name, columns), y_of(from.value, scale), x_of(to.name, columns),
                       y_of(to.value, scale));
}

std::string mark(const std::string& label, const Percentile& at, const char* shape,
                 const Scale& scale, const Names& columns) {
    return fmt::format(
        R"(<svg class="mark" x="{:.2f}%" y="{:.1f}"><path d="{}"><title>{} {}: {}</title></path></svg>)",
        x_of(at.name, columns), y_of(at.value, scale), shape, escape_html(label),
        escape_html(at.name), format_value(at.value));
}

std::string curve(const Result& result, const char* shape, const Scale& scale, const Names& columns,
                  const Palette& palette) {
    std::string drawing = fmt::format(R"(<g class="{}">)", palette.style_of(result.contender));
    std::optional<Percentile> before;
    for (const std::string& name : columns) {
        const auto value = percentile_of(result, name);
        if (!value) continue;
        const Percentile here{name, *value};
        if (before) drawing += segment(*before, here, scale, columns);
        drawing += mark(label_of(result.contender), here, shape, scale, columns);
        before = here;
    }
    return drawing + "</g>";
}

std::string legend_entry(const Result& result, const char* shape, const Palette& palette) {
    return fmt::format(
        R"(<span class="{}"><svg class="key" width="26" height="12"><line class="curve" x1="1" y1="6" x2="25" y2="6"/>)"
        R"(<svg class="mark" x="13" y="6"><path d="{}"/></svg></svg>{}</span>)"
        "\n",
        palette.style_of(result.contender), shape, escape_html(label_of(result.contender)));
}

}  // namespace

std::string draw_percentiles(const Measure& measure, const Palette& palette) {
    const Names columns = percentile_names_of(measure);
    const Scale scale = scale_for(measure);
    std::string curves;
    std::string legend;
    std::size_t number = 0;
    for (const Result& result : measure.results) {
        if (result.percentiles.empty()) continue;
        const char* shape = marks.at(number++ % marks.size());
        curves += curve(result, shape, scale, columns, palette) + "\n";
        legend += legend_entry(result, shape, palette);
    }
    const double height = plot_top + plot_height + figures_height;
    return fmt::format(
        R"(<div class="legend">{}</div>)"
        R"(<div class="lines"><svg class="scale" height="{}">{}</svg>)"
        R"(<svg class="plot" height="{}" role="img"><title>Percentiles of {}</title>{}{}</svg></div>)"
        R"(<p class="caption">{}; log scale</p>)"
        "\n",
        legend, height, scale_figures(scale), height, escape_html(measure.name),
        grid(scale, columns), curves, escape_html(scale_of(measure)));
}

}  // namespace bench_report
