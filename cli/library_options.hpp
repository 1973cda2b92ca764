#pragma once

#include <tidemark/options.hpp>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 calls itself so
class App;
}

namespace cli {

/// Adds to a command everything that can be chosen when a database is opened. `options` must live
/// as long as `app`.
void add_library_options(CLI::App& app, tidemark::Options& options);

/// Only `--strategy`, as above.
void add_strategy_option(CLI::App& app, tidemark::Strategy& strategy);

}  // namespace cli
