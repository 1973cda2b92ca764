// What somebody else's program looks like; it gets the path of a database that does not exist yet.

#include <tidemark/tidemark.hpp>

#include <sqlite3.h>

#include <chrono>
#include <iostream>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: consumer DATABASE\n";
        return 2;
    }

    tidemark::Options options;
    options.interval = std::chrono::seconds{5};

    auto db = tidemark::Database::open(argv[1], options);
    sqlite3_exec(db.handle(), "CREATE TABLE greeting(word TEXT)", nullptr, nullptr, nullptr);
    sqlite3_exec(db.handle(), "INSERT INTO greeting VALUES ('hello')", nullptr, nullptr, nullptr);
    db.flush();
    db.close();

    std::cout << "tidemark " << TIDEMARK_VERSION << '\n';
}
