#pragma once

/// The tests' own thin layer over SQLite. It shares no code with the library's, so that a mistake
/// there cannot hide here.

#include <cstdint>
#include <iosfwd>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace tidemark::tests {

class SqlError : public std::runtime_error {
public:
    SqlError(int rc, const std::string& message) : std::runtime_error(message), rc_(rc) {}
    [[nodiscard]] int rc() const noexcept { return rc_; }

private:
    int rc_;
};

struct Blob {
    std::string bytes;
    friend bool operator==(const Blob&, const Blob&) = default;
};

/// One value with its storage class. Equality is that of the bits: 1 is not 1.0, 0.0 is not -0.0.
class Cell {
public:
    Cell(std::nullptr_t = nullptr) {}                        // NOLINT(*-explicit-*)
    Cell(int value) : value_(std::int64_t{value}) {}         // NOLINT(*-explicit-*)
    Cell(std::int64_t value) : value_(value) {}              // NOLINT(*-explicit-*)
    Cell(double value) : value_(value) {}                    // NOLINT(*-explicit-*)
    Cell(const char* value) : value_(std::string(value)) {}  // NOLINT(*-explicit-*)
    Cell(std::string value) : value_(std::move(value)) {}    // NOLINT(*-explicit-*)
    Cell(Blob value) : value_(std::move(value)) {}           // NOLINT(*-explicit-*)

    [[nodiscard]] std::int64_t integer() const { return std::get<std::int64_t>(value_); }
    [[nodiscard]] double real() const { return std::get<double>(value_); }
    [[nodiscard]] const std::string& text() const { return std::get<std::string>(value_); }

    void bind(sqlite3_stmt* statement, int position) const;
    [[nodiscard]] static Cell column(sqlite3_stmt* statement, int position);

    /// As a literal: 'text', x'blob', 17 digits; what does not print is escaped, long values are cut.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const Cell& a, const Cell& b);
    friend std::ostream& operator<<(std::ostream& out, const Cell& cell);

private:
    std::variant<std::monostate, std::int64_t, double, std::string, Blob> value_;
};

using Row = std::vector<Cell>;
using Rows = std::vector<Row>;

/// Runs SQL, several statements if need be. Throws SqlError.
void exec(sqlite3* db, const std::string& sql);
/// Runs one statement with values bound to its parameters. Throws SqlError.
void exec(sqlite3* db, const std::string& sql, const Row& parameters);
/// What a statement returns. Throws SqlError.
[[nodiscard]] Rows query(sqlite3* db, const std::string& sql, const Row& parameters = {});
/// The first column of the only row. Throws SqlError, also when there is no such row.
[[nodiscard]] Cell query_one(sqlite3* db, const std::string& sql, const Row& parameters = {});

/// How running a piece of SQL ended.
struct Outcome {
    int rc = 0;
    std::string message;
    friend bool operator==(const Outcome&, const Outcome&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome);
};
[[nodiscard]] Outcome try_exec(sqlite3* db, const std::string& sql);

/// Whether the connection is in a transaction, asked between the uses that other threads make of it.
[[nodiscard]] bool in_transaction(sqlite3* db);

/// "name", with the quotes of an identifier.
[[nodiscard]] std::string quote(std::string_view name);

/// A prepared statement that is finalized at the end of its life.
class Statement {
public:
    Statement(sqlite3* db, const std::string& sql);
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    [[nodiscard]] sqlite3_stmt* get() const noexcept { return statement_; }
    /// True while there is a row. Throws SqlError.
    bool step();
    void reset();

private:
    sqlite3* db_;
    sqlite3_stmt* statement_ = nullptr;
};

/// A connection that tidemark knows nothing of: somebody else who looks at the file, or a control.
class Plain {
public:
    /// Opens `path`; ":memory:" for a private database in RAM.
    explicit Plain(const std::string& path = ":memory:");
    Plain(const std::string& path, int flags);
    Plain(const Plain&) = delete;
    Plain& operator=(const Plain&) = delete;
    ~Plain();

    operator sqlite3*() const noexcept { return db_; }  // NOLINT(*-explicit-*)

private:
    sqlite3* db_ = nullptr;
};

}  // namespace tidemark::tests
