#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>

namespace tidemark {

/// A database on the list of those that are flushed when the process ends in order, by `exit`, by
/// `quick_exit` or by returning from `main`, and nobody has closed them.
///
/// The handler is registered when the first database is opened. So it runs before the destructors
/// of static objects that are older, and after those of younger ones. It frees nothing, because
/// other threads may still use the database, and the destructor of a static object may still close
/// it: it calls `leave`, one database after the other. A child after fork() inherits an empty list.
///
/// From then on `dlclose` does not unload the library or plugin that holds this code.
class AtExit {
public:
    /// Gets the time that has passed since the handler began; must not throw.
    using Leave = std::function<void(std::chrono::milliseconds elapsed)>;

    /// `deadline`: how long the handler waits for another thread that is closing the database.
    AtExit(Leave leave, std::chrono::milliseconds deadline);
    AtExit(const AtExit&) = delete;
    AtExit& operator=(const AtExit&) = delete;
    /// Waits until the handler is done with this one.
    ~AtExit();

    /// How many times a process has become its own child since the first database was opened. Cheap.
    [[nodiscard]] static unsigned forks() noexcept;

    /// While it lives this thread closes the database, and the handler keeps away from it.
    class Closing {
    public:
        explicit Closing(AtExit& at_exit);
        Closing(const Closing&) = delete;
        Closing& operator=(const Closing&) = delete;
        ~Closing();

    private:
        AtExit& at_exit_;
    };

private:
    friend class ExitHandler;

    // Constant.
    const Leave leave_;
    const std::chrono::milliseconds deadline_;
    std::uint64_t number_ = 0;

    // Guarded by the handler's mutex.
    bool leaving_ = false;
    bool closing_ = false;
    std::thread::id closer_;
};

}  // namespace tidemark
