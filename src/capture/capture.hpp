#pragma once

#include "change/batch.hpp"

#include <tidemark/status.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tidemark::capture {

/// What a capture tells the sync loop. Sent on the thread of whoever writes to the RAM database,
/// with its lock held: a receiver may take a lock of its own and wake somebody, and nothing else.
enum class Signal : std::uint8_t {
    /// The first change since the last cut. It may not be committed yet.
    first_change,
    /// Enough has gathered that a cut should not wait for the interval.
    threshold,
    /// There is something to do for `Capture::tend`, within some 10 ms; or within one.
    tend,
    tend_soon,
};
using SignalHandler = std::function<void(Signal)>;

struct CutRequest {
    /// The number that the batch will bear.
    std::uint64_t number = 0;
    /// Take a copy of the whole database instead of the changes (which it contains).
    bool whole = false;
    /// When set, called once at the boundary of this cut, with the RAM database locked, also when
    /// there is nothing to take. Not called when a transaction is open. It may change the rest of
    /// this request.
    std::function<void()> at_boundary;
    /// The process is ending: a transaction that is open is rolled back, so that there is a boundary.
    /// Whoever had it open may go on writing, half a transaction: so no cut is possible any more
    /// after one that had to do this, and an Error says so.
    bool end_transaction = false;
};

enum class CutOutcome : std::uint8_t {
    taken,             ///< `batch` holds everything committed since the last cut.
    nothing,           ///< Nothing has changed since the last cut.
    transaction_open,  ///< No boundary to cut at; nothing was done. Ask again soon.
};

struct Cut {
    CutOutcome outcome = CutOutcome::nothing;
    std::shared_ptr<const change::Batch> batch;
    /// Other batches that were committed before this cut are waiting: this one is not the boundary, and
    /// `at_boundary` has not been called.
    bool more = false;
    /// How long the RAM connection was kept from the application.
    std::chrono::nanoseconds stall{0};
};

/// What became of the changes of a transaction that waits for them to be on disk.
enum class CommitOutcome : std::uint8_t {
    on_disk,
    refused,            ///< They are not on disk, or nobody can tell (then a copy is due).
    whole_copy_needed,  ///< Nothing was done: only a copy of the whole database is right.
};

struct CommitResult {
    CommitOutcome outcome = CommitOutcome::refused;
    /// Why, when it was refused.
    std::shared_ptr<const Error> error;
};

/// Brings changes to the disk while the application waits in a COMMIT. Both are called on the thread
/// that commits, with the RAM database locked.
class CommitHandler {
public:
    CommitHandler() = default;
    CommitHandler(const CommitHandler&) = delete;
    CommitHandler& operator=(const CommitHandler&) = delete;
    virtual ~CommitHandler() = default;

    /// Numbers the batch and applies it, in one attempt, behind everything that was cut before.
    [[nodiscard]] virtual CommitResult commit(change::Batch& batch) noexcept = 0;
    /// Makes a cut and applies it, in one attempt; the sync loop goes on trying if that fails. At a
    /// transaction boundary.
    virtual void sync_now() noexcept = 0;
};

/// What `Capture::tend` has to say.
struct Care {
    /// When it wants to be called again; empty: not without another `Signal::tend`.
    std::optional<std::chrono::nanoseconds> again_in;
    /// How long it has kept the RAM connection from the application.
    std::chrono::nanoseconds stall{0};
};

struct Pending {
    std::uint64_t changes = 0;
    std::uint64_t bytes = 0;
    /// The pending limit is reached.
    bool at_limit = false;
    /// More than half of it is occupied.
    bool near_limit = false;
    bool refusing_writes = false;
    /// Changes that are pending no more because later ones of the same rows stand for them; since
    /// the capture began.
    std::uint64_t coalesced_changes = 0;
};

/// Notices what changes in the RAM database and hands it over in batches.
///
/// src/sync sees a capture only through this interface. `cut` and `acknowledge` are called by one
/// thread at a time, `tend` by one other; `pending` and `tables` by any thread at any time.
class Capture {
public:
    Capture() = default;
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    virtual ~Capture() = default;

    /// Takes the next batch, at a transaction boundary. Throws Error when that fails; then nothing
    /// was taken and nothing is lost, and the next call takes all of it.
    virtual Cut cut(const CutRequest& request) = 0;

    /// Looks how much is pending now, makes fewer changes of many, does in advance what the next cut
    /// would take long for, sends `Signal::threshold` where due, and begins or ends to refuse writes.
    /// Called some time after `Signal::tend` or `tend_soon`. May wait for the RAM lock, never for the disk. Throws
    /// Error: call it again, too.
    virtual Care tend() = 0;

    /// As of the last cut or `tend`, plus what has announced itself since. Never waits.
    [[nodiscard]] virtual Pending pending() const = 0;

    /// Batches up to `mark` are on disk: their memory is free.
    virtual void acknowledge(std::uint64_t mark) = 0;

    [[nodiscard]] virtual std::vector<TableStatus> tables() const = 0;
};

}  // namespace tidemark::capture
