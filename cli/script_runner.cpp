#include "script_runner.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace cli {
namespace {

// The message of an error belongs to the connection, and the sync thread uses that too: between the
// call and the question what it said nobody may come.
class ConnectionLock {
public:
    explicit ConnectionLock(sqlite3* connection) : mutex_(sqlite3_db_mutex(connection)) {
        sqlite3_mutex_enter(mutex_);
    }
    ~ConnectionLock() { sqlite3_mutex_leave(mutex_); }
    ConnectionLock(const ConnectionLock&) = delete;
    ConnectionLock& operator=(const ConnectionLock&) = delete;
    ConnectionLock(ConnectionLock&&) = delete;
    ConnectionLock& operator=(ConnectionLock&&) = delete;

private:
    sqlite3_mutex* mutex_;
};

using StatementPointer = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

std::uint64_t count_lines(std::string_view text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string_view first_word(std::string_view text) {
    return text.substr(0, text.find_first_of(" \t\r\n"));
}

}  // namespace

ScriptRunner::ScriptRunner(Parts parts) : parts_(std::move(parts)), rows_(parts_.format, stdout) {}

Outcome ScriptRunner::run(const ScriptPiece& piece) {
    if (piece.dot_command) {
        return fail(piece.line, fmt::format("{} is a command of the sqlite3 shell, not SQL",
                                            first_word(piece.text)));
    }
    if (piece.text.find('\0') != std::string::npos) {
        return fail(piece.line, "the statement holds a NUL byte; write char(0) or x'00'");
    }
    const Outcome outcome = run_statements(piece.text, piece.line);
    return rows_.flush() ? outcome : Outcome::unheard;
}

Outcome ScriptRunner::run_statements(std::string_view sql, std::uint64_t line) {
    while (true) {
        const std::string_view blanks = sql.substr(0, leading_blanks(sql));
        line += count_lines(blanks);
        sql.remove_prefix(blanks.size());
        if (sql.empty()) {
            return Outcome::done;
        }
        Failure failure;
        sqlite3_stmt* prepared = nullptr;
        const char* tail = nullptr;
        if (prepare(sql, prepared, tail, failure) != SQLITE_OK) {
            return fail(sql, line, failure);
        }
        const StatementPointer statement{prepared, sqlite3_finalize};
        const Outcome outcome = execute(prepared, sql, line);
        if (outcome != Outcome::done) {
            return outcome;
        }
        const auto used = static_cast<std::size_t>(tail - sql.data());
        line += count_lines(sql.substr(0, used));
        sql.remove_prefix(used);
    }
}

Outcome ScriptRunner::execute(sqlite3_stmt* statement, std::string_view sql, std::uint64_t line) {
    Failure failure;
    bool heard = true;
    int rc = print_rows(statement, failure, heard);
    if (rc == SQLITE_FULL && !in_transaction() && parts_.wait_for_room()) {
        sqlite3_reset(statement);
        rc = print_rows(statement, failure, heard);
    }
    if (!heard) {
        return Outcome::unheard;
    }
    return rc == SQLITE_DONE ? Outcome::done : fail(sql, line, failure);
}

int ScriptRunner::print_rows(sqlite3_stmt* statement, Failure& failure, bool& heard) {
    int rc = step(statement, failure);
    if (rc == SQLITE_ROW) {
        rows_.begin(statement);
    }
    while (rc == SQLITE_ROW && heard) {
        heard = rows_.print(statement);
        rc = heard ? step(statement, failure) : rc;
    }
    return rc;
}

int ScriptRunner::prepare(std::string_view sql, sqlite3_stmt*& statement, const char*& tail,
                          Failure& failure) {
    const ConnectionLock lock{parts_.connection};
    const int rc = sqlite3_prepare_v2(parts_.connection, sql.data(), static_cast<int>(sql.size()),
                                      &statement, &tail);
    if (rc != SQLITE_OK) {
        failure = {rc, sqlite3_errmsg(parts_.connection), sqlite3_error_offset(parts_.connection)};
    }
    return rc;
}

int ScriptRunner::step(sqlite3_stmt* statement, Failure& failure) {
    const ConnectionLock lock{parts_.connection};
    const int rc = sqlite3_step(statement);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        failure = {rc, sqlite3_errmsg(parts_.connection), -1};
    }
    return rc;
}

Outcome ScriptRunner::fail(std::string_view sql, std::uint64_t line, const Failure& failure) {
    if (failure.code == SQLITE_INTERRUPT) {
        return Outcome::interrupted;
    }
    const auto offset = static_cast<std::size_t>(std::max(failure.offset, 0));
    return fail(line + count_lines(sql.substr(0, offset)), failure.message);
}

Outcome ScriptRunner::fail(std::uint64_t line, std::string_view message) {
    const auto text = fmt::format("Error: {}:{}: {}", parts_.script_name, line, message);
    parts_.errors.line(parts_.errors.paint(Colour::red, text));
    return Outcome::failed;
}

bool ScriptRunner::in_transaction() const { return sqlite3_get_autocommit(parts_.connection) == 0; }

bool ScriptRunner::roll_back() {
    return in_transaction() &&
           sqlite3_exec(parts_.connection, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK;
}

}  // namespace cli
