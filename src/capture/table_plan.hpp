#pragma once

#include "sqlite/table_info.hpp"

#include <tidemark/options.hpp>
#include <tidemark/status.hpp>

#include <string>
#include <vector>

namespace tidemark::capture {

struct PlannedTable {
    sqlite::TableInfo info;
    CaptureMethod method = CaptureMethod::session;
    /// Why not the chosen strategy; empty when it is the chosen one.
    std::string reason{};
};

/// What a plan depends on besides the tables.
struct PlanRules {
    Strategy strategy = Strategy::session;
    std::vector<std::string> include_tables;
    std::vector<std::string> exclude_tables;
};

/// A TEMP trigger of the application's.
struct TempTrigger {
    std::string name;
    std::string table;
    std::string sql;

    friend bool operator==(const TempTrigger&, const TempTrigger&) = default;
};

/// Those that exist now. Among TEMP triggers of one table SQLite's order is arbitrary: one of them
/// may change a row again before ours has logged the first change, and the log would end with the
/// older row. Throws Error.
[[nodiscard]] std::vector<TempTrigger> read_temp_triggers(sqlite3* connection);

/// Decides for each table how its changes are noticed: by the chosen strategy where that is
/// faithful, by another one where it is not.
[[nodiscard]] std::vector<PlannedTable> plan_tables(std::vector<sqlite::TableInfo> tables,
                                                    const std::vector<TempTrigger>& temp_triggers,
                                                    bool utf16, const PlanRules& rules);

/// Why a session cannot carry the changes of a table faithfully; empty when it can. The cases are
/// those of docs/strategies.md.
[[nodiscard]] std::string why_not_by_session(const sqlite::TableInfo& table);

}  // namespace tidemark::capture
