#pragma once

#include <tidemark/options.hpp>

#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 calls itself so
class App;
}

namespace cli {

/// What `tidemark run` can be told, on its command line or in a configuration file.
struct RunArguments {
    std::string config;
    std::string database;
    std::string sql;
    tidemark::Options options;
    bool json = false;
    bool quiet = false;
    bool bail = false;
};

/// Adds all of it to a command but `--config`. `arguments` must live as long as `command`.
void add_run_arguments(CLI::App& command, RunArguments& arguments);

}  // namespace cli
