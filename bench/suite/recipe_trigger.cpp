#include "recipe_trigger.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace bench {
namespace {

using Json = nlohmann::json;

constexpr const char* queue_schema = R"(
CREATE TABLE _sync_queue(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    operation TEXT,
    table_name TEXT,
    record_data TEXT);)";

std::vector<unsigned char> from_hexadecimal(std::string_view text) {
    std::vector<unsigned char> bytes(text.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::from_chars(&text[2 * i], &text[2 * i] + 2, bytes[i], 16);
    }
    return bytes;
}

/// Binds what a JSON record says; keeps what SQLite only points to.
class Binder {
public:
    Binder(Statement& statement, const Json& record) : statement_(statement), record_(record) {}

    void bind(int position, const std::string& column, bool blob) {
        const Json& value = record_.at(column);
        if (value.is_null()) {
            statement_.bind_null(position);
        } else if (value.is_number()) {
            statement_.bind(position, value.get<std::int64_t>());
        } else if (blob) {
            blobs_.push_back(from_hexadecimal(value.get_ref<const std::string&>()));
            statement_.bind(position, std::span<const unsigned char>{blobs_.back()});
        } else {
            statement_.bind(position, std::string_view{value.get_ref<const std::string&>()});
        }
    }

private:
    Statement& statement_;
    const Json& record_;
    std::vector<std::vector<unsigned char>> blobs_;
};

}  // namespace

void RecipeTrigger::begin_capture() {
    std::vector<std::string> names;
    Statement tables{ram(), "SELECT name FROM sqlite_schema WHERE type = 'table'"};
    while (tables.step()) {
        names.emplace_back(tables.text(0));
    }
    execute(ram(), queue_schema);
    for (const std::string& name : names) {
        create_triggers(name);
    }
}

void RecipeTrigger::create_triggers(const std::string& table) {
    std::vector<Column>& columns = tables_[table];
    std::vector<std::string> members;
    Statement info{ram(), fmt::format("PRAGMA table_info({})", table)};
    while (info.step()) {
        columns.push_back({.name = std::string{info.text(1)}, .blob = info.text(2) == "BLOB"});
        const Column& column = columns.back();
        members.push_back(column.blob ? fmt::format("'{0}', hex(NEW.{0})", column.name)
                                      : fmt::format("'{0}', NEW.{0}", column.name));
    }
    const std::string record = fmt::format("json_object({})", fmt::join(members, ", "));
    const auto create = [&](const char* operation, const std::string& value) {
        execute(ram(), fmt::format("CREATE TRIGGER sync_{0}_{1} AFTER {1} ON {0} BEGIN "
                                   "INSERT INTO _sync_queue(operation, table_name, record_data) "
                                   "VALUES('{1}', '{0}', {2}); END",
                                   table, operation, value));
    };
    create("INSERT", record);
    create("UPDATE", record);
    create("DELETE", "json_object('id', OLD.id)");
}

void RecipeTrigger::move_changes() {
    const std::vector<Change> changes = select_queue();
    if (changes.empty()) {
        return;
    }
    const auto begin = Clock::now();
    execute(disk(), "BEGIN TRANSACTION");
    for (const Change& change : changes) {
        apply(change);
    }
    execute(disk(), "COMMIT");
    set_last_apply(Clock::now() - begin);
    execute(ram(), "DELETE FROM _sync_queue");
}

std::vector<RecipeTrigger::Change> RecipeTrigger::select_queue() const {
    std::vector<Change> changes;
    Statement select{ram(), "SELECT operation, table_name, record_data FROM _sync_queue"};
    while (select.step()) {
        changes.push_back({.operation = std::string{select.text(0)},
                           .table = std::string{select.text(1)},
                           .record = std::string{select.text(2)}});
    }
    return changes;
}

void RecipeTrigger::apply(const Change& change) {
    const Json record = Json::parse(change.record);
    const std::vector<Column>& columns = tables_.at(change.table);
    if (change.operation == "DELETE") {
        Statement statement{disk(), fmt::format("DELETE FROM {} WHERE id = ?", change.table)};
        statement.bind(1, record.at("id").get<std::int64_t>());
        statement.run();
        return;
    }
    const bool inserts = change.operation == "INSERT";
    std::vector<std::string> places;
    for (const Column& column : columns) {
        places.push_back(inserts ? "?" : column.name + " = ?");
    }
    const std::string list = fmt::format("{}", fmt::join(places, ", "));
    Statement statement{disk(), inserts
                                    ? fmt::format("INSERT INTO {} VALUES({})", change.table, list)
                                    : fmt::format("UPDATE {} SET {} WHERE id = {}", change.table,
                                                  list, record.at("id").dump())};
    Binder binder{statement, record};
    for (std::size_t i = 0; i < columns.size(); ++i) {
        binder.bind(static_cast<int>(i + 1), columns[i].name, columns[i].blob);
    }
    statement.run();
}

}  // namespace bench
