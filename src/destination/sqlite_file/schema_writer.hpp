#pragma once

#include "change/schema_step.hpp"
#include "sqlite/api.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::destination {

/// Brings the schema of the disk database from one batch to the next, inside the caller's
/// transaction, in two halves, between which the rows are written.
///
/// Tables and indexes whose b-trees stay are renamed and altered by writing their rows of
/// `sqlite_schema`, as SQLite itself does it, so that the cost does not depend on what they hold.
/// The others are dropped and created by SQL. Views, triggers and virtual tables are only text; a
/// virtual table is never created by its module, since its shadow tables are sent like other tables.
/// In the end `sqlite_schema` has the very rows of the RAM database in the very order, which decides
/// in which order triggers fire, and behind them our bookkeeping.
///
/// A step that does not fit the disk is NotApplicable. The statements of others on this connection
/// must be gone before.
class SchemaWriter {
public:
    SchemaWriter(sqlite3* connection, const change::SchemaStep& step)
        : connection_(connection), step_(step) {}

    /// Everything goes that is no more, and what was renamed or altered is; tables that are new are
    /// there, without rows.
    void begin();
    /// Indexes that are new are built, and all else is as it is in RAM.
    void finish();

private:
    struct Row {
        std::int64_t rowid = 0;
        std::int64_t root_page = 0;
    };
    using Key = std::pair<std::string, std::string>;

    void make_writable();
    void read_rows();
    void drop_what_is_gone();
    void drop_sequence();
    void rename_what_stays();
    void create_tables();
    void create_table(const change::SchemaObject& table);
    void create_indexes();
    void write_rows();
    void write_row(std::int64_t rowid, const change::SchemaObject& object);
    void read_again();

    sqlite3* connection_;
    const change::SchemaStep& step_;
    // What the disk has, by type and name, without our bookkeeping.
    std::map<Key, Row> rows_;
};

}  // namespace tidemark::destination
