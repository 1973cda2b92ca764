// What is made of names and of the text of a schema: descriptions of tables, quoted names, triggers,
// and the difference between two schemas. The input is two scripts; the second begins where the first
// has ended.

#include "capture/schema_diff.hpp"
#include "capture/trigger/trigger_sql.hpp"
#include "change/table.hpp"
#include "parsers/input.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"

#include <tidemark/error.hpp>

#include <string>

namespace tidemark::fuzz {
namespace {

using capture::SchemaState;

void ignore_call(sqlite3_context*, int, sqlite3_value**) {}

// Neither files nor endless queries.
sqlite::Connection make_database() {
    sqlite::Connection connection = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    sqlite3* handle = connection.get();
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, 100'000);
    sqlite3_limit(handle, SQLITE_LIMIT_VDBE_OP, 10'000);
    for (const char* name : {"_tidemark_log", "_tidemark_part", "_tidemark_touch"}) {
        sqlite3_create_function_v2(handle, name, -1, SQLITE_UTF8 | SQLITE_DIRECTONLY, nullptr,
                                   ignore_call, nullptr, nullptr, nullptr);
    }
    sqlite::execute(handle, "CREATE TEMP TABLE _tidemark_transactions(slot)", "prepare");
    return connection;
}

void play(sqlite3* connection, const std::string& script) {
    int steps = 0;
    const auto count = [](void* taken) {
        return static_cast<int>(++*static_cast<int*>(taken) > 50);
    };
    sqlite3_progress_handler(connection, 1000, count, &steps);
    sqlite3_exec(connection, script.c_str(), nullptr, nullptr, nullptr);
    sqlite3_progress_handler(connection, 0, nullptr, nullptr);
    if (sqlite3_get_autocommit(connection) == 0) {
        sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

SchemaState read_state(sqlite3* connection) {
    SchemaState state;
    state.rows = capture::read_schema(connection);
    for (sqlite::TableInfo& info : sqlite::read_tables(connection)) {
        state.tables.emplace(info.name, std::move(info));
    }
    return state;
}

void check_table(sqlite3* connection, const sqlite::TableInfo& info) {
    const change::Table table = change::describe(info);
    require(table.columns.size() <= info.columns.size(), "stored columns are columns");
    for (const std::size_t key : table.key_columns) {
        require(key < table.columns.size(), "a key is made of columns");
    }
    if (info.shadow || table.name.starts_with("_tidemark")) return;
    const sqlite::Statement read(connection,
                                 "SELECT count(*) FROM main." + sqlite::quoted(table.name));
    const int arguments_max = sqlite3_limit(connection, SQLITE_LIMIT_FUNCTION_ARG, -1);
    if (table.identity == change::Identity::none) return;
    for (const auto operation :
         {change::Operation::insert, change::Operation::update, change::Operation::remove}) {
        const capture::TriggerSql sql =
            capture::make_trigger(table, 1, operation, arguments_max, capture::Watch::rows);
        sqlite::execute(connection, sql.create, "create the trigger");
        sqlite::execute(connection, "DROP TRIGGER temp." + sqlite::quoted(sql.name), "drop it");
    }
    sqlite::execute(connection, capture::make_presence_trigger(table, 1), "create the trigger");
    const std::string name = capture::trigger_name(1, capture::presence_event);
    sqlite::execute(connection, "DROP TRIGGER temp." + sqlite::quoted(name), "drop it");
}

void check_diff(const SchemaState& before, const SchemaState& after, Input& input) {
    capture::SchemaEvidence evidence;
    evidence.versions = input.ConsumeIntegralInRange(0, 9);
    evidence.read_again = input.ConsumeBool();
    for (const auto& [name, info] : before.tables) {
        evidence.watched[name] =
            after.tables.contains(name) && input.ConsumeBool() ? std::optional(name) : std::nullopt;
    }
    const auto diff = capture::diff_schema(before, after, evidence);
    if (!diff) return;
    require(diff->step.objects.size() == after.rows.size(), "a step names all objects");
    for (std::size_t i = 0; i < after.rows.size(); ++i) {
        require(diff->step.objects[i].name == after.rows[i].name, "in their order");
    }
    for (const auto& [name, fate] : diff->fates) {
        require(before.tables.contains(name), "a fate is one of a table that there was");
    }
}

void run(Input& input) {
    const sqlite::Connection connection = make_database();
    sqlite3* handle = connection.get();
    const std::string first = input.ConsumeRandomLengthString(1000);
    play(handle, first);
    const SchemaState before = read_state(handle);
    for (const auto& [name, info] : before.tables) check_table(handle, info);
    play(handle, input.ConsumeRandomLengthString(1000));
    check_diff(before, read_state(handle), input);
}

}  // namespace
}  // namespace tidemark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tidemark::fuzz::Input input(data, size);
    tidemark::fuzz::run(input);
    return 0;
}
