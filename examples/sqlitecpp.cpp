// SQLiteCpp on a database that tidemark keeps. Its Database opens the connection itself, in RAM, and
// tidemark attaches to it.

#include <tidemark/tidemark.hpp>

#include <SQLiteCpp/SQLiteCpp.h>

#include <exception>
#include <iostream>

int main(int count, char** arguments) try {
    SQLite::Database db(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    // Behind the connection, so that it goes first: it needs the connection until then.
    auto kept = tidemark::Database::attach(db.getHandle(), count > 1 ? arguments[1] : "app.db");

    db.exec("CREATE TABLE IF NOT EXISTS posts(id INTEGER PRIMARY KEY, title TEXT, views INT)");
    {
        SQLite::Transaction transaction(db);
        SQLite::Statement insert(db, "INSERT INTO posts(title, views) VALUES(?, ?)");
        insert.bind(1, "Hello");
        insert.bind(2, 100);
        insert.exec();
        insert.reset();
        insert.bind(1, "World");
        insert.bind(2, 200);
        insert.exec();
        transaction.commit();
    }
    db.exec("UPDATE posts SET views = views + 1 WHERE title = 'Hello'");

    kept.flush();  // on disk
    std::cout << db.execAndGet("SELECT count(*) FROM posts").getInt()
              << " posts, disk equals RAM: " << std::boolalpha << kept.verify().equal() << "\n";
    kept.close();
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
}
