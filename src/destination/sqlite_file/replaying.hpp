#pragma once

#include "change/batch.hpp"
#include "sqlite/api.hpp"

namespace tidemark::destination {

/// Does on any database what a batch says that `change::replay` has made: schema, rows and header,
/// inside the caller's transaction. The connection must have triggers, foreign keys and CHECK
/// constraints off. Throws Error, NotApplicable when the database is not the one that it is meant for.
void write_replay(sqlite3* connection, const change::Batch& batch);

}  // namespace tidemark::destination
