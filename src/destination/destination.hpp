#pragma once

#include "change/batch.hpp"

#include <tidemark/error.hpp>

#include <cstdint>
#include <memory>

namespace tidemark::destination {

/// The batch does not fit what the destination holds: a row to be changed is missing, a table has
/// other columns. Trying again cannot help; a batch with a copy of the whole database can.
class NotApplicable : public Error {
public:
    using Error::Error;
};

/// How a destination fares besides its batches.
struct Upkeep {
    /// What its log occupies (the WAL of a SQLite file).
    std::uint64_t log_bytes = 0;
    /// Why that cannot be given back; null when nothing is in the way.
    std::shared_ptr<const Error> hindrance;
    /// Something could not be done now: it asks to be called again, before long.
    bool unfinished = false;
};

/// Where batches go. Used by one thread at a time.
class Destination {
public:
    Destination() = default;
    Destination(const Destination&) = delete;
    Destination& operator=(const Destination&) = delete;
    virtual ~Destination() = default;

    /// Number of the last batch that is committed here; kept in the destination, in the same
    /// transaction as that batch.
    [[nodiscard]] virtual std::uint64_t mark() const = 0;

    /// Applies the batch and advances the mark, both or neither. A batch at or below the mark is
    /// skipped. Throws NotApplicable, or another Error whose `retryable()` says whether the same
    /// call can succeed later; after any of them the destination is as it was before the call.
    virtual void apply(const change::Batch& batch) = 0;

    /// After a failed `apply`: whether that batch was carried out all the same. Throws Error when
    /// that cannot be found out now.
    [[nodiscard]] virtual bool carried_out(std::uint64_t number) { return mark() >= number; }

    /// Does what is neither batch nor mark and can wait until those are safe. Called after each
    /// batch, and from time to time when there is none. What cannot be done is said in the result.
    [[nodiscard]] virtual Upkeep look_after() { return {}; }
};

}  // namespace tidemark::destination
