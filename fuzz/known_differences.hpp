#pragma once

/// The one list of what the fuzzer leaves out or levels, because the documentation names it as a
/// difference (docs/design.md, "What the application can see of tidemark"; docs/strategies.md, "What
/// SQLite does otherwise for a table with triggers" and "Known limits"). Whatever is not named here
/// is a defect when it differs.

#include "model.hpp"
#include "outcome.hpp"
#include "support/sql.hpp"

#include <tidemark/options.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::fuzz {

/// After an INSERT that fails on a foreign key, last_insert_rowid() is the number of the row that
/// failed, as in any table with an AFTER trigger. Levelled on both sides after such a failure.
inline void level_last_insert_rowid(sqlite3* db, int rc) noexcept {
    if (rc == SQLITE_CONSTRAINT_FOREIGNKEY) sqlite3_set_last_insert_rowid(db, 0);
}

/// While the preupdate hook is occupied, ANALYZE clears sqlite_stat1 by a DELETE of its own, which
/// total_changes() counts; otherwise not. What such a statement counts is not compared.
[[nodiscard]] inline bool has_other_total_changes(std::string_view sql) noexcept {
    return sql.find("ANALYZE") != std::string_view::npos;
}

/// It returns one empty row for each page that it frees, and how many pages are free depends on how a
/// database came into memory.
[[nodiscard]] inline bool returns_rows_by_free_pages(std::string_view sql) noexcept {
    return sql == "PRAGMA incremental_vacuum";
}

/// FTS5 keeps what a transaction wrote in memory, and writes it to its tables at a savepoint or at
/// the commit. A trigger makes SQLite open savepoints of its own, so that happens earlier and in more
/// pieces, also when a half-done statement is finalized: changes(), total_changes() and
/// last_insert_rowid() tell of it at other moments, and the tables that hold the index may be cut into
/// other pieces than in the plain database, which ANALYZE counts. (The disk has to have the pieces of
/// RAM.)
[[nodiscard]] inline bool mentions_full_text(std::string_view sql) noexcept {
    return sql.find("fts5") != std::string_view::npos;
}

/// Whether changes() says how many rows the statement wrote, and not what FTS5 wrote before.
[[nodiscard]] inline bool writes_rows(std::string_view sql, int rc) noexcept {
    return rc == SQLITE_OK && sql.find(';') == std::string_view::npos &&
           (sql.starts_with("INSERT") || sql.starts_with("UPDATE") || sql.starts_with("DELETE"));
}
[[nodiscard]] inline std::vector<std::string> full_text_indexes_written_at_other_moments(
    sqlite3* db) {
    std::vector<std::string> tables;
    for (const tests::Row& row : tests::query(
             db,
             "SELECT name FROM main.sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%'")) {
        tables.push_back(row[0].text() + "_data");
        tables.push_back(row[0].text() + "_idx");
    }
    if (!tables.empty()) tables.insert(tables.end(), {"sqlite_stat1", "sqlite_stat4"});
    return tables;
}

/// A statement that writes was begun and not ended, also when the transaction has been rolled back
/// under it: a flush waits for it to be reset.
[[nodiscard]] inline bool has_half_done_write(sqlite3* db) noexcept {
    for (sqlite3_stmt* it = sqlite3_next_stmt(db, nullptr); it != nullptr;
         it = sqlite3_next_stmt(db, it)) {
        if (sqlite3_stmt_busy(it) != 0 && sqlite3_stmt_readonly(it) == 0) return true;
    }
    return false;
}

/// An R*Tree that is being read keeps its nodes in memory, where a ROLLBACK TO does not reach them: while
/// the SELECT is half read, any query finds what was rolled back. The tables that hold the index, which
/// are what gets to the disk, are right.
[[nodiscard]] inline bool reads_an_rtree(sqlite3* db) {
    for (sqlite3_stmt* it = sqlite3_next_stmt(db, nullptr); it != nullptr;
         it = sqlite3_next_stmt(db, it)) {
        const char* const text = sqlite3_sql(it);
        if (sqlite3_stmt_busy(it) == 0 || text == nullptr) continue;
        const std::string sql = text;
        for (const tests::Row& row : tests::query(
                 db, "SELECT name FROM main.sqlite_schema WHERE sql LIKE '%USING rtree%'")) {
            if (sql.find(row[0].text()) != std::string::npos) return true;
        }
    }
    return false;
}

[[nodiscard]] inline bool violates_foreign_keys(sqlite3* db) {
    try {
        return !tests::query(db, "PRAGMA foreign_key_check").empty();
    } catch (const tests::SqlError&) {
        return true;  // a definition that does not fit
    }
}

