#pragma once

#include "capture/trigger/queue_table.hpp"
#include "capture/trigger/recorder.hpp"
#include "capture/trigger/trigger_sql.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tidemark::capture {

/// One table that gets triggers.
struct Watched {
    change::TableId id = 0;
    Watch watch = Watch::rows;
    /// Place among the columns of the table, generated ones included, of the one that is its rowid
    /// by another name, or -1.
    int integer_primary_key = -1;
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
/// and the next cut writes the touched tables whole and puts real triggers on them again (`watch`).
///
/// **What happens to tables** shows by the triggers too: they follow a table that is renamed and go
/// with one that is dropped. And a view whose text was replaced in the same way tells whether SQLite
/// has read the TEMP schema again.
///
/// All calls under the lock of the connection.
class TriggerCapture {
public:
    /// `queue` is shown as `_sync_queue` from the first `watch` on; nothing else is on the connection
    /// until there is something to watch.
    TriggerCapture(sqlite3* connection, std::shared_ptr<Recorder> recorder, QueueSource queue);
    TriggerCapture(const TriggerCapture&) = delete;
    TriggerCapture& operator=(const TriggerCapture&) = delete;
    /// Removes everything from the connection, if no transaction is open and no statement runs. If
    /// one does, it stays behind and does nothing.
    ~TriggerCapture();

    /// Puts triggers on these tables, as far as they have none that still fit, and removes others; all or, when it throws, nothing.
    /// Only between transactions, and while no statement runs. What the log holds must have been taken if `tables` changes.
    void watch(const change::TableList& tables, const std::vector<Watched>& watched, bool utf16);
    /// False when somebody has removed triggers (`PRAGMA temp_store` removes all TEMP objects), and
    /// so has `DROP TABLE`.
    [[nodiscard]] bool intact() const;
    /// The name that each watched table has now.
    struct NamesNow {
        /// Nothing for a table that was dropped.
        std::map<change::TableId, std::optional<std::string>> names;
        /// False when only some triggers of a table are left: somebody has removed the others.
        bool certain = true;
    };
    [[nodiscard]] NamesNow names_now() const;
    /// Whether SQLite has read the TEMP schema again since the triggers were made. True when that
    /// cannot be told.
    [[nodiscard]] bool schema_read_again() const;

    [[nodiscard]] Recorder& recorder() noexcept { return *recorder_; }
    [[nodiscard]] const Recorder& recorder() const noexcept { return *recorder_; }

private:
    /// The triggers of one table. Their names and bodies bear the number of the slot, so that they
    /// may stay when the tables get other ids.
    struct Slot {
        bool used = false;
        change::TableId id = 0;
        change::Table table;
        Watch watch = Watch::rows;

        [[nodiscard]] std::size_t triggers() const noexcept;
    };

    void register_once(const std::vector<Watched>& watched);
    void keep_slots(const std::vector<change::Table>& tables,
                    const std::map<std::string, std::string>& existing, std::vector<Slot>& slots,
                    std::vector<Watched>& missing, std::set<std::string>& kept) const;
    void create_slot(const change::Table& table, const Watched& watched, std::vector<Slot>& slots);
    void create_generation_view(bool wanted);
    void remove_triggers(const std::map<std::string, std::string>& existing,
                         const std::set<std::string>& kept);
    void remove_orphans(const std::set<std::string>& kept);
    void tell_recorder(const change::TableList& tables);
    [[nodiscard]] std::map<std::string, std::string> own_triggers() const;
    [[nodiscard]] bool is_known(const std::string& trigger) const;

    sqlite3* connection_;
    std::shared_ptr<Recorder> recorder_;
    QueueSource queue_;
    bool queue_is_registered_ = false;
    bool registered_ = false;
    bool installed_ = false;
    bool utf16_ = false;
    std::vector<Slot> slots_;
};

}  // namespace tidemark::capture
