// The part of CombinedCapture that takes a change of the schema.

#include "capture/combined_capture.hpp"
#include "capture/table_image.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::capture {

std::optional<SchemaDiff> CombinedCapture::schema_diff(const CapturePlan& next, const Boundary& now,
                                                       bool read_again) const {
    const TriggerCapture::NamesNow tables = triggers_.names_now();
    if (!tables.certain || next.encoding != plan_.encoding) return std::nullopt;
    SchemaEvidence evidence{.versions = now.schema_version - known_.schema_version,
                            .read_again = read_again};
    for (const Watched& entry : plan_.watched) {
        evidence.watched[plan_.table(entry.id).name] = tables.names.at(entry.id);
    }
    std::optional<SchemaDiff> diff = diff_schema(plan_.schema, next.schema, evidence);
    if (!diff) return diff;
    // The rows that the disk has of a table that is left out stay there: only a copy does that.
    const bool writes_excluded =
        std::any_of(diff->made_anew.begin(), diff->made_anew.end(),
                    [this](const std::string& name) { return plan_.is_excluded(name); });
    return writes_excluded ? std::nullopt : diff;
}

// SQLite (seen in 3.40.1) looks for as many columns as a table had when the session met it, and reads
// beyond its memory when a generated one has been added since.
bool CombinedCapture::sessions_can_be_read(const CapturePlan& next) const {
    return std::none_of(next.planned.begin(), next.planned.end(), [this](const PlannedTable& it) {
        return it.info.has_generated_columns() && !why_not_by_session(it.info).empty() &&
               sessions_->touched().contains(it.info.name);
    });
}

std::optional<SessionCapture::Prepared> CombinedCapture::prepare_sessions(const CapturePlan& next,
                                                                          bool& changeset_taken) {
    if (!sessions_) return SessionCapture::Prepared();
    if (!sessions_->records()) return std::nullopt;
    if (!sessions_can_be_read(next)) {
        changeset_taken = false;
        return SessionCapture::Prepared();
    }
    try {
        return sessions_->prepare_cut();
    } catch (const Error& error) {
        const int primary = error.code() & 0xff;
        if (primary == SQLITE_BUSY) throw;
        if (primary != SQLITE_SCHEMA) return std::nullopt;
        changeset_taken = false;
        return SessionCapture::Prepared();
    }
}

bool CombinedCapture::take_step(change::Batch& batch, const Boundary& now) {
    if (sqlite::has_running_statements(ram_)) return take_whole(batch);
    require_free_name();
    CapturePlan next = make_capture_plan(ram_, settings_.rules);
    const bool read_again = triggers_.schema_read_again();
    const std::optional<SchemaDiff> diff = schema_diff(next, now, read_again);
    CapturedChanges captured{.logged = logged_tables(recorder_->transactions().log(), plan_.list),
                             .touched = touched_by_any_means(diff)};
    auto prepared = diff ? prepare_sessions(next, captured.changeset_taken) : std::nullopt;
    if (!prepared) return take_whole(batch, std::move(next));
    if (sessions_) captured.by_session = sessions_->touched();
    // A session is not told that a DROP TABLE was rolled back: it takes the rows of the table that
    // was created in its place for those of the old one.
    if (read_again) captured.changeset_taken = false;
    // If what follows fails, the next cut is a copy of everything.
    plan_is_unsettled_ = true;
    if (sessions_ && captured.changeset_taken) batch.changesets = sessions_->finish_cut(*prepared);
    append_step(batch, next, *diff, captured);
    const bool nothing =
        !diff->changed && batch.log.empty() && batch.changesets.empty() && !header_changed(now);
    adopt(std::move(next));
    return !nothing;
}

// Rows of incremental blob writes are not read one by one here: their tables go whole.
std::set<change::TableId> CombinedCapture::touched_by_any_means(
    const std::optional<SchemaDiff>& diff) const {
    std::set<change::TableId> touched = recorder_->touched();
    touched.insert(recorder_->blob_tables().begin(), recorder_->blob_tables().end());
    for (const WrittenRow& row : recorder_->blob_rows()) touched.insert(row.table);
    if (!diff) return touched;
    for (const auto& [name, fate] : diff->fates) {
        const auto id = plan_.find(name);
        if (id && fate.name && blob_watch_.strangers().contains(*fate.name)) touched.insert(*id);
    }
    return touched;
}

void CombinedCapture::append_step(change::Batch& batch, const CapturePlan& next,
                                  const SchemaDiff& diff, const CapturedChanges& captured) {
    StepContents contents = decide_contents(plan_, next, diff, captured);
    StepTables tables(plan_.list, contents.superseded);
    change::ChangeLog& log = recorder_->transactions().log();
    const auto append = [&](change::TableId id) {
        const change::Table& table = next.table(id);
        append_table_image(ram_, log, tables.add(table), table, next.utf16());
    };
    const change::ChangeLog::Position before = log.end();
    try {
        for (const change::TableId id : contents.whole) append(id);
        batch.changes = log.changes();
        const bool rows_changed = !log.empty() || !batch.changesets.empty();
        if (diff.changed || !system_tables_to_send(rows_changed).empty()) {
            for (auto id = next.first_system_table; id < next.list->size(); ++id) {
                append(static_cast<change::TableId>(id));
            }
        }
    } catch (...) {
        log.truncate(before);
        throw;
    }
    recorder_->take_into(batch);
    batch.tables = std::move(tables).finish();
    batch.superseded_in_changesets = std::move(contents.superseded_in_changesets);
    if (diff.changed) batch.schema = std::make_shared<change::SchemaStep>(diff.step);
    batch.bytes = batch.log.bytes() + batch.changeset_bytes();
}

}  // namespace tidemark::capture
