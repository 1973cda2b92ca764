// A second process for the tests. Prints one line as soon as it has done what it was asked:
//
//   sql FILE SQL           runs SQL on the file, without tidemark
//   lock FILE              BEGIN IMMEDIATE on the file, without tidemark, until its input is closed
//   read FILE SQL          BEGIN and a query on the file, without tidemark, until its input is closed
//   open FILE              tidemark opens and closes the file
//   open-as-nobody FILE    the same, after giving up the rights of root
//   hold FILE              tidemark keeps the file open until its input is closed
//   watch FILE SQL         asks the file, without tidemark, again and again until its input is
//                          closed; then prints each different answer, a line each
//
// The line begins with "done", or with "refused" and the reason; then the exit code is 1.

#include "support/sql.hpp"

#include <tidemark/tidemark.hpp>

#include <grp.h>

#include <cerrno>
#include <exception>
#include <iostream>
#include <set>
#include <string>
#include <system_error>

#include <poll.h>
#include <unistd.h>

namespace {

using tidemark::tests::exec;
using tidemark::tests::Plain;
using tidemark::tests::query_one;

constexpr unsigned int nobody = 65534;

void done() { std::cout << "done" << std::endl; }

void wait_for_end_of_input() {
    for (std::string line; std::getline(std::cin, line);) {
    }
}

void give_up_rights() {
    if (::geteuid() != 0) {
        return;  // there are none
    }
    if (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0) {
        throw std::system_error(errno, std::generic_category(), "become nobody");
    }
}

void lock(const std::string& file) {
    const Plain db(file);
    exec(db, "BEGIN IMMEDIATE");
    done();
    wait_for_end_of_input();
    exec(db, "ROLLBACK");
}

void read(const std::string& file, const std::string& sql) {
    const Plain db(file);
    exec(db, "BEGIN");
    (void)query_one(db, sql);
    done();
    wait_for_end_of_input();
    exec(db, "COMMIT");
}

void open(const std::string& file) {
    auto database = tidemark::Database::open(file);
    database.close();
    done();
}

void hold(const std::string& file) {
    auto database = tidemark::Database::open(file);
    done();
    wait_for_end_of_input();
    database.close();
}

bool input_is_closed() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return ::poll(&input, 1, 0) > 0;
}

void watch(const std::string& file, const std::string& sql) {
    const Plain db(file);
    std::set<std::string> answers{query_one(db, sql).text()};
    done();
    while (!input_is_closed()) {
        answers.insert(query_one(db, sql).text());
    }
    answers.insert(query_one(db, sql).text());
    for (const std::string& answer : answers) {
        std::cout << answer << '\n';
    }
}

void run(const std::string& command, const std::string& file, const std::string& sql) {
    if (command == "sql") {
        exec(Plain(file), sql);
        done();
    } else if (command == "lock") {
        lock(file);
    } else if (command == "read") {
        read(file, sql);
    } else if (command == "open") {
        open(file);
    } else if (command == "open-as-nobody") {
        give_up_rights();
        open(file);
    } else if (command == "hold") {
        hold(file);
    } else if (command == "watch") {
        watch(file, sql);
    } else {
        throw std::invalid_argument("unknown command " + command);
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : "");
        return 0;
    } catch (const std::exception& error) {
        std::cout << "refused " << error.what() << std::endl;
        return 1;
    }
}
