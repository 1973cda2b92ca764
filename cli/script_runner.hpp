#pragma once

#include "row_printer.hpp"
#include "sql_script.hpp"
#include "terminal.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace cli {

/// What became of a piece of a script.
enum class Outcome {
    done,
    failed,       ///< Said on standard error; the script can go on.
    interrupted,  ///< By `sqlite3_interrupt()`.
    unheard,      ///< Nobody reads the results any more.
};

/// Executes statements on a connection that a sync thread uses as well, prints their rows, and says
/// with file and line what SQLite did not like. For one thread.
class ScriptRunner {
public:
    struct Parts {
        sqlite3* connection;
        std::string script_name;  ///< As errors are to name it.
        RowFormat format;
        Terminal& errors;
        /// Asked when a write was refused because too much is waiting for the disk: waits until
        /// there is room, and returns whether the statement is worth another try.
        std::function<bool()> wait_for_room;
    };

    explicit ScriptRunner(Parts parts);

    Outcome run(const ScriptPiece& piece);

    [[nodiscard]] bool in_transaction() const;

    /// Rolls back a transaction that is still open. Returns whether there was one.
    bool roll_back();

private:
    struct Failure {
        int code = 0;
        std::string message;
        int offset = -1;  // of the offending word in the SQL, if known
    };

    Outcome run_statements(std::string_view sql, std::uint64_t line);
    Outcome execute(sqlite3_stmt* statement, std::string_view sql, std::uint64_t line);
    Outcome fail(std::uint64_t line, std::string_view message);
    Outcome fail(std::string_view sql, std::uint64_t line, const Failure& failure);
    int prepare(std::string_view sql, sqlite3_stmt*& statement, const char*& tail,
                Failure& failure);
    int step(sqlite3_stmt* statement, Failure& failure);
    int print_rows(sqlite3_stmt* statement, Failure& failure, bool& heard);

    const Parts parts_;
    RowPrinter rows_;
};

}  // namespace cli
