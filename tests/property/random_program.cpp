#include "property/random_program.hpp"

#include <cstdint>
#include <functional>
#include <ostream>
#include <utility>

namespace tidemark::tests {

namespace {

// Every table has the columns k (its key, if it has one), u and v, so that one set of statements
// fits all, and differs from the others in what decides how it must be captured.
const std::vector<std::string> tables{
    "CREATE TABLE a(k INTEGER PRIMARY KEY, u TEXT UNIQUE, v INT)",
    "CREATE TABLE b(k TEXT PRIMARY KEY, u INT UNIQUE, v TEXT)",
    "CREATE TABLE c(k INT, u TEXT, v REAL, PRIMARY KEY(u, k)) WITHOUT ROWID",
    "CREATE TABLE d(k, u, v)",
    "CREATE TABLE e(k TEXT PRIMARY KEY COLLATE NOCASE, u, v) WITHOUT ROWID",
    "CREATE TABLE f(k INTEGER PRIMARY KEY, u, v, g AS (u || v) VIRTUAL, s AS (k + 1) STORED)",
    "CREATE TABLE g(k INTEGER PRIMARY KEY AUTOINCREMENT, u TEXT UNIQUE ON CONFLICT REPLACE, v "
    "NUMERIC)",
    "CREATE TABLE h(rowid, oid, _rowid_, k, u, v)",
    "CREATE TABLE i(k PRIMARY KEY, u NOT NULL ON CONFLICT IGNORE, v) WITHOUT ROWID",
    "CREATE TABLE j(k INTEGER PRIMARY KEY, u INT REFERENCES a(k) ON DELETE CASCADE ON UPDATE "
    "CASCADE, v TEXT)",
    "CREATE TABLE l(k INTEGER PRIMARY KEY DESC, u, v); CREATE UNIQUE INDEX lu ON l(u) WHERE v > 3",
    "CREATE TABLE m(v ANY, k ANY PRIMARY KEY, u ANY) STRICT, WITHOUT ROWID",
    "CREATE TABLE n(k INTEGER PRIMARY KEY AUTOINCREMENT, u TEXT UNIQUE, v TEXT)",
};
const std::vector<std::string> extras{
    "CREATE TABLE audit(id INTEGER PRIMARY KEY AUTOINCREMENT, w)",
    "CREATE TRIGGER a_insert AFTER INSERT ON a BEGIN INSERT INTO audit(w) VALUES('a' || "
    "ifnull(NEW.k, '')); END",
    "CREATE TRIGGER d_delete AFTER DELETE ON d BEGIN DELETE FROM audit WHERE id = (SELECT min(id) "
    "FROM audit); END",
    "CREATE TRIGGER c_update AFTER UPDATE ON c BEGIN UPDATE c SET v = NEW.k WHERE k = NEW.k AND u "
    "= NEW.u AND v IS NOT NEW.k; END",
    "CREATE TRIGGER b_before BEFORE INSERT ON b BEGIN UPDATE b SET v = 0 WHERE k = 'newest'; END",
};

/// Turns small numbers, which RapidCheck can make and shrink, into text.
class Dice {
public:
    explicit Dice(std::vector<std::uint32_t> rolls) : rolls_(std::move(rolls)) {}

