#pragma once

#include "capture/trigger/recorder.hpp"
#include "capture/trigger/trigger_capture.hpp"
#include "change/change_log.hpp"
#include "change/table.hpp"
#include "sqlite/preupdate.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tidemark::capture {

/// Notices incremental blob writes (`sqlite3_blob_write`) to the tables that triggers serve. No
/// trigger fires for them, but a preupdate hook is called. It notes which row was written to in the
/// recorder, and at the cut the row is read as it stands at the boundary: a blob write that was
/// rolled back writes a row once more, and changes nothing.
///
/// A connection has one preupdate hook. While there is a session on it the hook belongs to the
/// session extension, which asks its table filter inside the hook for every change of a table that
/// the session does not track: then the filter hands over what it is asked about (`noticed`).
/// Otherwise the hook can be occupied. Never both: see sqlite::BlobWriteHook.
///
/// All calls under the lock of the connection.
class BlobWatch {
public:
    BlobWatch(sqlite3* connection, std::shared_ptr<Recorder> recorder)
        : connection_(connection), recorder_(std::move(recorder)) {}
    BlobWatch(const BlobWatch&) = delete;
    BlobWatch& operator=(const BlobWatch&) = delete;
    ~BlobWatch() = default;

    /// Looks out for these tables from now on. What was noted for others must have been taken.
    void watch(const change::TableList& tables, const std::vector<Watched>& watched);

    void occupy_hook();
    /// Before the first session begins.
    void leave_hook() noexcept { hook_.reset(); }

    /// A blob write to this table is about to happen, says the table filter of a session.
    void noticed(const char* table) noexcept;

    /// True when memory was too short to note a row: only a copy of everything is right then.
    /// `watch` forgets it.
    [[nodiscard]] bool lost_track() const noexcept { return lost_track_; }

    /// Names of other tables that were written to since `watch`: such as a table that was renamed.
    [[nodiscard]] const std::set<std::string>& strangers() const noexcept { return strangers_; }

    /// Appends the rows and tables that were written to as they stand now, after what else there is
    /// in the log about them. Throws Error or std::bad_alloc; the caller truncates the log then, and the rows
    /// stay noted.
    void append_images(change::ChangeLog& log, bool utf16) const;

private:
    struct Target {
        change::TableId id = 0;
        /// False: the table is written whole.
        bool by_row = false;
        int integer_primary_key = -1;
    };
    template <typename Action>
    void with_target(const char* table, Action action) noexcept;

    sqlite3* connection_;
    std::shared_ptr<Recorder> recorder_;
    change::TableList tables_;
    // By the names as they stand in the schema, which are those that the hook is told.
    std::map<std::string, Target, std::less<>> targets_;
    std::set<std::string> strangers_;
    bool lost_track_ = false;
    std::optional<sqlite::BlobWriteHook> hook_;
};

}  // namespace tidemark::capture
