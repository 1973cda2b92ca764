#pragma once

#include "sqlite/api.hpp"

#include <memory>

namespace tidemark::capture {

class Recorder;

/// The virtual table by which a recorder takes part in the application's transactions: a
/// statement whose triggers hold an INSERT into it begins one of it, whether that runs or not, and from
/// then on SQLite tells it of COMMIT, ROLLBACK and savepoints. The table keeps the recorder alive. Throws Error when the database has a
/// table of that name.
void register_transactions_table(sqlite3* connection, std::shared_ptr<Recorder> recorder);

}  // namespace tidemark::capture
