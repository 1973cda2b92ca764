#pragma once

#include "change/table.hpp"
#include "sqlite/session.hpp"
#include "sqlite/statement.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::destination {

/// Writes a changeset: net changes, one per row, in no particular order.
///
/// Not by `sqlite3changeset_apply`: it drops rows without an error when a table is missing or
/// narrower, tries rows with UNIQUE conflicts again in O(n²), lets the schema's ON CONFLICT clauses
/// delete rows, and compares old values that are wrong for columns that were added with a DEFAULT.
///
/// First the plain way: all deletes, then updates, then inserts, each addressed by its key. Rows
/// that trade UNIQUE values among each other make that fail; then all of it is taken back and
/// written in two phases: first the old rows are removed, then the new ones inserted.
class ChangesetWriter {
public:
    explicit ChangesetWriter(sqlite3* connection) : connection_(connection) {}

    /// Inside the caller's transaction. Throws NotApplicable when the changeset does not fit.
    void write(const sqlite::Changeset& changeset);
    void forget_statements() noexcept { targets_.clear(); }

private:
    struct Target {
        change::Table table;
        std::vector<bool> key;
        sqlite::Statement insert;
        sqlite::Statement remove;
        sqlite::Statement select;
        std::map<std::vector<bool>, sqlite::Statement> updates;
    };

    void write_directly(const sqlite::Changeset& changeset);
    void write_in_two_phases(const sqlite::Changeset& changeset);

    Target& target_of(const sqlite::ChangesetIterator& change);
    void insert(Target& target, const sqlite::ChangesetIterator& change);
    void update(Target& target, const sqlite::ChangesetIterator& change);
    void remove(Target& target, const sqlite::ChangesetIterator& change);

    sqlite3* connection_;
    std::map<std::string, Target> targets_;
};

}  // namespace tidemark::destination
