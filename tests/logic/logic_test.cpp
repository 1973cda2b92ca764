// Every file of tests/logic/files: on plain SQLite, which says whether the file itself is right, and
// on a database that tidemark keeps, with each strategy, syncing in the background and on flush only.
//
// The flushes come at random points. Again with the same ones, or other files:
//
//   TIDEMARK_LOGIC_SEED=123 build/dev/tests/logic/logic_test --gtest_filter='*views*'
//   build/dev/tests/logic/tidemark_logictest --seed 123 FILE...

#include "logic/player.hpp"
#include "logic/script.hpp"
#include "support/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

namespace tidemark::tests::logic {
namespace {

namespace fs = std::filesystem;

const std::string files_folder = TIDEMARK_LOGIC_FOLDER "/files/";

std::vector<std::string> names_of_files() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(files_folder)) {
        names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::uint64_t seed() {
    if (const char* given = std::getenv("TIDEMARK_LOGIC_SEED"); given != nullptr) {
        return std::strtoull(given, nullptr, 10);
    }
    return std::random_device{}();
}

void expect_none(const Failures& failures) {
    for (const Failure& failure : failures) {
        ADD_FAILURE_AT(failure.file.c_str(), failure.line) << failure.message;
    }
}

class LogicOnPlainSqlite : public ::testing::TestWithParam<std::string> {};

TEST_P(LogicOnPlainSqlite, does_what_the_file_says) {
    const Script script = read_script(files_folder + GetParam() + ".test");
    EXPECT_GE(script.records.size(), 50U);
    expect_none(play(script, Plain()));
}

INSTANTIATE_TEST_SUITE_P(Files, LogicOnPlainSqlite, ::testing::ValuesIn(names_of_files()),
                         [](const auto& test) { return test.param; });

using LogicWay = std::tuple<std::string, Strategy, Syncing>;

class Logic : public ::testing::TestWithParam<LogicWay> {};

TEST_P(Logic, does_what_the_file_says_and_is_on_disk) {
    const auto& [name, strategy, syncing] = GetParam();
    Keeping keeping{.options = {}, .syncing = syncing, .seed = seed()};
    keeping.options.strategy = strategy;
    std::cout << "TIDEMARK_LOGIC_SEED=" << keeping.seed << '\n';
    expect_none(play_kept(read_script(files_folder + name + ".test"), keeping));
}

INSTANTIATE_TEST_SUITE_P(Files, Logic,
                         ::testing::Combine(::testing::ValuesIn(names_of_files()), both_strategies,
                                            ::testing::Values(Syncing::in_background,
                                                              Syncing::on_flush_only)),
                         [](const auto& test) {
                             return std::get<0>(test.param) + "_" +
                                    to_string(std::get<1>(test.param)) + "_" +
                                    to_string(std::get<2>(test.param));
                         });

// The canaries: what must fail, and be reported where it stands.

const std::string wrong_file = TIDEMARK_LOGIC_FOLDER "/canary/wrong.test";

/// The lines below those that say "# WRONG".
std::vector<int> lines_of_wrong_records() {
    std::vector<int> lines;
    std::istringstream text(read_file(wrong_file));
    int number = 0;
    for (std::string line; std::getline(text, line);) {
        ++number;
        if (line.starts_with("# WRONG")) {
            lines.push_back(number + 1);
        }
    }
    return lines;
}

std::vector<int> lines_of(const Failures& failures) {
    std::vector<int> lines;
    for (const Failure& failure : failures) {
        lines.push_back(failure.line);
    }
    return lines;
}

TEST(LogicCanary, every_wrong_record_and_no_other_is_reported_where_it_stands) {
    ASSERT_EQ(lines_of_wrong_records().size(), 13U);
    const Failures failures = play(read_script(wrong_file), Plain());
    EXPECT_EQ(lines_of(failures), lines_of_wrong_records());
    EXPECT_THAT(::testing::PrintToString(failures.at(0)),
                ::testing::StartsWith(wrong_file + ":8: no such table: nowhere"));
    EXPECT_THAT(failures.at(4).message, ::testing::HasSubstr("expected: y\n     got: x"));
}

TEST(LogicCanary, a_wrong_record_fails_on_a_kept_database_too) {
    EXPECT_EQ(lines_of(play_kept(read_script(wrong_file), {})), lines_of_wrong_records());
}

TEST(LogicCanary, a_disk_that_is_not_what_ram_is_fails) {
    Keeping keeping;
    keeping.options.exclude_tables = {"t"};
    const Failures failures = play_kept(parse_script("f.test",
                                                     "statement ok\nCREATE TABLE t(x)\n\n"
                                                     "statement ok\nINSERT INTO t VALUES(1)\n"),
                                        keeping);
    ASSERT_FALSE(failures.empty());
    EXPECT_EQ(failures.back().line, 4);
    EXPECT_THAT(failures.back().message, ::testing::HasSubstr("only the first has (1, 1)"));
}

}  // namespace
}  // namespace tidemark::tests::logic
