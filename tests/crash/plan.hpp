#pragma once

/// What one round does, agreed between the program that is killed and the test that kills it.

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace tidemark::tests {

/// What the writer is killed in the middle of.
enum class Moment : std::uint8_t { open, write, whole_copy, close };

constexpr std::array<std::string_view, 4> moment_names{"open", "write", "whole_copy", "close"};

[[nodiscard]] inline std::string name_of(Moment moment) {
    return std::string(moment_names.at(static_cast<std::size_t>(moment)));
}

/// What the writer tells its parent; lies in memory that both share, and outlives the writer.
struct Told {
    /// No transaction above this one has been asked to commit.
    std::atomic<std::int64_t> committing{0};
    /// The last transaction that was committed before a flush() that has returned.
    std::atomic<std::int64_t> acknowledged{0};
    std::atomic<std::int64_t> flushes{0};
    std::atomic<std::int64_t> whole_copies{0};
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

/// A file of that size, mapped by both processes.
class SharedTold {
public:
    explicit SharedTold(const std::string& path) {
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file >= 0 && ::ftruncate(file, sizeof(Told)) == 0) {
            memory_ = ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        }
        if (file >= 0) ::close(file);
    }
    SharedTold(const SharedTold&) = delete;
    SharedTold& operator=(const SharedTold&) = delete;
    ~SharedTold() { ::munmap(memory_, sizeof(Told)); }

    [[nodiscard]] bool is_mapped() const noexcept { return memory_ != MAP_FAILED; }
    // The file is born as zeroes, which is what the counters begin with.
    Told* operator->() const noexcept { return static_cast<Told*>(memory_); }

private:
    void* memory_ = MAP_FAILED;
};

}  // namespace tidemark::tests
