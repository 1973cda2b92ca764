#pragma once

#include "change/change_log.hpp"
#include "change/schema_step.hpp"
#include "change/table.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/session.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tidemark::change {

/// The table that a SQLite destination adds to what it is given; no RAM database may have one of
/// that name.
constexpr const char* bookkeeping_table = "_tidemark_state";

/// A copy of the whole RAM database at a boundary, in RAM. Whoever applies it may write to the copy
/// (the bookkeeping goes into it before it is copied to the disk).
struct WholeCopy {
    sqlite::Connection connection;
    /// Tables whose rows are not kept on disk; the copy has their definitions and their rows.
    std::vector<std::string> excluded_tables;
};

/// All changes between two transaction boundaries, numbered. Immutable once it has been cut.
///
/// Two kinds of content, because there are two ways to notice changes, and both may be in one
/// batch: then they are about different tables, so that their order does not matter.
struct Batch {
    std::uint64_t number = 0;

    /// When set, this is the whole content, and what is below is empty.
    std::shared_ptr<WholeCopy> whole;

    /// When set, the schema changes with this batch. The tables must be as it says before the rows
    /// are written; indexes that are new, when they have been.
    std::shared_ptr<const SchemaStep> schema;

    /// Row changes in the order in which they happened, to be replayed in that order.
    ChangeLog log;
    /// What the table ids in `log` mean.
    TableList tables;
    /// Number of the first change and of the first transaction in `log`, counted since capture
    /// began.
    std::uint64_t first_change = 1;
    std::uint64_t first_transaction = 1;
    /// Changesets as SQLite's session extension makes them, to be applied one after another. Each
    /// holds net changes, one per row, in no order.
    std::vector<sqlite::Changeset> changesets;
    /// Tables whose changes in all changesets are void; as `Table::superseded`.
    std::vector<std::string> superseded_in_changesets;

    /// Values of the header of the database at the boundary; always set.
    std::int32_t user_version = 0;
    std::int32_t application_id = 0;

    /// Changed rows and bytes, as captured. A whole copy counts as its pages' bytes and no rows.
    std::uint64_t changes = 0;
    std::uint64_t bytes = 0;

    [[nodiscard]] std::uint64_t changeset_bytes() const noexcept {
        std::uint64_t sum = 0;
        for (const sqlite::Changeset& changeset : changesets) {
            sum += static_cast<std::uint64_t>(changeset.size_bytes());
        }
        return sum;
    }
};

}  // namespace tidemark::change
