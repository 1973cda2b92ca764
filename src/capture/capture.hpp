#pragma once

#include "change/batch.hpp"

#include <tidemark/status.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace tidemark::capture {

/// What a capture tells the sync loop. Sent on the thread of whoever writes to the RAM database,
/// with its lock held: a receiver may take a lock of its own and wake somebody, and nothing else.
enum class Signal : std::uint8_t {
    /// The first change since the last cut. It may not be committed yet.
    first_change,
    /// Enough has gathered that a cut should not wait for the interval.
    threshold,
};
using SignalHandler = std::function<void(Signal)>;

struct CutRequest {
    /// The number that the batch will bear.
    std::uint64_t number = 0;
    /// Take a copy of the whole database instead of the changes (which it contains).
    bool whole = false;
    /// When set, called once at the boundary of this cut, with the RAM database locked, also when
    /// there is nothing to take. Not called when a transaction is open.
    std::function<void()> at_boundary;
};

enum class CutOutcome : std::uint8_t {
    taken,             ///< `batch` holds everything committed since the last cut.
    nothing,           ///< Nothing has changed since the last cut.
    transaction_open,  ///< No boundary to cut at; nothing was done. Ask again soon.
};

struct Cut {
    CutOutcome outcome = CutOutcome::nothing;
    std::shared_ptr<const change::Batch> batch;
    /// How long the RAM connection was kept from the application.
    std::chrono::nanoseconds stall{0};
};

struct Pending {
    std::uint64_t changes = 0;
    std::uint64_t bytes = 0;
    bool refusing_writes = false;
};

/// Notices what changes in the RAM database and hands it over in batches.
///
/// The sync loop sees a capture only through this interface. `cut`, `measure` and `acknowledge` are
/// called by one thread at a time; `pending` and `tables` by any thread at any time.
class Capture {
public:
    Capture() = default;
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    virtual ~Capture() = default;

    /// Takes the next batch, at a transaction boundary. Throws Error when that fails; then nothing
    /// was taken and nothing is lost, and the next call takes all of it.
    virtual Cut cut(const CutRequest& request) = 0;

    /// Looks how much is pending now, sends `Signal::threshold` where due and begins or ends to
    /// refuse writes. May wait for the RAM lock. Only a capture that `needs_measuring` wants it
    /// called between cuts.
    virtual Pending measure() = 0;
    [[nodiscard]] virtual bool needs_measuring() const noexcept = 0;

    /// As of the last cut or measuring, plus what has announced itself since. Never waits.
    [[nodiscard]] virtual Pending pending() const = 0;

    /// Batches up to `mark` are on disk: their memory is free.
    virtual void acknowledge(std::uint64_t mark) = 0;

    [[nodiscard]] virtual std::vector<TableStatus> tables() const = 0;
};

}  // namespace tidemark::capture
