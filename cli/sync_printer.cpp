#include "sync_printer.hpp"

#include "units.hpp"

#include <fmt/format.h>

namespace cli {
namespace {

bool found_nothing(const tidemark::SyncReport& report) {
    return report.changes == 0 && !report.whole_copy;
}

}  // namespace

std::string describe_sync(const tidemark::SyncReport& report, const Terminal& terminal) {
    if (found_nothing(report)) {
        return std::string{terminal.choose("⏭️  No changes", "no changes")};
    }
    const auto what = report.whole_copy ? std::string{"the whole database"}
                                        : format_plural(report.changes, "change");
    return fmt::format("{} {} ({}) in {}", terminal.choose("✅ Synced", "synced"), what,
                       format_size(report.bytes), format_duration(report.duration));
}

std::string count_in_brackets(std::uint64_t changes) {
    return changes == 0 ? "" : fmt::format(" ({} not on disk)", format_plural(changes, "change"));
}

SyncPrinter::SyncPrinter(Terminal& terminal, bool quiet)
    : terminal_(terminal), quiet_(quiet), load_progress_(terminal) {}

void SyncPrinter::on_sync(const tidemark::SyncReport& report) {
    changes_ += report.changes;
    whole_copies_ += report.whole_copy ? 1U : 0U;
    mark_ = report.mark;
    const bool idle = found_nothing(report);
    const bool is_news = !idle || idle_is_news_;
    idle_is_news_ = !idle;
    if (is_news && !quiet_) {
        terminal_.line(describe_sync(report, terminal_));
    }
}

void SyncPrinter::on_failure(const tidemark::Error& error, std::uint64_t pending_changes) {
    const auto text = fmt::format("{} {}{}", terminal_.choose("❌", "sync failed:"), error.what(),
                                  count_in_brackets(pending_changes));
    terminal_.line(terminal_.paint(Colour::red, text));
}

void SyncPrinter::on_recovery() {
    terminal_.line(terminal_.choose("✅ Syncing again", "sync recovered"));
}

void SyncPrinter::on_checkpoint_stalled(const tidemark::Error& error, std::uint64_t wal_bytes) {
    const auto text =
        fmt::format("{} {} (WAL: {})", terminal_.choose("⚠️ ", "checkpoint stalled:"),
                    error.what(), format_size(wal_bytes));
    terminal_.line(terminal_.paint(Colour::red, text));
}

void SyncPrinter::on_checkpoint_resumed() {
    terminal_.line(terminal_.choose("✅ The WAL is empty again", "checkpoint resumed"));
}

void SyncPrinter::on_pending_limit(std::uint64_t pending_bytes) {
    const auto text =
        fmt::format("{} {} are not on disk yet, the most that may be: writing waits",
                    terminal_.choose("⚠️ ", "pending limit:"), format_size(pending_bytes));
    terminal_.line(terminal_.paint(Colour::red, text));
}

void SyncPrinter::on_pending_limit_left() {
    terminal_.line(terminal_.choose("✅ The disk is catching up", "pending limit left"));
}

void SyncPrinter::on_destination_failure(const std::string& name, const tidemark::Error& error,
                                         std::uint64_t lag_batches) {
    const auto text =
        fmt::format("{} {}: {} (batches behind: {})", terminal_.choose("❌", "destination"),
                    printable(name), printable(error.what()), lag_batches);
    terminal_.line(terminal_.paint(Colour::red, text));
}

void SyncPrinter::on_destination_recovery(const std::string& name) {
    terminal_.line(fmt::format("{} {}", terminal_.choose("✅ Again fed:", "destination recovered:"),
                               printable(name)));
}

void SyncPrinter::on_load(std::uint64_t done, std::uint64_t total) {
    load_progress_.show(done, total);
}

}  // namespace cli
