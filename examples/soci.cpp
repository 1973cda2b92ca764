// SOCI on a database that tidemark keeps. Its session opens the connection itself, in RAM, and tidemark
// attaches to it.

#include <tidemark/tidemark.hpp>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

/// The connection below a session. SOCI includes SQLite's header in a namespace of its own.
static sqlite3* handle_of(soci::session& session) {
    auto& backend = static_cast<soci::sqlite3_session_backend&>(*session.get_backend());
    return reinterpret_cast<sqlite3*>(backend.conn_);
}

int main(int count, char** arguments) try {
    soci::session db(soci::sqlite3, ":memory:");
    // Behind the session, so that it goes first: it needs the connection until then.
    auto kept = tidemark::Database::attach(handle_of(db), count > 1 ? arguments[1] : "app.db");

    db << "CREATE TABLE IF NOT EXISTS posts(id INTEGER PRIMARY KEY, title TEXT, views INT)";
    {
        soci::transaction transaction(db);
        const std::vector<std::string> titles{"Hello", "World"};
        const std::vector<int> views{100, 200};
        db << "INSERT INTO posts(title, views) VALUES(:title, :views)", soci::use(titles),
            soci::use(views);
        transaction.commit();
    }
    db << "UPDATE posts SET views = views + 1 WHERE title = 'Hello'";

    kept.flush();  // on disk
    int posts = 0;
    db << "SELECT count(*) FROM posts", soci::into(posts);
    std::cout << posts << " posts, disk equals RAM: " << std::boolalpha << kept.verify().equal()
              << "\n";
    kept.close();
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
}
