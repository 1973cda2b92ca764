#pragma once

#include "capture/boundary.hpp"
#include "capture/capture.hpp"
#include "capture/capture_plan.hpp"
#include "capture/pending_batches.hpp"
#include "capture/schema_diff.hpp"
#include "capture/session/seal_pace.hpp"
#include "capture/session/session_capture.hpp"
#include "capture/step_contents.hpp"
#include "capture/system_tables.hpp"
#include "capture/trigger/blob_watch.hpp"
#include "capture/trigger/trigger_capture.hpp"
#include "capture/write_refusal.hpp"
#include "sqlite/authorizer.hpp"
#include "sqlite/error_state.hpp"
#include "sqlite/raised_limits.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tidemark::capture {

/// The capture of one RAM database: a plan that says for each table which of the two strategies
/// serves it, both captures, and what neither sees (the header, SQLite's own tables, changes of the
/// schema). All of them are cut at the same boundary.
///
/// A change of the schema is taken as a step from the old schema to the new one, with all rows of the
/// tables that it may have changed; as a copy of the whole database when it cannot be told which
/// these are, and so is what cannot be taken any other way.
class CombinedCapture final : public Capture {
public:
    struct Settings {
        PlanRules rules;
        Recorder::Limits limits;
        /// Occupy the preupdate hook, as long as no session does, for tables captured by trigger.
        bool watch_blob_writes = false;
        SealPace::Settings sealing{};
    };

    /// From here on every change is noticed. The connection must outlive this object and stand
    /// between transactions. Throws Error.
    CombinedCapture(sqlite3* ram, Settings settings, const SignalHandler& signal,
                    sqlite::Authorizer& authorizer);
    ~CombinedCapture() override;

    Cut cut(const CutRequest& request) override;
    Care tend() override;
    /// Under the lock of the connection: commits what an interrupt has kept this from ending.
    void end_left_transaction() noexcept;
    /// The same after an undo that has failed: what is still open is rolled back.
    void roll_back_left_transaction() noexcept;
    [[nodiscard]] Pending pending() const override;
    void acknowledge(std::uint64_t mark) override;
    [[nodiscard]] std::vector<TableStatus> tables() const override;

    /// From now on every COMMIT waits for `handler` (docs/design.md, "COMMIT that waits for the disk"),
    /// which must outlive this object. Under the lock of the connection. Throws Error when the
    /// database has tables that this cannot serve.
    void serve_commits(CommitHandler& handler);
    /// Under the lock of the connection. Does nothing when neither commits nor calls are served.
    void stop_serving() noexcept;

    /// What cutting in the application's calls needs to know.
    struct CallSettings {
        /// How long a copy of the whole database that only a half-read SELECT makes necessary may be
        /// put off.
        std::chrono::milliseconds interval{0};
        /// True in a child after fork(), where nothing is handed over.
        std::function<bool()> is_inert;
        /// The application closes the connection. Called before SQLite looks whether it can; the
        /// capture may be destroyed there.
        std::function<void()> closing;
    };
    /// From now on no other thread uses the connection on its own: changes are handed over in the
    /// application's calls, when a transaction ends, and `cut` and `tend` make do with what was handed
    /// over (docs/design.md, "Cutting in the application's calls"). Under the lock of the connection.
    void serve_calls(CallSettings settings);
    /// Takes everything that is committed, for `cut` to hand on. On a thread that may use the
    /// connection. False when a transaction is open. Throws Error.
    bool hand_over();
    /// The same when `cut` was asked for a copy of the whole database and there is none.
    void hand_over_copy_if_wanted();
    /// The process is ending and nobody will hand anything over any more: what was not is lost, and
    /// `cut` says nothing about it. Any thread.
    void expect_no_calls() noexcept { expects_calls_ = false; }
    /// SQLite does not close a connection that has statements. They come back when they are needed.
    void release_statements() noexcept;

private:
    // Commits that wait for the disk: commit_service.cpp.
    /// What a COMMIT wants on disk, and what it took for that from the recorder.
    struct CommitBatch {
        std::shared_ptr<change::Batch> batch;
        Recorder::Taken taken;
        change::ChangeLog::Position end;
        bool nothing = false;
    };
    static int heard(unsigned event, void* self, void* statement, void* detail) noexcept;
    void statement_ended(sqlite3_stmt* statement) noexcept;
    void before_commit();
    void after_rollback() noexcept;
    [[nodiscard]] CommitBatch take_before_commit(bool whole, const Boundary& now);
    void take_whole_before_commit(change::Batch& batch) const;
    void take_changes_before_commit(change::Batch& batch);
    void refuse_what_cannot_be_served(const std::vector<PlannedTable>& planned) const;
    void note_on_disk(const Boundary& now, bool whole) noexcept;
    void adopt_committed_schema() noexcept;
    void listen_to_statements(unsigned events);
    void require_statements_heard(std::uint64_t heard_before) const;

