#pragma once

#include <tidemark/export.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace tidemark {

/// The last batch that was written to the history of this database at `time` or before. Throws Error
/// when the history does not go back that far.
[[nodiscard]] TIDEMARK_EXPORT std::uint64_t batch_at(const std::string& database_path,
                                                     std::chrono::system_clock::time_point time);

/// Writes the database as it was after `batch` to a new file, an ordinary SQLite database without
/// tidemark's bookkeeping: a copy of the file, with all later batches undone, last one first. The
/// database is only read, and may be held by a running tidemark. A batch that was written but whose
/// number lies between two is as good as the one below it.
///
/// Throws Error when the output exists already, when `batch` is above the mark of the database, and
/// when the history does not lead back there: batches are missing, damaged, or somebody else has
/// written in between. There is no output then.
TIDEMARK_EXPORT void restore(const std::string& database_path, std::uint64_t batch,
                             const std::string& output_path);

/// Applies all batches above `from` to another database, in one transaction: to one that is what this
/// one was after `from`, as a backup or `restore` gives it. Rows are matched by their keys; nothing
/// else is compared. Returns the number of the last batch, `from` when there was none.
///
/// Throws Error when the target does not exist or is kept by a tidemark, when the history does not lead
/// from `from` to the mark of the database, and when a row that is to be changed is not there. The
/// target is as it was then.
TIDEMARK_EXPORT std::uint64_t replay(const std::string& database_path, std::uint64_t from,
                                     const std::string& target_path);

}  // namespace tidemark
