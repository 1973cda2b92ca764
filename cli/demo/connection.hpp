#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

/// The little SQL that the demo needs: an application would use its own SQLite wrapper.
namespace cli::demo {

/// What SQLite said about a statement of the demo.
class SqlError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

using Value = std::variant<std::nullptr_t, std::int64_t, std::string>;

/// A prepared statement. For one thread; dies before its connection.
class Statement {
public:
    Statement(sqlite3* connection, const std::string& sql);

    /// Executes it with these values, its results unread.
    void operator()(const std::vector<Value>& values);

    /// Executes it and returns all rows as text, NULL as "NULL".
    [[nodiscard]] std::vector<std::vector<std::string>> rows();

private:
    void bind(const std::vector<Value>& values);
    [[nodiscard]] bool step();

    sqlite3* connection_;
    std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_;
};

/// Executes statements that return nothing.
void execute(sqlite3* connection, const std::string& sql);

[[nodiscard]] std::vector<std::vector<std::string>> rows_of(sqlite3* connection,
                                                            const std::string& sql);
/// The one value of a query.
[[nodiscard]] std::string value_of(sqlite3* connection, const std::string& sql);
[[nodiscard]] std::uint64_t number_of(sqlite3* connection, const std::string& sql);

/// A file opened by SQLite alone, without tidemark: what any other program sees on disk.
class PlainFile {
public:
    explicit PlainFile(const std::string& path);

    [[nodiscard]] sqlite3* handle() const noexcept { return connection_.get(); }

private:
    std::unique_ptr<sqlite3, int (*)(sqlite3*)> connection_;
};

}  // namespace cli::demo
