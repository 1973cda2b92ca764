#include "destination/sqlite_file/row_writer.hpp"

#include "change/table_sql.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tidemark::destination {
namespace {

// Of the time of one statement a row, the COMMIT included and with three columns, 8 rows take 0.77
// (inserts; updates 0.78), 16 rows 0.70 (0.73), 64 rows 0.62 (0.67). SQLite's default allows 32,766
// parameters in a statement.
constexpr std::size_t many_rows = 64;
constexpr std::size_t some_rows = 8;
constexpr std::size_t parameters_max = 256;
constexpr std::size_t one_row = 2;  // place of the statement that writes a single one

// So many sets of columns that updates change have their statements kept, of 40 to 60 KB each.
constexpr std::size_t update_forms_max = 32;

const char* sql_name(Conflict conflict) noexcept {
    return conflict == Conflict::abort ? "ABORT" : "REPLACE";
}

}  // namespace

RowShape shape_of_images(const change::Table& table, bool independent) {
    RowShape shape{.table = table.name,
                   .names = {},
                   .key = table.key_places(),
                   .key_collations = table.key_collations,
                   .independent = independent};
    for (std::size_t i = 0; i < table.image_size(); ++i) {
        shape.names.push_back(change::value_name(table, i));
    }
    return shape;
}

RowWriter::RowWriter(sqlite3* connection, RowShape shape, Conflict update_conflict)
    : connection_(connection),
      shape_(std::move(shape)),
      update_conflict_(update_conflict),
      statement_rows_{many_rows, some_rows, 1} {
    const std::size_t rows_max = parameters_max / std::max<std::size_t>(shape_.names.size(), 1);
    for (std::size_t& rows : statement_rows_) rows = std::clamp<std::size_t>(rows_max, 1, rows);
}

void RowWriter::insert(Conflict conflict, std::span<const change::Value> row) {
    if (gathered_updates_ != nullptr || gathered_for_ != conflict) finish_gathered();
    gathered_for_ = conflict;
    gathered_updates_ = nullptr;
    gathered_.insert(gathered_.end(), row.begin(), row.end());
    if (gathered_.size() == statement_rows_.front() * shape_.names.size()) finish_gathered();
}

void RowWriter::gather_update(const std::vector<bool>& changed,
                              std::span<const change::Value> old_row,
                              std::span<const change::Value> new_row) {
    Updates::value_type& update = find_update(changed);
    if (gathered_updates_ != &update) finish_gathered();
    gathered_updates_ = &update;
    const std::size_t size = shape_.names.size();
    // Changesets that follow each other change a row again and again.
    if (gathered_.empty() || !has_key_of(gathered_.size() - size, old_row)) {
        gathered_.insert(gathered_.end(), old_row.begin(), old_row.end());
    }
    const std::span<change::Value> last = std::span(gathered_).last(size);
    for (std::size_t i = 0; i < size; ++i) {
        if (changed[i]) last[i] = new_row[i];
    }
    if (gathered_.size() == statement_rows_.front() * size) finish_gathered();
}

void RowWriter::finish_gathered() {
    std::span<const change::Value> rest = gathered_;
    for (std::size_t place = 0; place < statement_rows_.size(); ++place) {
        const std::size_t count = statement_rows_[place] * shape_.names.size();
        for (; !rest.empty() && rest.size() >= count; rest = rest.subspan(count)) {
            write_rows(place, rest.first(count));
        }
    }
    gathered_.clear();
}

void RowWriter::write_rows(std::size_t place, std::span<const change::Value> rows) {
    if (gathered_updates_ == nullptr) return run_insert(place, rows);
    if (place != one_row) return run_upsert(place, rows);
    if (run_update(*gathered_updates_, rows, rows)) return;
    throw row_is_missing("change a row on disk of", shape_.table);
}

bool RowWriter::has_key_of(std::size_t gathered, std::span<const change::Value> row) const {
    return std::ranges::all_of(shape_.key, [&](std::size_t place) {
        return change::identical(gathered_[gathered + place], row[place]);
    });
}

void RowWriter::finish_gathered_before(std::span<const change::Value> row) {
    bool matters = !shape_.independent;
    for (std::size_t i = 0; !matters && i < gathered_.size(); i += shape_.names.size()) {
        matters = has_key_of(i, row);
    }
    if (matters) finish_gathered();
}

