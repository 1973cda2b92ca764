// Writes to a database with two destinations until it is killed:
//
//   tidemark_feed_writer DATABASE COPY LINES STRATEGY SEED
//
// Prints a line for every transaction. Syncs in the background, so that at any moment a batch is on its
// way into the history, the database, or one of the destinations.

#include "json_lines_destination.hpp"
#include "support/sql.hpp"

#include <tidemark/tidemark.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <random>
#include <string>

namespace {

using namespace tidemark;

Options options_for(char** arguments) {
    Options options;
    options.strategy =
        arguments[4] == std::string("session") ? Strategy::session : Strategy::trigger;
    options.interval = std::chrono::milliseconds{0};
    options.synchronous = Synchronous::off;
    options.history.enabled = true;
    options.destinations = {
        {.name = "copy",
         .destination = sqlite_destination(arguments[2], {.synchronous = Synchronous::off})},
        {.name = "lines", .destination = std::make_shared<JsonLines>(arguments[3])}};
    return options;
}

std::string any_statement(std::mt19937& random) {
    const std::string number = std::to_string(random() % 50);
    switch (random() % 12) {
        case 0:
            return "DELETE FROM t WHERE k % 7 = " + number;
        case 1:
            return "CREATE TABLE IF NOT EXISTS x" + number + "(v); INSERT INTO x" + number +
                   " VALUES(1)";
        case 2:
            return "DROP TABLE IF EXISTS x" + number;
        case 3:
        case 4:
            return "UPDATE t SET v = v + 1 WHERE k < " + number;
        case 5:
            return "DELETE FROM n WHERE rowid % 3 = 0";
        default:
            return "INSERT OR REPLACE INTO t VALUES(" + number + ", 0); INSERT INTO n VALUES(" +
                   number + ")";
    }
}

}  // namespace

int main(int count, char** arguments) try {
    if (count != 6) return 2;
    std::mt19937 random(static_cast<unsigned>(std::stoul(arguments[5])));
    Database database = Database::open(arguments[1], options_for(arguments));
    sqlite3* const ram = database.handle();
    tests::exec(ram,
                "CREATE TABLE IF NOT EXISTS t(k INTEGER PRIMARY KEY, v);"
                "CREATE TABLE IF NOT EXISTS n(v)");
    for (;;) {
        tests::exec(ram, any_statement(random));
        // So that there are many batches, and not one of all.
        if (random() % 3 == 0) database.flush();
        std::cout << "done" << std::endl;
    }
} catch (const std::exception& error) {
    std::cout << "error " << error.what() << std::endl;
    return 1;
}
