// Writes to a database with a history, and kills itself in the COMMIT of a batch: its history has that
// batch then, and the database does not.
//
//   tidemark_history_dying DATABASE STRATEGY

#include "support/sql.hpp"

#include <tidemark/tidemark.hpp>

#include <sqlite3.h>

#include <chrono>
#include <csignal>
#include <string>

namespace {

volatile bool is_to_die = false;

int die(void*) {
    if (is_to_die) ::raise(SIGKILL);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace tidemark;
    if (argc != 3) return 2;
    Options options;
    options.strategy = argv[2] == std::string("session") ? Strategy::session : Strategy::trigger;
    options.interval = std::chrono::hours{1};
    options.history.enabled = true;
    options.prepare_disk_connection = [](sqlite3* disk) {
        sqlite3_commit_hook(disk, die, nullptr);
    };
    Database database = Database::open(argv[1], options);
    tests::exec(database.handle(), "CREATE TABLE IF NOT EXISTS t(k INTEGER PRIMARY KEY, v)");
    tests::exec(database.handle(), "INSERT INTO t(v) VALUES('committed')");
    database.flush();
    tests::exec(database.handle(), "INSERT INTO t(v) VALUES('not committed')");
    is_to_die = true;
    database.flush();
    return 1;
}
