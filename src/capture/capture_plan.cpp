#include "capture/capture_plan.hpp"

#include "capture/system_tables.hpp"
#include "sqlite/connection.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace tidemark::capture {
namespace {

Watch watch_of(CaptureMethod method) {
    switch (method) {
        case CaptureMethod::trigger:
            return Watch::rows;
        case CaptureMethod::whole_table:
            return Watch::touch;
        case CaptureMethod::session:
        case CaptureMethod::excluded:
            break;
    }
    return Watch::presence;
}

void add_table(CapturePlan& plan, std::vector<change::Table>& list, const PlannedTable& table) {
    const std::string& name = table.info.name;
    plan.schema.tables.emplace(name, table.info);
    if (table.method == CaptureMethod::session) {
        plan.by_session.insert(name);
        if (!table.info.shadow) plan.refusable.push_back(name);
        const bool hidden_rowid = !table.info.without_rowid && table.info.integer_primary_key < 0;
        if (hidden_rowid) plan.by_session_whole.insert(name);
    } else {
        plan.not_by_session.insert(name);
    }
    if (table.method == CaptureMethod::excluded) {
        plan.excluded.push_back(name);
        return;
    }
    const auto id = static_cast<change::TableId>(list.size());
    plan.ids.emplace(name, id);
    list.push_back(change::describe(table.info));
    // A trigger on a shadow table can crash the process.
    if (table.info.shadow) return;
    plan.watched.push_back({.id = id,
                            .watch = watch_of(table.method),
                            .integer_primary_key = table.info.integer_primary_key});
}

}  // namespace

bool CapturePlan::is_excluded(const std::string& name) const {
    return std::find(excluded.begin(), excluded.end(), name) != excluded.end();
}

std::vector<change::TableId> CapturePlan::sent_whole(const sqlite::NameSet& touched) const {
    std::vector<change::TableId> whole;
    for (const std::string& name : by_session_whole) {
        if (touched.contains(name)) whole.push_back(*find(name));
    }
    return whole;
}

CapturePlan make_capture_plan(sqlite3* connection, const PlanRules& rules) {
    CapturePlan plan;
    plan.encoding = sqlite::query_text(connection, "PRAGMA main.encoding");
    plan.temp_triggers = read_temp_triggers(connection);
    plan.schema.rows = read_schema(connection);
    plan.planned =
        plan_tables(sqlite::read_tables(connection), plan.temp_triggers, plan.utf16(), rules);
    auto list = std::make_shared<std::vector<change::Table>>();
    for (const PlannedTable& table : plan.planned) add_table(plan, *list, table);
    plan.first_system_table = list->size();
    for (change::Table& table : SystemTables::find(connection)) list->push_back(std::move(table));
    plan.list = std::move(list);
    return plan;
}

}  // namespace tidemark::capture
