#pragma once

#include "capture/schema_diff.hpp"
#include "capture/session/session_capture.hpp"
#include "capture/table_plan.hpp"
#include "capture/trigger/trigger_capture.hpp"
#include "change/table.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::capture {

/// How each table of a schema is captured, and that schema, to compare the next one with.
struct CapturePlan {
    std::vector<PlannedTable> planned;
    std::vector<TempTrigger> temp_triggers;
    SchemaState schema;

    /// Every table with rows of its own that is not left out, and from `first_system_table` on
    /// SQLite's own: the ids of a log are places in this list.
    change::TableList list;
    std::size_t first_system_table = 0;
    sqlite::NameMap<change::TableId> ids;
    std::vector<Watched> watched;

    sqlite::NameSet by_session;
    /// Of those, tables whose rowids a changeset does not carry: sent whole when they were touched.
    /// (FTS4 has a small one.)
    sqlite::NameSet by_session_whole;
    /// Captured by other means than sessions, or left out.
    sqlite::NameSet not_by_session;
    /// Tables of sessions on which writes can be refused.
    std::vector<std::string> refusable;
    std::vector<std::string> excluded;
    /// As `PRAGMA encoding` says it. An empty database may change it.
    std::string encoding;

    [[nodiscard]] bool utf16() const noexcept { return encoding != "UTF-8"; }
    [[nodiscard]] const change::Table& table(change::TableId id) const { return (*list)[id]; }
    [[nodiscard]] std::optional<change::TableId> find(const std::string& name) const {
        const auto found = ids.find(name);
        return found == ids.end() ? std::nullopt : std::optional(found->second);
    }
    /// Those of the touched tables that are sent whole.
    [[nodiscard]] std::vector<change::TableId> sent_whole(const sqlite::NameSet& touched) const;
    [[nodiscard]] bool is_excluded(const std::string& name) const;
};

/// Under the lock of the connection. Throws Error.
[[nodiscard]] CapturePlan make_capture_plan(sqlite3* connection, const PlanRules& rules);

}  // namespace tidemark::capture