void RowWriter::run_insert(std::size_t place, std::span<const change::Value> rows) {
    sqlite::Statement& statement = inserts_[static_cast<std::size_t>(gathered_for_)][place];
    if (!statement) statement = prepare(insert_sql(statement_rows_[place]));
    for (std::size_t i = 0; i < rows.size(); ++i) bind(statement, i + 1, rows[i]);
    statement.run();
}

bool RowWriter::update(const std::vector<bool>& changed, std::span<const change::Value> old_row,
                       std::span<const change::Value> new_row) {
    finish_gathered_before(old_row);
    // With another key it meets other rows.
    const auto is_changed = [&](std::size_t place) { return changed[place]; };
    if (std::ranges::any_of(shape_.key, is_changed)) finish_gathered();
    return run_update(find_update(changed), old_row, new_row);
}

bool RowWriter::run_update(Updates::value_type& update, std::span<const change::Value> old_row,
                           std::span<const change::Value> new_row) {
    auto& [changed, form] = update;
    sqlite::Statement& statement = form[one_row];
    if (!statement) statement = prepare(update_sql(changed));
    for (std::size_t i = 0; i < changed.size(); ++i) {
        if (changed[i]) bind(statement, i + 1, new_row[i]);
    }
    bind_key(statement, old_row);
    statement.run();
    return sqlite3_changes64(connection_) == 1;
}

// A row that is not there would be inserted, and only an insert sets last_insert_rowid().
void RowWriter::run_upsert(std::size_t place, std::span<const change::Value> rows) {
    auto& [changed, form] = *gathered_updates_;
    sqlite::Statement& statement = form[place];
    if (!statement) statement = prepare(upsert_sql(changed, statement_rows_[place]));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t column = i % changed.size();
        if (changed[column] || column == shape_.key.front()) bind(statement, i + 1, rows[i]);
    }
    const std::int64_t other = other_key(rows);
    sqlite3_set_last_insert_rowid(connection_, other);
    statement.run();
    if (sqlite3_last_insert_rowid(connection_) == other) return;
    throw row_is_missing("change a row on disk of", shape_.table);
}

// One that none of the rows has.
std::int64_t RowWriter::other_key(std::span<const change::Value> rows) const {
    const auto is_among_them = [&](std::int64_t key) {
        for (std::size_t i = shape_.key.front(); i < rows.size(); i += shape_.names.size()) {
            if (rows[i].integer == key) return true;
        }
        return false;
    };
    std::int64_t key = 0;
    while (is_among_them(key)) ++key;
    return key;
}

RowWriter::Updates::value_type& RowWriter::find_update(const std::vector<bool>& changed) {
    if (last_update_ != nullptr && last_update_->first == changed) return *last_update_;
    auto known = updates_.find(changed);
    if (known == updates_.end()) {
        if (updates_.size() >= update_forms_max) {
            if (gathered_updates_ != nullptr) finish_gathered();
            gathered_updates_ = nullptr;
            last_update_ = nullptr;
            updates_.clear();
        }
        known = updates_.try_emplace(changed).first;
    }
    last_update_ = &*known;
    return *last_update_;
}

bool RowWriter::remove(std::span<const change::Value> old_row) {
    finish_gathered_before(old_row);
    if (!remove_) remove_ = prepare("DELETE FROM " + table_name() + where_key());
    bind_key(remove_, old_row);
    remove_.run();
    return sqlite3_changes64(connection_) == 1;
}

void RowWriter::clear() {
    finish_gathered();
    sqlite::execute(connection_, "DELETE FROM " + table_name(), "clear a table on disk");
}

sqlite::Statement& RowWriter::select(std::span<const change::Value> old_row) {
    finish_gathered();
    if (!select_) {
        select_ = prepare("SELECT " + column_list() + " FROM " + table_name() + where_key());
    }
    bind_key(select_, old_row);
    return select_;
}

// ---- The statements. Parameters bear the number of their value; those of the key come after. ----

sqlite::Statement RowWriter::prepare(const std::string& sql) const {
    return {connection_, sql, SQLITE_PREPARE_PERSISTENT};
}

std::string RowWriter::table_name() const { return "main." + sqlite::quoted(shape_.table); }

