#pragma once

#include "change/replay.hpp"
#include "history/history_reader.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tidemark::tests {

/// A copy of a database file that walks along its history, without tidemark's bookkeeping.
class Walk {
public:
    /// `path` is the copy; it is changed.
    Walk(std::string path, std::string history_path);

    /// Every batch after `from` up to `to`, and back again. Throws Error.
    void forward(std::uint64_t from, std::uint64_t to);
    void backward(std::uint64_t from, std::uint64_t to);

private:
    void go(const history::HistoryReader& reader, const std::vector<std::uint64_t>& batches,
            change::Direction direction);

    std::string path_;
    std::string history_path_;
};

/// Copies the content of a database to a new file.
void copy_file(const std::string& from, const std::string& to);

}  // namespace tidemark::tests
