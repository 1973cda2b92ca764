#pragma once

#include "progress_bar.hpp"
#include "terminal.hpp"

#include <tidemark/observer.hpp>

#include <atomic>
#include <cstdint>
#include <string>

namespace cli {

/// "✅ Synced 4 changes (86 bytes) in 0.4 ms" on a terminal, "synced 4 changes (86 bytes) in 0.4 ms"
/// elsewhere.
[[nodiscard]] std::string describe_sync(const tidemark::SyncReport& report,
                                        const Terminal& terminal);

/// " (4 changes not on disk)"; empty for zero: changes of the schema count as none.
[[nodiscard]] std::string count_in_brackets(std::uint64_t changes);

/// Prints one line per sync, and always what failed and recovered.
///
/// Of a row of syncs that found nothing to do only the first is told: a day of silence is one line,
/// not 17,280.
class SyncPrinter final : public tidemark::Observer {
public:
    SyncPrinter(Terminal& terminal, bool quiet);

    void on_sync(const tidemark::SyncReport& report) override;
    void on_failure(const tidemark::Error& error, std::uint64_t pending_changes) override;
    void on_recovery() override;
    void on_checkpoint_stalled(const tidemark::Error& error, std::uint64_t wal_bytes) override;
    void on_checkpoint_resumed() override;
    void on_pending_limit(std::uint64_t pending_bytes) override;
    void on_pending_limit_left() override;
    void on_destination_failure(const std::string& name, const tidemark::Error& error,
                                std::uint64_t lag_batches) override;
    void on_destination_recovery(const std::string& name) override;
    void on_load(std::uint64_t done, std::uint64_t total) override;

    /// Says nothing more about syncs that found nothing to do. From any thread.
    void expect_idle_syncs() noexcept { idle_is_news_ = false; }

    /// Changes synced so far. From any thread.
    [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }
    /// How many of those syncs copied the whole database. From any thread.
    [[nodiscard]] std::uint64_t whole_copies() const noexcept { return whole_copies_; }
    /// The mark of the last sync that was heard of; zero before the first. From any thread.
    [[nodiscard]] std::uint64_t mark() const noexcept { return mark_; }

private:
    Terminal& terminal_;
    const bool quiet_;
    ProgressBar load_progress_;  // only used by the thread that opens the database
    std::atomic<bool> idle_is_news_{true};
    std::atomic<std::uint64_t> changes_{0};
    std::atomic<std::uint64_t> whole_copies_{0};
    std::atomic<std::uint64_t> mark_{0};
};

}  // namespace cli
