#pragma once

/// What is done to a database while faults are put below it: the same again for the same seed.

#include <cstdint>
#include <string>
#include <vector>

namespace tidemark::tests {

struct WorkloadStep {
    enum class Kind : std::uint8_t {
        transaction,  ///< One transaction, or one statement outside of any; counts itself.
        flush,
        reopen,      ///< Closes the database and opens it again.
        checkpoint,  ///< Another connection moves the WAL into the database.
    };
    Kind kind = Kind::transaction;
    std::string sql;
};
using Workload = std::vector<WorkloadStep>;

/// Meets in about thirty transactions what gets to the disk by different ways: rows of every kind of
/// table, rows over several pages, changes of the schema, a new page size (the whole database is
/// copied), deleting nearly everything, and opening again.
[[nodiscard]] Workload make_workload(std::uint32_t seed);

/// So much that a sync of tidemark's own makes a checkpoint, twice.
[[nodiscard]] Workload make_large_workload();

/// Opens, writes a little, and closes: most of its operations are those of opening and closing.
[[nodiscard]] Workload make_short_workload();

/// A transaction that succeeds on whatever a workload has left, and changes it.
[[nodiscard]] std::string one_more_transaction();

/// Content that a file may have before tidemark meets it.
[[nodiscard]] std::string content_of_strangers();

}  // namespace tidemark::tests
