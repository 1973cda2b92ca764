#pragma once

#include "capture/trigger/queue_table.hpp"
#include "capture/trigger/recorder.hpp"

#include <memory>
#include <vector>

namespace tidemark::capture {

/// One table that gets triggers.
struct Watched {
    change::TableId id = 0;
    /// False: only that the table was touched is noted, and it is written whole.
    bool log_rows = true;
};

/// Notices changes by TEMP triggers, which leave nothing in the application's main schema.
///
/// **Fallback triggers.** A trigger that logs a row names its columns, so `ALTER TABLE … DROP COLUMN`
/// would be refused because of it, and a trigger that was parsed before an ALTER would not fit the
/// table after it. So each trigger's text in `temp.sqlite_schema` is replaced, once SQLite has
/// parsed the real one, by a trigger that names no columns and only notes that its table was
/// touched. SQLite goes on running the parsed one until it has a reason to read the schema again,
/// which is whenever the parsed ones may no longer fit: after ALTER TABLE, after a schema change
/// that was rolled back, after VACUUM. From then on the fallbacks run, no change goes unnoticed,
/// and the next cut writes the touched tables whole and makes the real triggers anew.
///
/// All calls under the lock of the connection.
class TriggerCapture {
public:
    /// Leaves the connection alone until there is something to watch, or a `queue` to show as
    /// `temp._sync_queue`.
    TriggerCapture(sqlite3* connection, std::shared_ptr<Recorder> recorder, QueueSource queue);
    TriggerCapture(const TriggerCapture&) = delete;
    TriggerCapture& operator=(const TriggerCapture&) = delete;
    /// Removes everything from the connection, if no transaction is open. If one is, it stays
    /// behind and does nothing.
    ~TriggerCapture();

    /// Puts triggers on these tables and removes all older ones; all or, when it throws, nothing.
    /// Only between transactions. What the log holds must have been taken if `tables` changes.
    void watch(const change::TableList& tables, const std::vector<Watched>& watched, bool utf16);
    /// Makes the same triggers anew.
    void renew();
    /// False when somebody has removed triggers (`PRAGMA temp_store` removes all TEMP objects).
    [[nodiscard]] bool intact() const;

    [[nodiscard]] Recorder& recorder() noexcept { return *recorder_; }
    [[nodiscard]] const Recorder& recorder() const noexcept { return *recorder_; }

private:
    void register_once();
    void install(const change::TableList& tables, const std::vector<Watched>& watched);
    void create_triggers(const change::TableList& tables, const std::vector<Watched>& watched);
    void remove_triggers();

    sqlite3* connection_;
    std::shared_ptr<Recorder> recorder_;
    QueueSource queue_;
    bool registered_ = false;
    change::TableList tables_;
    std::vector<Watched> watched_;
};

}  // namespace tidemark::capture