[[nodiscard]] inline bool replaces_recursively(sqlite3* db) {
    return tests::query_one(db, "PRAGMA recursive_triggers") == tests::Cell(1);
}

/// Bugs of SQLite leave an index that does not fit its table in the plain database too: DROP COLUMN of
/// a column named rowid, say, to which an index refers in its WHERE clause, makes that the real rowid.
[[nodiscard]] inline bool has_broken_index(sqlite3* db) {
    const std::string found = tests::query_one(db, "PRAGMA main.integrity_check(1)").text();
    return found.find("missing from index") != std::string::npos ||
           found.find("wrong # of entries") != std::string::npos;
}

[[nodiscard]] inline bool drops_a_column(std::string_view sql, const Outcome& plain) noexcept {
    return plain.rc == SQLITE_OK && sql.starts_with("ALTER") &&
           sql.find(" DROP ") != std::string_view::npos;
}

/// DROP COLUMN has left such an index. A DELETE without WHERE empties it in the plain database,
/// and is refused where it goes row by row: the table has a trigger, or the preupdate hook is occupied.
/// It is still there only in the database where the statement failed. Ends the run as well. So does any
/// difference of rows while it is broken: what goes by it does not find all rows.
[[nodiscard]] inline bool fails_on_a_broken_index(bool index_broken, const Outcome& plain,
                                                  const Outcome& kept, sqlite3* kept_db) {
    return index_broken && plain.rc == SQLITE_OK && kept.rc == SQLITE_CORRUPT_INDEX &&
           has_broken_index(kept_db);
}

/// Differences after which the databases go on differently: a run ends with the first of them.
///
/// - A single-row INSERT into a parent table whose foreign key does not fit is checked only where the
///   table has a trigger. Which of several is reported follows from a hash table.
/// - Where foreign keys are violated already (written with foreign_keys off), a single-row INSERT into
///   a parent table that mends one is counted only where the table has a trigger.
/// - A statement with OR IGNORE that fails on an immediate foreign key, after a deferred one was
///   counted, takes the count back only where the table has a trigger: without, COMMIT fails, and DROP
///   TABLE deletes (and counts) the rows one by one. The same holds for what fails on a foreign key
///   while another statement that writes is half done and no transaction is open: SQLite undoes both
///   where the table has no trigger.
/// - A DELETE or UPDATE that fails on a foreign key within a transaction may leave its rows changed
///   where the table has no trigger.
/// - A full-text table whose creation was rolled back to a savepoint makes FTS5 fail with "SQL logic
///   error" at the next savepoint, which a trigger makes SQLite open at other moments.
/// - A datatype mismatch of an INTEGER PRIMARY KEY or of a STRICT table undoes, within a transaction,
///   the whole statement where the table has a trigger, and may keep the rows before it where it has
///   none; so does a recursion of triggers that is too deep. Our triggers are one level more: what the
///   last level wrote before it failed is counted in total_changes() or not. Where it has a BEFORE
///   trigger, as ours while the fallback runs, the types of a STRICT table are checked before NOT NULL.
/// - REPLACE with recursive_triggers on, where the table has a DELETE trigger: SQLite checks all
///   UNIQUE constraints once more after the triggers have run, and fails when one does not hold, even
///   if it would have been replaced too, or before an AFTER trigger refuses the row. It also pins the row
///   that an UPDATE is changing: a foreign key action that would change that row fails.
/// - A statement that was prepared before a table was dropped begins a write transaction before it fails,
///   unless something else has made SQLite prepare it anew: sqlite3_txn_state() differs.
/// - A half-read SELECT ends with SQLITE_ABORT_ROLLBACK when a DROP TABLE of another table, which took
///   our TEMP triggers along, is rolled back in the meantime.
/// - A DROP TABLE that fails because of a half-read SELECT makes SQLite read its schema anew where the
///   table has a trigger; an R*Tree has then forgotten that it is being read, and can be written, or
///   refuses the row for a constraint.
/// - An ALTER TABLE that fails makes SQLite read the schema anew. When the transaction around it is
///   rolled back, plain SQLite does not notice before the next statement has been prepared, which may
///   still miss the INSTEAD OF trigger that is back.
[[nodiscard]] inline bool ends_the_run(const Outcome& plain, const Outcome& kept,
                                       std::string_view sql, sqlite3* plain_db) {
    const bool commits = sql.starts_with("COMMIT") || sql.starts_with("RELEASE");
    const auto either = [&](int rc) { return plain.rc == rc || kept.rc == rc; };
    const bool mismatch = either(SQLITE_MISMATCH) || either(SQLITE_CONSTRAINT_DATATYPE);
    if (plain.in_transaction && mismatch) return true;
    const std::string_view too_deep = "too many levels of trigger";
    if (plain.message.starts_with(too_deep) || kept.message.starts_with(too_deep)) return true;
    if (either(SQLITE_CONSTRAINT_FOREIGNKEY) && !plain.in_transaction &&
        (plain.writing || kept.writing)) {
        return true;
    }
    if (plain.rc == SQLITE_ERROR && kept.rc == SQLITE_ERROR && plain.writing != kept.writing)
        return true;
    if (plain.rc == kept.rc && plain.message == kept.message) {
        if (!plain.in_transaction) return false;
        if (plain.rc == SQLITE_CONSTRAINT_FOREIGNKEY) return violates_foreign_keys(plain_db);
        // A text may go on behind the DROP: then the last statement decides about changes().
        const bool counts_differ =
            plain.changes != kept.changes || plain.total_changes != kept.total_changes;
        return sql.starts_with("DROP TABLE") && counts_differ;
    }
    const auto is_constraint = [](int rc) { return (rc & 0xff) == SQLITE_CONSTRAINT; };
    const auto logic_error = [](const Outcome& it) { return it.message == "SQL logic error"; };
    const bool fails_otherwise = plain.rc == SQLITE_OK || plain.rc == SQLITE_CONSTRAINT_TRIGGER;
    const bool replace_fails =
        kept.message.starts_with("UNIQUE") || kept.rc == SQLITE_CONSTRAINT_PINNED;
    if (fails_otherwise && replace_fails && replaces_recursively(plain_db)) return true;
    if (plain.rc == SQLITE_OK && kept.rc == SQLITE_ABORT_ROLLBACK) return true;
    if (plain.rc == SQLITE_LOCKED_VTAB && (kept.rc == SQLITE_OK || is_constraint(kept.rc)))
        return true;
    if (plain.message.starts_with("cannot modify") && kept.rc == SQLITE_OK) return true;
    return mismatch || logic_error(plain) || logic_error(kept) ||
           kept.message.starts_with("foreign key mismatch") ||
           (either(SQLITE_CONSTRAINT_FOREIGNKEY) && (commits || violates_foreign_keys(plain_db)));
}

