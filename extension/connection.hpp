#pragma once

#include "host.hpp"

#include <tidemark/database.hpp>
#include <tidemark/observer.hpp>

#include <memory>
#include <optional>
#include <string>

namespace extension {

/// What the extension knows of one connection of the host: the database that it is kept as, if any.
/// Used on whatever thread uses the connection; it goes when SQLite destroys the functions of the
/// connection, which is when that is closed.
class Connection {
public:
    explicit Connection(sqlite3* connection) noexcept : connection_(connection) {}

    /// Throws tidemark::Error, also when a database is open.
    void open(const std::string& path, tidemark::Options options);
    /// Throws tidemark::Error when none is.
    [[nodiscard]] tidemark::Database& database();
    /// Empty: none is open.
    [[nodiscard]] std::optional<tidemark::Status> status() const;
    void close(std::chrono::milliseconds deadline);

private:
    sqlite3* connection_;
    std::optional<tidemark::Database> database_;
};

/// Makes the functions and tables of docs/extension.md known to a connection, once.
[[nodiscard]] int register_on(sqlite3* connection);

// Parts of it.
[[nodiscard]] int register_functions(sqlite3* connection, std::unique_ptr<Connection> kept);
[[nodiscard]] int register_tables_table(sqlite3* connection, Connection& kept);

}  // namespace extension
