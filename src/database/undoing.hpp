#pragma once

#include "change/effects.hpp"
#include "change/net_rows.hpp"
#include "change/row_images.hpp"
#include "database/undo_target.hpp"
#include "destination/sqlite_file/row_writer.hpp"
#include "sqlite/authorizer.hpp"
#include "sqlite/raised_limits.hpp"
#include "sqlite/switched.hpp"

#include <tidemark/undo.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tidemark {

/// The operation of its errors.
inline constexpr const char* undoing = "undo a batch";

/// Takes back what a batch did, in one transaction on a RAM database that a capture watches.
///
/// What the batch recorded are effects: those of the application's triggers and of foreign key actions
/// are in it. So both are off meanwhile, and foreign keys are checked at the end instead. TEMP triggers
/// fire even then (since SQLite 3.35), which is what capture by trigger needs.
///
/// Each row is compared with what the batch left before the first one is written. Then, table by
/// table, rows are removed before others are inserted, and a row whose UNIQUE values change is removed
/// and inserted: rows that have exchanged such values do not get into each other's way.
///
/// Lives and is used under the lock of the connection, between transactions.
class Undoing {
public:
    /// `effects` must outlive this object. Throws Error when a batch like this cannot be undone.
    Undoing(sqlite3* ram, sqlite::Authorizer& authorizer, const change::Effects& effects,
            const UndoOptions& options);

    /// Once. Throws Error, and nothing has changed.
    [[nodiscard]] UndoReport run();

private:
    using Image = std::vector<change::Value>;
    struct Table {
        UndoTable target;
        destination::RowWriter rows;
        TableChanges counts;
        /// Of a table whose rows nobody can name: all rows before the batch, and after it.
        std::vector<Image> before{};
        std::vector<Image> after{};
    };
    /// What has become of one row that SQLite finds to refer to nothing: table, rowid, parent, number of
    /// the foreign key. Rows WITHOUT ROWID are counted together.
    using Violation =
        std::tuple<std::string, std::optional<std::int64_t>, std::string, std::int64_t>;
    using Violations = std::map<Violation, std::uint64_t>;

    void add_tables();
    void read_wholes();
    void read_own_tables();
    void take_back_own_rows(change::TableId id, change::RowImages& images);

    void compare();
    void compare_header();
    void compare_rows(Table& table);
    void compare_row(Table& table, const change::NetRow& row);
    void compare_whole(Table& table);
    [[nodiscard]] bool gives_way(const Table& table, const change::NetRow& row, const Image& before,
                                 const Image& found);

    void attempt();
    void write();
    void write_rows(Table& table);
    void write_whole(Table& table);
    void write_own_tables();
    template <typename Work>
    void try_row(Table& table, const Image& row, Work work);
    [[nodiscard]] Violations violations() const;
    void add_violations(const Violations& before, const Violations& after);
    void commit();

    void add_conflict(UndoConflict conflict);

    sqlite3* ram_;
    sqlite::Authorizer& authorizer_;
    const change::Effects& effects_;
    const UndoOptions options_;
    std::optional<sqlite::Authorizer::OwnWork> own_work_;
    sqlite::RaisedLimits raised_limits_;
    const bool utf16_;
    UndoReport report_;
    UndoTarget target_;
    std::optional<sqlite::Switched> triggers_off_;
    std::optional<sqlite::Switched> foreign_keys_off_;
    change::NetRows net_;
    std::vector<Table> tables_;
    /// Rows whose hidden rowid belongs to another one now.
    std::set<const change::NetRow*> without_rowid_;
    /// SQLite's own tables as they are to be.
    std::vector<change::RowImages> own_tables_;
};

}  // namespace tidemark