    // Cutting in the application's calls: call_service.cpp.
    [[nodiscard]] bool is_inert() const { return calls_.is_inert && calls_.is_inert(); }
    void statement_ended_in_call(sqlite3_stmt* statement) noexcept;
    void statement_begins(const char* sql) noexcept;
    [[nodiscard]] bool only_rows_changed() const noexcept;
    [[nodiscard]] bool schema_is_writable() const noexcept;
    void take_in_commit();
    void hand_over_commit() noexcept;
    void forget_commit() noexcept;
    [[nodiscard]] bool may_wait_for_select() const noexcept;
    void put_in_queue(std::shared_ptr<change::Batch> batch);
    void announce_hand_over(bool was_waiting);
    [[nodiscard]] Cut take_handed_over(const CutRequest& request);
    [[nodiscard]] std::shared_ptr<const change::Batch> coalesced(
        std::shared_ptr<const change::Batch> batch) noexcept;

    void adopt(CapturePlan plan);

    [[nodiscard]] QueueSource make_queue_source();
    [[nodiscard]] std::vector<QueueSegment> session_segments();

    /// Sets everything of `cut` but the batch. Null when there is nothing to take, or no boundary.
    [[nodiscard]] std::shared_ptr<change::Batch> take(const CutRequest& request, Cut& cut);
    /// Null when there is nothing to take.
    [[nodiscard]] std::shared_ptr<change::Batch> cut_at_boundary(const CutRequest& request);
    void see_to_ended_sessions();
    [[nodiscard]] bool stands_at_boundary() const noexcept;
    void end_own_transaction() noexcept;
    void end_foreign_transaction() noexcept;
    void require_free_name() const;
    [[nodiscard]] bool is_certain(const Boundary& now) const;
    [[nodiscard]] bool lost_triggers_for_a_while(const Boundary& now) const;
    [[nodiscard]] bool schema_moved(const Boundary& now) const;
    // Each says whether there was anything to take.
    [[nodiscard]] bool take_whole(change::Batch& batch);
    [[nodiscard]] bool take_whole(change::Batch& batch, CapturePlan next);
    [[nodiscard]] bool take_step(change::Batch& batch, const Boundary& now);
    [[nodiscard]] bool take_changes(change::Batch& batch, const Boundary& now);
    [[nodiscard]] std::optional<SchemaDiff> schema_diff(const CapturePlan& next,
                                                        const Boundary& now, bool read_again) const;
    [[nodiscard]] bool sessions_can_be_read(const CapturePlan& next) const;
    /// Empty when a session has lost changes.
    [[nodiscard]] std::optional<SessionCapture::Prepared> prepare_sessions(const CapturePlan& next,
                                                                           bool& changeset_taken);
    [[nodiscard]] std::set<change::TableId> touched_by_any_means(
        const std::optional<SchemaDiff>& diff) const;
    void append_step(change::Batch& batch, const CapturePlan& next, const SchemaDiff& diff,
                     const CapturedChanges& captured);
    [[nodiscard]] bool header_changed(const Boundary& now) const noexcept;
    [[nodiscard]] change::TableList append_touched(change::ChangeLog& log);
    void append_images(change::ChangeLog& log, const std::vector<change::TableId>& ids);
    [[nodiscard]] std::vector<change::TableId> system_tables_to_send(bool rows_changed);
    [[nodiscard]] SignalHandler session_signal();
    void begin_sessions();
    [[nodiscard]] std::uint64_t changes_by_any_means() const noexcept;
    class FrozenPending;
    void put_in_flight(const std::shared_ptr<change::Batch>& batch, FrozenPending& frozen);
    [[nodiscard]] Pending count_pending() const;

