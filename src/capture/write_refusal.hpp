#pragma once

#include "sqlite/api.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace tidemark::capture {

/// Makes writes to tables that only a session watches fail while the pending limit is reached: a
/// session cannot refuse, so TEMP triggers do. They exist only in that time; whether they refuse is
/// a flag that any thread may set, so that they are harmless as soon as there is room again, even if
/// no boundary comes at which they can be removed.
class WriteRefusal {
public:
    explicit WriteRefusal(sqlite3* connection) : connection_(connection) {}
    WriteRefusal(const WriteRefusal&) = delete;
    WriteRefusal& operator=(const WriteRefusal&) = delete;
    ~WriteRefusal();

    /// Any thread.
    void set(bool refusing) noexcept { refusing_->store(refusing, std::memory_order_relaxed); }
    [[nodiscard]] bool refusing() const noexcept {
        return refusing_->load(std::memory_order_relaxed);
    }

    /// Neither is anything refused nor are there triggers to take away.
    [[nodiscard]] bool is_settled() const noexcept { return !refusing() && installed_.empty(); }

    /// Puts the triggers there if writes are to be refused, and takes them away if not; later, if a
    /// statement runs now. Under the lock of the connection, between transactions. Throws Error.
    void arrange(const std::vector<std::string>& tables);

private:
    void install(const std::vector<std::string>& tables);
    void remove();

    sqlite3* connection_;
    // Shared with the SQL function, which may outlive this object.
    std::shared_ptr<std::atomic<bool>> refusing_ = std::make_shared<std::atomic<bool>>(false);
    std::vector<std::string> installed_;
    bool registered_ = false;
};

}  // namespace tidemark::capture
