#include "c_api/database.hpp"
#include "c_api/enums.hpp"
#include "c_api/lists.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <utility>

struct tidemark_undo_options {  // NOLINT(readability-identifier-naming)
    tidemark::UndoOptions values{};
};

using namespace tidemark;
using namespace tidemark::c_api;

namespace {

/// A report of the C interface, and what it points into. Made before the batch is undone: there may be no
/// memory for it afterwards, and it would not be known that this has been done.
struct OwnedUndoReport final : tidemark_undo_report {
    OwnedUndoReport() : tidemark_undo_report{} {}
    OwnedUndoReport(const OwnedUndoReport&) = delete;
    OwnedUndoReport& operator=(const OwnedUndoReport&) = delete;
    ~OwnedUndoReport() = default;

    /// Throws only when nothing has been undone.
    void take(UndoReport from) {
        kept = std::move(from);
        batch = kept.batch;
        dry_run = kept.dry_run ? 1 : 0;
        possible = kept.possible() ? 1 : 0;
        conflict_count = kept.conflict_count;
        list_conflicts();
        try {
            list_tables();
        } catch (const std::bad_alloc&) {
            if (dry_run != 0) throw;
        }
    }

    UndoReport kept;
    OwnedList<tidemark_table_changes> table_list;
    OwnedList<tidemark_undo_conflict> conflict_list;

private:
    void list_conflicts() {
        if (kept.conflicts.empty()) return;
        conflict_list.fill(kept.conflicts, [](const UndoConflict& conflict) {
            return tidemark_undo_conflict{
                static_cast<int>(conflict.kind), conflict.table.c_str(), conflict.key.c_str(),
                conflict.left.c_str(),           conflict.found.c_str(), conflict.reason.c_str()};
        });
        listed_count = conflict_list.count();
        conflicts = conflict_list.data();
    }

    void list_tables() {
        table_list.fill(kept.tables, [](const TableChanges& table) {
            return tidemark_table_changes{table.table.c_str(), table.inserts, table.updates,
                                          table.deletes};
        });
        table_count = table_list.count();
        tables = table_list.data();
    }
};

}  // namespace

const char* tidemark_undo_conflict_kind_name(int kind) { return name_of<UndoConflict::Kind>(kind); }

void tidemark_undo_report_destroy(tidemark_undo_report* report) {
    delete static_cast<OwnedUndoReport*>(report);
}

int tidemark_undo_report_to_json(const tidemark_undo_report* report, char** text,
                                 tidemark_error** error) {
    return guarded(error, [&] {
        char*& out = required_out(text, "text");
        const auto* owned = static_cast<const OwnedUndoReport*>(required(report, "report"));
        out = copied(owned->kept.to_json());
    });
}

tidemark_undo_options* tidemark_undo_options_create(void) {
    return new (std::nothrow) tidemark_undo_options;
}

void tidemark_undo_options_destroy(tidemark_undo_options* options) { delete options; }

void tidemark_undo_options_set_dry_run(tidemark_undo_options* options, int dry_run) {
    if (options != nullptr) options->values.dry_run = dry_run != 0;
}

void tidemark_undo_options_set_conflicts_max(tidemark_undo_options* options, uint64_t conflicts) {
    if (options == nullptr) return;
    options->values.conflicts_max = static_cast<std::size_t>(
        std::min<std::uint64_t>(conflicts, std::numeric_limits<std::size_t>::max()));
}

void tidemark_undo_options_set_deadline_ms(tidemark_undo_options* options, int64_t deadline) {
    if (options != nullptr) options->values.deadline = std::chrono::milliseconds{deadline};
}

int tidemark_undo(tidemark_database* database, uint64_t batch, const tidemark_undo_options* options,
                  tidemark_undo_report** report, tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_undo_report*& out = required_out(report, "report");
        const UndoOptions chosen = options == nullptr ? UndoOptions{} : options->values;
        auto made = std::make_unique<OwnedUndoReport>();
        made->take(required(database, "database")->kept.undo(batch, chosen));
        out = made.release();
    });
}
