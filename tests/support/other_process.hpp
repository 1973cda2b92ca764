#pragma once

#include "support/child_process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tidemark::tests {

/// A second process on the same file: the program of other_process_main.cpp, where its commands
/// are described.
[[nodiscard]] inline std::unique_ptr<ChildProcess> start_other_process(
    const std::vector<std::string>& arguments) {
    return std::make_unique<ChildProcess>(TIDEMARK_OTHER_PROCESS, arguments);
}

}  // namespace tidemark::tests
