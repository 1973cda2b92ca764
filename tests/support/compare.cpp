#include "support/compare.hpp"

#include "support/sql.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <string_view>

namespace tidemark::tests {

namespace {

constexpr const char* bookkeeping = "_tidemark_state";
constexpr std::size_t rows_shown_max = 4;

enum class Side : std::uint8_t { ram, disk };

struct Table {
    std::string name;
    std::string select;  // all rows, as a statement; the rowid first where there is one
    friend bool operator==(const Table&, const Table&) = default;
};

bool starts_with_nocase(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() &&
           sqlite3_strnicmp(text.data(), prefix.data(), static_cast<int>(prefix.size())) == 0;
}

constexpr const char* rowid_names[] = {"rowid", "_rowid_", "oid"};

/// The name under which the rowid of a table can be read; empty when its columns hide all three.
/// `row` tells from `first` on which of them they hide.
std::string rowid_name(const Row& row, std::size_t first) {
    for (const char* name : rowid_names) {
        if (row[first++] == Cell(0)) return name;
    }
    return "";
}

std::map<std::string, Table> tables(sqlite3* db, Side side) {
    std::map<std::string, Table> out;
    std::string hides;
    for (const char* name : rowid_names) {
        hides += std::string(", max(x.name = '") + name + "' COLLATE NOCASE)";
    }
    // One query for all tables: the fuzzer asks often.
    const Rows found =
        query(db, "SELECT l.name, l.wr" + hides +
                      " FROM pragma_table_list AS l JOIN pragma_table_xinfo(l.name, 'main') AS x"
                      " WHERE l.schema = 'main' AND l.type <> 'view' AND l.name <> 'sqlite_schema'"
                      " GROUP BY l.name");
    for (const Row& row : found) {
        const std::string& name = row[0].text();
        if (side == Side::disk && name == bookkeeping) continue;
        const bool without_rowid = row[1].integer() != 0 || starts_with_nocase(name, "sqlite_");
        const std::string rowid = without_rowid ? "" : rowid_name(row, 2);
        out[name] = {
            name, "SELECT " + (rowid.empty() ? "" : rowid + ", ") + "* FROM main." + quote(name)};
    }
    return out;
}

/// Exact and unambiguous, for comparing and sorting; `Cell::to_string` is for people.
std::string encode(sqlite3_stmt* statement, int column, bool utf16) {
    const Cell cell = Cell::column(statement, column);
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_TEXT: {
            // In a UTF-16 database the way through UTF-8 would hide what is no valid UTF-16.
            if (!utf16) {
                return "t" + cell.text();
            }
            const void* text = sqlite3_column_text16(statement, column);
            const auto size = static_cast<std::size_t>(sqlite3_column_bytes16(statement, column));
            return "u" + (size == 0 ? "" : std::string(static_cast<const char*>(text), size));
        }
        case SQLITE_BLOB: {
            const void* blob = sqlite3_column_blob(statement, column);
            const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
            return "b" + (size == 0 ? "" : std::string(static_cast<const char*>(blob), size));
        }
        case SQLITE_FLOAT: {
            const double value = cell.real();
            return "r" +
                   std::string(reinterpret_cast<const char*>(&value), sizeof value);  // NOLINT
        }
        default:
            return "i" + cell.to_string();
    }
}

struct Content {
    std::multimap<std::string, std::string> rows;  // encoded, and as shown to people
    std::string error;
};

Content read_rows(sqlite3* db, const Table& table, bool utf16) {
    Content content;
    try {
        Statement statement(db, table.select);
        while (statement.step()) {
            std::string exact;
            std::string shown;
            for (int i = 0; i < sqlite3_column_count(statement.get()); ++i) {
                const std::string value = encode(statement.get(), i, utf16);
                exact += std::to_string(value.size()) + ':' + value;
                if (i < 8) {
                    shown += (i > 0 ? ", " : "") + Cell::column(statement.get(), i).to_string();
                }
            }
            content.rows.emplace(std::move(exact), std::move(shown));
        }
    } catch (const SqlError& error) {
        content.error = error.what();
    }
    return content;
}

/// ANALYZE on the disk also counts the bookkeeping; that is no difference.
void drop_bookkeeping_statistics(Table& table) {
    if (starts_with_nocase(table.name, "sqlite_stat")) {
        table.select += std::string(" WHERE tbl <> '") + bookkeeping + "'";
    }
}

void report_missing(const Content& here, const Content& there, const std::string& where,
                    std::vector<std::string>& found) {
    std::size_t missing = 0;
    for (auto row = here.rows.begin(); row != here.rows.end();
         row = here.rows.upper_bound(row->first)) {
        const std::size_t expected = here.rows.count(row->first);
        const std::size_t present = there.rows.count(row->first);
        if (present < expected && ++missing <= rows_shown_max) {
            found.push_back(where + " (" + row->second + ")");
        }
    }
    if (missing > rows_shown_max) {
        found.push_back(where + " " + std::to_string(missing - rows_shown_max) + " more rows");
    }
}

void compare_rows(sqlite3* first, sqlite3* second, Table table, bool utf16,
                  std::vector<std::string>& found) {
    const Content a = read_rows(first, table, utf16);
    drop_bookkeeping_statistics(table);
    const Content b = read_rows(second, table, utf16);
    if (a.error != b.error) {
        found.push_back("table " + table.name + ": '" + a.error + "' against '" + b.error + "'");
    }
    report_missing(a, b, "table " + table.name + ": only the first has", found);
    report_missing(b, a, "table " + table.name + ": only the second has", found);
}

std::set<std::string> schema(sqlite3* db, Side side) {
    std::set<std::string> out;
    for (const Row& row : query(db, "SELECT type, name, tbl_name, sql FROM main.sqlite_schema")) {
        if (side == Side::ram || row[2] != Cell(bookkeeping)) {
            out.insert(row[0].text() + " " + row[1].text() + " on " + row[2].text() + " as " +
                       (row[3] == Cell() ? "NULL" : row[3].text()));
        }
    }
    return out;
}

void compare_schema(sqlite3* first, sqlite3* second, std::vector<std::string>& found) {
    const auto a = schema(first, Side::ram);
    const auto b = schema(second, Side::disk);
    for (const auto& object : a) {
        if (!b.contains(object)) {
            found.push_back("only the first has " + object.substr(0, 300));
        }
    }
    for (const auto& object : b) {
        if (!a.contains(object)) {
            found.push_back("only the second has " + object.substr(0, 300));
        }
    }
}

void compare_header(sqlite3* first, sqlite3* second, std::vector<std::string>& found) {
    for (const char* pragma : {"encoding", "user_version", "application_id"}) {
        const Cell a = query_one(first, std::string("PRAGMA main.") + pragma);
        const Cell b = query_one(second, std::string("PRAGMA main.") + pragma);
        if (a != b) {
            found.push_back(std::string(pragma) + " is " + a.to_string() + " and " + b.to_string());
        }
    }
}

bool contains_nocase(const std::vector<std::string>& names, const std::string& name) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& other) {
        return sqlite3_stricmp(other.c_str(), name.c_str()) == 0;
    });
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Difference& difference) {
    for (const auto& sentence : difference.found) {
        out << "  " << sentence << '\n';
    }
    return out;
}

