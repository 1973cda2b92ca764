#include "support/temporary_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace tidemark::tests {

namespace fs = std::filesystem;

TemporaryDirectory::TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "tidemark-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
    }
    path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error("cannot read " + path);
    }
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const std::string& path, const std::string& content) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!file.flush()) {
        throw std::runtime_error("cannot write " + path);
    }
}

FolderSnapshot::FolderSnapshot(const fs::path& folder) {
    std::map<std::string, std::string> entries;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string content =
            entry.is_regular_file() ? read_file(entry.path().string()) : "-";
        entries[entry.path().filename().string()] = content;
    }
    for (const auto& [name, content] : entries) {
        text_ += name + ' ' + std::to_string(content.size()) + '\n' + content + '\n';
    }
}

std::ostream& operator<<(std::ostream& out, const FolderSnapshot& snapshot) {
    // Names and sizes say enough; the bytes of a database do not print well.
    std::istringstream lines(snapshot.text_);
    for (std::string line; std::getline(lines, line);) {
        if (line.size() < 200 &&
            line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "
                                   "._-") == std::string::npos) {
            out << line << '\n';
        }
    }
    return out;
}

}  // namespace tidemark::tests
