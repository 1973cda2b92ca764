#pragma once

#include "change/batch.hpp"
#include "change/change_log.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace tidemark::capture {

/// A stretch of pending changes, for `_sync_queue` to read.
struct QueueSegment {
    change::LogReader reader;
    change::TableList tables;
    std::uint64_t first_change = 1;
    std::uint64_t first_transaction = 1;
    /// False for what sessions have gathered: nobody knows when, and in which transaction.
    bool is_numbered = true;
};

/// Returns all that is pending: what is not numbered, then the rest, oldest first. Called on the thread
/// that uses the connection, within a statement of the application's.
using QueueSource = std::function<std::vector<QueueSegment>()>;

/// Makes `_sync_queue` known: the pending changes as a read-only table
/// `(id, operation, table_name, record_data, old_data, "transaction")`. JSON is made only for rows
/// and columns that are asked for. Throws Error.
void register_queue_table(sqlite3* connection, QueueSource source);
/// Makes it unknown again.
void remove_queue_table(sqlite3* connection) noexcept;

constexpr const char* queue_table = "_sync_queue";

}  // namespace tidemark::capture
