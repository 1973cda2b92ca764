#pragma once

#include <tidemark/options.hpp>

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 calls itself so
class App;
}

namespace cli {

/// What `tidemark run` can be told, on its command line or in a configuration file.
struct RunArguments {
    std::string config;
    std::string database;
    std::string sql;
    /// Files that get every batch as well.
    std::vector<std::string> destinations;
    tidemark::Options options;
    bool json = false;
    bool quiet = false;
    bool bail = false;
};

/// Adds all of it to a command but `--config`. `arguments` must live as long as `command`.
void add_run_arguments(CLI::App& command, RunArguments& arguments);

/// When all has been read: the files of the command line, and what else there is, into the options.
void add_destinations(RunArguments& arguments,
                      const std::vector<tidemark::DestinationOptions>& others);

}  // namespace cli
