#pragma once

#include "change/change_log.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tidemark::change {

/// What coalescing costs while it is at work is bounded: rows beyond so many, of the order in which
/// they first appear, are left as they are.
constexpr std::size_t coalesced_rows_max = 1U << 20U;

/// Makes a log with fewer records that has the same effect: of what happened to a row in a row, the
/// last image stays, in its place. Returns nothing when that would save fewer than `saved_bytes_min`.
/// Any thread. Throws std::bad_alloc, and Error when the log is damaged.
///
/// **What has to be kept.** A log is replayed with OR REPLACE, so a record does two things: it sets
/// its row, and it deletes the rows that hold one of its values in a UNIQUE index (*displaces* them;
/// no trigger tells of that). Record r1 of a row is left out for the next one of the same row, r2,
/// which then does what both did, later. Between the two the replay has a row too old or a row too
/// many. That is made good by r2, and disturbs nobody in between, if
///
/// 1. no record in between needs that row. One does only if it is a change of the key, from this
///    row's or to it: both rows then begin anew behind it.
/// 2. r2 displaces what r1 did: r1 displaces nothing (it is no insert, and changes no value in a
///    UNIQUE index), or r2 writes an image with the same values there. An insert that is followed by
///    the removal of its row is therefore left out only where a table has no UNIQUE index.
/// 3. what is too old or too many loses when it meets a newer row. It does: what is written in
///    between is written OR REPLACE. And a row that is deleted so, and is missed by r2, cannot be:
///    r2 is either an insert, or an update after updates that all left the values in UNIQUE indexes
///    alone, so that nobody else could take them.
///
/// Keys are told apart bit by bit. Where a table may take two such keys for one (WITHOUT ROWID:
/// 'a' and 'A', 1 and 1.0) it counts as one with a UNIQUE index, on the key.
///
/// Whether a row was there before its first insert cannot be told, since that may have been an INSERT
/// OR REPLACE. So what came and went leaves an `erase`, unless the row is known to have been there.
///
/// Records that are left out leave a `gap`, so that the others keep their numbers. A log with a
/// `clear` is not coalesced. The log must be of one schema.
[[nodiscard]] std::optional<ChangeLog> coalesce(const LogReader& log,
                                                std::uint64_t saved_bytes_min);

}  // namespace tidemark::change