/// Until a transaction ends in which an ALTER TABLE has failed, the schema in memory is what the ALTER
/// would have made of it, by a bug of SQLite: statements fail. One that was prepared before goes on in
/// the plain database, unless something has made SQLite prepare it anew. Ends the run as well.
[[nodiscard]] inline bool was_prepared_before_a_failed_alter(const Outcome& plain,
                                                             const Outcome& kept) {
    return plain.in_transaction && plain.rc == SQLITE_OK && kept.rc == SQLITE_ERROR &&
           kept.message.starts_with("no such column");
}

/// And it stays so after the end of that transaction, until something makes SQLite read the schema again,
/// as tidemark's triggers do: in the plain database a trigger still misses the column that was not
/// dropped. Ends the run as well. `alter_failed`: an ALTER TABLE has failed before.
[[nodiscard]] inline bool still_sees_a_failed_alter(bool alter_failed, const Outcome& plain,
                                                    const Outcome& kept) {
    return alter_failed && plain.rc == SQLITE_ERROR && kept.rc == SQLITE_OK &&
           (plain.message.starts_with("no such column") ||
            plain.message.find("has no column named") != std::string::npos);
}

/// A transaction that has changed the schema and then made SQLite read it again (writable_schema = RESET)
/// is rolled back by a statement that fails (OR ROLLBACK): by a bug of SQLite the schema in memory stays
/// as the transaction had it, so that a trigger whose DROP was rolled back does not fire, until something
/// else makes SQLite read the schema.
class SchemaThatStaysRolledBack {
public:
    void note(std::string_view sql, const Outcome& plain) noexcept {
        const bool ended = was_in_transaction_ && !plain.in_transaction;
        stays_ = stays_ || (ended && reset_ && plain.rc != SQLITE_OK);
        was_in_transaction_ = plain.in_transaction;
        if (!plain.in_transaction) changed_ = reset_ = false;
        const bool changes =
            sql.starts_with("CREATE") || sql.starts_with("DROP") || sql.starts_with("ALTER");
        changed_ = changed_ || (plain.in_transaction && changes);
        const bool resets = sql.find("writable_schema = RESET") != std::string_view::npos;
        reset_ = reset_ || (changed_ && resets);
    }
    /// What differs from then on ends the run.
    [[nodiscard]] bool stays() const noexcept { return stays_; }

private:
    bool was_in_transaction_ = false;
    bool changed_ = false;
    bool reset_ = false;
    bool stays_ = false;
};

