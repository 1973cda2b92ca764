#pragma once

/// What the writer does until it is killed. Transaction number k is a function of k alone, so that
/// whoever knows how many were committed can say what the database must hold, to the last bit.

#include <cstdint>

struct sqlite3;

namespace tidemark::tests {

/// Tables of both kinds of capture, a full-text index, and the row that says how many transactions
/// were committed.
void create_workload(sqlite3* db);

/// Transaction number k: several rows in every table, and now and then a change of the schema.
void run_transaction(sqlite3* db, std::int64_t k);

/// Whether a VACUUM comes before transaction number k, and that VACUUM: no part of any transaction,
/// it can be on disk without the next one.
[[nodiscard]] bool has_vacuum(std::int64_t k);
void vacuum(sqlite3* db);

/// Begins transaction number k, does half of it, and rolls it back: nobody may ever see it.
void roll_back_transaction(sqlite3* db, std::int64_t k);

/// How many transactions the database holds.
[[nodiscard]] std::int64_t transactions_in(sqlite3* db);

}  // namespace tidemark::tests
