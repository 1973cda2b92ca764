#include "c_api/changes.hpp"
#include "c_api/enums.hpp"
#include "c_api/times.hpp"

#include <tidemark/history.hpp>
#include <tidemark/restore.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct tidemark_history {  // NOLINT(readability-identifier-naming)
    tidemark::History kept;
};

using namespace tidemark;
using namespace tidemark::c_api;

namespace {

/// A batch of the C interface, and what it points into.
struct OwnedBatch final : tidemark_batch {
    explicit OwnedBatch(BatchSummary from) : tidemark_batch{}, kept(std::move(from)) {
        number = kept.number;
        previous = kept.previous;
        time_ms = unix_ms(kept.time);
        changes_schema = kept.changes_schema ? 1 : 0;
        stored_bytes = kept.stored_bytes;
        content_bytes = kept.content_bytes;
        list.fill(kept.tables, [](const TableChanges& table) {
            return tidemark_table_changes{table.table.c_str(), table.inserts, table.updates,
                                          table.deletes};
        });
        table_count = list.count();
        tables = list.data();
    }

    BatchSummary kept;
    OwnedList<tidemark_table_changes> list;
};

struct OwnedBatches final : tidemark_batches {
    explicit OwnedBatches(std::vector<BatchSummary> from) : tidemark_batches{} {
        for (BatchSummary& batch : from) {
            pointers.push_back(&kept.emplace_back(std::move(batch)));
        }
        count = pointers.size();
        items = pointers.data();
    }

    // Each points into itself, and stays where it is.
    std::deque<OwnedBatch> kept;
    std::vector<const tidemark_batch*> pointers;
};

struct OwnedGaps final : tidemark_gaps {
    explicit OwnedGaps(std::vector<HistoryGap> from) : tidemark_gaps{}, kept(std::move(from)) {
        list.fill(kept, [](const HistoryGap& gap) {
            return tidemark_gap{gap.first, gap.last, unix_ms(gap.time), gap.reason.c_str()};
        });
        count = list.count();
        items = list.data();
    }

    std::vector<HistoryGap> kept;
    OwnedList<tidemark_gap> list;
};

const History& kept(const tidemark_history* history) { return required(history, "history")->kept; }

std::vector<std::string> strings_of(const char* const* strings, std::size_t count) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < count; ++i) {
        result.emplace_back(required(required(strings, "key")[i], "key"));
    }
    return result;
}

/// Thrown through History::row() when the application wants to see no more.
struct Enough {};

}  // namespace

void tidemark_batches_destroy(tidemark_batches* batches) {
    delete static_cast<OwnedBatches*>(batches);
}

void tidemark_gaps_destroy(tidemark_gaps* gaps) { delete static_cast<OwnedGaps*>(gaps); }

int tidemark_history_open(const char* database_path, tidemark_history** history,
                          tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_history*& out = required_out(history, "history");
        out = new tidemark_history{History(required(database_path, "database_path"))};
    });
}

void tidemark_history_destroy(tidemark_history* history) { delete history; }

const char* tidemark_history_path(const tidemark_history* history) {
    return history == nullptr ? nullptr : history->kept.path().c_str();
}

int tidemark_history_batches(const tidemark_history* history, uint64_t after,
                             tidemark_batches** batches, tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_batches*& out = required_out(batches, "batches");
        out = std::make_unique<OwnedBatches>(kept(history).batches(after)).release();
    });
}

int tidemark_history_gaps(const tidemark_history* history, tidemark_gaps** gaps,
                          tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_gaps*& out = required_out(gaps, "gaps");
        out = std::make_unique<OwnedGaps>(kept(history).gaps()).release();
    });
}

int tidemark_history_changes(const tidemark_history* history, uint64_t batch,
                             tidemark_changes** changes, tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_changes*& out = required_out(changes, "changes");
        out = std::make_unique<OwnedChanges>(kept(history).changes(batch)).release();
    });
}

int tidemark_history_row(const tidemark_history* history, const char* table, const char* const* key,
                         size_t key_count, uint64_t after,
                         int (*visit)(void* context, const tidemark_changes* batch,
                                      const tidemark_change* change),
                         void* context, tidemark_error** error) {
    return guarded(error, [&] {
        required(visit, "visit");
        OwnedChange shown;
        const auto show = [&](const Changes& batch, const Change& change) {
            const OwnedChanges owned(batch);
            shown.show(change);
            if (visit(context, &owned, &shown) != 0) throw Enough{};
        };
        try {
            kept(history).row(required(table, "table"), strings_of(key, key_count), show, after);
        } catch (const Enough&) {
            // Its wish.
        }
    });
}

int tidemark_batch_at(const char* database_path, int64_t time_ms, uint64_t* batch,
                      tidemark_error** error) {
    return guarded(error, [&] {
        using std::chrono::system_clock;
        uint64_t& out = required_out(batch, "batch");
        const system_clock::time_point time{std::chrono::milliseconds{time_ms}};
        out = batch_at(required(database_path, "database_path"), time);
    });
}

int tidemark_restore(const char* database_path, uint64_t batch, const char* output_path,
                     tidemark_error** error) {
    return guarded(error, [&] {
        restore(required(database_path, "database_path"), batch,
                required(output_path, "output_path"));
    });
}

int tidemark_replay(const char* database_path, uint64_t from, const char* target_path,
                    uint64_t* last, tidemark_error** error) {
    return guarded(error, [&] {
        if (last != nullptr) *last = 0;
        const std::uint64_t number = replay(required(database_path, "database_path"), from,
                                            required(target_path, "target_path"));
        if (last != nullptr) *last = number;
    });
}
