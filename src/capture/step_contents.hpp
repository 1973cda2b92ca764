#pragma once

#include "capture/capture_plan.hpp"
#include "capture/schema_diff.hpp"
#include "change/change_log.hpp"

#include <set>
#include <string>
#include <vector>

namespace tidemark::capture {

/// What was captured while the schema changed.
struct CapturedChanges {
    /// Ids of the old plan: tables with records in the log, and tables that were only touched.
    std::set<change::TableId> logged;
    std::set<change::TableId> touched;
    /// Names that sessions have met, old and new ones.
    sqlite::NameSet by_session;
    /// False when the sessions cannot give their changes, or not for certain, because tables have
    /// changed under them.
    bool changeset_taken = true;
};

/// Which of that can be replayed, and which tables go whole instead.
struct StepContents {
    /// Ids of the old plan: their records are void.
    std::set<change::TableId> superseded;
    /// Tables whose changes in the changesets are void.
    std::vector<std::string> superseded_in_changesets;
    /// Ids of the new plan: these tables are sent with all their rows.
    std::set<change::TableId> whole;
};

/// Changes of a table are replayed only if nothing has happened to it: values that were captured
/// before an ALTER have other columns, and a REPLACE deletes rows through the UNIQUE indexes of its
/// time. So a table that has changed in both ways is sent as it is now.
[[nodiscard]] StepContents decide_contents(const CapturePlan& old_plan, const CapturePlan& new_plan,
                                           const SchemaDiff& diff, const CapturedChanges& captured);

/// The tables with records in a log.
[[nodiscard]] std::set<change::TableId> logged_tables(const change::ChangeLog& log,
                                                      const change::TableList& tables);

/// Ids in `list` with those that follow it: the tables of the old plan, void ones marked, and behind
/// them what is sent whole. Images are appended to the log under the ids that this gives.
class StepTables {
public:
    StepTables(const change::TableList& old_tables, const std::set<change::TableId>& superseded);
    [[nodiscard]] change::TableId add(const change::Table& table);
    [[nodiscard]] change::TableList finish() &&;

private:
    std::vector<change::Table> tables_;
};

}  // namespace tidemark::capture
