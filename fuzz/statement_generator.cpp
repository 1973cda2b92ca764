#include "statement_generator.hpp"

#include "search_indexes.hpp"
#include "support/sql.hpp"

#include <algorithm>
#include <iterator>

namespace tidemark::fuzz {
namespace {

constexpr long rows_max = 150;

std::string or_clause(Random& random) {
    if (random.percent(60)) return "";
    return random.one_of(
        {"OR REPLACE ", "OR REPLACE ", "OR IGNORE ", "OR FAIL ", "OR ABORT ", "OR ROLLBACK "});
}

// The conflict clause of the schema takes the place of the statement's, and has the same effect.
bool has_clause(const std::string& clause, const TableModel& table) {
    return !clause.empty() || table.sql.find("ON CONFLICT") != std::string::npos;
}

// See "another order" in known_differences.hpp.
std::string unordered(const TableModel& table) { return table.name + table.in_key_order; }

std::string list(const std::vector<Column>& columns) {
    std::string out;
    for (const Column& column : columns) out += (out.empty() ? "" : ", ") + column.name;
    return out;
}

}  // namespace

const TableModel* StatementGenerator::target() {
    return context_.table([](const TableModel& table) {
        return !table.writable().empty() && (table.kind != TableKind::full_text);
    });
}

std::string StatementGenerator::row(const TableModel& table, const std::vector<Column>& columns,
                                    bool exact) {
    std::string out;
    for (const Column& column : columns) {
        const bool omitted = column.rowid_alias && context_.random.percent(25);
        out += (out.empty() ? "" : ", ") +
               (omitted ? "NULL" : context_.values.for_column(table, column, exact));
    }
    return "(" + out + ")";
}

// INSERT … SELECT: from any table, keys as they are where they are integers for certain.
std::string StatementGenerator::source(const TableModel& table,
                                       const std::vector<Column>& columns) {
    const TableModel* from =
        context_.table([](const TableModel& it) { return it.kind == TableKind::ordinary; });
    if (from == nullptr) return "SELECT 1";
    if (table.kind == TableKind::ordinary && from->columns.size() == columns.size() &&
        from->schema == table.schema && context_.random.percent(40) &&
        std::none_of(columns.begin(), columns.end(),
                     [](const Column& column) { return column.rowid_alias; })) {
        return "SELECT * FROM " + from->name + " LIMIT 8";
    }
    std::string out;
    for (const Column& column : columns) {
        std::string value = table.strict || table.kind == TableKind::rtree
                                ? context_.values.for_column(table, column, true)
                                : context_.values.expression(*from);
        if (column.rowid_alias)
            value =
                from->rowid.empty() ? "NULL" : from->rowid + " + " + context_.values.small_number();
        out += (out.empty() ? "" : ", ") + value;
    }
    // WHERE also keeps ON CONFLICT from being read as a join.
    return "SELECT " + out + " FROM " + from->name + " WHERE " + context_.values.condition(*from) +
           " LIMIT " + std::to_string(context_.random.between(1, 6));
}

// See "reads what it writes" in known_differences.hpp.
std::string StatementGenerator::read_before(const std::string& select) {
    return "WITH s AS MATERIALIZED (" + select + ") SELECT * FROM s WHERE 1";
}

std::string StatementGenerator::upsert(const TableModel& table) {
    Random& random = context_.random;
    if (table.kind != TableKind::ordinary || !random.percent(14)) return "";
    const std::vector<Column> key = table.key();
    const std::string to = key.empty() || random.percent(20) ? "" : "(" + list(key) + ")";
    if (random.percent(30)) return " ON CONFLICT" + to + " DO NOTHING";
    const Column& column = random.one_of(table.writable());
    const std::string value =
        column.rowid_alias
            ? column.name + " + 20"
            : random.one_of({"excluded." + column.name,
                             context_.values.for_column(table, column, true), column.name});
    return " ON CONFLICT" + to + " DO UPDATE SET " + column.name + " = " + value +
           (random.percent(25) ? " WHERE " + context_.values.condition(table, table.name + ".")
                               : "");
}

std::string StatementGenerator::returning(const TableModel& table) {
    Random& random = context_.random;
    if (!random.percent(10) || table.kind == TableKind::view) return "";
    return " RETURNING " + (random.percent(50) || table.rowid.empty()
                                ? "*"
                                : table.rowid + ", " + random.one_of(table.columns).name);
}

std::string StatementGenerator::insert() {
    Random& random = context_.random;
    const TableModel* table = target();
    if (table == nullptr) return "SELECT 1";
    if (table->rows > rows_max) return remove();
    const std::string clause =
        table->kind == TableKind::rtree ? random.one_of({"", "OR REPLACE "}) : or_clause(random);
    const bool exact = has_clause(clause, *table);
    std::vector<Column> columns = table->writable();
    if (columns.size() > 1 && random.percent(15))
        columns.erase(columns.begin() + static_cast<std::ptrdiff_t>(random.below(columns.size())));
    if (!table->rowid.empty() && table->kind == TableKind::ordinary && random.percent(6))
        columns.push_back({.name = table->rowid, .type = "INTEGER", .rowid_alias = true});
    const std::string into = "INSERT " + clause + "INTO " + table->name;
    if (random.percent(2)) return into + " DEFAULT VALUES" + returning(*table);
    std::string sql = into + "(" + list(columns) + ") ";
    const std::string tail = upsert(*table);
    if (random.percent(14)) {
        const bool changes_rows = clause.find("REPLACE") != std::string::npos ||
                                  table->sql.find("REPLACE") != std::string::npos ||
                                  tail.find("DO UPDATE") != std::string::npos;
        const std::string select = source(*table, columns);
        sql += changes_rows ? read_before(select) : select;
    } else {
        sql += "VALUES";
        const std::size_t rows = random.one_of(std::vector<std::size_t>{1, 1, 1, 2, 3, 6});
        for (std::size_t i = 0; i < rows; ++i) {
            sql += (i > 0 ? ", " : "") + row(*table, columns, exact || rows > 1);
        }
    }
    return sql + tail + returning(*table);
}

std::string StatementGenerator::assignments(const TableModel& table, bool exact) {
    Random& random = context_.random;
    const std::vector<Column> columns = table.writable();
    const Column& first = random.one_of(columns);
    const Column& second = random.one_of(columns);
    const auto value = [&](const Column& column) {
        if (column.rowid_alias) {
            const std::string shifted = column.name + random.one_of({" + 1", " - 1", " + 3"});
            return random.percent(60) ? shifted : context_.values.for_column(table, column, exact);
        }
        if (table.kind == TableKind::rtree) return context_.values.small_number();
        return table.strict || random.percent(50) ? context_.values.for_column(table, column, exact)
                                                  : context_.values.expression(table);
    };
    if (first.name == second.name) return first.name + " = " + value(first);
    if (random.percent(25) && (!table.strict || first.type == second.type) && !first.rowid_alias &&
        !second.rowid_alias) {
        return first.name + " = " + second.name + ", " + second.name + " = " + first.name;
    }
    return first.name + " = " + value(first) +
           (random.percent(40) ? ", " + second.name + " = " + value(second) : "");
}

std::string StatementGenerator::where(const TableModel& table) {
    Random& random = context_.random;
    if (random.percent(12)) return "";
    return " WHERE " + context_.values.condition(table) +
           (random.percent(20) ? random.one_of({" OR ", " AND "}) + context_.values.condition(table)
                               : "");
}

std::string StatementGenerator::update() {
    Random& random = context_.random;
    const TableModel* table = target();
    if (table == nullptr) return "SELECT 1";
    const std::string clause = or_clause(random);
    const std::string sql = "UPDATE " + clause + unordered(*table) + " SET ";
    if (random.percent(5) && table->kind == TableKind::ordinary && !table->rowid.empty()) {
        const TableModel* other = context_.table([](const TableModel& it) {
            return it.kind == TableKind::ordinary && !it.rowid.empty();
        });
        const Column& column = random.one_of(table->writable());
        if (other != nullptr && !column.rowid_alias && !table->strict &&
            other->name != table->name) {
            return sql + column.name + " = o." + random.one_of(other->columns).name + " FROM " +
                   other->name + " AS o WHERE o." + other->rowid + " = " + table->name + "." +
                   table->rowid;
        }
    }
    if (random.percent(3) && !table->rowid.empty() && table->kind == TableKind::ordinary) {
        return sql + table->rowid + " = " + table->rowid +
               random.one_of({" + 1", " + 20", " - 1"}) + where(*table);
    }
    return sql + assignments(*table, true) + where(*table) + returning(*table);
}

std::string StatementGenerator::remove() {
    const TableModel* table =
        context_.table([](const TableModel& it) { return it.rows > rows_max; });
    if (table == nullptr) table = target();
    if (table == nullptr) return "SELECT 1";
    return "DELETE FROM " + unordered(*table) + where(*table) + returning(*table);
}

std::string StatementGenerator::select() {
    Random& random = context_.random;
    const TableModel* table = context_.table([](const TableModel&) { return true; });
    if (table == nullptr) return "SELECT 1";
    if (random.percent(10))
        return random.one_of({"SELECT last_insert_rowid()",
                              "SELECT count(*) FROM pragma_foreign_key_check",
                              "SELECT count(*) FROM sqlite_schema"});
    if (table->kind == TableKind::full_text) {
        return "SELECT rowid FROM " + table->name + " WHERE " + tests::quote(table->plain_name) +
               " MATCH '" + words[random.below(std::size(words))] + "'";
    }
    return "SELECT " +
           random.one_of({"*", "count(*)", "max(" + random.one_of(table->columns).name + ")"}) +
           " FROM " + table->name + " WHERE " + context_.values.condition(*table);
}

// A row's text follows from its rowid, so that 'delete', which has to be told the old text, is right
// as long as nobody changed it.
std::string StatementGenerator::full_text(const TableModel& table) {
    Random& random = context_.random;
    const std::size_t number = random.below(30);
    const std::string id = std::to_string(number);
    std::string columns;
    std::string values;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        columns += ", " + table.columns[i].name;
        values += ", " + Values::prose(number + i * 7);
    }
    switch (random.below(10)) {
        case 0:
            return "DELETE FROM " + table.name + " WHERE rowid = " + id;
        case 1:
            return "UPDATE " + table.name + " SET " + random.one_of(table.columns).name + " = " +
                   Values::prose(random.below(30)) +
                   " WHERE rowid % 3 = " + std::to_string(random.below(3));
        case 2:
            return "INSERT INTO " + table.name + "(" + tests::quote(table.plain_name) +
                   ") VALUES('" + random.one_of({"optimize", "rebuild", "integrity-check"}) + "')";
        case 3:
            return "INSERT INTO " + table.name + "(" + tests::quote(table.plain_name) + ", rowid" +
                   columns + ") VALUES('delete', " + id + values + ")";
        default:
            return "INSERT " + random.one_of({"", "OR REPLACE ", "OR IGNORE "}) + "INTO " +
                   table.name + "(rowid" + columns + ") VALUES(" + id + values + ")";
    }
}

