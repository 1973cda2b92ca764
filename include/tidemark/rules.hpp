#pragma once

#include <tidemark/change.hpp>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tidemark {

/// What a destination gets of one table. Tables without a rule it gets as they are.
///
/// Expressions are SQL over the columns of the table (generated ones too), evaluated by SQLite with the
/// types and collations that the table declares, and with the functions and collations that
/// `Options::prepare_disk_connection` registers. They see one row, and must come to the same each time:
/// no subqueries, no `random()`.
///
/// A rule that does not compile is refused when the database is opened, with SQLite's message; so is
/// one for a table or a column that is not there. In a database that has no tables yet it is looked at
/// when its table is made, and then stops the destination.
///
/// A destination with rules gets tables, and the indexes of those whose columns are all there. Not:
/// views, triggers, the statistics of ANALYZE, the counters of AUTOINCREMENT.
struct TableRule {
    /// Its name in the database; the case of ASCII letters does not matter. A rule stands for whatever
    /// table bears that name: when that is altered or renamed, the destination is loaded anew.
    std::string table;

    /// Nothing of it, not even its definition. Of a virtual table its content goes too. With it, nothing
    /// else may be given.
    bool exclude = false;

    /// Its name at the destination. Empty: the same.
    std::string rename{};

    /// Which rows: those for which this is true, as in WHERE. Empty: all of them. As with a publication
    /// of PostgreSQL, an update by which a row begins to be one of them inserts it at the destination, and
    /// one by which it ceases to be deletes it there.
    std::string when{};

    /// Which columns, in this order: each the name of a column, or an expression and a name for it:
    /// "id", "upper(title) AS title", "'***' AS email". Empty: all of them. Those of the key of a table
    /// WITHOUT ROWID must be among them. The table at the destination is a plain one then: names and
    /// types of the columns and the key, without constraints and defaults.
    std::vector<std::string> columns{};

    /// The same in C++, after `when` and `columns`: is given each row as it would get to the destination,
    /// and says whether it does. It may put other values into the span, but not into the key; what their
    /// `bytes` point to must stay until the next call. Called with the old and with the new image of a
    /// row, on the thread of the destination; must come to the same each time. What it throws is a
    /// failure of the destination.
    std::function<bool(std::span<Value> row)> row{};
};

}  // namespace tidemark
