#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace cli {

/// Lays out `--help` for 100 columns: descriptions are broken into lines.
class HelpFormatter final : public CLI::Formatter {
public:
    HelpFormatter() { column_width(30); }

    std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace cli
