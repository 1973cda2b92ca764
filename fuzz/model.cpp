#include "model.hpp"

#include "support/sql.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <set>

namespace tidemark::fuzz {
namespace {

using tests::quote;
using tests::Row;
using tests::Rows;

// What no longer compiles (a view of a table that was dropped) is no part of the model.
Rows query_or_nothing(sqlite3* db, const std::string& sql, const Row& parameters = {}) {
    try {
        return tests::query(db, sql, parameters);
    } catch (const tests::SqlError&) {
        return {};
    }
}

std::string text(const tests::Cell& cell) { return cell == tests::Cell() ? "" : cell.text(); }

std::string upper(std::string value) {
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return value;
}

TableKind kind_of(const std::string& type, const std::string& sql) {
    if (type == "view") return TableKind::view;
    if (type != "virtual") return TableKind::ordinary;
    return sql.find("fts5") != std::string::npos ? TableKind::full_text : TableKind::rtree;
}

void read_columns(sqlite3* db, TableModel& table) {
    std::set<std::string> names;
    std::size_t key_columns = 0;
    for (const Row& row :
         query_or_nothing(db, "SELECT name, type, hidden, pk FROM pragma_table_xinfo(?1, ?2)",
                          {table.plain_name, table.schema})) {
        const std::int64_t hidden = row[2].integer();
        if (hidden == 1) continue;
        names.insert(upper(row[0].text()));
        table.columns.push_back({.name = quote(row[0].text()),
                                 .type = upper(row[1].text()),
                                 .generated = hidden > 1,
                                 .in_key = row[3].integer() > 0});
        if (row[3].integer() > 0) ++key_columns;
    }
    for (Column& column : table.columns) {
        column.rowid_alias = column.in_key && key_columns == 1 && column.type == "INTEGER" &&
                             !table.without_rowid && table.kind == TableKind::ordinary;
    }
    for (const char* name : {"ROWID", "_ROWID_", "OID"}) {
        const bool has_rowid = !table.without_rowid && table.kind != TableKind::view;
        if (has_rowid && table.rowid.empty() && !names.contains(name)) table.rowid = name;
    }
}

std::string in_key_order(sqlite3* db, const TableModel& table) {
    if (table.kind != TableKind::ordinary) return "";
    if (!table.without_rowid) return " NOT INDEXED";
    const Rows index =
        query_or_nothing(db, "SELECT name FROM pragma_index_list(?1, ?2) WHERE origin = 'pk'",
                         {table.plain_name, table.schema});
    return index.empty() ? "" : " INDEXED BY " + quote(index[0][0].text());
}

void read_schema(sqlite3* db, const std::string& schema, Model& model) {
    const std::string master =
        schema == "temp" ? "sqlite_temp_schema" : quote(schema) + ".sqlite_schema";
    for (const Row& row : query_or_nothing(
             db,
             "SELECT l.name, l.type, l.wr, l.strict, s.sql FROM pragma_table_list AS l JOIN " +
                 master +
                 " AS s ON s.name = l.name AND s.type IN ('table', 'view') WHERE "
                 "l.schema = ?1 AND l.type <> 'shadow' AND l.name NOT LIKE "
                 "'sqlite\\_%' ESCAPE '\\' AND l.name NOT LIKE '\\_tidemark%' ESCAPE "
                 "'\\' ORDER BY s.rowid",
             {schema})) {
        TableModel table{.name = quote(schema) + "." + quote(row[0].text()),
                         .plain_name = row[0].text(),
                         .schema = schema,
                         .kind = kind_of(row[1].text(), text(row[4])),
                         .without_rowid = row[2].integer() != 0,
                         .strict = row[3].integer() != 0,
                         .sql = text(row[4])};
        read_columns(db, table);
        if (table.columns.empty()) continue;
        table.in_key_order = in_key_order(db, table);
        model.tables.push_back(std::move(table));
    }
    for (const Row& row : query_or_nothing(
             db, "SELECT type, name, tbl_name FROM " + master +
                     " WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid")) {
        auto& list = row[0].text() == "index" ? model.indexes : model.triggers;
        list.push_back({.schema = schema, .name = row[1].text(), .table = row[2].text()});
    }
}

}  // namespace

std::vector<Column> TableModel::writable() const {
    std::vector<Column> out;
    std::copy_if(columns.begin(), columns.end(), std::back_inserter(out),
                 [](const Column& column) { return !column.generated; });
    return out;
}

std::vector<Column> TableModel::key() const {
    std::vector<Column> out;
    std::copy_if(columns.begin(), columns.end(), std::back_inserter(out),
                 [](const Column& column) { return column.in_key; });
    return out;
}

void count_rows(sqlite3* db, Model& model) {
    for (TableModel& table : model.tables) {
        if (table.kind != TableKind::ordinary) continue;
        const Rows count = query_or_nothing(db, "SELECT count(*) FROM " + table.name);
        if (!count.empty()) table.rows = static_cast<long>(count[0][0].integer());
    }
}

bool Model::has_temp_namesake(const std::string& table) const {
    return std::any_of(tables.begin(), tables.end(), [&](const TableModel& it) {
        return it.schema == "temp" && upper(it.plain_name) == upper(table);
    });
}

bool Model::has_indexes(const std::string& table) const {
    return std::any_of(indexes.begin(), indexes.end(), [&](const Named& it) {
        return it.schema == "main" && upper(it.table) == upper(table);
    });
}

Model read_model(sqlite3* db) {
    Model model;
    for (const Row& row : query_or_nothing(db, "SELECT name FROM pragma_database_list")) {
        const std::string& schema = row[0].text();
        if (schema != "main" && schema != "temp") model.attached.push_back(schema);
        read_schema(db, schema, model);
    }
    count_rows(db, model);
    return model;
}

bool has_unnamed_rowid(const Model& model) {
    return std::any_of(model.tables.begin(), model.tables.end(), [](const TableModel& it) {
        return it.kind == TableKind::ordinary && it.schema == "main" && !it.without_rowid &&
               it.rowid.empty();
    });
}

std::string model_version(sqlite3* db) {
    std::string version;
    for (const Row& row : query_or_nothing(db, "SELECT name FROM pragma_database_list")) {
        const Rows number =
            query_or_nothing(db, "PRAGMA " + quote(row[0].text()) + ".schema_version");
        version += row[0].text() + (number.empty() ? "?" : number[0][0].to_string()) + ' ';
    }
    return version;
}

}  // namespace tidemark::fuzz
