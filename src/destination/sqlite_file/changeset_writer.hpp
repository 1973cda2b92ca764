#pragma once

#include "change/changeset_reader.hpp"
#include "change/effects_recorder.hpp"
#include "destination/sqlite_file/row_writer.hpp"
#include "sqlite/session.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tidemark::destination {

/// Writes changesets: net changes, one per row, in no particular order.
///
/// Not by `sqlite3changeset_apply`: it drops rows without an error when a table is missing or
/// narrower, tries rows with UNIQUE conflicts again in O(n²), lets the schema's ON CONFLICT clauses
/// delete rows, and compares old values that are wrong for columns that were added with a DEFAULT.
///
/// Table by table. First the plain way: all deletes, then updates, then inserts, each addressed by
/// its key and in the order of the keys, so that a page of the file is visited once. Rows that trade
/// UNIQUE values among each other make that fail; then all of it is taken back, and what fails is written
/// in two phases: first the old rows are removed, then the new ones inserted.
///
/// So that it can be taken back SQLite keeps each page that changes, once for a savepoint, and in a
/// temporary file when there are many: several changesets are tried in one savepoint.
///
/// Takes 32 bytes of memory a change while it writes, in two phases also a copy of the values that
/// updates leave as they are.
class ChangesetWriter {
public:
    /// What is taken back is taken back in the recorder too, if there is one.
    explicit ChangesetWriter(sqlite3* connection, change::EffectsRecorder* recorder = nullptr)
        : connection_(connection), recorder_(recorder) {}

    /// One after another, inside the caller's transaction. Changes of `superseded` tables are passed over.
    /// Throws NotApplicable when a changeset does not fit.
    void write(std::span<const sqlite::Changeset> changesets,
               const std::vector<std::string>& superseded);

private:
    struct ValueDeleter {
        void operator()(sqlite3_value* value) const noexcept { sqlite3_value_free(value); }
    };
    using OwnedValue = std::unique_ptr<sqlite3_value, ValueDeleter>;
    using OwnedRow = std::vector<OwnedValue>;
    /// What the order depends on.
    struct Step {
        std::uint64_t key = 0;
        change::ChangesetReader::Place place;
        int operation = 0;
    };

    /// All of them or none: false when rows would have to trade UNIQUE values.
    bool try_directly(std::span<const sqlite::Changeset> changesets);
    /// The changes that are not void, table by table, in the order of their keys.
    std::vector<Step> put_in_order(change::ChangesetReader& change);
    void write_directly(change::ChangesetReader& change, const std::vector<Step>& steps);
    void write_in_two_phases(const sqlite::Changeset& changeset);

    [[nodiscard]] bool is_void(const char* table) const;
    RowWriter& find_target(const change::ChangesetReader& change);
    [[nodiscard]] RowWriter make_target(const change::ChangesetReader& change) const;
    [[nodiscard]] RowWriter& target_of(const change::ChangesetReader& change) const {
        return *target_of_table_[change.place().table];
    }
    void update(RowWriter& rows, const change::ChangesetReader& change);
    static void remove(RowWriter& rows, const change::ChangesetReader& change);
    static OwnedRow read_rest(RowWriter& rows, const change::ChangesetReader& change);
    static void insert_updated(RowWriter& rows, const change::ChangesetReader& change,
                               const OwnedRow& rest);
    static OwnedValue duplicate(sqlite3_value* value);
    void finish_inserts();
    void discard_inserts() noexcept;

    sqlite3* connection_;
    change::EffectsRecorder* recorder_;
    std::map<std::string, RowWriter> targets_;
    std::vector<std::string> superseded_;
    // By the number that a table has in the changeset; null for one whose changes are void.
    std::vector<RowWriter*> target_of_table_;
    std::vector<bool> changed_;
};

}  // namespace tidemark::destination