    std::uint32_t below(std::uint32_t limit) {
        const std::uint32_t roll = rolls_[next_++ % rolls_.size()];
        return roll % limit;
    }
    const std::string& one_of(const std::vector<std::string>& choices) {
        return choices[below(static_cast<std::uint32_t>(choices.size()))];
    }

private:
    std::vector<std::uint32_t> rolls_;
    std::size_t next_ = 0;
};

std::string number(Dice& dice, std::uint32_t limit) { return std::to_string(dice.below(limit)); }

std::string table(Dice& dice) { return {"abcdefghijlmn"[dice.below(13)]}; }

std::string value(Dice& dice) {
    switch (dice.below(12)) {
        case 0:
            return "NULL";
        case 1:
        case 2:
            return number(dice, 9);
        case 3:
            return "'s" + number(dice, 9) + "'";
        case 4:
            return number(dice, 9) + ".0";
        case 5:
            return number(dice, 1000) + " / 7.0";
        case 6:
            return "'" + std::string(dice.below(2) == 0 ? "Ab" : "aB") + number(dice, 4) + "'";
        case 7:
            return "CAST(x'6100" + std::to_string(10 + dice.below(80)) + "' AS TEXT)";
        case 8:
            return "x'00ff" + std::to_string(10 + dice.below(80)) + "'";
        case 9:
            return "zeroblob(" + number(dice, 3000) + ")";
        case 10:
            return "4611686018427387904 + " +
                   number(dice, 3);  // the largest rowid would make the next ones random
        default:
            return "''";
    }
}

/// A value for the key of a table. One that does not fit an INTEGER PRIMARY KEY is avoided: with OR
/// IGNORE and the like SQLite then undoes the statement when the table has a trigger, as ours have,
/// and keeps the rows before when it has none.
std::string key(Dice& dice, const std::string& table) {
    const std::string any = value(dice);
    const bool rowid_alias =
        table == "a" || table == "f" || table == "g" || table == "j" || table == "n";
    const bool fits = any == "NULL" || any.find_first_not_of("0123456789 +") == std::string::npos;
    return rowid_alias && !fits ? number(dice, 12) : any;
}

std::string or_clause(Dice& dice) {
    return dice.one_of(
        {"", "", "", "OR REPLACE ", "OR IGNORE ", "OR FAIL ", "OR ABORT ", "OR ROLLBACK "});
}

std::string condition(Dice& dice) {
    switch (dice.below(5)) {
        case 0:
            return " WHERE k IS " + value(dice);
        case 1:
            return " WHERE u IS " + value(dice);
        case 2:
            return " WHERE v > " + value(dice);
        case 3:
            return " WHERE length(k) % 2 = " + number(dice, 2);
        default:
            return "";
    }
}

/// With an index SQLite may meet the rows in another order where the table has a trigger, and of several
/// that collide another one stays. Tables WITHOUT ROWID have only the index that they are.
std::string in_order_of_rows(const std::string& table) {
    const bool without_rowid = table == "c" || table == "e" || table == "i" || table == "m";
    return without_rowid ? table : table + " NOT INDEXED";
}

std::string insert(Dice& dice) {
    const std::string t = table(dice);
    const std::string into = "INSERT " + or_clause(dice) + "INTO " + t + "(k, u, v) ";
    if (dice.below(6) == 0) {
        return into + "SELECT k, u, v FROM " + t + condition(dice);
    }
    std::string sql = into + "VALUES";
    for (std::uint32_t rows = 1 + dice.below(3), i = 0; i < rows; ++i) {
        sql += (i > 0 ? ", (" : "(") + key(dice, t) + ", " + value(dice) + ", " + value(dice) + ")";
    }
    switch (dice.below(8)) {
        case 0:
            return sql + " ON CONFLICT DO NOTHING";
        case 1:
            return sql + " ON CONFLICT(k) DO UPDATE SET v = excluded.v, u = " + value(dice);
        case 2:
            return sql + " RETURNING k";
        default:
            return sql;
    }
}

std::string update(Dice& dice) {
    const std::string t = table(dice);
    const std::string sql = "UPDATE " + or_clause(dice) + in_order_of_rows(t) + " SET ";
    switch (dice.below(7)) {
        case 0:
            return sql + "k = " + key(dice, t) + condition(dice);
        case 1:
            return sql + "k = k + 1" + condition(dice);
        case 2:
            return sql + "u = v, v = u" + condition(dice);
        case 3:
            return sql + "u = " + value(dice) + condition(dice);
        case 4:  // a column that may have been added
            return sql + "n" + number(dice, 3) + " = " + dice.one_of({"NULL", "7", value(dice)}) +
                   condition(dice);
        default:
            return sql + "v = " + value(dice) + condition(dice);
    }
}

std::string transaction(Dice& dice) {
    return dice.one_of({"BEGIN", "BEGIN", "COMMIT", "COMMIT", "ROLLBACK", "SAVEPOINT s",
                        "SAVEPOINT r", "ROLLBACK TO s", "ROLLBACK TO r", "RELEASE s", "RELEASE r"});
}

std::string definition(Dice& dice) {
    const std::string t = table(dice);
    switch (dice.below(13)) {
        case 0:
            return "ALTER TABLE " + t + " ADD COLUMN n" + number(dice, 3) + " DEFAULT " +
                   number(dice, 9);
        case 1:
            return "CREATE INDEX IF NOT EXISTS x" + number(dice, 5) + " ON " + t + "(v)";
        case 2:
            return "DROP TABLE IF EXISTS extra";
        case 3:
            return "CREATE TABLE IF NOT EXISTS extra(k INTEGER PRIMARY KEY, u, v); INSERT OR "
                   "IGNORE INTO extra VALUES(1, 2, 3)";
        case 4:
            return "VACUUM";
        case 5:
            return "ANALYZE";
        case 6:
            return "DROP TABLE IF EXISTS d; CREATE TABLE d(k TEXT PRIMARY KEY COLLATE NOCASE, u, "
                   "v) WITHOUT ROWID";
        case 7:
            return "DROP INDEX IF EXISTS x" + number(dice, 5);
        case 8:
            return "ALTER TABLE " + t + " RENAME TO swap; ALTER TABLE swap RENAME TO " + t;
        case 9:
            return "DROP TABLE IF EXISTS copy; CREATE TABLE copy AS SELECT * FROM " + t;
        case 10:
            return "UPDATE sqlite_sequence SET seq = seq + " + number(dice, 9);
        case 11:
            return "DELETE FROM sqlite_sequence WHERE name > '" + table(dice) + "'";
        default:
            return "PRAGMA user_version = " + number(dice, 100);
    }
}

std::string step(Dice dice) {
    const std::uint32_t kind = dice.below(100);
    if (kind < 40) {
        return insert(dice);
    }
    if (kind < 62) {
        return update(dice);
    }
    if (kind < 70) {
        return "DELETE FROM " + in_order_of_rows(table(dice)) + condition(dice);
    }
    if (kind < 84) {
        return transaction(dice);
    }
    if (kind < 88) {
        return definition(dice);
    }
    return kind < 99 ? flush_step : reopen_step;
}

rc::Gen<std::string> any_step() {
    const auto roll = rc::gen::inRange<std::uint32_t>(0, 1'000'000);
    // A step shrinks by being left out; another roll would only be another step.
    return rc::gen::map(
        rc::gen::noShrink(rc::gen::container<std::vector<std::uint32_t>>(20, roll)),
        [](std::vector<std::uint32_t> rolls) { return step(Dice(std::move(rolls))); });
}

/// Every table with even odds, and the extras only as long as what they refer to is there.
std::string schema_of(const std::vector<bool>& chosen, bool with_extras, bool foreign_keys) {
    std::string schema = foreign_keys ? "PRAGMA foreign_keys = ON;\n" : "";
    for (std::size_t i = 0; i < tables.size(); ++i) {
        if (chosen[i]) {
            schema += tables[i] + ";\n";
        }
    }
    // The triggers of a table that is not there would only fail.
    if (with_extras && chosen[0] && chosen[1] && chosen[2] && chosen[3]) {
        for (const std::string& extra : extras) {
            schema += extra + ";\n";
        }
    }
    return schema;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Program& program) {
    out << '\n' << program.schema;
    for (const std::string& step : program.steps) {
        out << step << ";\n";
    }
    return out;
}

rc::Gen<Program> any_program() {
    const auto often = rc::gen::map(rc::gen::inRange(0, 10), [](int roll) { return roll < 8; });
    return rc::gen::apply(
        [](const std::vector<bool>& chosen, bool with_extras, bool foreign_keys,
           std::vector<std::string> steps) {
            return Program{schema_of(chosen, with_extras, foreign_keys), std::move(steps)};
        },
        rc::gen::container<std::vector<bool>>(tables.size(), often), rc::gen::arbitrary<bool>(),
        rc::gen::arbitrary<bool>(), rc::gen::container<std::vector<std::string>>(any_step()));
}

}  // namespace tidemark::tests
