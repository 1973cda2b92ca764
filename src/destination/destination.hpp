#pragma once

#include "change/batch.hpp"

#include <tidemark/error.hpp>

#include <cstdint>

namespace tidemark::destination {

/// The batch does not fit what the destination holds: a row to be changed is missing, a table has
/// other columns. Trying again cannot help; a batch with a copy of the whole database can.
class NotApplicable : public Error {
public:
    using Error::Error;
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
};

}  // namespace tidemark::destination
