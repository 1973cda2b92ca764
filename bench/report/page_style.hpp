#pragma once

namespace bench_report {

/// The style sheet of the HTML report.
extern const char* const page_style;

}  // namespace bench_report
