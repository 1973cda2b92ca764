#include "scratch_folder.hpp"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace bench {

ScratchFolder::ScratchFolder(const std::string& parent) {
    const std::filesystem::path folder =
        parent.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path{parent};
    path_ = (folder / "tidemark-bench-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(),
                                "cannot make a folder in " + folder.string());
    }
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace bench
