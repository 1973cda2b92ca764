#include "fault/history.hpp"

#include "support/sql.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <string_view>

namespace tidemark::tests {
namespace {

constexpr const char* bookkeeping = "_tidemark_state";

class Hash {
public:
    void add(std::string_view bytes) {
        value_ = (value_ ^ std::hash<std::string_view>()(bytes)) * 0x9E3779B97F4A7C15U;
        value_ ^= value_ >> 29U;
    }
    [[nodiscard]] std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0;
};

void add_value(sqlite3_stmt* statement, int column, Hash& hash) {
    const int type = sqlite3_column_type(statement, column);
    hash.add(std::to_string(type));
    if (type == SQLITE_FLOAT) {
        // As text it would be rounded.
        hash.add(std::to_string(std::hash<double>()(sqlite3_column_double(statement, column))));
        return;
    }
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    hash.add(size == 0 ? std::string_view() : std::string_view(bytes, size));
}

void add_rows(sqlite3* db, const std::string& sql, Hash& hash) {
    Statement rows(db, sql);
    while (rows.step()) {
        for (int i = 0; i < sqlite3_column_count(rows.get()); ++i) add_value(rows.get(), i, hash);
    }
}

}  // namespace

std::uint64_t fingerprint(sqlite3* db) {
    Hash hash;
    add_rows(db, "PRAGMA main.encoding", hash);
    add_rows(db, "PRAGMA main.user_version", hash);
    add_rows(db, "PRAGMA main.application_id", hash);
    const std::string ours = std::string(" tbl_name <> '") + bookkeeping + "'";
    add_rows(db,
             "SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE" + ours +
                 " ORDER BY type, name",
             hash);
    for (const Row& row :
         query(db,
               "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
               " AND name <> 'sqlite_schema' AND name <> ? ORDER BY name",
               {bookkeeping})) {
        hash.add(row[0].text());
        const bool has_rowid = row[1] == Cell(0) && !row[0].text().starts_with("sqlite_");
        add_rows(db,
                 std::string("SELECT ") + (has_rowid ? "rowid, " : "") + "* FROM main." +
                     quote(row[0].text()) + " ORDER BY 1",
                 hash);
    }
    return hash.value();
}

std::optional<std::uint64_t> mark_on_disk(sqlite3* db) {
    const Cell tables =
        query_one(db, "SELECT count(*) FROM main.sqlite_schema WHERE name = ?", {bookkeeping});
    if (tables == Cell(0)) return std::nullopt;
    return static_cast<std::uint64_t>(
        query_one(db, "SELECT value FROM main._tidemark_state WHERE name = 'mark'").integer());
}

bool History::has_boundary(std::uint64_t fingerprint) const {
    return std::find(boundaries.begin(), boundaries.end(), fingerprint) != boundaries.end();
}

}  // namespace tidemark::tests
