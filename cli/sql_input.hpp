#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cli {

/// Where SQL comes from: a file, a pipe, a terminal. For one thread.
class SqlInput {
public:
    /// `-` is standard input. Throws std::runtime_error when the file cannot be read.
    explicit SqlInput(const std::string& path);
    ~SqlInput();
    SqlInput(const SqlInput&) = delete;
    SqlInput& operator=(const SqlInput&) = delete;
    SqlInput(SqlInput&&) = delete;
    SqlInput& operator=(SqlInput&&) = delete;

    /// How errors name it.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// Waits for the next part, and returns it; empty at the end of the input. Nothing when
    /// `wake_descriptor` became readable before. The part is valid until the next call. Throws
    /// std::runtime_error when reading fails.
    [[nodiscard]] std::optional<std::string_view> read(int wake_descriptor);

private:
    std::string name_;
    int descriptor_;
    bool owned_;
    std::string buffer_;
};

}  // namespace cli
