#pragma once

#include <string>

namespace bench {

/// What a figure depends on, besides the program.
struct Machine {
    unsigned cpus = 0;
    std::string kernel;
    std::string filesystem;  ///< Of the folder where the files lie.
    std::string compiler;
};

/// `folder`: where the files lie; empty: the system's folder for temporary files.
[[nodiscard]] Machine describe_machine(const std::string& folder);

}  // namespace bench
