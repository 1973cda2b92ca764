#include "schema_generator.hpp"

#include "support/sql.hpp"
#include "table_generator.hpp"

#include <algorithm>

namespace tidemark::fuzz {
namespace {

using tests::quote;

std::string numbered(Random& random, const char* prefix, std::size_t count) {
    return prefix + std::to_string(random.below(count));
}

bool is_ordinary(const TableModel& table) { return table.kind == TableKind::ordinary; }

std::string or_clause(Random& random) {
    return random.one_of(
        {"", "", "", "OR REPLACE ", "OR IGNORE ", "OR FAIL ", "OR ABORT ", "OR ROLLBACK "});
}

}  // namespace

// See "TEMP namesake" in known_differences.hpp.
const TableModel* SchemaGenerator::table_to_index() {
    return context_.table([this](const TableModel& table) {
        return table.schema == "main" && is_ordinary(table) &&
               !context_.model.has_temp_namesake(table.plain_name);
    });
}

const TableModel* SchemaGenerator::main_table() {
    return context_.table(
        [](const TableModel& table) { return table.schema == "main" && is_ordinary(table); });
}

std::string SchemaGenerator::create_index() {
    const TableModel* table = table_to_index();
    if (table == nullptr) return TableGenerator(context_).create_table();
    Random& random = context_.random;
    std::string columns;
    for (std::size_t i = 0, count = random.between(1, 2); i < count; ++i) {
        const Column& chosen = random.one_of(table->columns);
        const std::string& column = chosen.name;
        // See "another order" in known_differences.hpp.
        const std::string downwards = chosen.rowid_alias ? "" : " DESC";
        columns += (i > 0 ? ", " : "") +
                   random.one_of({column, column, column + " COLLATE NOCASE", column + downwards,
                                  "length(" + column + ")", "coalesce(" + column + ", 0)"});
    }
    std::string sql = "CREATE " + random.one_of({"", "", "UNIQUE "}) + "INDEX IF NOT EXISTS " +
                      numbered(random, "ix", 9) + " ON " + quote(table->plain_name) + "(" +
                      columns + ")";
    if (random.percent(25))
        sql += " WHERE " + random.one_of(table->columns).name +
               random.one_of({" IS NOT NULL", " > 3", " < 's5'"});
    return sql;
}

std::string SchemaGenerator::create_view() {
    const TableModel* table = main_table();
    if (table == nullptr) return TableGenerator(context_).create_table();
    return "CREATE VIEW IF NOT EXISTS " + numbered(context_.random, "v", 3) + " AS SELECT " +
           context_.random.one_of({"*", "count(*) AS n", "*, 1 AS one"}) + " FROM " +
           quote(table->plain_name) +
           (context_.random.percent(50) ? " WHERE " + context_.values.condition(*table) : "");
}

// The row that the trigger fires for.
std::string SchemaGenerator::same_row(const TableModel& table, const std::string& row) {
    if (!table.rowid.empty()) return table.rowid + " = " + row + table.rowid;
    std::string where = "1";
    for (const Column& column : table.key())
        where += " AND " + column.name + " IS " + row + column.name;
    return where;
}

// See "another order" in known_differences.hpp.
std::string SchemaGenerator::by_key(const TableModel& table) {
    Values& values = context_.values;
    if (!table.rowid.empty()) {
        return table.rowid + (context_.random.percent(70)
                                  ? " = " + values.small_number()
                                  : " BETWEEN " + values.small_number() + " AND 14");
    }
    std::string where = "1";
    for (const Column& column : table.key()) {
        where += " AND " + column.name + " = " + values.for_column(table, column, true);
    }
    return where;
}

// Only to tables whose name comes later: triggers that call each other in a circle end in the limit
// of the depth, which teaches nothing and takes long.
std::string SchemaGenerator::write_other(const TableModel& table, const std::string& row) {
    Random& random = context_.random;
    const TableModel* other = context_.table([&](const TableModel& it) {
        return it.schema == "main" && is_ordinary(it) && it.plain_name > table.plain_name &&
               it.rows < 150;
    });
    if (other == nullptr) return "SELECT 1";
    const std::string name = quote(other->plain_name);
    const std::vector<Column> columns = other->writable();
    if (columns.empty()) return "SELECT 1";
    const Column& column = random.one_of(columns);
    const auto value = [&](const Column& it) {
        return it.rowid_alias || other->strict || random.percent(40)
                   ? context_.values.for_column(*other, it, true)
                   : context_.values.expression(table, row);
    };
    switch (random.below(4)) {
        case 0:
            return "UPDATE " + or_clause(random) + name + " SET " + column.name + " = " +
                   value(column) + " WHERE " + by_key(*other);
        case 1:
            return "DELETE FROM " + name + " WHERE " + by_key(*other);
        default: {
            std::string names;
            std::string values;
            for (const Column& it : columns) {
                names += (names.empty() ? "" : ", ") + it.name;
                values += (values.empty() ? "" : ", ") + value(it);
            }
            return "INSERT " + or_clause(random) + "INTO " + name + "(" + names + ") VALUES(" +
                   values + ")";
        }
    }
}

std::string SchemaGenerator::trigger_body(const TableModel& table, const std::string& row,
                                          bool after) {
    Random& random = context_.random;
    const std::size_t kind = random.below(10);
    const std::vector<Column> columns = table.writable();
    const bool touches_row = is_ordinary(table) && row == "NEW." && !columns.empty();
    if (kind < 3 && touches_row && after) {
        const Column& column = random.one_of(columns);
        if (!column.in_key) {
            const std::string value = random.percent(50)
                                          ? context_.values.any()
                                          : context_.values.expression(table, "NEW.");
            return "UPDATE " + quote(table.plain_name) + " SET " + column.name + " = " + value +
                   " WHERE " + same_row(table, row) + " AND " + column.name + " IS NOT " + value;
        }
    }
    if (kind == 3 && is_ordinary(table)) {
        return "DELETE FROM " + quote(table.plain_name) + " WHERE " +
               (table.rowid.empty() ? random.one_of(table.columns).name : table.rowid) + " = " +
               context_.values.small_number();
    }
    if (kind == 4) {
        return "SELECT RAISE(" +
               random.one_of({"IGNORE", "ABORT, 'no'", "FAIL, 'no more'", "ROLLBACK, 'all back'"}) +
               ") WHERE " + context_.values.condition(table, row);
    }
    return write_other(table, row);
}

std::string SchemaGenerator::create_trigger() {
    Random& random = context_.random;
    const TableModel* table = context_.table([](const TableModel& it) {
        return it.schema == "main" && (is_ordinary(it) || it.kind == TableKind::view);
    });
    if (table == nullptr) return TableGenerator(context_).create_table();
    const std::string event = random.one_of({"INSERT", "UPDATE", "DELETE"});
    const std::string row = event == "DELETE" ? "OLD." : "NEW.";
    const bool view = table->kind == TableKind::view;
    const std::string timing = view ? "INSTEAD OF" : random.one_of({"BEFORE", "AFTER", "AFTER"});
    std::string sql =
        "CREATE TRIGGER IF NOT EXISTS " + numbered(random, "tr", 8) + " " + timing + " " + event;
    if (event == "UPDATE" && random.percent(25)) sql += " OF " + random.one_of(table->columns).name;
    sql += " ON " + quote(table->plain_name);
    if (random.percent(30)) sql += " WHEN " + context_.values.condition(*table, row);
    sql += " BEGIN ";
    for (std::size_t i = 0, count = random.between(1, 2); i < count; ++i) {
        sql += trigger_body(*table, row, timing == "AFTER") + "; ";
    }
    return sql + "END";
}

// One per table, and only to a table of its own: see known_differences.hpp.
std::string SchemaGenerator::create_temp_trigger() {
    Random& random = context_.random;
    const TableModel* table = context_.table([this](const TableModel& it) {
        return it.schema == "main" && is_ordinary(it) &&
               std::none_of(context_.model.triggers.begin(), context_.model.triggers.end(),
                            [&](const Named& trigger) {
                                return trigger.schema == "temp" && trigger.table == it.plain_name;
                            });
    });
    if (table == nullptr) return "CREATE TEMP TABLE IF NOT EXISTS heard(x)";
    const std::string event = random.one_of({"INSERT", "UPDATE", "DELETE"});
    const std::string row = event == "DELETE" ? "OLD." : "NEW.";
    return "CREATE TEMP TABLE IF NOT EXISTS heard(x); CREATE TEMP TRIGGER IF NOT EXISTS " +
           quote("on " + table->plain_name) + " " + random.one_of({"BEFORE ", "AFTER "}) + event +
           " ON main." + quote(table->plain_name) + " BEGIN INSERT INTO heard VALUES(" +
           context_.values.expression(*table, row) + "); END";
}

std::string SchemaGenerator::alter() {
    const TableModel* table =
        context_.table([](const TableModel& it) { return is_ordinary(it) && it.schema != "temp"; });
    if (table == nullptr) return TableGenerator(context_).create_table();
    Random& random = context_.random;
    const std::string sql = "ALTER TABLE " + table->name + " ";
    switch (random.below(7)) {
        case 0:
            return sql + "RENAME TO " + TableGenerator(context_).new_name(table->schema);
        case 1:
            return sql + "RENAME COLUMN " + random.one_of(table->columns).name + " TO " +
                   TableGenerator::column_name(random);
        case 2:
        case 3:
            return sql + "DROP COLUMN " + random.one_of(table->columns).name;
        default:
            return sql + "ADD COLUMN " + TableGenerator(context_).added_column(table->strict);
    }
}

std::string SchemaGenerator::drop() {
    Random& random = context_.random;
    const std::size_t kind = random.below(10);
    if (kind < 3 && !context_.model.indexes.empty()) {
        const Named& index = random.one_of(context_.model.indexes);
        return "DROP INDEX " + quote(index.schema) + "." + quote(index.name);
    }
    if (kind < 7 && !context_.model.triggers.empty()) {
        // Ours are no business of the application's.
        const Named& trigger = random.one_of(context_.model.triggers);
        return "DROP TRIGGER " + quote(trigger.schema) + "." + quote(trigger.name);
    }
    const TableModel* table = context_.table([](const TableModel&) { return true; });
    if (table == nullptr) return TableGenerator(context_).create_table();
    return (table->kind == TableKind::view ? "DROP VIEW " : "DROP TABLE ") + table->name;
}

std::string SchemaGenerator::drop_and_create() {
    const TableModel* table = main_table();
    if (table == nullptr) return TableGenerator(context_).create_table();
    Random& random = context_.random;
    std::string sql = "DROP TABLE " + table->name + "; ";
    if (random.percent(50)) return sql + table->sql;
    const std::string column = TableGenerator::column_name(random);
    return sql + "CREATE TABLE " + table->name + "(" + column +
           random.one_of({"", " INTEGER PRIMARY KEY", " TEXT PRIMARY KEY", " UNIQUE"}) + ", z" +
           random.one_of({"", " TEXT", " DEFAULT 4"}) + "); INSERT INTO " + table->name +
           "(z) VALUES(" + context_.values.any() + ")";
}

std::string SchemaGenerator::rebuild(bool in_transaction) {
    Random& random = context_.random;
    switch (random.below(in_transaction ? 3 : 8)) {
        case 0:
            return "REINDEX";
        case 1:
        case 2:
            return "ANALYZE";
        case 3:
            return "PRAGMA auto_vacuum = " + random.one_of({"NONE", "FULL", "INCREMENTAL"}) +
                   "; VACUUM";
        case 4:
            return "PRAGMA page_size = " + random.one_of({"512", "1024", "4096", "8192"}) +
                   "; VACUUM";
        case 5:
            return "PRAGMA incremental_vacuum";
        default:
            return "VACUUM";
    }
}

// Texts of the same length: ALTER TABLE edits the text at places that it knows from before. VACUUM
// loses what does not begin with "CRE". RESET makes FTS5 forget what a transaction has written.
std::string SchemaGenerator::edit_schema(bool in_transaction) {
    const TableModel* table = main_table();
    const bool loses_rows = in_transaction && context_.table([](const TableModel& it) {
        return it.kind == TableKind::full_text;
    }) != nullptr;
    if (table == nullptr || loses_rows) return "PRAGMA user_version = 5";
    std::string name = "'";
    for (const char letter : table->plain_name)
        name += letter == '\'' ? std::string("''") : std::string(1, letter);
    return "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = " +
           context_.random.one_of({"replace(sql, 'CREATE TABLE', 'CREATE table')",
                                   "replace(sql, 'DEFAULT 4', 'DEFAULT 5')"}) +
           " WHERE type = 'table' AND name = " + name + "'; PRAGMA writable_schema = RESET";
}

std::string SchemaGenerator::attach(bool in_transaction) {
    if (in_transaction) return TableGenerator(context_).create_table("temp.");
    if (context_.model.attached.empty()) return "ATTACH ':memory:' AS other";
    return context_.random.percent(25) ? "DETACH other"
                                       : TableGenerator(context_).create_table("other.");
}

std::string SchemaGenerator::any(bool in_transaction) {
    TableGenerator tables(context_);
    const std::size_t kind = context_.random.below(100);
    if (kind < 12) return tables.create_table();
    if (kind < 17) return tables.create_table_as();
    if (kind < 22) return tables.create_virtual_table();
    if (kind < 32) return create_index();
    if (kind < 44) return create_trigger();
    if (kind < 49) return create_temp_trigger();
    if (kind < 53) return create_view();
    if (kind < 68) return alter();
    if (kind < 76) return drop();
    if (kind < 83) return drop_and_create();
    if (kind < 90) return rebuild(in_transaction);
    if (kind < 93) return edit_schema(in_transaction);
    if (kind < 96) return tables.create_table("temp.");
    return attach(in_transaction);
}

}  // namespace tidemark::fuzz
