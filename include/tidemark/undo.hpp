#pragma once

#include <tidemark/export.hpp>
#include <tidemark/history.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tidemark {

/// Why one row of a batch cannot be taken back.
struct TIDEMARK_EXPORT UndoConflict {
    enum class Kind : std::uint8_t {
        gone,           ///< The batch left the row there, and it has been deleted since.
        already_there,  ///< The batch deleted the row, and there is one with its key again.
        differs,        ///< The row is not what the batch left: it has been changed since.
        constraint,     ///< A UNIQUE, CHECK or NOT NULL constraint refuses what the row was before.
        foreign_key,    ///< The row would refer to one that is not there.
        table_changed,  ///< The table is gone, or has other columns now; about no single row.
    };

    Kind kind = Kind::differs;
    /// Its name; "PRAGMA user_version" and "PRAGMA application_id" for the header.
    std::string table{};
    /// The columns of the PRIMARY KEY as one JSON object, or {"rowid":7} of a table without one; empty
    /// when the row cannot be named.
    std::string key{};
    /// What the batch left, and what is there now, each as one JSON object of the columns; empty where
    /// there is no row. Values can be read back exactly; docs/cli.md says how.
    std::string left{};
    std::string found{};
    /// A sentence; of a constraint what SQLite says of it.
    std::string reason{};

    /// One JSON object: `kind`, `table`, and what of the others is not empty.
    [[nodiscard]] std::string to_json() const;
};

/// "gone", "already there", "differs", "constraint", "foreign key", "table changed".
[[nodiscard]] TIDEMARK_EXPORT const char* to_string(UndoConflict::Kind kind) noexcept;

struct UndoOptions {
    /// Default false. True: everything is tried and taken back again, so that the report says what
    /// would be undone, or what is in the way. (A rollback hook of the application hears of it.)
    bool dry_run = false;

    /// How many conflicts the report lists; it counts all of them. Default 1,000; zero: no limit, and
    /// as much memory as all rows of the batch take as text.
    std::size_t conflicts_max = 1000;

    /// How long to wait for what was committed before to be on disk. Default 30 s.
    std::chrono::milliseconds deadline = std::chrono::seconds{30};
};

/// What `Database::undo` did, or why it did nothing.
struct TIDEMARK_EXPORT UndoReport {
    std::uint64_t batch = 0;
    bool dry_run = false;
    /// Rows that were inserted, updated and deleted to take the batch back, or would be; empty when
    /// there are conflicts.
    std::vector<TableChanges> tables{};

    /// Table by table, at most `UndoOptions::conflicts_max`; and how many there are.
    std::vector<UndoConflict> conflicts{};
    std::uint64_t conflict_count = 0;

    /// Whether nothing is in the way. Without `dry_run` the batch is undone then, otherwise nothing has
    /// changed.
    [[nodiscard]] bool possible() const noexcept { return conflict_count == 0; }

    /// One JSON object: `batch`, `dry_run`, `undone`, `tables`, `conflict_count`, `conflicts`.
    [[nodiscard]] std::string to_json() const;
};

}  // namespace tidemark
