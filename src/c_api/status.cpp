#include "c_api/status.hpp"

#include "c_api/enums.hpp"
#include "c_api/lists.hpp"
#include "c_api/times.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace tidemark::c_api {
namespace {

using Digests = OwnedList<tidemark_table_digest>;

void fill(Digests& list, const std::vector<TableDigest>& digests) {
    list.fill(digests, [](const TableDigest& digest) {
        return tidemark_table_digest{digest.name.c_str(), digest.rows, digest.hash};
    });
}

/// A status of the C interface, and what it points into.
struct OwnedStatus final : tidemark_status {
    explicit OwnedStatus(Status from) : tidemark_status{}, kept(std::move(from)) {
        fill_numbers();
        path = kept.path.c_str();
        if (kept.last_error) last_error = &error_of_sync.emplace(*kept.last_error);
        if (kept.checkpoint_error) {
            checkpoint_error = &error_of_checkpoint.emplace(*kept.checkpoint_error);
        }
        fill_lists();
    }

    void fill_lists() {
        list.fill(kept.tables, [](const TableStatus& table) {
            return tidemark_table_status{table.name.c_str(), static_cast<int>(table.method),
                                         table.reason.c_str()};
        });
        table_count = list.count();
        tables = list.data();
        destination_list.fill(kept.destinations, [&](const DestinationStatus& from) {
            return tidemark_destination_status{
                .name = from.name.c_str(),
                .has_mark = from.mark ? 1 : 0,
                .mark = from.mark.value_or(0),
                .lag_batches = from.lag_batches,
                .last_error = from.last_error
                                  ? &errors_of_destinations.emplace_back(*from.last_error)
                                  : nullptr,
                .stopped = from.stopped ? 1 : 0};
        });
        destination_count = destination_list.count();
        destinations = destination_list.data();
    }

    void fill_numbers() {
        state = static_cast<int>(kept.state);
        strategy = static_cast<int>(kept.strategy);
        mark = kept.mark;
        pending_changes = kept.pending_changes;
        pending_bytes = kept.pending_bytes;
        coalesced_changes = kept.coalesced_changes;
        lag_ns = kept.lag.count();
        refusing_writes = kept.refusing_writes ? 1 : 0;
        syncs = kept.syncs;
        synced_changes = kept.synced_changes;
        whole_copies = kept.whole_copies;
        failures = kept.failures;
        last_sync_ms = unix_ms(kept.last_sync);
        last_sync_duration_ns = kept.last_sync_duration.count();
        last_stall_ns = kept.last_stall.count();
        longest_stall_ns = kept.longest_stall.count();
        wal_bytes = kept.wal_bytes;
    }

    Status kept;
    std::optional<OwnedError> error_of_sync;
    std::optional<OwnedError> error_of_checkpoint;
    // Each points into itself, and stays where it is.
    std::deque<OwnedError> errors_of_destinations;
    OwnedList<tidemark_table_status> list;
    OwnedList<tidemark_destination_status> destination_list;
};

struct OwnedVerifyReport final : tidemark_verify_report {
    explicit OwnedVerifyReport(VerifyReport from)
        : tidemark_verify_report{}, kept(std::move(from)) {
        mark = kept.mark;
        equal = kept.equal() ? 1 : 0;
        differences = texts.view(kept.differences);
        fill(ram_list, kept.ram);
        fill(disk_list, kept.disk);
        ram_count = ram_list.count();
        ram = ram_list.data();
        disk_count = disk_list.count();
        disk = disk_list.data();
    }

    VerifyReport kept;
    OwnedStrings texts;
    Digests ram_list;
    Digests disk_list;
};

struct OwnedFileReport final : tidemark_file_report {
    explicit OwnedFileReport(FileReport from) : tidemark_file_report{}, kept(std::move(from)) {
        path = kept.path.c_str();
        size_bytes = kept.size_bytes;
        kept_by_tidemark = kept.kept_by_tidemark ? 1 : 0;
        format_version = kept.format_version;
        mark = kept.mark;
        strategy = kept.strategy.c_str();
        writer_version = kept.writer_version.c_str();
        last_sync_ms = unix_ms(kept.last_sync);
        held_by = kept.held_by.value_or(0);
        fill(list, kept.tables);
        table_count = list.count();
        tables = list.data();
        problems = texts.view(kept.problems);
    }

    FileReport kept;
    Digests list;
    OwnedStrings texts;
};

}  // namespace

tidemark_status* make_status(Status status) {
    return std::make_unique<OwnedStatus>(std::move(status)).release();
}

tidemark_verify_report* make_verify_report(VerifyReport report) {
    return std::make_unique<OwnedVerifyReport>(std::move(report)).release();
}

tidemark_file_report* make_file_report(FileReport report) {
    return std::make_unique<OwnedFileReport>(std::move(report)).release();
}

}  // namespace tidemark::c_api

using namespace tidemark;
using namespace tidemark::c_api;

const char* tidemark_state_name(int state) { return name_of<State>(state); }

const char* tidemark_strategy_name(int strategy) { return name_of<Strategy>(strategy); }

const char* tidemark_capture_method_name(int method) { return name_of<CaptureMethod>(method); }

void tidemark_status_destroy(tidemark_status* status) { delete static_cast<OwnedStatus*>(status); }

void tidemark_verify_report_destroy(tidemark_verify_report* report) {
    delete static_cast<OwnedVerifyReport*>(report);
}

void tidemark_file_report_destroy(tidemark_file_report* report) {
    delete static_cast<OwnedFileReport*>(report);
}
