#include "capture/step_contents.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace tidemark::capture {
namespace {

// A UNIQUE index may have come and gone between two boundaries, by two statements.
constexpr std::int64_t making_and_dropping_an_index = 2;

std::vector<TempTrigger> triggers_of(const CapturePlan& plan, const std::string& table) {
    std::vector<TempTrigger> found;
    std::copy_if(plan.temp_triggers.begin(), plan.temp_triggers.end(), std::back_inserter(found),
                 [&table](const TempTrigger& it) { return sqlite::same_name(it.table, table); });
    return found;
}

class Decision {
public:
    Decision(const CapturePlan& old_plan, const CapturePlan& new_plan, const SchemaDiff& diff,
             const CapturedChanges& captured)
        : old_plan_(old_plan), new_plan_(new_plan), diff_(diff), captured_(captured) {}

    StepContents make() {
        for (const std::string& name : diff_.made_anew) send_whole(name);
        // The trigger that ends statements with FAIL may be new.
        for (const PlannedTable& table : new_plan_.planned) {
            if (table.info.actions_may_fail) send_whole(table.info.name);
        }
        for (const auto& [name, fate] : diff_.fates) {
            if (const auto id = old_plan_.find(name)) decide(*id, name, fate);
        }
        return std::move(contents_);
    }

private:
    void decide(change::TableId id, const std::string& name, const TableFate& fate) {
        const bool logged = captured_.logged.contains(id);
        const bool touched = captured_.touched.contains(id);
        const bool in_session = captured_.by_session.contains(name) ||
                                (old_plan_.by_session.contains(name) && met_under_new_name(fate));
        if (!logged && !touched && !in_session) return;
        const bool log_is_valid =
            !logged || diff_.statements_without_trace < making_and_dropping_an_index;
        const bool session_is_valid = !in_session || (captured_.changeset_taken &&
                                                      !old_plan_.by_session_whole.contains(name));
        const bool same = fate.same &&
                          triggers_of(old_plan_, name) == triggers_of(new_plan_, name) &&
                          !is_newly_written_back(id, *fate.name);
        if (same && !touched && log_is_valid && session_is_valid) return;
        contents_.superseded.insert(id);
        if (in_session) contents_.superseded_in_changesets.push_back(name);
        if (fate.name) send_whole(*fate.name);
    }

    // Before the cut its changes were logged in an order that may be wrong.
    [[nodiscard]] bool is_newly_written_back(change::TableId id, const std::string& name) const {
        const auto now = new_plan_.find(name);
        if (!now) return false;
        const change::Table& before = old_plan_.table(id);
        const change::Table& after = new_plan_.table(*now);
        return before.delete_writes_back != after.delete_writes_back ||
               before.columns_written_back != after.columns_written_back;
    }

    // Under a name that has been a table's that sessions do not serve, they have not looked at all.
    [[nodiscard]] bool met_under_new_name(const TableFate& fate) const {
        return fate.name && (captured_.by_session.contains(*fate.name) ||
                             old_plan_.not_by_session.contains(*fate.name));
    }

    // Tables that are left out have no id, and no more have virtual tables.
    void send_whole(const std::string& name) {
        if (const auto id = new_plan_.find(name)) contents_.whole.insert(*id);
    }

    const CapturePlan& old_plan_;
    const CapturePlan& new_plan_;
    const SchemaDiff& diff_;
    const CapturedChanges& captured_;
    StepContents contents_;
};

}  // namespace

StepContents decide_contents(const CapturePlan& old_plan, const CapturePlan& new_plan,
                             const SchemaDiff& diff, const CapturedChanges& captured) {
    return Decision(old_plan, new_plan, diff, captured).make();
}

std::set<change::TableId> logged_tables(const change::ChangeLog& log,
                                        const change::TableList& tables) {
    std::set<change::TableId> ids;
    change::LogReader reader(log, tables);
    for (change::Record record; reader.next(record);) {
        const bool changes_rows = record.operation != change::Operation::commit &&
                                  record.operation != change::Operation::gap;
        if (changes_rows) ids.insert(record.table);
    }
    return ids;
}

StepTables::StepTables(const change::TableList& old_tables,
                       const std::set<change::TableId>& superseded) {
    if (old_tables) tables_ = *old_tables;
    for (const change::TableId id : superseded) tables_[id].superseded = true;
}

change::TableId StepTables::add(const change::Table& table) {
    tables_.push_back(table);
    return static_cast<change::TableId>(tables_.size() - 1);
}

change::TableList StepTables::finish() && {
    return std::make_shared<const std::vector<change::Table>>(std::move(tables_));
}

}  // namespace tidemark::capture
