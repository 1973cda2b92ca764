#pragma once

#include "change/batch.hpp"
#include "sqlite/api.hpp"

namespace tidemark::destination {

/// Switches off what must not happen a second time: triggers and foreign keys have had their effects,
/// CHECK constraints were passed or switched off. Throws Error.
void prepare_for_replay(sqlite3* connection);

/// Does on any database what a batch says that `change::replay` has made: schema, rows and header,
/// inside the caller's transaction. The connection must be prepared for it. Throws Error,
/// NotApplicable when the database is not the one that it is meant for.
void write_replay(sqlite3* connection, const change::Batch& batch);

}  // namespace tidemark::destination