std::string RowWriter::column_list() const {
    std::string list;
    for (const std::string& name : shape_.names) list += (list.empty() ? "" : ", ") + name;
    return list;
}

std::string RowWriter::where_key() const {
    std::string sql;
    for (std::size_t i = 0; i < shape_.key.size(); ++i) {
        sql += (i == 0 ? " WHERE " : " AND ") + shape_.names[shape_.key[i]] + " = ?" +
               std::to_string(shape_.names.size() + i + 1);
        if (!shape_.key_collations.empty()) {
            sql += " COLLATE " + sqlite::quoted(shape_.key_collations[i]);
        }
    }
    return sql;
}

std::string RowWriter::insert_sql(std::size_t rows) const {
    std::string row;
    for (std::size_t i = 0; i < shape_.names.size(); ++i) row += i == 0 ? "(?" : ", ?";
    row += ")";
    std::string sql = std::string("INSERT OR ") + sql_name(gathered_for_) + " INTO " +
                      table_name() + "(" + column_list() + ") VALUES" + row;
    for (std::size_t i = 1; i < rows; ++i) sql += ", " + row;
    return sql;
}

std::string RowWriter::update_sql(const std::vector<bool>& changed) const {
    std::string assignments;
    for (std::size_t i = 0; i < changed.size(); ++i) {
        if (!changed[i]) continue;
        assignments +=
            (assignments.empty() ? "" : ", ") + shape_.names[i] + " = ?" + std::to_string(i + 1);
    }
    return std::string("UPDATE OR ") + sql_name(update_conflict_) + " " + table_name() + " SET " +
           assignments + where_key();
}

// With an alias, or a table of the name "excluded" would be taken for the row that is not inserted.
std::string RowWriter::upsert_sql(const std::vector<bool>& changed, std::size_t rows) const {
    const std::size_t size = shape_.names.size();
    std::string values;
    for (std::size_t i = 0; i < rows * size; ++i) {
        const std::size_t place = i % size;
        const bool is_bound = changed[place] || place == shape_.key.front();
        values += place != 0 ? ", " : i == 0 ? "(" : "), (";
        values += is_bound ? "?" + std::to_string(i + 1) : shape_.fillers[place];
    }
    std::string assignments;
    for (std::size_t i = 0; i < size; ++i) {
        if (!changed[i]) continue;
        assignments +=
            (assignments.empty() ? "" : ", ") + shape_.names[i] + " = excluded." + shape_.names[i];
    }
    return std::string("INSERT OR ") + sql_name(update_conflict_) + " INTO " + table_name() +
           " AS _tidemark_row(" + column_list() + ") VALUES" + values + ") ON CONFLICT(" +
           shape_.names[shape_.key.front()] + ") DO UPDATE SET " + assignments;
}

void RowWriter::bind(sqlite::Statement& statement, std::size_t parameter,
                     const change::Value& value) const {
    const int rc = change::bind_value(statement.get(), static_cast<int>(parameter), value);
    if (rc != SQLITE_OK) throw sqlite::make_error(connection_, rc, "bind a value");
}

void RowWriter::bind_key(sqlite::Statement& statement, std::span<const change::Value> row) const {
    for (std::size_t i = 0; i < shape_.key.size(); ++i) {
        bind(statement, shape_.names.size() + i + 1, row[shape_.key[i]]);
    }
}

NotApplicable row_is_missing(const std::string& operation, const std::string& table) {
    return NotApplicable({.operation = operation,
                          .object = table,
                          .reason = "it is not there",
                          .advice = "the disk database becomes a whole copy of the RAM database"});
}

std::uint64_t key_rank(const change::Value& key) noexcept {
    constexpr std::uint64_t sign = std::uint64_t{1} << 63U;
    switch (key.storage_class) {
        case change::StorageClass::integer:
            return static_cast<std::uint64_t>(key.integer) ^ sign;
        case change::StorageClass::text:
        case change::StorageClass::blob: {
            std::uint64_t first = 0;
            for (std::size_t i = 0; i < sizeof first; ++i) {
                first <<= 8U;
                if (i < key.bytes.size()) first |= static_cast<unsigned char>(key.bytes[i]);
            }
            return first;
        }
        default:
            return 0;
    }
}

}  // namespace tidemark::destination
