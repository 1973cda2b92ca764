#include "sqlite/integrity.hpp"

#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <string_view>

namespace tidemark::sqlite {

namespace {

// SQLite 3.53 looks into full-text indexes, and says this of every FTS4 table without content.
bool says_it_cannot_tell(std::string_view line) {
    return line.starts_with("unable to validate the inverted index") &&
           line.ends_with(sqlite3_errstr(SQLITE_ERROR));
}

// An answer may have several lines, of which the first only says which database it is about.
void add_lines(std::vector<std::string>& problems, std::string_view answer) {
    while (!answer.empty()) {
        const std::size_t end = std::min(answer.find('\n'), answer.size());
        const std::string_view line = answer.substr(0, end);
        answer.remove_prefix(std::min(end + 1, answer.size()));
        const bool heading = line.starts_with("*** in database ");
        if (!line.empty() && !heading && !says_it_cannot_tell(line)) problems.emplace_back(line);
    }
}

// It needs what the application registers on its connections, and can say nothing without.
[[noreturn]] void throw_cannot_check(sqlite3* connection, const Error& error) {
    const char* path = sqlite3_db_filename(connection, "main");
    const bool schema_needs_more = (error.code() & 0xff) == SQLITE_ERROR;
    throw Error({.code = error.code(),
                 .operation = "check the database",
                 .object = path == nullptr ? "" : path,
                 .reason = error.reason(),
                 .advice = schema_needs_more
                               ? "register the functions and collations that its schema uses with "
                                 "Options::prepare_disk_connection, or open it without a check"
                               : error.advice(),
                 .retryable = error.retryable()});
}

}  // namespace

std::vector<std::string> find_problems(sqlite3* connection, LoadCheck check) {
    std::vector<std::string> problems;
    if (check == LoadCheck::none) return problems;
    // Those are about values, not about damage, and would run functions of the schema.
    execute(connection, "PRAGMA ignore_check_constraints = ON", "check the database");
    try {
        Statement answers(connection, check == LoadCheck::full ? "PRAGMA main.integrity_check"
                                                               : "PRAGMA main.quick_check");
        while (answers.step()) add_lines(problems, answers.text(0));
    } catch (const Error& error) {
        // Some damage ends the check itself.
        if ((error.code() & 0xff) != SQLITE_CORRUPT) throw_cannot_check(connection, error);
        problems.push_back(error.reason());
    }
    if (problems.size() == 1 && problems.front() == "ok") problems.clear();
    return problems;
}

// At the beginning of the line: what follows is a name, which a stranger may have chosen.
bool is_about_content(const std::string& problem) {
    const std::string_view line = problem;
    for (const char* beginning : {"NULL value in ", "TEXT value in ", "NUMERIC value in "}) {
        if (line.starts_with(beginning)) return true;
    }
    const std::size_t type_end = line.find(' ');
    return line.starts_with("non-") && type_end != std::string_view::npos &&
           line.substr(type_end).starts_with(" value in ");
}

}  // namespace tidemark::sqlite
