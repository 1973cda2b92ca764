#include "destination/sqlite_file/schema_writer.hpp"

#include "change/batch.hpp"
#include "destination/destination.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <set>

namespace tidemark::destination {
namespace {

constexpr const char* changing = "change the schema of the disk database";

NotApplicable does_not_fit(const std::string& object, const char* reason) {
    return NotApplicable({.operation = changing,
                          .object = object,
                          .reason = reason,
                          .advice = "the disk database becomes a whole copy of the RAM database"});
}

bool is_new(const change::SchemaObject& object, const char* type) {
    return object.type == type && !object.origin && object.has_content;
}

}  // namespace

void SchemaWriter::begin() {
    make_writable();
    read_rows();
    drop_what_is_gone();
    rename_what_stays();
    read_again();
    create_tables();
}

void SchemaWriter::finish() {
    create_indexes();
    read_rows();
    make_writable();
    write_rows();
    read_again();
}

void SchemaWriter::make_writable() {
    sqlite::execute(connection_, "PRAGMA writable_schema = ON", changing);
}

void SchemaWriter::read_rows() {
    rows_.clear();
    sqlite::Statement read(
        connection_,
        "SELECT type, name, rowid, rootpage FROM main.sqlite_schema WHERE tbl_name <> ?1");
    read.bind(1, std::string_view(change::bookkeeping_table));
    while (read.step()) {
        rows_.emplace(Key(read.text(0), read.text(1)),
                      Row{.rowid = read.integer(2), .root_page = read.integer(3)});
    }
}

void SchemaWriter::drop_what_is_gone() {
    std::set<Key> origins;
    for (const change::SchemaObject& object : step_.objects) {
        if (!object.origin) continue;
        if (!rows_.contains({object.type, *object.origin})) {
            throw does_not_fit(*object.origin, "it is not on disk");
        }
        origins.emplace(object.type, *object.origin);
    }
    // First what is only text: a DROP TABLE need not look at it then.
    sqlite::execute(connection_, "DELETE FROM main.sqlite_schema WHERE rootpage = 0", changing);
    read_again();
    make_writable();
    for (const char* type : {"index", "table"}) {
        for (const auto& [key, row] : rows_) {
            const std::string& name = key.second;
            const bool gone = key.first == type && row.root_page != 0 && !origins.contains(key);
            // SQLite drops these with their tables, and makes them again with others.
            if (!gone || name.starts_with("sqlite_autoindex_")) continue;
            if (name == change::sequence_table) continue;
            sqlite::execute(connection_,
                            std::string("DROP ") + type + " main." + sqlite::quoted(name),
                            changing);
        }
    }
    const bool has_sequence = std::any_of(
        step_.objects.begin(), step_.objects.end(),
        [](const change::SchemaObject& it) { return it.name == change::sequence_table; });
    if (!has_sequence && rows_.contains({"table", change::sequence_table})) drop_sequence();
}

// SQLite does not drop it under its own name. No database does without it again, unless it goes back to
// a time before its first AUTOINCREMENT.
void SchemaWriter::drop_sequence() {
    sqlite::execute(connection_,
                    "UPDATE main.sqlite_schema SET name = '_tidemark_old',"
                    " tbl_name = '_tidemark_old', sql = 'CREATE TABLE _tidemark_old(name, seq)'"
                    " WHERE type = 'table' AND name = 'sqlite_sequence'",
                    changing);
    read_again();
    make_writable();
    sqlite::execute(connection_, "DROP TABLE main._tidemark_old", changing);
}

void SchemaWriter::rename_what_stays() {
    // By rowid: two tables may have traded their names.
    sqlite::Statement write(connection_,
                            "UPDATE main.sqlite_schema SET name = ?2, tbl_name = ?3, sql = ?4"
                            " WHERE rowid = ?1");
    for (const change::SchemaObject& object : step_.objects) {
        if (!object.origin) continue;
        write.bind(1, rows_.at({object.type, *object.origin}).rowid);
        write.bind(2, std::string_view(object.name));
        write.bind(3, std::string_view(object.table));
        if (object.sql) {
            write.bind(4, std::string_view(*object.sql));
        } else {
            sqlite3_bind_null(write.get(), 4);
        }
        write.run();
    }
}

void SchemaWriter::create_tables() {
    for (const change::SchemaObject& object : step_.objects) {
        if (is_new(object, "table")) create_table(object);
    }
}

// SQLite makes its own tables only on the way of something else.
void SchemaWriter::create_table(const change::SchemaObject& table) {
    if (table.name.starts_with("sqlite_stat")) {
        sqlite::execute(connection_, "ANALYZE main.sqlite_schema", changing);
        return;
    }
    if (table.name == change::sequence_table) {
        sqlite::execute(connection_,
                        "CREATE TABLE main._tidemark_new(id INTEGER PRIMARY KEY AUTOINCREMENT);"
                        "DROP TABLE main._tidemark_new",
                        changing);
        return;
    }
    sqlite::execute(connection_, *table.sql, changing);
}

void SchemaWriter::create_indexes() {
    for (const change::SchemaObject& object : step_.objects) {
        if (is_new(object, "index") && object.sql) {
            sqlite::execute(connection_, *object.sql, changing);
        }
    }
}

void SchemaWriter::write_rows() {
    std::size_t with_content = 0;
    for (const change::SchemaObject& object : step_.objects) {
        if (object.has_content) ++with_content;
    }
    if (with_content != rows_.size()) throw does_not_fit("sqlite_schema", "it has other tables");
    sqlite::execute(connection_,
                    std::string("DELETE FROM main.sqlite_schema WHERE tbl_name <> '") +
                        change::bookkeeping_table + "'",
                    changing);
    // The new rows come before it.
    sqlite::Statement move(connection_, "UPDATE main.sqlite_schema SET rowid = ?1");
    move.bind(1, static_cast<std::int64_t>(step_.objects.size()) + 1);
    move.run();
    std::int64_t rowid = 1;
    for (const change::SchemaObject& object : step_.objects) write_row(rowid++, object);
}

void SchemaWriter::write_row(std::int64_t rowid, const change::SchemaObject& object) {
    std::int64_t root_page = 0;
    if (object.has_content) {
        const auto row = rows_.find({object.type, object.name});
        if (row == rows_.end()) throw does_not_fit(object.name, "it was not created");
        root_page = row->second.root_page;
    }
    sqlite::Statement insert(connection_,
                             "INSERT INTO main.sqlite_schema(rowid, type, name, tbl_name, rootpage,"
                             " sql) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    insert.bind(1, rowid);
    insert.bind(2, std::string_view(object.type));
    insert.bind(3, std::string_view(object.name));
    insert.bind(4, std::string_view(object.table));
    insert.bind(5, root_page);
    if (object.sql) insert.bind(6, std::string_view(*object.sql));
    insert.run();
}

// Whoever else reads the file notices it by the version, and this connection too: also when the
// transaction is rolled back.
void SchemaWriter::read_again() {
    const std::int64_t version = sqlite::query_integer(connection_, "PRAGMA main.schema_version");
    sqlite::execute(connection_,
                    "PRAGMA main.schema_version = " + std::to_string(version + 1) +
                        "; PRAGMA writable_schema = RESET",
                    changing);
    // Parses all of it.
    static_cast<void>(
        sqlite::query_integer(connection_, "SELECT count(*) FROM main.sqlite_schema"));
}

}  // namespace tidemark::destination