Difference compare(sqlite3* first, sqlite3* second, const CompareOptions& options) {
    Difference difference;
    compare_header(first, second, difference.found);
    compare_schema(first, second, difference.found);

    const bool utf16 = query_one(first, "PRAGMA main.encoding").text() != "UTF-8";
    const auto others = tables(second, Side::disk);
    for (const auto& [name, table] : tables(first, Side::ram)) {
        const auto other = others.find(name);
        // A table that only one of them has, or that has other columns, is in the schema's report.
        if (other != others.end() && other->second == table &&
            !contains_nocase(options.rows_ignored_of, name)) {
            compare_rows(first, second, table, utf16, difference.found);
        }
    }
    return difference;
}

std::string integrity(sqlite3* db) {
    std::string out;
    for (const Row& row : query(db, "PRAGMA main.integrity_check")) {
        out += (out.empty() ? "" : "; ") + row.front().text();
    }
    return out;
}

::testing::AssertionResult same(sqlite3* first, sqlite3* second, const CompareOptions& options) {
    const Difference difference = compare(first, second, options);
    if (difference.empty()) {
        return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << "the databases differ:\n" << difference;
}

::testing::AssertionResult same_on_disk(sqlite3* ram, const std::string& path,
                                        const CompareOptions& options) {
    const Plain disk(path);
    if (const std::string found = integrity(disk); found != "ok") {
        return ::testing::AssertionFailure() << "integrity_check of the file: " << found;
    }
    return same(ram, disk, options);
}

}  // namespace tidemark::tests
