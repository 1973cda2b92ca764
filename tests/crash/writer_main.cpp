// Writes until it is killed:  tidemark_crash_writer FILE STRATEGY JOURNAL SEED
//
// Prints "open" when the file is, and after every flush() the number of the last transaction that
// was committed before it: what is printed must survive. Prints "error ..." when something throws.

#include "crash/workload.hpp"

#include <tidemark/tidemark.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <random>
#include <string>

#include <unistd.h>

namespace {

/// Without a buffer: what was said is said when the process is killed in the next moment.
void say(const std::string& line) {
    const std::string text = line + '\n';
    if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) {
        ::_exit(3);
    }
}

tidemark::Options options(const std::string& strategy, const std::string& journal) {
    tidemark::Options options;
    options.strategy =
        strategy == "session" ? tidemark::Strategy::session : tidemark::Strategy::trigger;
    options.journal_mode =
        journal == "wal" ? tidemark::JournalMode::wal : tidemark::JournalMode::truncate;
    options.interval = std::chrono::milliseconds{3};
    return options;
}

[[noreturn]] void write_for_ever(tidemark::Database& database, std::uint32_t seed) {
    std::minstd_rand random(seed);
    std::int64_t k = tidemark::tests::transactions_in(database.handle());
    for (;;) {
        for (auto n = 1 + random() % 40; n > 0; --n) {
            tidemark::tests::run_transaction(database.handle(), ++k);
        }
        database.flush();
        say(std::to_string(k));
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        say("error usage: FILE STRATEGY JOURNAL SEED");
        return 2;
    }
    try {
        auto database = tidemark::Database::open(argv[1], options(argv[2], argv[3]));
        say("open");
        write_for_ever(database, static_cast<std::uint32_t>(std::stoul(argv[4])));
    } catch (const std::exception& error) {
        say(std::string("error ") + error.what());
        return 2;
    }
}