/// A statement that fails on a foreign key within a transaction may leave its rows changed in the plain
/// database, without leaving a violation behind: ON DELETE CASCADE finds a child by number (2.0) whose
/// parents are two texts ('2', '2.0'). If it does, the run ends.
[[nodiscard]] inline bool may_leave_rows_behind(const Outcome& plain) noexcept {
    return plain.rc == SQLITE_CONSTRAINT_FOREIGNKEY && plain.in_transaction;
}

/// After the rowid 9223372036854775807 SQLite chooses at random, so that no two runs are the same. The
/// generator gives it to no key, but DROP COLUMN of a column named _rowid_ makes a trigger that writes any
/// value there write the real rowid. Rows and numbers that differ then end the run.
[[nodiscard]] inline bool chooses_rowids_at_random(sqlite3* plain_db) {
    const auto has_last_rowid = [&](const TableModel& it) {
        if (it.kind != TableKind::ordinary || it.rowid.empty()) return false;
        const std::string where = " WHERE " + it.rowid + " = 9223372036854775807";
        try {
            return !tests::query(plain_db, "SELECT 1 FROM " + it.name + where).empty();
        } catch (const tests::SqlError&) {
            return false;  // a table that SQLite cannot read
        }
    };
    const std::vector<TableModel> tables = read_model(plain_db).tables;
    return std::any_of(tables.begin(), tables.end(), has_last_rowid);
}
/// Whether nobody but SQLite can have chosen it: it chooses from 1 to 2^62, and nothing that is generated
/// comes near, but for 2^62 and above.
[[nodiscard]] constexpr bool is_random_rowid(std::int64_t number) noexcept {
    return number > std::int64_t{1} << 48U && number < std::int64_t{1} << 62U;
}
/// A statement that has failed leaves the number and not the row.
[[nodiscard]] inline bool differs_by_chance(const Outcome& plain, const Outcome& kept,
                                            sqlite3* plain_db) {
    const bool random =
        is_random_rowid(plain.last_insert_rowid) && is_random_rowid(kept.last_insert_rowid);
    return plain.rc == kept.rc && plain.message == kept.message &&
           (random || chooses_rowids_at_random(plain_db));
}

/// 0.0 to -0.0 in a column without type is no change for the session extension.
[[nodiscard]] constexpr bool negative_zero(Strategy strategy) noexcept {
    return strategy == Strategy::trigger;
}

// Open defects, which the generator keeps away from:
//
// - ALTER TABLE adds a column with a DEFAULT of another type to a STRICT table, which SQLite does not
//   check: the rows cannot be written to the disk one by one, which becomes a whole copy, and the
//   observer hears of a failure (TableGenerator::added_column).
//
// FTS5 forgets what a transaction has written when SQLite reads the schema anew within it (a failing
// ALTER TABLE, writable_schema = RESET): a search in the plain database says "malformed" as well, and the
// run ends (Stage::expect_equal).
//
// Left out by the shape of what is generated:
//
// - Keys that are the rowid and get no integer, and wrong types in STRICT tables, in statements with
//   a conflict clause or several rows (Values::for_column, `exact`): see ends_the_run(). The same
//   holds for any error that is no constraint: no expression that can fail is generated.
// - UPDATE and DELETE that could meet their rows in another order: where a table has a trigger,
//   SQLite reads more of its columns, and may scan another index. So they are NOT INDEXED, those in
//   triggers go by the key; and PRAGMA reverse_unordered_selects is left out, because an UPDATE
//   gathers its rows before it changes the first where there is a trigger. For the same reason no
//   WITHOUT ROWID table has a descending key (the gathered keys ascend), and no index goes down the
//   rowid.
//   A WITHOUT ROWID table knows no NOT INDEXED: the index of its key takes its place.
// - INSERT … SELECT that reads what it writes by way of a trigger or a foreign key: SQLite reads all
//   rows before it writes the first where the table has an INSERT trigger. So where it may update or
//   delete rows, the SELECT is MATERIALIZED.
// - A TEMP namesake of a table of main that has an index: by a bug of SQLite (3.40.1), VACUUM moves the
//   index to the TEMP table, and ALTER TABLE makes expressions of it read the columns of the other.
// - Closing and opening with a table whose columns take all three names of the rowid: its rowids
//   cannot be told to the disk, so that the next one is another.
// - More than one TEMP trigger on a table, and TEMP triggers that change the row they fire for: the
//   order in which SQLite runs TEMP triggers is arbitrary.
// - sqlite3_blob_write, PRAGMA schema_version = N, PRAGMA temp_store: docs/strategies.md, "Known
//   limits".
// - Unpaired surrogates in full-text indexes: the same place.
//
//
// And what differs between any two runs, with tidemark or without: random(), randomblob(), the time,
// and the rowid after 9223372036854775807 (see chooses_rowids_at_random() for what comes by it all the same).

}  // namespace tidemark::fuzz
