#include "chart.hpp"
#include "scale.hpp"
#include "text.hpp"

#include <fmt/format.h>

namespace bench_report {

namespace {

constexpr int row_height = 24;
constexpr int bar_top = 5;
constexpr int bar_height = 14;

std::vector<double> values_of(const Measure& measure) {
    std::vector<double> values;
    for (const Result& result : measure.results) {
        values.insert(values.end(), {result.value.low, result.value.middle, result.value.high});
    }
    return values;
}

std::string share(double part) { return fmt::format("{:.2f}%", 100 * part); }

std::string line(double from, double to, int y_from, int y_to, const char* style) {
    return fmt::format(R"(<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>)", style, share(from),
                       share(to), y_from, y_to);
}

std::string grid(const Scale& scale) {
    std::string lines;
    for (const double tick : scale.ticks()) {
        lines += line(scale.place(tick), scale.place(tick), 0, row_height, "grid");
    }
    return lines;
}

std::string whisker(double low, double high) {
    constexpr int middle = bar_top + bar_height / 2;
    return line(low, high, middle, middle, "whisker") +
           line(low, low, middle - 4, middle + 4, "whisker") +
           line(high, high, middle - 4, middle + 4, "whisker");
}

std::string bar(const Measure& measure, const Result& result, const Scale& scale) {
    const std::string title = fmt::format(
        "{}: {} {}, low {}, high {}", label_of(result.contender), format_value(result.value.middle),
        measure.unit, format_value(result.value.low), format_value(result.value.high));
    return fmt::format(R"(<svg class="bar" role="img" height="{}"><title>{}</title>{})"
                       R"(<rect x="0" y="{}" width="{}" height="{}" rx="2"/>{}</svg>)",
                       row_height, escape_html(title), grid(scale), bar_top,
                       share(scale.place(result.value.middle)), bar_height,
                       whisker(scale.place(result.value.low), scale.place(result.value.high)));
}

std::string row(const Measure& measure, const Result& result, const Scale& scale,
                const Palette& palette) {
    const std::string ratio =
        result.ratio ? fmt::format(" <b>{}</b>", format_ratio(result.ratio->middle)) : "";
    return fmt::format(R"(<div class="row {}"><span class="name"><i class="swatch"></i>{}</span>{})"
                       R"(<span class="value">{} {}{}</span></div>)"
                       "\n",
                       palette.style_of(result.contender), escape_html(label_of(result.contender)),
                       bar(measure, result, scale), format_value(result.value.middle),
                       escape_html(measure.unit), ratio);
}

/// The outermost figures stay within the chart, the others stand centred below their line.
const char* anchor_at(double place) {
    if (place < 0.01) return "start";
    return place > 0.99 ? "end" : "middle";
}

std::string caption(const Measure& measure, const Scale& scale) {
    std::string caption = scale_of(measure);
    if (scale.is_logarithmic()) caption += "; log scale";
    if (has_ratios(measure)) caption += "; bold: ratio to " + label_of(measure.base);
    return caption;
}

std::string axis(const Measure& measure, const Scale& scale) {
    std::string figures;
    for (const double tick : scale.ticks()) {
        const double place = scale.place(tick);
        figures += fmt::format(R"(<text x="{}" y="12" text-anchor="{}">{}</text>)", share(place),
                               anchor_at(place), format_tick(tick));
    }
    return fmt::format(R"(<div class="row axis"><svg class="bar" height="16">{}</svg>)"
                       R"(<span class="caption">{}</span></div>)"
                       "\n",
                       figures, escape_html(caption(measure, scale)));
}

}  // namespace

std::string draw_bars(const Measure& measure, const Palette& palette) {
    const Scale scale = Scale::fitting(values_of(measure));
    std::string chart = "<div class=\"bars\">\n";
    for (const Result& result : measure.results) chart += row(measure, result, scale, palette);
    return chart + axis(measure, scale) + "</div>\n";
}

}  // namespace bench_report
