#include "table_generator.hpp"

#include "support/sql.hpp"

#include <algorithm>

namespace tidemark::fuzz {
namespace {

using tests::quote;

const std::vector<std::string> table_names{"t1", "t2",  "t3",      "t4",     "excluded",
                                           "t6", "a b", "or\"der", "select", "T;é"};
const std::vector<std::string> ordinary_columns{"a", "b", "c", "d", "k", "v"};
const std::vector<std::string> odd_columns{"rowid", "oid",  "_rowid_", "group",
                                           "x y",   "q\"q", "é",       "k'"};

std::string collation(Random& random) {
    return random.percent(25)
               ? random.one_of({" COLLATE NOCASE", " COLLATE RTRIM", " COLLATE BINARY"})
               : "";
}

}  // namespace

std::string TableGenerator::table_name(Random& random) { return quote(random.one_of(table_names)); }

// See "TEMP namesake" in known_differences.hpp.
std::string TableGenerator::new_name(const std::string& schema) {
    std::vector<std::string> names;
    for (const std::string& name : table_names) {
        const bool taken = schema == "temp"   ? context_.model.has_indexes(name)
                           : schema == "main" ? context_.model.has_temp_namesake(name)
                                              : false;
        if (!taken) names.push_back(name);
    }
    return quote(names.empty() ? "else" : context_.random.one_of(names));
}

std::string TableGenerator::column_name(Random& random) {
    return quote(random.one_of(random.percent(85) ? ordinary_columns : odd_columns));
}

// A column made of itself is an error in CREATE TABLE, but not in ALTER TABLE: no row could ever be
// written again.
std::string TableGenerator::other_column_name(Random& random, const std::string& name) {
    std::string other = name;
    while (other == name) other = column_name(random);
    return other;
}

std::vector<std::string> TableGenerator::column_names(std::size_t count) {
    if (context_.random.percent(3)) return {"rowid", "\"OID\"", "_rowid_", "a"};
    std::vector<std::string> names;
    while (names.size() < count) {
        const std::string name = column_name(context_.random);
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
}

std::string TableGenerator::type(bool strict) {
    Random& random = context_.random;
    if (strict) return random.one_of({" INT", " INTEGER", " REAL", " TEXT", " BLOB", " ANY"});
    return random.one_of({"", "", " INT", " INTEGER", " REAL", " TEXT", " BLOB", " NUMERIC",
                          " VARCHAR(10)", " ANY"});
}

std::string TableGenerator::on_conflict() {
    Random& random = context_.random;
    if (!random.percent(20)) return "";
    return " ON CONFLICT " + random.one_of({"REPLACE", "IGNORE", "FAIL", "ABORT", "ROLLBACK"});
}

std::string TableGenerator::references() {
    const TableModel* parent = context_.table([](const TableModel& table) {
        return table.schema == "main" && table.kind == TableKind::ordinary && !table.key().empty();
    });
    if (parent == nullptr) return "";
    Random& random = context_.random;
    const auto action = [&] {
        return random.one_of({"CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION"});
    };
    std::string sql = " REFERENCES " + quote(parent->plain_name);
    if (random.percent(80)) sql += "(" + random.one_of(parent->key()).name + ")";
    if (random.percent(70)) sql += " ON DELETE " + action();
    if (random.percent(60)) sql += " ON UPDATE " + action();
    if (random.percent(35)) sql += " DEFERRABLE INITIALLY DEFERRED";
    return sql;
}

std::string TableGenerator::constraints(const std::string& column, bool strict) {
    Random& random = context_.random;
    std::string sql;
    if (random.percent(10)) sql += " NOT NULL" + on_conflict();
    if (random.percent(20))
        sql += " DEFAULT " + (strict ? "NULL" : "(" + context_.values.any() + ")");
    sql += collation(random);
    if (random.percent(12)) sql += " UNIQUE" + on_conflict();
    if (random.percent(8)) {
        sql += " CHECK(" +
               random.one_of({"typeof(" + column + ") <> 'blob'", column + " IS NOT 7",
                              "length(" + column + ") < 300"}) +
               ")";
    }
    if (random.percent(15)) sql += references();
    return sql;
}

std::string TableGenerator::generated(const std::vector<std::string>& columns, bool stored) {
    Random& random = context_.random;
    const std::string& column = random.one_of(columns);
    return " AS (" +
           random.one_of({column + " || '-g'", "length(" + column + ")", column,
                          "coalesce(" + column + ", 5)"}) +
           ")" + (stored ? " STORED" : " VIRTUAL");
}

std::string TableGenerator::table_constraints(const std::vector<std::string>& columns,
                                              bool key_wanted) {
    Random& random = context_.random;
    std::string sql;
    const auto list = [&](std::size_t count, bool order) {
        std::string out;
        for (std::size_t i = 0; i < std::min(count, columns.size()); ++i) {
            out += (i > 0 ? ", " : "") + columns[i] + collation(random) +
                   (order && random.percent(25) ? " DESC" : "");
        }
        return "(" + out + ")";
    };
    if (key_wanted) sql += ", PRIMARY KEY" + list(random.between(1, 3), true) + on_conflict();
    if (random.percent(15))
        sql += ", UNIQUE(" + random.one_of(columns) + ", " + columns.front() + ")" + on_conflict();
    return sql;
}

std::string TableGenerator::create_table(const std::string& schema) {
    Random& random = context_.random;
    const bool strict = random.percent(15);
    const std::vector<std::string> names = column_names(random.between(1, 5));
    // 0: none, 1: the rowid, 2: one column, 3: a constraint of the table
    const std::size_t key = random.one_of(std::vector<std::size_t>{0, 1, 1, 1, 2, 2, 3, 3});
    std::string columns;
    for (std::size_t i = 0; i < names.size(); ++i) {
        columns += (i > 0 ? ", " : "") + names[i];
        if (i == 0 && key == 1) {
            columns += " INTEGER PRIMARY KEY" +
                       random.one_of({"", "", "", "", " DESC", " AUTOINCREMENT", " AUTOINCREMENT"});
        } else if (i == 0 && key == 2) {
            columns += type(strict) + " PRIMARY KEY" + random.one_of({"", " DESC"}) +
                       on_conflict() + collation(random);
        } else {
            columns += type(strict) + constraints(names[i], strict);
        }
    }
    if (random.percent(15)) {
        columns +=
            std::string(", g") + (strict ? " ANY" : "") + generated(names, random.percent(50));
    }
    columns += table_constraints(names, key == 3);
    // See "another order" in known_differences.hpp.
    const bool descending = columns.find(" DESC") != std::string::npos;
    const bool without_rowid = key != 0 && !descending && random.percent(key == 1 ? 6 : 35);
    std::string tail = without_rowid ? " WITHOUT ROWID" : "";
    if (strict) tail += tail.empty() ? " STRICT" : ", STRICT";
    return "CREATE TABLE IF NOT EXISTS " + schema +
           (schema == "temp." ? new_name("temp") : table_name(random)) + "(" + columns + ")" + tail;
}

std::string TableGenerator::create_table_as() {
    const TableModel* source =
        context_.table([](const TableModel& table) { return table.kind == TableKind::ordinary; });
    if (source == nullptr) return create_table();
    return "CREATE TABLE " + table_name(context_.random) + " AS SELECT * FROM " + source->name +
           (context_.random.percent(50) ? " LIMIT 5" : "");
}

std::string TableGenerator::create_virtual_table() {
    Random& random = context_.random;
    const std::string number = std::to_string(random.below(2));
    switch (random.below(5)) {
        case 0:
            return "CREATE VIRTUAL TABLE IF NOT EXISTS r" + number + " USING rtree(id, x0, x1)";
        case 1:
            return "CREATE VIRTUAL TABLE IF NOT EXISTS f" + number +
                   " USING fts5(x, y, content='')";
        case 2: {
            const TableModel* source = context_.table([](const TableModel& table) {
                return table.schema == "main" && table.kind == TableKind::ordinary &&
                       !table.rowid.empty() && table.columns.size() > 1 &&
                       table.plain_name.find_first_of("\" ;'") == std::string::npos &&
                       table.columns[1].name.find_first_of(" '") == std::string::npos;
            });
            if (source != nullptr) {
                return "CREATE VIRTUAL TABLE IF NOT EXISTS f" + number + " USING fts5(" +
                       source->columns[1].name + ", content='" + source->plain_name + "')";
            }
            [[fallthrough]];
        }
        default:
            return "CREATE VIRTUAL TABLE IF NOT EXISTS f" + number + " USING fts5(x, y" +
                   random.one_of({"", "", ", prefix='2'", ", detail=none", ", columnsize=0"}) + ")";
    }
}

std::string TableGenerator::added_column(bool strict) {
    Random& random = context_.random;
    const std::string name = column_name(random);
    switch (random.below(6)) {
        case 0:
            return name;
        case 1:
            return name + " TEXT DEFAULT 'added'";
        case 2:
            // Not "DEFAULT 4", which edit_schema() edits: rows that are older have no value of their own
            // until they are opened again.
            return name + " INT NOT NULL DEFAULT +" + context_.values.small_number();
        case 3:
            return name + " AS (" + other_column_name(random, name) + ")";
        case 4:
            return name + references();
        default:
            // See "open defects" in known_differences.hpp.
            if (strict) return name + type(true);
            return name + type(false) + " DEFAULT +" + context_.values.small_number() +
                   collation(random);
    }
}

}  // namespace tidemark::fuzz
