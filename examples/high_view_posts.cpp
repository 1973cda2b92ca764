// "Only sync high-view posts": a database in RAM whose file has everything, and beside it a file for the
// front page that has the posts with more than 100 views, and nobody's address.

#include <tidemark/tidemark.hpp>

#include <sqlite3.h>

#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

void run(sqlite3* db, const char* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return;
    throw std::runtime_error(sqlite3_errmsg(db));
}

void show(const std::string& file) {
    sqlite3* db = nullptr;
    sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr);
    const auto print = [](void*, int count, char** values, char**) {
        for (int i = 0; i < count; ++i) {
            std::cout << (i > 0 ? " | " : "") << (values[i] != nullptr ? values[i] : "NULL");
        }
        std::cout << "\n";
        return 0;
    };
    sqlite3_exec(db, "SELECT * FROM high_view_posts ORDER BY id", print, nullptr, nullptr);
    sqlite3_close(db);
}

}  // namespace

int main(int count, char** arguments) try {
    const std::string path = count > 1 ? arguments[1] : "app.db";
    const std::string front_page = path + "-front-page";

    tidemark::Options options;
    options.history.enabled = true;  // where destinations get their batches from
    options.destinations.push_back({
        .name = "front page",
        .destination = tidemark::sqlite_destination(front_page),
        .rules = {{.table = "posts",
                   .rename = "high_view_posts",
                   .when = "views > 100",
                   .columns = {"id", "title", "views", "substr(author, 1, 1) || '***' AS author"}}},
    });

    auto db = tidemark::Database::open(path, options);
    sqlite3* ram = db.handle();
    run(ram,
        "CREATE TABLE IF NOT EXISTS posts(id INTEGER PRIMARY KEY, title TEXT, views INT,"
        " author TEXT)");
    run(ram,
        "REPLACE INTO posts VALUES(1, 'Quiet', 3, 'ann@example.org'),"
        " (2, 'Loud', 5000, 'bob@example.org'), (3, 'Rising', 99, 'eve@example.org'),"
        " (4, 'Falling', 101, 'joe@example.org')");
    run(ram, "UPDATE posts SET views = views + 2 WHERE title = 'Rising'");   // comes
    run(ram, "UPDATE posts SET views = views - 2 WHERE title = 'Falling'");  // goes
    db.close();  // waits for the destination, too

    show(front_page);
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
}
