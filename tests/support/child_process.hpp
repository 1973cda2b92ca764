#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tidemark::tests {

/// Another program, with pipes to its standard input and output. Killed when it is still running
/// at the end of this object's life.
class ChildProcess {
public:
    ChildProcess(const std::string& program, const std::vector<std::string>& arguments);
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess();

    [[nodiscard]] pid_t id() const noexcept { return id_; }
    [[nodiscard]] int output() const noexcept { return output_; }

    /// The next line that it prints, without its end; empty when it has closed its output.
    [[nodiscard]] std::optional<std::string> read_line();
    /// Everything that it prints until it closes its output, and what was not read yet.
    [[nodiscard]] std::string read_rest();
    /// Whether there is something to read, or it has closed its output, before the time is over.
    [[nodiscard]] bool readable_within(std::chrono::milliseconds time) const;

    /// Closes its standard input, which asks it to end, and waits. The exit code, or minus the
    /// number of the signal that ended it.
    int finish();
    /// Ends it with SIGKILL, and waits.
    int kill();

private:
    int wait();
    bool read_more();

    pid_t id_ = -1;
    int input_ = -1;
    int output_ = -1;
    std::string unread_;
};

}  // namespace tidemark::tests
