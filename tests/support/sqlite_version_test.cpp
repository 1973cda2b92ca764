// Which SQLite do the tests run on? The one they were built with; or, where the environment names a
// file with another version in it (scripts/newer_sqlite writes one), that one and no other.

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace tidemark::tests {
namespace {

std::string expected_version() {
    const char* file = std::getenv("TIDEMARK_SQLITE_VERSION_FILE");
    if (file == nullptr) {
        return SQLITE_VERSION;
    }
    const std::string text = read_file(file);
    return text.substr(0, text.find('\n'));
}

TEST(SqliteVersion, is_the_one_that_this_run_asks_for) {
    std::cout << "SQLite " << sqlite3_libversion() << '\n';  // scripts/run_tests shows this line
    EXPECT_EQ(sqlite3_libversion(), expected_version());
}

}  // namespace
}  // namespace tidemark::tests
