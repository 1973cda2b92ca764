#include "database/core.hpp"
#include "database/undoing.hpp"
#include "history/history_reader.hpp"
#include "sqlite/connection.hpp"

#include <tidemark/error.hpp>

#include <utility>

namespace tidemark {

UndoReport Database::Core::undo(std::uint64_t batch, const UndoOptions& options) {
    require_usable(undoing);
    if (!options_.history.enabled) {
        throw Error(
            {.code = SQLITE_MISUSE,
             .operation = undoing,
             .object = path_,
             .reason = "no history is kept",
             .advice = "open it with Options::history; what was written before is in none"});
    }
    // The flush would only wait for its end.
    require_boundary(undoing);
    flush(options.deadline);
    const change::Effects effects = read_batch(batch);
    const sqlite::ConnectionLock lock(ram_);
    require_boundary(undoing);
    try {
        return Undoing(ram_, *authorizer_, effects, options).run();
    } catch (...) {
        capture_->roll_back_left_transaction();
        throw;
    }
}

// A batch stands in the history before it is committed on disk.
change::Effects Database::Core::read_batch(std::uint64_t batch) const {
    Status status;
    loop_->fill(status);
    if (batch > status.mark) {
        throw Error({.code = SQLITE_MISUSE,
                     .operation = undoing,
                     .object = path_,
                     .reason = "its last batch is " + std::to_string(status.mark) + ", not " +
                               std::to_string(batch),
                     .advice = "name a batch that `tidemark log` lists"});
    }
    return history::HistoryReader(history::path_of(path_)).read(batch);
}

void Database::Core::require_boundary(const char* operation) const {
    const sqlite::ConnectionLock lock(ram_);
    const bool open = !sqlite::at_transaction_boundary(ram_);
    // An interrupt stays pending as long as any statement runs: nothing could be taken back before its
    // end. In calls that end is heard of, and `SELECT tidemark_undo(n)` is such a statement.
    const std::size_t running_max = cuts_in_calls() ? 1 : 0;
    if (!open && sqlite::count_running_statements(ram_) <= running_max) return;
    throw Error({.code = SQLITE_BUSY,
                 .operation = operation,
                 .object = path_,
                 .reason = open ? "a transaction is open on the RAM database"
                                : "a statement on the RAM database has not been stepped to its end",
                 .advice = "commit it or roll it back, and reset statements",
                 .retryable = true});
}

}  // namespace tidemark
