#pragma once

/// A scenario is a schema and some steps of SQL. It is played on a plain `:memory:` database and on
/// one that tidemark keeps, in six ways that meet different code, and both must agree all the way.

#include <tidemark/options.hpp>

#include <sqlite3.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::tests {

/// A piece of SQL, one or more statements, and how it is expected to end.
struct Step {
    Step(const char* text) : sql(text) {}             // NOLINT(*-explicit-*)
    Step(std::string text) : sql(std::move(text)) {}  // NOLINT(*-explicit-*)
    Step(std::string text, int code) : sql(std::move(text)), rc(code) {}

    std::string sql;
    int rc = SQLITE_OK;  // the primary result code
};

/// A step that SQLite refuses. It may have changed something all the same.
[[nodiscard]] inline Step fails(std::string sql, int rc = SQLITE_CONSTRAINT) {
    return {std::move(sql), rc};
}

struct Scenario {
    /// In the file before tidemark opens it, or the first thing run in RAM, by turns.
    std::string schema;
    std::vector<Step> steps;
    /// Called with every connection: functions, collations, settings that the SQL needs.
    std::function<void(sqlite3*)> prepare;
    /// Rows alone must not cost a copy of the whole database. False for steps with DDL in them.
    bool incremental = true;
};

/// Plays the scenario with a flush after each step, with one flush at the end, with the schema as
/// part of what is synced, and with a sync in the background as soon as anything is committed; the
/// first and the last of these also on a connection without a mutex.
/// Expects: every step ends as it does without tidemark (code, message, `changes()`,
/// `last_insert_rowid()`); after each flush the disk equals RAM; in the end RAM equals the plain
/// database; no sync has failed; and what is opened again equals all of them.
void expect_kept(Strategy strategy, const Scenario& scenario);

}  // namespace tidemark::tests
