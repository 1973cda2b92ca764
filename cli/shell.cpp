#include "commands.hpp"
#include "exit_code.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <unistd.h>

namespace cli {
namespace {

namespace fs = std::filesystem;

struct ShellArguments {
    std::string database;
    std::string options;
    std::string extension;
    std::string program = "sqlite3";
    std::vector<std::string> passed_on;
};

// Where it lies as seen from this program: in the build tree, or installed.
std::string find_extension() {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    for (const char* place : {TIDEMARK_EXTENSION_BUILT, TIDEMARK_EXTENSION_INSTALLED}) {
        const fs::path candidate = (self.parent_path() / place).lexically_normal();
        if (fs::exists(candidate, error)) {
            return candidate.string();
        }
    }
    return "";
}

// Between quotes; the quotes in it as `instead`.
std::string between(char quote, const std::string& text, const std::string& instead) {
    std::string result(1, quote);
    for (const char character : text) {
        if (character == quote) {
            result += instead;
        } else {
            result += character;
        }
    }
    return result + quote;
}

std::string sql_text(const std::string& text) { return between('\'', text, "''"); }

// A statement that returns no row, so that nothing is printed.
std::string opening(const ShellArguments& arguments) {
    std::string call = "tidemark_open(" + sql_text(arguments.database);
    if (!arguments.options.empty()) {
        call += ", " + sql_text(arguments.options);
    }
    return "SELECT 1 WHERE " + call + ") IS NULL";
}

int shell(ShellArguments arguments) {
    if (arguments.extension.empty()) {
        arguments.extension = find_extension();
    }
    if (arguments.extension.empty()) {
        standard_error().line(
            "Error: tidemark.so is not where this program expects it; name it by --extension");
        return exit_code::usage;
    }
    std::vector<std::string> words = {arguments.program,
                                      "-bail",
                                      "-cmd",
                                      ".load " + between('"', arguments.extension, "\\\""),
                                      "-cmd",
                                      opening(arguments),
                                      "-cmd",
                                      ".bail off",
                                      ":memory:"};
    words.insert(words.end(), arguments.passed_on.begin(), arguments.passed_on.end());
    std::vector<char*> pointers;
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    ::execvp(pointers.front(), pointers.data());
    standard_error().line(
        fmt::format("Error: cannot start '{}': {}; install it, or name another "
                    "shell of SQLite by --sqlite3",
                    arguments.program, std::strerror(errno)));
    return exit_code::usage;
}

constexpr const char* examples = R"(Examples:
  tidemark shell app.db
  tidemark shell app.db -- -box "SELECT * FROM posts"
  tidemark shell app.db --options '{"interval_ms": 200}'

Starts SQLite's own shell with the extension loaded and DB open in RAM; everything that it is asked to
do is its own work. What is committed is on disk at its end. `.open` leaves the database.

Exit codes: those of sqlite3, and
  2  usage, or no sqlite3 or no tidemark.so is found)";

}  // namespace

void add_shell(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<ShellArguments>();
    CLI::App* command =
        app.add_subcommand("shell", "Work on a database in SQLite's own shell, kept on disk");
    command->add_option("DB", arguments->database, "The file")->required()->type_name("");
    command
        ->add_option("ARGUMENTS", arguments->passed_on,
                     "For sqlite3, after --: its options, and SQL to be run instead of input")
        ->type_name("");
    command
        ->add_option("--options", arguments->options,
                     "Options of the database, as tidemark_open takes them")
        ->type_name("JSON");
    command->add_option("--extension", arguments->extension, "The extension to load")
        ->type_name("FILE");
    command->add_option("--sqlite3", arguments->program, "The shell to start")
        ->type_name("PROGRAM")
        ->default_str("sqlite3");
    command->footer(examples);
    command->callback([arguments, &exit_code] { exit_code = shell(*arguments); });
}

}  // namespace cli
