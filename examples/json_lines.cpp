// Keeps a database on disk, and every batch as a line of JSON beside it.

#include "json_lines_destination.hpp"

#include <tidemark/tidemark.hpp>

#include <sqlite3.h>

#include <iostream>
#include <memory>
#include <string>

int main(int count, char** arguments) try {
    const std::string path = count > 1 ? arguments[1] : "app.db";
    tidemark::Options options;
    options.history.enabled = true;  // where destinations get their batches from
    options.destinations.push_back(
        {.name = "json lines", .destination = std::make_shared<JsonLines>(path + ".jsonl")});

    auto db = tidemark::Database::open(path, options);
    sqlite3_exec(db.handle(),
                 "CREATE TABLE IF NOT EXISTS posts(id INTEGER PRIMARY KEY, title TEXT, views INT);"
                 "INSERT INTO posts(title, views) VALUES('Hello', 100);",
                 nullptr, nullptr, nullptr);
    db.close();  // waits for the destination, too
    for (const tidemark::DestinationStatus& destination : db.status().destinations) {
        std::cout << destination.name << ": batch " << destination.mark.value_or(0) << ", "
                  << destination.lag_batches << " behind\n";
    }
    return 0;
} catch (const tidemark::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
}
