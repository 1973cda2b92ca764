#include "values.hpp"

#include "search_indexes.hpp"

#include <iterator>

namespace tidemark::fuzz {

std::string Values::real() {
    if (random_.percent(70)) return std::to_string(random_.below(9)) + random_.one_of({".0", ".5"});
    const std::string zero = rules_.negative_zero ? "-0.0" : "0.0";
    return random_.one_of({zero, "9e999", "-9e999", "1e308", "5e-324", "0.1 + 0.2", "1.0 / 3.0",
                           "-1.5", "9007199254740993.0", "1e15"});
}

std::string Values::text() {
    if (random_.percent(60)) return "'s" + std::to_string(random_.below(9)) + "'";
    if (random_.percent(50)) {
        return "'" + random_.one_of({"Ab", "aB", "AB", "ab "}) + std::to_string(random_.below(4)) +
               "'";
    }
    return random_.one_of({"''", "' '", "'1'", "'1.0'", "'é'", "'it''s'", "'\xF0\x9F\x8C\x8A'",
                           "CAST(x'610062' AS TEXT)", "CAST(x'ff' AS TEXT)",
                           "CAST(x'00d8' AS TEXT)", "CAST(x'c3' AS TEXT)", "CAST(x'' AS TEXT)",
                           "CAST(x'00' AS TEXT)", "replace(hex(zeroblob(700)), '0', 'long ')"});
}

std::string Values::blob() {
    if (random_.percent(60)) return "x'0" + std::to_string(random_.below(9)) + "ff'";
    return random_.one_of({"x''", "zeroblob(0)", "zeroblob(5)", "zeroblob(3000)", "x'00'",
                           "x'7331'", "x'ffffffffff'"});
}

std::string Values::special() {
    switch (random_.below(4)) {
        case 0:
            return real();
        case 1:
            return text();
        case 2:
            return blob();
        default:
            return random_.one_of({"9223372036854775807", "-9223372036854775808",
                                   "4611686018427387904", "2147483648", "-1", "-129", "65536",
                                   "140737488355328"});
    }
}

std::string Values::any() {
    const std::size_t kind = random_.below(100);
    if (kind < 12) return "NULL";
    if (kind < 50) return small_number();
    if (kind < 70) return text();
    if (kind < 80) return real();
    if (kind < 88) return blob();
    return special();
}

// Never 9223372036854775807: the next rowid would be random.
std::string Values::integer_key() {
    if (random_.percent(90)) return std::to_string(random_.below(16));
    return random_.one_of(
        {"-1", "-7", "300", "70000", "4611686018427387904", "4611686018427387905"});
}

std::string Values::for_column(const TableModel& table, const Column& column, bool exact) {
    if (column.rowid_alias) {
        if (!exact && random_.below(200) == 0) return "'no number'";
        return integer_key();
    }
    if (table.kind == TableKind::rtree) return std::to_string(random_.below(20));
    if (table.kind == TableKind::full_text) return prose(random_.below(30));
    if (!table.strict || column.type == "ANY" || (!exact && random_.percent(1))) {
        return any();
    }
    if (random_.percent(8)) return "NULL";
    if (column.type.starts_with("INT")) return random_.percent(90) ? small_number() : "65536";
    if (column.type == "REAL") return real();
    if (column.type == "TEXT") return text();
    return blob();
}

std::string Values::prose(std::size_t number) {
    const std::size_t count = std::size(words);
    std::string out = "'" + std::string(words[number % count]);
    for (std::size_t i = 0; i < number % 4; ++i) {
        out += std::string(" ") + words[(number * 5 + i * 3 + number / 3) % count];
    }
    return out + "'";
}

std::string Values::expression(const TableModel& table, const std::string& prefix) {
    const std::string column = prefix + random_.one_of(table.columns).name;
    const std::string other = prefix + random_.one_of(table.columns).name;
    switch (random_.below(9)) {
        case 0:
            return column + " + 1";
        case 1:
            return "substr(" + column + " || 's', 1, 40)";
        case 2:
            return "length(" + column + ")";
        case 3:
            return "coalesce(" + column + ", " + other + ", 7)";
        case 4:
            return "CASE WHEN " + column + " IS " + other + " THEN " + any() + " ELSE " + column +
                   " END";
        case 5:
            return "upper(" + column + ")";
        case 6:
            return any();
        case 7:
            return other;
        default:
            return column;
    }
}

std::string Values::condition(const TableModel& table, const std::string& prefix) {
    const Column& chosen = random_.one_of(table.columns);
    const std::string column = prefix + chosen.name;
    switch (random_.below(11)) {
        case 0:
            return column + " IS " + any();
        case 1:
            return column + " > " + any();
        case 2:
            return "length(" + column + ") % 2 = " + std::to_string(random_.below(2));
        case 3:
            return column + " IN (" + any() + ", " + any() + ", " + small_number() + ")";
        case 4:
            return column + " IS NULL";
        case 5:
            return "typeof(" + column + ") = " + random_.one_of({"'text'", "'integer'", "'blob'"});
        case 6:
        case 7:
            return (table.rowid.empty() || !prefix.empty() ? column : table.rowid) +
                   " % 3 = " + std::to_string(random_.below(3));
        case 8:
            return column + " BETWEEN " + small_number() + " AND " + small_number();
        case 9:
            return "NOT (" + column + " < " + any() + ")";
        default:
            return column + " = " + for_column(table, chosen, true);
    }
}

}  // namespace tidemark::fuzz
