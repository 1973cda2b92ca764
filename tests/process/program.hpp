#pragma once

/// What the programs of these tests have in common: a file with a table t(a), kept with an interval
/// that never passes, so that only the way of leaving can bring anything to the disk.

#include "support/sql.hpp"

#include <tidemark/tidemark.hpp>

#include <chrono>
#include <map>
#include <string>

#include <unistd.h>

namespace tidemark::tests {

struct Program {
    std::string file;
    Options options;

    [[nodiscard]] Database open() const { return Database::open(file, options); }
};

[[nodiscard]] inline Options program_options(const std::string& strategy) {
    Options options;
    options.strategy = strategy == "session" ? Strategy::session : Strategy::trigger;
    options.interval = std::chrono::hours{1};
    return options;
}

inline void insert(sqlite3* db, int value) { exec(db, "INSERT INTO t VALUES(?1)", {value}); }

/// One line, without a buffer that a child could print a second time.
inline void say(const std::string& line) {
    const std::string text = line + '\n';
    if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) ::_exit(90);
}

inline void wait_for_end_of_input() {
    char character = 0;
    while (::read(STDIN_FILENO, &character, 1) > 0) {
    }
}

using Scene = void (*)(const Program&);
using Scenes = std::map<std::string, Scene>;

/// The main function of a program that plays the scene named by its first argument, on the file
/// named by the second, with the strategy named by the third. A scene that returns, returns from
/// main with 0; an exception is caught, said, and makes it 1.
int play(const Scenes& scenes, int argc, char** argv);

}  // namespace tidemark::tests
