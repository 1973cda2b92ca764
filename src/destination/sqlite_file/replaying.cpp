#include "destination/sqlite_file/replaying.hpp"

#include "destination/sqlite_file/log_writer.hpp"
#include "destination/sqlite_file/schema_writer.hpp"
#include "destination/sqlite_file/transaction.hpp"

#include <string>

namespace tidemark::destination {
namespace {

void write_rows(sqlite3* connection, const change::Batch& batch) {
    LogWriter(connection, LogWriter::Rows::unknown).write(batch);
}

}  // namespace

void prepare_for_replay(sqlite3* connection) {
    sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
    sqlite::execute(connection, "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON",
                    "prepare the database");
}

void write_replay(sqlite3* connection, const change::Batch& batch) {
    if (batch.schema) {
        SchemaWriter schema(connection, *batch.schema);
        schema.begin();
        write_rows(connection, batch);
        schema.finish();
    } else {
        write_rows(connection, batch);
    }
    sqlite::execute(connection,
                    "PRAGMA main.user_version = " + std::to_string(batch.user_version) +
                        "; PRAGMA main.application_id = " + std::to_string(batch.application_id),
                    applying);
}

}  // namespace tidemark::destination
