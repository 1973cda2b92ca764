#pragma once

#include "change/batch.hpp"
#include "destination/sqlite_file/row_writer.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tidemark::destination {

/// Replays a change log on a connection: INSERT OR REPLACE, UPDATE OR REPLACE, DELETE. A REPLACE
/// deletes the same rows here as it did in the RAM database, which no trigger told of there; so the
/// order is what makes the replay exact.
///
/// **What may change its place.** In a table in which rows do not displace each other a record
/// concerns one row alone, so it is enough that the records of each row keep their order. Such tables
/// are written in the order of their keys, so that a page of the file is visited once. A change of a key, a `clear`, what follows a `clear`, and
/// the rows of a table that is written in two ways keep their place among all.
///
/// An update of a small row in such a table, if it has no index at all, is written as an INSERT OR
/// REPLACE of the whole row, which the record has, many to a statement: a third less time. Elsewhere an
/// UPDATE writes what has changed, so that only the indexes of these columns are touched, and a large
/// value is overwritten in its place (a REPLACE needs room for both, which a full disk does not have).
///
/// Takes 24 bytes of memory a record while it writes, for a million records at a time. Statements are
/// kept from batch to batch, as long as the tables stay the same.
class LogWriter {
public:
    /// Whether the rows that are to be updated are known to be there. Otherwise each has to be found,
    /// by its own UPDATE.
    enum class Rows { known, unknown };

    explicit LogWriter(sqlite3* connection, Rows rows = Rows::known)
        : connection_(connection), rows_(rows) {}

    /// Inside the caller's transaction. Throws NotApplicable when a row that is to be updated or
    /// removed by its own statement is not there.
    void write(const change::Batch& batch);

private:
    struct Target {
        std::size_t key_place = 0;
        bool in_key_order = false;
        // Its rows are written through another one as well: an insert into a table with AUTOINCREMENT
        // changes sqlite_sequence, and a table that was changed itself has a number from before and
        // one from after.
        bool is_shared = false;
        // NOT NULL columns by their place, where rows are replaced as a whole.
        std::optional<std::vector<std::size_t>> replaced_not_null{};
        // The rows follow a `clear`. Nothing is to be replaced there, and REPLACE would write the
        // DEFAULT for a NULL that RAM has in a column that has become NOT NULL.
        bool filling = false;
        std::optional<RowWriter> rows{};
    };
    /// What the order depends on.
    struct Step {
        std::uint64_t key = 0;
        // Where the record is. (A Place is as large as if it had room for one more number.)
        const std::uint8_t* bytes = nullptr;
        std::uint32_t chunk = 0;
        change::TableId table = 0;
    };

    void use_tables(const change::TableList& tables);
    [[nodiscard]] bool keeps_its_place(const change::RecordOutline& outline) const;
    void note_step(change::LogReader::Place place, const change::RecordOutline& outline);
    void write_steps(change::LogReader& log);
    void prepare(const change::Table& table, Target& target) const;
    void apply(const change::Record& record);
    [[nodiscard]] static bool may_be_replaced(const Target& target, const change::Record& record);
    void update(const change::Table& table, Target& target, const change::Record& record);
    void apply_to(Target& target, const change::Record& record);
    void finish_gathered();

    sqlite3* connection_;
    const Rows rows_;
    change::TableList tables_;
    std::vector<Target> targets_;
    std::vector<Step> steps_;
    change::Record record_;
};

}  // namespace tidemark::destination
