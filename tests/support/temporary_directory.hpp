#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace tidemark::tests {

/// A new folder for one test; removed, with all that is in it, at the end of its life.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const {
        return (path_ / name).string();
    }

private:
    std::filesystem::path path_;
};

/// The names of everything in a folder, sorted.
[[nodiscard]] std::vector<std::string> names_in(const std::filesystem::path& folder);

/// The bytes of a file.
[[nodiscard]] std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& content);

/// A folder as it stands: the name of every entry, and the bytes of every file. Two of them are
/// equal when nobody has changed, added or removed anything in between.
///
/// Not to be made while this process has a database open in the folder: who closes any descriptor
/// of a file loses all POSIX locks that the process holds on it, those of SQLite included.
class FolderSnapshot {
public:
    explicit FolderSnapshot(const std::filesystem::path& folder);
    friend bool operator==(const FolderSnapshot&, const FolderSnapshot&) = default;
    friend std::ostream& operator<<(std::ostream& out, const FolderSnapshot& snapshot);

private:
    std::string text_;
};

}  // namespace tidemark::tests
