#pragma once

#include "change/change_log.hpp"
#include "change/table.hpp"
#include "sqlite/session.hpp"

#include <string>
#include <vector>

namespace tidemark::change {

/// A changeset as records of a log. What a changeset does not say is in none: of an UPDATE the records
/// have the key and the columns that have changed.
struct ChangesetLog {
    ChangeLog log;
    /// One table for each set of columns. None has an identity: this is to be looked at, not to be
    /// written.
    TableList tables;
};

/// `known` has the columns of the tables, `left_out` names tables that do not count. A table that is not
/// known, or has another number of columns there, is left out as well. Throws Error when the bytes are
/// damaged.
[[nodiscard]] ChangesetLog read_as_log(const sqlite::Changeset& changeset,
                                       const std::vector<Table>& known,
                                       const std::vector<std::string>& left_out);

}  // namespace tidemark::change
