#pragma once

#include "change/table.hpp"
#include "change/value.hpp"
#include "destination/destination.hpp"
#include "sqlite/statement.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::destination {

/// As many records of a batch are put in order at once, so that memory stays bounded.
inline constexpr std::size_t steps_max = 1U << 20U;

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
    /// SQL of a value that each column takes, whatever its type, and whether or not it is NOT NULL. Given
    /// for a table whose key is its INTEGER PRIMARY KEY and that has no index: its updates can be gathered.
    std::vector<std::string> fillers{};
};

/// Of the images of a table, as the records of a log carry them.
[[nodiscard]] RowShape shape_of_images(const change::Table& table, bool independent);

/// Writes rows of one table by prepared statements, which it keeps.
///
/// Rows are gathered, up to 64 to a statement: two thirds of the time of one statement a row. They must be
/// finished before anything else uses the table. Values are not copied: their bytes must stay
/// until then. The other methods finish them where the order may matter.
class RowWriter {
public:
    RowWriter(sqlite3* connection, RowShape shape, Conflict update_conflict);

    void insert(Conflict conflict, std::span<const change::Value> row);
    /// As `update`, of a row whose key stays; only of a shape with fillers. Throws NotApplicable when
    /// there is no such row, here or when it is finished.
    void gather_update(const std::vector<bool>& changed, std::span<const change::Value> old_row,
                       std::span<const change::Value> new_row);
    /// Writes what is gathered.
    void finish_gathered();
    /// Forgets what is gathered: an error has ended the writing.
    void discard_gathered() noexcept { gathered_.clear(); }

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
    /// A statement for each of `statement_rows_`.
    using Form = std::array<sqlite::Statement, 3>;
    // By the columns that they set: SQLite touches only the indexes of columns that are named.
    using Updates = std::map<std::vector<bool>, Form>;

    [[nodiscard]] sqlite::Statement prepare(const std::string& sql) const;
    [[nodiscard]] std::string insert_sql(std::size_t rows) const;
    [[nodiscard]] std::string update_sql(const std::vector<bool>& changed) const;
    [[nodiscard]] std::string upsert_sql(const std::vector<bool>& changed, std::size_t rows) const;
    [[nodiscard]] std::string column_list() const;
    [[nodiscard]] std::string table_name() const;
    [[nodiscard]] std::string where_key() const;
    [[nodiscard]] bool has_key_of(std::size_t gathered, std::span<const change::Value> row) const;
    void finish_gathered_before(std::span<const change::Value> row);
    /// So many rows as the statement of that place writes.
    void write_rows(std::size_t place, std::span<const change::Value> rows);
    void run_insert(std::size_t place, std::span<const change::Value> rows);
    void run_upsert(std::size_t place, std::span<const change::Value> rows);
    [[nodiscard]] bool run_update(Updates::value_type& update,
                                  std::span<const change::Value> old_row,
                                  std::span<const change::Value> new_row);
    [[nodiscard]] std::int64_t other_key(std::span<const change::Value> rows) const;
    Updates::value_type& find_update(const std::vector<bool>& changed);
    void bind(sqlite::Statement& statement, std::size_t parameter,
              const change::Value& value) const;
    void bind_key(sqlite::Statement& statement, std::span<const change::Value> row) const;

    sqlite3* connection_;
    RowShape shape_;
    Conflict update_conflict_;
    std::array<std::size_t, 3> statement_rows_;  // the most first
    // Either inserts, with this conflict clause, or updates.
    Conflict gathered_for_ = Conflict::abort;
    Updates::value_type* gathered_updates_ = nullptr;
    std::vector<change::Value> gathered_;  // row after row

    std::array<Form, 2> inserts_;  // by Conflict
    sqlite::Statement remove_;
    sqlite::Statement select_;
    Updates updates_;
    Updates::value_type* last_update_ = nullptr;
};

/// Of a row of `table` that should be there to be changed or removed.
[[nodiscard]] NotApplicable row_is_missing(const std::string& operation, const std::string& table);

/// Where a key stands among others, as far as eight bytes tell it: equal for keys that are
/// identical. Rows that are written in this order visit a page of the file once.
[[nodiscard]] std::uint64_t key_rank(const change::Value& key) noexcept;

}  // namespace tidemark::destination
