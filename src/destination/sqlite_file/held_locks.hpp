#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace tidemark::destination {

/// The lock files that this process has open. Exists once, from the first use to the very end of
/// the process, exit handlers included.
///
/// In a child after fork() all are closed before fork() returns, and remembered as inherited. (Not
/// after `vfork` or a bare `clone`, which run no handlers; `exec` closes them, too.)
class HeldLocks {
public:
    struct Held {
        std::string path;
        int descriptor = -1;
        bool inherited = false;
    };
    using Guard = std::unique_lock<std::mutex>;

    [[nodiscard]] static HeldLocks& of_this_process();

    /// Whoever has it keeps fork() waiting, and sees a list that does not change.
    [[nodiscard]] Guard lock() { return Guard(mutex_); }

    // REQUIRES: the guard is held.

    void add(std::string path, int descriptor);
    /// The descriptor that was added, for the caller to close; -1 when it is not ours.
    [[nodiscard]] int remove(const std::string& path);
    [[nodiscard]] bool is_held(const std::string& path) const;
    [[nodiscard]] bool is_inherited(const std::string& path) const;

private:
    HeldLocks();
    void close_inherited() noexcept;

    std::mutex mutex_;
    std::vector<Held> all_;  // guarded by mutex_
};

}  // namespace tidemark::destination
