#include "capture/trigger/blob_watch.hpp"

#include "capture/table_image.hpp"

#include <string_view>

namespace tidemark::capture {

void BlobWatch::watch(const change::TableList& tables, const std::vector<Watched>& watched) {
    std::map<std::string, Target, std::less<>> targets;
    for (const Watched& entry : watched) {
        const change::Table& table = (*tables)[entry.id];
        // No blob write reaches a WITHOUT ROWID table, and sessions see those to their own tables.
        if (table.identity == change::Identity::primary_key) continue;
        if (entry.watch == Watch::presence) continue;
        targets.emplace(table.name, Target{.id = entry.id,
                                           .by_row = entry.watch == Watch::rows &&
                                                     table.identity != change::Identity::none,
                                           .integer_primary_key = entry.integer_primary_key});
    }
    tables_ = tables;
    targets_ = std::move(targets);
    strangers_.clear();
    lost_track_ = false;
}

void BlobWatch::occupy_hook() {
    if (hook_) return;
    hook_.emplace(connection_, [this](const char* table, std::int64_t rowid) {
        with_target(table, [&](const Target& target) {
            if (target.by_row) {
                recorder_->note_blob_write(target.id, rowid);
            } else {
                recorder_->note_blob_write(target.id);
            }
        });
    });
}

// A session does not say which row it is about. Where the rowid is a column, the column does.
void BlobWatch::noticed(const char* table) noexcept {
    with_target(table, [this](const Target& target) {
        std::optional<std::int64_t> rowid;
        if (target.by_row && target.integer_primary_key >= 0) {
            rowid = sqlite::old_integer(connection_, target.integer_primary_key);
        }
        if (rowid) {
            recorder_->note_blob_write(target.id, *rowid);
        } else {
            recorder_->note_blob_write(target.id);
        }
    });
}

// Called by SQLite, and it cannot be told of an error.
template <typename Action>
void BlobWatch::with_target(const char* table, Action action) noexcept {
    try {
        const auto found = targets_.find(std::string_view(table));
        if (found == targets_.end()) {
            strangers_.insert(table);
        } else {
            action(found->second);
        }
    } catch (...) {
        lost_track_ = true;
    }
}

void BlobWatch::append_images(change::ChangeLog& log, bool utf16) const {
    const std::set<change::TableId>& touched = recorder_->touched();
    const std::set<change::TableId>& whole = recorder_->blob_tables();
    for (const change::TableId id : whole) {
        if (touched.contains(id)) continue;
        append_table_image(connection_, log, id, (*tables_)[id], utf16);
    }
    const std::set<WrittenRow>& rows = recorder_->blob_rows();
    for (auto row = rows.begin(); row != rows.end();) {
        const change::TableId id = row->table;
        std::vector<std::int64_t> rowids;
        for (; row != rows.end() && row->table == id; ++row) rowids.push_back(row->rowid);
        // The whole table goes along already.
        if (touched.contains(id) || whole.contains(id)) continue;
        append_row_images(connection_, log, id, (*tables_)[id], rowids, utf16);
    }
}

}  // namespace tidemark::capture
