#include "sqlite/integrity.hpp"

#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

namespace tidemark::sqlite {

std::vector<std::string> find_problems(sqlite3* connection, LoadCheck check) {
    std::vector<std::string> problems;
    if (check == LoadCheck::none) return problems;
    try {
        Statement answers(connection, check == LoadCheck::full ? "PRAGMA main.integrity_check"
                                                               : "PRAGMA main.quick_check");
        while (answers.step()) problems.emplace_back(answers.text(0));
    } catch (const Error& error) {
        // Some damage ends the check itself.
        if ((error.code() & 0xff) != SQLITE_CORRUPT) throw;
        problems.push_back(error.reason());
    }
    if (problems.size() == 1 && problems.front() == "ok") problems.clear();
    return problems;
}

bool is_about_content(const std::string& problem) {
    return problem.find(" value in ") != std::string::npos ||
           problem.find("CHECK constraint failed in ") != std::string::npos;
}

}  // namespace tidemark::sqlite
