#include "search_indexes.hpp"

#include "support/sql.hpp"

#include <vector>

namespace tidemark::fuzz {
namespace {

using tests::quote;
using tests::Rows;

struct Answer {
    Rows rows{};
    std::string error{};
    friend bool operator==(const Answer&, const Answer&) = default;
};

Answer ask(sqlite3* db, const std::string& sql) {
    try {
        return {.rows = tests::query(db, sql)};
    } catch (const tests::SqlError& error) {
        return {.error = error.what()};
    }
}

std::vector<std::string> questions(sqlite3* db) {
    std::vector<std::string> out;
    for (const tests::Row& row : tests::query(
             db,
             "SELECT name, sql FROM main.sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")) {
        const std::string table = "main." + quote(row[0].text());
        if (row[1].text().find("fts5") != std::string::npos) {
            for (const char* word : words) {
                out.push_back("SELECT rowid FROM " + table + "('" + word + "') ORDER BY rowid");
            }
        } else {
            out.push_back("SELECT * FROM " + table + " WHERE x0 < 5 ORDER BY id");
            out.push_back("SELECT rtreecheck('main', " + quote(row[0].text()) + ")");
        }
    }
    return out;
}

}  // namespace

std::string compare_search_indexes(sqlite3* first, sqlite3* second) {
    std::string out;
    for (const std::string& question : questions(first)) {
        const Answer a = ask(first, question);
        const Answer b = ask(second, question);
        if (!(a == b)) {
            out += "  " + question + ": " + std::to_string(a.rows.size()) + " rows " + a.error +
                   " and " + std::to_string(b.rows.size()) + " rows " + b.error + '\n';
        }
    }
    return out;
}

}  // namespace tidemark::fuzz
