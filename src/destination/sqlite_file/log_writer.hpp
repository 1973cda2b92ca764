#pragma once

#include "change/batch.hpp"
#include "sqlite/statement.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tidemark::destination {

/// Replays a change log on a connection, in the order of the log: INSERT OR REPLACE, UPDATE OR
/// REPLACE, DELETE. A REPLACE deletes the same rows here as it did in the RAM database, which no
/// trigger told of there; so the order is what makes the replay exact.
///
/// Statements are kept from batch to batch, as long as the tables stay the same.
class LogWriter {
public:
    explicit LogWriter(sqlite3* connection) : connection_(connection) {}

    /// Inside the caller's transaction. Throws NotApplicable when a row that is to be changed is
    /// not there.
    void write(const change::Batch& batch);
    /// Lets go of all statements, before the connection is used for anything but a batch.
    void forget_statements() noexcept;

private:
    // The statements of one table. Updates by the columns that they set: SQLite touches only the
    // indexes of columns that are named.
    struct Statements {
        sqlite::Statement insert;
        sqlite::Statement remove;
        std::map<std::vector<bool>, sqlite::Statement> updates;
    };

    void apply(const change::Record& record);
    void insert(const change::Table& table, Statements& statements, const change::Record& record);
    void update(const change::Table& table, Statements& statements, const change::Record& record);
    void remove(const change::Table& table, Statements& statements, const change::Record& record);
    sqlite::Statement& update_statement(const change::Table& table, Statements& statements,
                                        const std::vector<bool>& changed);
    void expect_one_row(const change::Table& table, const char* operation) const;

    sqlite3* connection_;
    change::TableList tables_;
    std::vector<Statements> statements_;
};

}  // namespace tidemark::destination
