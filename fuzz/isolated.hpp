#pragma once

#include "stage.hpp"
#include "support/temporary_directory.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include <sys/types.h>

namespace tidemark::fuzz {

struct Played {
    /// Steps that were run, those that made the database included.
    std::size_t statements = 0;
    std::optional<Difference> difference{};
};

/// A play in a process of its own, so that a crash and a hang are differences like any other. Only
/// to be started while this process has one thread.
class Isolated {
public:
    using Work = std::function<Played(const std::string& folder)>;

    /// Starts it.
    Isolated(const Work& work, std::chrono::seconds patience);
    Isolated(const Isolated&) = delete;
    Isolated& operator=(const Isolated&) = delete;
    ~Isolated();

    /// Can be read from when the play has ended; for poll().
    [[nodiscard]] int descriptor() const noexcept { return answer_; }
    /// Waits for the end. Once.
    [[nodiscard]] Played wait();

private:
    tests::TemporaryDirectory folder_;
    pid_t child_ = -1;
    int answer_ = -1;
};

}  // namespace tidemark::fuzz
