#pragma once

#include "capture/boundary.hpp"
#include "capture/capture.hpp"
#include "capture/pending_batches.hpp"
#include "capture/session/session_capture.hpp"
#include "capture/system_tables.hpp"
#include "capture/table_plan.hpp"
#include "capture/trigger/trigger_capture.hpp"
#include "capture/write_refusal.hpp"
#include "sqlite/error_state.hpp"
#include "sqlite/raised_limits.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tidemark::capture {

/// The capture of one RAM database: a plan that says for each table which of the two strategies
/// serves it, both captures, and what neither sees (the header, SQLite's own tables, changes of the
/// schema). All of them are cut at the same boundary.
///
/// A change of the schema is taken as a copy of the whole database, and so is what cannot be taken
/// any other way.
class CombinedCapture final : public Capture {
public:
    struct Settings {
        PlanRules rules;
        Recorder::Limits limits;
    };

    /// From here on every change is noticed. The connection must outlive this object and stand
    /// between transactions. Throws Error.
    CombinedCapture(sqlite3* ram, Settings settings, const SignalHandler& signal);
    ~CombinedCapture() override;

    Cut cut(const CutRequest& request) override;
    Pending measure() override;
    [[nodiscard]] bool needs_measuring() const noexcept override;
    [[nodiscard]] Pending pending() const override;
    void acknowledge(std::uint64_t mark) override;
    [[nodiscard]] std::vector<TableStatus> tables() const override;

private:
    struct Plan {
        std::vector<PlannedTable> planned;
        std::vector<TempTrigger> temp_triggers;
        change::TableList list;
        std::vector<Watched> watched;
        std::size_t first_system_table = 0;
        NameSet by_session;
        std::vector<std::string> refusable;
        std::vector<std::string> excluded;
        bool utf16 = false;
    };

    [[nodiscard]] Plan make_plan() const;
    void adopt(Plan plan);

    /// Null when there is nothing to take.
    [[nodiscard]] std::shared_ptr<change::Batch> cut_at_boundary(const CutRequest& request);
    void end_own_transaction() noexcept;
    void require_free_name() const;
    [[nodiscard]] bool needs_whole(const Boundary& now) const;
    void take_whole(change::Batch& batch);
    [[nodiscard]] bool take_changes(change::Batch& batch, const Boundary& now);
    void append_images(change::ChangeLog& log, const std::vector<change::TableId>& ids);
    [[nodiscard]] bool ran_fallback(const std::vector<change::TableId>& touched) const;
    [[nodiscard]] std::vector<change::TableId> system_tables_to_send(bool rows_changed);
    [[nodiscard]] SignalHandler session_signal();
    [[nodiscard]] std::uint64_t changes_by_any_means() const noexcept;
    void put_in_flight(const std::shared_ptr<change::Batch>& batch);
    void update_limits() noexcept;

    sqlite3* ram_;
    const Settings settings_;
    const SignalHandler signal_;

    // Used under the lock of the connection only.
    sqlite::ErrorState error_state_;
    BoundaryReader boundary_reader_;
    Boundary known_;
    Plan plan_;
    // Set when something failed after it could still be taken back: only a whole copy is right then.
    bool plan_is_unsettled_ = false;
    bool left_transaction_open_ = false;
    SystemTables system_tables_;
    std::int64_t total_changes_at_cut_ = 0;

    std::shared_ptr<PendingBatches> in_flight_ = std::make_shared<PendingBatches>();
    std::shared_ptr<Recorder> recorder_;
    TriggerCapture triggers_;
    std::unique_ptr<SessionCapture> sessions_;
    WriteRefusal refusal_;

    // Measured under the lock, read by any thread.
    std::atomic<std::uint64_t> session_bytes_{0};
    std::atomic<std::uint64_t> session_changes_{0};
    // A session has seen a change since the last cut: set by the thread that writes.
    std::atomic<bool> session_changed_{false};

    mutable std::mutex status_mutex_;
    std::vector<TableStatus> status_;  // guarded by status_mutex_
};

}  // namespace tidemark::capture
