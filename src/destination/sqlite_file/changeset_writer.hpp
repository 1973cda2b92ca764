#pragma once

#include "change/changeset_reader.hpp"
#include "change/effects_recorder.hpp"
#include "destination/sqlite_file/row_writer.hpp"
#include "sqlite/session.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
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
/// **Tables without a UNIQUE value besides their INTEGER PRIMARY KEY** come first. A change concerns one
/// row alone there, so all changesets are written together, in the order of the keys: a page of the file
/// is visited once, and rows that come in several changesets one after another are written once. Where
/// there is no index at all, updates are gathered as inserts are: INSERT ... ON CONFLICT DO UPDATE.
///
/// **The others**, changeset by changeset. First the plain way: table by table all deletes, then updates, then
/// inserts, each in the order of the keys. Rows that trade UNIQUE values among each other make
/// that fail; then all of it is taken back, and what fails is written in two phases: first the old rows are
/// removed, then the new ones inserted.
///
/// So that it can be taken back SQLite keeps each page that changes, once for a savepoint, and in a
/// temporary file when there are many: several changesets are tried in one savepoint.
///
/// Takes 40 bytes of memory a change while it writes (of the first tables for a million changes at a time), in
/// two phases also a copy of the values that updates leave as they are.
class ChangesetWriter {
public:
    /// The connection ignores CHECK constraints (`PRAGMA ignore_check_constraints`). What is taken back is
    /// taken back in the recorder too, if there is one.
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
    struct Target {
        RowWriter rows;
        std::uint32_t number = 0;
    };
    /// What the order depends on.
    struct Step {
        std::uint64_t key = 0;
        change::ChangesetReader::Place place;
        Target* target = nullptr;
        std::uint32_t changeset = 0;
        int operation = 0;
    };
    /// Tables in which a change concerns one row alone, or the others.
    enum class Tables { independent, others };

    /// Says whether there are other tables as well.
    bool write_independent(std::span<const sqlite::Changeset> changesets);
    /// In the order of the keys, and of the changesets for each of them.
    void write_by_key(std::span<change::ChangesetReader> changes, std::vector<Step>& steps);
    void write_steps(std::span<change::ChangesetReader> changes, const std::vector<Step>& steps);
    /// All of them or none: false when rows would have to trade UNIQUE values.
    bool try_directly(std::span<const sqlite::Changeset> changesets);
    /// Moves to the next change of such a table; no target at the end.
    std::optional<Step> next_step(change::ChangesetReader& change, Tables tables);
    /// The changes of the other tables, table by table, in the order of their keys.
    std::vector<Step> put_in_order(change::ChangesetReader& change);
    void write_in_two_phases(const sqlite::Changeset& changeset);

    [[nodiscard]] bool is_void(const char* table) const;
    Target& find_target(const change::ChangesetReader& change);
    [[nodiscard]] RowWriter make_rows(const change::ChangesetReader& change) const;
    void write(RowWriter& rows, const change::ChangesetReader& change);
    void update(RowWriter& rows, const change::ChangesetReader& change);
    static void remove(RowWriter& rows, const change::ChangesetReader& change);
    static OwnedRow read_rest(RowWriter& rows, const change::ChangesetReader& change);
    static void insert_updated(RowWriter& rows, const change::ChangesetReader& change,
                               const OwnedRow& rest);
    static OwnedValue duplicate(sqlite3_value* value);
    void finish_gathered();
    void discard_gathered() noexcept;

    sqlite3* connection_;
    change::EffectsRecorder* recorder_;
    std::map<std::string, Target> targets_;
    std::vector<std::string> superseded_;
    // By the number that a table has in the changeset; null for one whose changes are void.
    std::vector<Target*> target_of_table_;
    std::vector<bool> changed_;
};

}  // namespace tidemark::destination