std::string StatementGenerator::sequence() {
    return context_.random.one_of({"UPDATE sqlite_sequence SET seq = seq + 3",
                                   "DELETE FROM sqlite_sequence",
                                   "UPDATE sqlite_sequence SET seq = 2 WHERE name > 't3'",
                                   "INSERT INTO sqlite_sequence VALUES('nobody', 7)",
                                   "DELETE FROM sqlite_stat1 WHERE tbl > 't3'"});
}

std::string StatementGenerator::any() {
    Random& random = context_.random;
    const TableModel* searched =
        context_.table([](const TableModel& it) { return it.kind == TableKind::full_text; });
    if (searched != nullptr && random.percent(10)) return full_text(*searched);
    const std::size_t kind = random.below(100);
    if (kind < 50) return insert();
    if (kind < 78) return update();
    if (kind < 88) return remove();
    if (kind < 98) return select();
    return sequence();
}

std::string StatementGenerator::kept() {
    const TableModel* table = target();
    if (table == nullptr) return "SELECT 1";
    switch (context_.random.below(5)) {
        case 0:
        case 1:
            return "DELETE FROM " + unordered(*table);
        case 2:
            return update();
        case 3:
            return "SELECT * FROM " + table->name;
        default:
            return insert();
    }
}

}  // namespace tidemark::fuzz
