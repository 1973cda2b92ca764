#pragma once

#include "capture/capture.hpp"
#include "sqlite/session.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

namespace tidemark::capture {

/// Compares names as SQLite does.
struct NameLess {
    bool operator()(const std::string& left, const std::string& right) const noexcept;
};
using NameSet = std::set<std::string, NameLess>;

/// Notices changes by SQLite's session extension.
///
/// There is always a session on the connection: a `DELETE FROM t` that the application prepared
/// while there was none would never be seen (SQLite compiles it without visiting the rows). So one
/// that records nothing is kept for as long as this object lives, the next one is begun before the
/// last one ends, and statements that were prepared before the first one are compiled anew.
///
/// All calls under the lock of the connection, except `changed`.
class SessionCapture {
public:
    SessionCapture(sqlite3* connection, SignalHandler signal);
    SessionCapture(const SessionCapture&) = delete;
    SessionCapture& operator=(const SessionCapture&) = delete;
    ~SessionCapture() = default;

    /// A cut in two steps, so that nothing is lost when what lies between them fails.
    struct Prepared {
        sqlite::Changeset changeset;
        std::unique_ptr<sqlite::Session> next;
    };
    /// Takes what has changed, without forgetting it yet. Throws Error.
    [[nodiscard]] Prepared prepare_cut();
    void finish_cut(Prepared& prepared) noexcept;

    /// Begins anew, with these tables; what has been recorded is forgotten. Throws Error, and then
    /// nothing has changed.
    void restart(NameSet tables);

    [[nodiscard]] bool empty() const noexcept { return current_->empty(); }
    [[nodiscard]] std::uint64_t memory_bytes() const noexcept {
        return current_->memory_used_bytes();
    }
    /// Whether a watched table was written to since the last cut; any thread.
    [[nodiscard]] bool changed() const noexcept { return changed_.load(std::memory_order_relaxed); }

private:
    [[nodiscard]] std::unique_ptr<sqlite::Session> begin_session();
    bool wants(const char* table);

    sqlite3* connection_;
    SignalHandler signal_;
    NameSet tables_;
    std::atomic<bool> changed_{false};
    std::unique_ptr<sqlite::Session> keeper_;
    std::unique_ptr<sqlite::Session> current_;
};

}  // namespace tidemark::capture
