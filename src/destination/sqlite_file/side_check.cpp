#include "destination/sqlite_file/side_check.hpp"

#include "sqlite/integrity.hpp"

#include <chrono>
#include <utility>

namespace tidemark::destination {
namespace {

constexpr const char* checking = "check the database";

}  // namespace

SideCheck::SideCheck(sqlite3* reader, sqlite::Connection connection, LoadCheck check)
    : reader_snapshot_(reader, checking),
      connection_(std::move(connection)),
      snapshot_(connection_.get(), checking),
      outcome_(std::async(std::launch::async, run, connection_.get(), check)) {}

// Again and again, because SQLite forgets an interrupt that comes before the statement has begun.
SideCheck::~SideCheck() {
    constexpr std::chrono::milliseconds pause{10};
    while (outcome_.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
        sqlite3_interrupt(connection_.get());
        outcome_.wait_for(pause);
    }
}

// The Error itself crosses threads, not the exception: which thread destroys an exception that two of
// them hold, ThreadSanitizer cannot see.
SideCheck::Outcome SideCheck::run(sqlite3* connection, LoadCheck check) {
    try {
        return {.problems = sqlite::find_problems(connection, check), .error = {}};
    } catch (const Error& error) {
        return {.problems = {}, .error = error};
    }
}

const std::vector<std::string>& SideCheck::problems() const {
    const Outcome& outcome = outcome_.get();
    if (outcome.error) throw Error(*outcome.error);
    return outcome.problems;
}

}  // namespace tidemark::destination
