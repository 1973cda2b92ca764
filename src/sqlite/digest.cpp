#include "sqlite/digest.hpp"

#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/table_info.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace tidemark::sqlite {
namespace {

class Hash {
public:
    Hash() { XXH3_64bits_reset(&state_); }
    void add(const void* data, std::size_t size_bytes) {
        XXH3_64bits_update(&state_, data, size_bytes);
    }
    template <typename Number>
    void add(Number number) {
        add(&number, sizeof(number));
    }
    [[nodiscard]] std::uint64_t value() const { return XXH3_64bits_digest(&state_); }

private:
    XXH3_state_t state_{};
};

void add_bytes(Hash& hash, const void* data, int size_bytes) {
    hash.add(std::int64_t{size_bytes});
    if (size_bytes > 0) hash.add(data, static_cast<std::size_t>(size_bytes));
}

// Storage class and bits. Text of a UTF-16 database is not converted: UTF-8 cannot express all of
// it.
void add_value(Hash& hash, sqlite3_value* value, bool utf16) {
    const int type = sqlite3_value_type(value);
    hash.add(static_cast<std::uint8_t>(type));
    switch (type) {
        case SQLITE_INTEGER:
            return hash.add(sqlite3_value_int64(value));
        case SQLITE_FLOAT:
            return hash.add(sqlite3_value_double(value));
        case SQLITE_TEXT: {
            const void* text = utf16 ? sqlite3_value_text16(value) : sqlite3_value_text(value);
            return add_bytes(hash, text,
                             utf16 ? sqlite3_value_bytes16(value) : sqlite3_value_bytes(value));
        }
        case SQLITE_BLOB: {
            const void* blob = sqlite3_value_blob(value);
            return add_bytes(hash, blob, sqlite3_value_bytes(value));
        }
        default:
            return;
    }
}

// In the order of the table's own b-tree, which is that of its identity. Columns that are computed
// when they are read are no content, and may need functions that this connection does not have.
std::string select_all(const TableInfo& table) {
    std::string columns = table.rowid_name();
    std::string order = columns;
    if (table.integer_primary_key >= 0) {
        columns.clear();
        order = quoted(table.columns[static_cast<std::size_t>(table.integer_primary_key)].name);
    }
    std::map<int, std::string> key;
    for (const ColumnInfo& column : table.columns) {
        if (!column.computed) columns += (columns.empty() ? "" : ", ") + quoted(column.name);
        if (column.key_collation.empty()) continue;
        key[column.key_position] = quoted(column.name) + " COLLATE " + quoted(column.key_collation);
    }
    if (table.without_rowid) {
        for (const auto& [position, name] : key) order += (order.empty() ? "" : ", ") + name;
    }
    return "SELECT " + columns + " FROM main." + quoted(table.name) +
           (order.empty() ? "" : " ORDER BY " + order);
}

TableDigest digest_rows(sqlite3* connection, std::string name, const std::string& select,
                        bool utf16) {
    Statement rows(connection, select);
    Hash hash;
    TableDigest result;
    while (rows.step()) {
        ++result.rows;
        for (int i = 0; i < rows.column_count(); ++i) add_value(hash, rows.value(i), utf16);
    }
    result.name = std::move(name);
    result.hash = hash.value();
    return result;
}

std::vector<std::string> read_schema(sqlite3* connection, const SkipName& skip_object) {
    std::vector<std::string> lines;
    Statement objects(connection,
                      "SELECT type, name, tbl_name, ifnull(sql, '') FROM main.sqlite_schema"
                      " ORDER BY type, name, tbl_name, sql");
    while (objects.step()) {
        if (skip_object(std::string(objects.text(2)))) continue;
        lines.push_back(std::string(objects.text(0)) + " " + std::string(objects.text(1)) + " on " +
                        std::string(objects.text(2)) + ": " + std::string(objects.text(3)));
    }
    for (const char* pragma : {"user_version", "application_id", "encoding"}) {
        lines.push_back(std::string(pragma) + " = " +
                        query_text(connection, std::string("PRAGMA main.") + pragma));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

/// A read transaction, so that all tables are seen as of one moment. Joins one that is open.
class ReadTransaction {
public:
    explicit ReadTransaction(sqlite3* connection) : connection_(connection) {
        execute(connection_, "SAVEPOINT _tidemark_read", "begin to read");
    }
    ReadTransaction(const ReadTransaction&) = delete;
    ReadTransaction& operator=(const ReadTransaction&) = delete;
    ~ReadTransaction() {
        sqlite3_exec(connection_, "RELEASE _tidemark_read", nullptr, nullptr, nullptr);
    }

private:
    sqlite3* connection_;
};

}  // namespace

Digest digest(sqlite3* connection, const SkipName& skip_rows, const SkipName& skip_object) {
    const ReadTransaction transaction(connection);
    const bool utf16 = query_text(connection, "PRAGMA main.encoding") != "UTF-8";
    Digest result;
    for (const TableInfo& table : read_tables(connection)) {
        if (skip_rows(table.name) || skip_object(table.name)) continue;
        result.tables.push_back(digest_rows(connection, table.name, select_all(table), utf16));
    }
    if (query_integer(connection,
                      "SELECT count(*) FROM main.sqlite_schema WHERE name = 'sqlite_sequence'") >
        0) {
        result.tables.push_back(
            digest_rows(connection, "sqlite_sequence",
                        "SELECT name, seq FROM main.sqlite_sequence ORDER BY name, seq", utf16));
    }
    result.schema = read_schema(connection, skip_object);
    return result;
}

std::vector<std::string> differences(const Digest& ram, const Digest& disk) {
    std::vector<std::string> found;
    std::map<std::string, std::pair<const TableDigest*, const TableDigest*>> tables;
    for (const TableDigest& table : ram.tables) tables[table.name].first = &table;
    for (const TableDigest& table : disk.tables) tables[table.name].second = &table;
    for (const auto& [name, sides] : tables) {
        if (sides.first == nullptr) {
            found.push_back("table '" + name + "' is on disk only");
        } else if (sides.second == nullptr) {
            found.push_back("table '" + name + "' is in RAM only");
        } else if (*sides.first != *sides.second) {
            found.push_back("table '" + name + "' differs: " + std::to_string(sides.first->rows) +
                            " rows in RAM, " + std::to_string(sides.second->rows) + " on disk");
        }
    }
    std::vector<std::string> only;
    std::set_difference(ram.schema.begin(), ram.schema.end(), disk.schema.begin(),
                        disk.schema.end(), std::back_inserter(only));
    for (const std::string& line : only) found.push_back("in RAM only: " + line);
    only.clear();
    std::set_difference(disk.schema.begin(), disk.schema.end(), ram.schema.begin(),
                        ram.schema.end(), std::back_inserter(only));
    for (const std::string& line : only) found.push_back("on disk only: " + line);
    return found;
}

}  // namespace tidemark::sqlite
