// The twenty lines of the README: open, write at memory speed, know what is on disk.

#include <tidemark/tidemark.hpp>

#include <sqlite3.h>

#include <iostream>

int main(int count, char** arguments) try {
    tidemark::Options options;
    options.strategy = tidemark::Strategy::trigger;  // or session, the default
    options.interval = std::chrono::seconds{5};

    auto db = tidemark::Database::open(count > 1 ? arguments[1] : "app.db", options);
    sqlite3* ram = db.handle();  // an ordinary connection: use it raw or through any wrapper
    sqlite3_exec(ram,
                 "CREATE TABLE IF NOT EXISTS posts(id INTEGER PRIMARY KEY, title TEXT, views INT);"
                 "INSERT INTO posts(title, views) VALUES('Hello', 100);",
                 nullptr, nullptr, nullptr);

    db.flush();  // everything committed so far is on disk when this returns
    std::cout << "mark " << db.status().mark << ", disk equals RAM: " << std::boolalpha
              << db.verify().equal() << "\n";
    db.close();  // the last flush; throws what a destructor would have to swallow
    return 0;
} catch (const tidemark::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
}