    // Looking after sessions between two cuts: sealing.cpp.
    [[nodiscard]] Care look_after_sessions();
    void measure_sessions();
    [[nodiscard]] bool may_seal() const;
    [[nodiscard]] std::chrono::nanoseconds seal_when_due();
    [[nodiscard]] SealPace::Look look_at_sessions() const;
    class OwnUse;
    void update_limits() noexcept;

    sqlite3* ram_;
    const Settings settings_;
    const SignalHandler signal_;

    // Used under the lock of the connection only.
    sqlite::Authorizer& authorizer_;
    sqlite::ErrorState error_state_;
    BoundaryReader boundary_reader_;
    Boundary known_;
    CapturePlan plan_;
    // Set when something failed after it could still be taken back: only a whole copy is right then.
    bool plan_is_unsettled_ = false;
    bool left_transaction_open_ = false;
    bool left_is_void_ = false;
    bool has_ended_foreign_transaction_ = false;
    SystemTables system_tables_;
    std::int64_t total_changes_at_cut_ = 0;

    std::shared_ptr<PendingBatches> in_flight_ = std::make_shared<PendingBatches>();
    std::shared_ptr<Recorder> recorder_;
    /// For `_sync_queue`, in a statement of the application's that outlives this object: null then.
    struct Self {
        std::shared_ptr<CombinedCapture*> shared;
        explicit Self(CombinedCapture* capture)
            : shared(std::make_shared<CombinedCapture*>(capture)) {}
        Self(const Self&) = delete;
        Self& operator=(const Self&) = delete;
        ~Self() { *shared = nullptr; }
    };
    Self self_{this};
    TriggerCapture triggers_;
    BlobWatch blob_watch_;
    std::unique_ptr<SessionCapture> sessions_;
    SealPace seal_pace_;
    // Since the last cut.
    bool seal_has_failed_ = false;
    WriteRefusal refusal_;
    // Whether sessions_ is set, for threads without the lock of the connection.
    std::atomic<bool> has_sessions_{false};

    // Null: a COMMIT does not wait.
    CommitHandler* commit_handler_ = nullptr;
    // How many statements the trace callback has heard of.
    std::uint64_t statements_heard_ = 0;
    // What the statement that is running commits has been brought to the disk by its COMMIT.
    bool served_by_commit_ = false;
    // Statements may have changed something that no COMMIT has brought to the disk.
    bool cut_is_due_ = false;
    // The disk has the changes of a transaction that is not committed yet.
    bool disk_is_ahead_ = false;
    // A COMMIT has brought a copy of everything to the disk: only triggers are missing.
    bool only_plan_is_missing_ = false;

    // Whether changes are handed over in the application's calls. Constant from the moment on when
    // there are other threads.
    bool in_calls_ = false;
    CallSettings calls_;
    // Taken in a COMMIT that may still fail.
    std::shared_ptr<change::Batch> in_commit_;
    // Statements that may do more than change rows: begun so far, and when the schema and the header
    // were last looked at. Whether the last statement was one.
    std::uint64_t other_statements_ = 0;
    std::uint64_t looked_at_ = 0;
    bool in_other_statement_ = false;
    // Something is committed that could not be handed over so far.
    bool owes_ = false;
    bool threshold_announced_ = false;
    std::optional<std::chrono::steady_clock::time_point> last_copy_;
    // Asked for by `cut`, which must not make it.
    std::atomic<bool> copy_wanted_{false};
    std::atomic<bool> expects_calls_{true};
    // How many changes later ones have made superfluous after they had been handed over.
    std::atomic<std::uint64_t> coalesced_in_queue_{0};
    std::mutex hand_over_mutex_;
    // Why the last attempt failed; guarded by hand_over_mutex_.
    std::shared_ptr<const Error> hand_over_error_;

    // Measured under the lock, read by any thread.
    std::atomic<std::uint64_t> session_bytes_{0};
    std::atomic<std::uint64_t> session_changes_{0};
    // A session has seen a change since the last cut: set by the thread that writes.
    std::atomic<bool> session_changed_{false};

    // Held to decide from what is pending whether to refuse writes. Taken after the lock of the
    // connection.
    std::mutex limits_mutex_;

    mutable std::mutex pending_mutex_;
    std::optional<Pending> frozen_pending_;  // guarded by pending_mutex_

    mutable std::mutex status_mutex_;
    std::vector<TableStatus> status_;  // guarded by status_mutex_
};

}  // namespace tidemark::capture
