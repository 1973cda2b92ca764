#pragma once

#include "change/table.hpp"
#include "change/value.hpp"
#include "sqlite/statement.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::destination {

/// SQLite's conflict clause. It is always written out: the schema may say another one.
enum class Conflict { abort, replace };

/// How the rows of a table are addressed.
struct RowShape {
    std::string table;
    /// What the values of a row are called in SQL, quoted.
    std::vector<std::string> names;
    /// Places in a row of the values that identify it.
    std::vector<std::size_t> key;
    /// By which each of them is compared, or empty: by that of its column.
    std::vector<std::string> key_collations{};
    /// A row may be written before or after another one.
    bool independent = false;
};

/// Of the images of a table, as the records of a log carry them.
[[nodiscard]] RowShape shape_of_images(const change::Table& table, bool independent);

/// Writes rows of one table by prepared statements, which it keeps.
///
/// Inserts are gathered, up to 16 rows to a statement: half the time of one statement a row. They
/// must be finished before anything else uses the table. Values are not copied: their bytes must stay
/// until then. The other methods finish them where the order may matter.
class RowWriter {
public:
    RowWriter(sqlite3* connection, RowShape shape, Conflict update_conflict);

    void insert(Conflict conflict, std::span<const change::Value> row);
    /// Writes what is gathered.
    void finish_inserts();
    /// Forgets what is gathered: an error has ended the writing.
    void discard_inserts() noexcept { gathered_.clear(); }

    /// Sets the values that are `changed` in the row with the key of `old_row`. False when there is
    /// none.
    [[nodiscard]] bool update(const std::vector<bool>& changed,
                              std::span<const change::Value> old_row,
                              std::span<const change::Value> new_row);
    /// False when there is no row with the key of `old_row`.
    [[nodiscard]] bool remove(std::span<const change::Value> old_row);
    /// Removes all rows.
    void clear();
    /// The statement with the row with the key of `old_row`, for `step` and `reset`; it selects all
    /// values.
    [[nodiscard]] sqlite::Statement& select(std::span<const change::Value> old_row);

    [[nodiscard]] const RowShape& shape() const noexcept { return shape_; }

private:
    struct Inserts {
        sqlite::Statement one;
        sqlite::Statement many;
    };

    [[nodiscard]] sqlite::Statement prepare(const std::string& sql) const;
    [[nodiscard]] std::string insert_sql(std::size_t rows) const;
    [[nodiscard]] std::string update_sql(const std::vector<bool>& changed) const;
    [[nodiscard]] std::string column_list() const;
    [[nodiscard]] std::string table_name() const;
    [[nodiscard]] std::string where_key() const;
    void finish_inserts_before(std::span<const change::Value> row);
    void run_insert(sqlite::Statement& statement, std::size_t rows,
                    std::span<const change::Value> values);
    sqlite::Statement& update_statement(const std::vector<bool>& changed);
    void bind(sqlite::Statement& statement, std::size_t parameter,
              const change::Value& value) const;
    void bind_key(sqlite::Statement& statement, std::span<const change::Value> row) const;

    sqlite3* connection_;
    RowShape shape_;
    Conflict update_conflict_;
    std::size_t rows_per_insert_;
    Conflict gathered_for_ = Conflict::abort;
    std::vector<change::Value> gathered_;  // row after row

    std::array<Inserts, 2> inserts_;  // by Conflict
    sqlite::Statement remove_;
    sqlite::Statement select_;
    // By the columns that they set: SQLite touches only the indexes of columns that are named.
    using Updates = std::map<std::vector<bool>, sqlite::Statement>;
    Updates updates_;
    Updates::value_type* last_update_ = nullptr;
};

/// Where a key stands among others, as far as eight bytes tell it: equal for keys that are
/// identical. Rows that are written in this order visit a page of the file once.
[[nodiscard]] std::uint64_t key_rank(const change::Value& key) noexcept;

}  // namespace tidemark::destination
