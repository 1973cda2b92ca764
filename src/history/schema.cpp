#include "history/schema.hpp"

#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"
#include "sqlite/statement.hpp"

#include <tidemark/version.hpp>

#include <string_view>

namespace tidemark::history {
namespace {

constexpr const char* create_tables = R"sql(
CREATE TABLE info(
    name TEXT PRIMARY KEY NOT NULL,
    value
) WITHOUT ROWID;

CREATE TABLE batches(
    number INTEGER PRIMARY KEY,
    previous INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    schema_changed INTEGER NOT NULL,
    payload_bytes INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    checksum INTEGER NOT NULL
);

CREATE TABLE counts(
    number INTEGER NOT NULL,
    place INTEGER NOT NULL,
    table_name NOT NULL,
    inserts INTEGER NOT NULL,
    updates INTEGER NOT NULL,
    deletes INTEGER NOT NULL,
    PRIMARY KEY(number, place)
) WITHOUT ROWID;

CREATE TABLE parts(
    id INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX parts_of_batch ON parts(number);

CREATE TABLE gaps(
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    reason TEXT NOT NULL
);
)sql";

Error no_history(const std::string& path) {
    return Error({.code = SQLITE_NOTADB,
                  .operation = "open the history",
                  .object = path,
                  .reason = "it is another database, not a history of tidemark's",
                  .advice = "move it away, and a new history begins"});
}

Error unknown_format(const std::string& path, std::int64_t version) {
    return Error({.operation = "open the history",
                  .object = path,
                  .reason = "its format has version " + std::to_string(version) +
                            ", this tidemark knows " + std::to_string(format_version),
                  .advice = "use the tidemark that has written it, or a newer one"});
}

}  // namespace

void create_schema(sqlite3* connection, const std::string& id) {
    sqlite::execute(connection,
                    std::string(create_tables) +
                        "PRAGMA application_id = " + std::to_string(application_id) +
                        "; PRAGMA user_version = " + std::to_string(format_version),
                    "create the history");
    sqlite::Statement insert(connection, "INSERT INTO info VALUES(?1, ?2)");
    const auto put = [&insert](std::string_view name, std::string_view value) {
        insert.bind(1, name);
        insert.bind(2, value);
        insert.run();
    };
    put("id", id);
    put("writer_version", TIDEMARK_VERSION);
}

bool is_empty(sqlite3* connection, const std::string& path) {
    const std::int64_t objects =
        sqlite::query_integer(connection, "SELECT count(*) FROM sqlite_schema");
    const std::int64_t id = sqlite::query_integer(connection, "PRAGMA application_id");
    if (objects == 0 && id == 0) return true;
    if (id != application_id) throw no_history(path);
    const std::int64_t version = sqlite::query_integer(connection, "PRAGMA user_version");
    if (version != format_version) throw unknown_format(path, version);
    return false;
}

std::string read_id(sqlite3* connection) {
    return sqlite::query_text(connection, "SELECT value FROM info WHERE name = 'id'");
}

std::optional<std::uint64_t> last_number(sqlite3* connection) {
    sqlite::Statement last(connection,
                           "SELECT max(number) FROM (SELECT max(number) AS number FROM batches"
                           " UNION ALL SELECT max(last) FROM gaps)");
    if (!last.step() || last.is_null(0)) return std::nullopt;
    return static_cast<std::uint64_t>(last.integer(0));
}

}  // namespace tidemark::history
