// Usage: host_cpp DATABASE SCRIPT STRATEGY INTERVAL_MS: plays the script, one statement per paragraph, on a
// database that is kept through the C++ interface, and prints rows as the sqlite3 shell does.

#include <tidemark/tidemark.hpp>

#include <sqlite3.h>

#include <chrono>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace {

void play(sqlite3* db, const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    int rc = sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr);
    if (rc != SQLITE_OK) throw std::runtime_error(sql + ": " + sqlite3_errmsg(db));
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); ++i) {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
            std::cout << (i > 0 ? "|" : "") << (text == nullptr ? "" : text);
        }
        std::cout << '\n';
    }
    if (rc != SQLITE_DONE) throw std::runtime_error(sql + ": " + sqlite3_errmsg(db));
    sqlite3_finalize(statement);
}

// What is a function of SQL where the extension is loaded is one of C++ here.
void play(tidemark::Database& db, const std::string& sql) {
    if (sql == "SELECT tidemark_verify();") {
        const tidemark::VerifyReport report = db.verify();
        for (const std::string& difference : report.differences) std::cout << difference << '\n';
        if (report.equal()) std::cout << "ok\n";
    } else if (sql == "SELECT tidemark_flush();") {
        db.flush();
    } else {
        play(db.handle(), sql);
    }
}

}  // namespace

int main(int count, char** arguments) try {
    if (count != 5) return 2;
    tidemark::Options options;
    options.strategy = std::string(arguments[3]) == "trigger" ? tidemark::Strategy::trigger
                                                              : tidemark::Strategy::session;
    options.interval = std::chrono::milliseconds{std::stoi(arguments[4])};
    auto db = tidemark::Database::open(arguments[1], options);
    std::cerr << "SQLite " << sqlite3_libversion() << " of a program in C++\n";

    std::ifstream file(arguments[2]);
    const std::string script{std::istreambuf_iterator<char>(file), {}};
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 2) {
        end = script.find("\n\n", begin);
        play(db, script.substr(begin, end - begin));
    }
    db.close();
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
}
