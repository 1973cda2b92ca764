#pragma once

#include "capture/capture.hpp"
#include "sqlite/names.hpp"
#include "sqlite/session.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::capture {

/// Notices changes by SQLite's session extension.
///
/// There is always a session on the connection: a `DELETE FROM t` that the application prepared
/// while there was none would never be seen (SQLite compiles it without visiting the rows). So one
/// that records nothing is kept for as long as this object lives, the next one is begun before the
/// last one ends, and statements that were prepared before the first one are compiled anew.
///
/// To make a changeset takes as long as there are rows in it, under the lock of the connection. So
/// what has been recorded can be *sealed* in parts before a cut asks for it: a seal is a cut of which
/// nothing is handed over yet, and the parts go with the next cut, in their order.
///
/// All calls under the lock of the connection, except `changed`.
class SessionCapture {
public:
    /// Is told of incremental blob writes to tables that the session does not watch, inside the
    /// preupdate hook. Must not throw.
    using BlobWriteHandler = std::function<void(const char* table)>;

    SessionCapture(sqlite3* connection, SignalHandler signal, BlobWriteHandler other_blob_write);
    SessionCapture(const SessionCapture&) = delete;
    SessionCapture& operator=(const SessionCapture&) = delete;
    ~SessionCapture() = default;

    /// Tables that changed since the last cut, as far as sessions serve them or nobody is known to.
    [[nodiscard]] const sqlite::NameSet& touched() const noexcept { return touched_; }
    /// True when memory was missing to note a table in `touched`.
    [[nodiscard]] bool lost_track() const noexcept { return lost_track_; }
    /// False when changes since the last cut may be missing, also from `touched`.
    [[nodiscard]] bool records() const noexcept { return current_->records(); }

    /// A cut in two steps, so that nothing is lost when what lies between them fails.
    struct Prepared {
        /// What has not been sealed.
        sqlite::Changeset rest;
        std::unique_ptr<sqlite::Session> next;
        /// Nothing has changed, parts included.
        bool nothing = true;
    };
    /// Takes what has changed, without forgetting it yet. Throws Error.
    [[nodiscard]] Prepared prepare_cut();
    /// All changesets since the last cut, in their order; no empty ones.
    [[nodiscard]] std::vector<sqlite::Changeset> finish_cut(Prepared& prepared) noexcept;

    /// Makes a part of what has been recorded since the last one. At a transaction boundary, and only
    /// while the tables are what they were at the last cut. Throws Error, and then nothing has
    /// changed.
    void seal();

    /// Calls `visit` with every changeset since the last cut, in their order, without forgetting any.
    /// Within whatever transaction is open: what that has done so far is in the last one. Throws Error;
    /// while a statement that writes is running SQLite refuses to make one.
    void visit_pending(const std::function<void(const sqlite::Changeset&)>& visit) const;

    /// The sessions that seals and cuts have ended. To free what they hold takes long, and may be done
    /// while others use the connection, which must still be open: it waits for the call that they are in,
    /// and then for nothing any more. No count of what is pending has them.
    using Ended = std::vector<std::unique_ptr<sqlite::Session>>;
    [[nodiscard]] Ended take_ended() noexcept { return std::exchange(ended_, {}); }
    [[nodiscard]] bool has_ended() const noexcept { return !ended_.empty(); }

    /// Begins anew, with these tables; what has been recorded is forgotten. `others` are captured by
    /// other means. Throws Error, and then nothing has changed.
    void restart(sqlite::NameSet tables, sqlite::NameSet others);

    [[nodiscard]] bool empty() const noexcept { return current_->empty(); }
    /// Of the parts, and of what has not been sealed.
    [[nodiscard]] std::uint64_t sealed_bytes() const noexcept { return sealed_bytes_; }
    [[nodiscard]] std::uint64_t unsealed_bytes() const noexcept {
        return current_->memory_used_bytes();
    }
    /// How many tables have changed since the last seal or cut, of those that sessions serve.
    [[nodiscard]] std::size_t unsealed_tables() const noexcept { return unsealed_tables_; }
    /// Whether a watched table was written to since the last cut; any thread.
    [[nodiscard]] bool changed() const noexcept { return changed_.load(std::memory_order_relaxed); }

private:
    [[nodiscard]] std::unique_ptr<sqlite::Session> begin_session();
    bool wants(const char* table);
    void note_touched(const char* table) noexcept;
    void begin_next(std::unique_ptr<sqlite::Session> next) noexcept;
    void forget_cut() noexcept;

    sqlite3* connection_;
    SignalHandler signal_;
    BlobWriteHandler other_blob_write_;
    sqlite::NameSet tables_;
    sqlite::NameSet others_;
    sqlite::NameSet touched_;
    bool lost_track_ = false;
    std::atomic<bool> changed_{false};
    std::unique_ptr<sqlite::Session> keeper_;
    std::unique_ptr<sqlite::Session> current_;
    Ended ended_;
    std::size_t unsealed_tables_ = 0;
    std::vector<sqlite::Changeset> parts_;
    std::uint64_t sealed_bytes_ = 0;
};

}  // namespace tidemark::capture
