#include "c_api/destination.hpp"

#include "c_api/changes.hpp"
#include "c_api/enums.hpp"
#include "sqlite/api.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

namespace tidemark::c_api {
namespace {

// What a destination of any version has: its size, its context and its destroy; and what it must have.
constexpr std::size_t size_with_destroy = offsetof(tidemark_destination_functions, mark);
constexpr std::size_t size_with_apply = offsetof(tidemark_destination_functions, disconnect);

std::shared_ptr<Destination> destination_for(const char* name,
                                             const tidemark_destination_functions& functions) {
    if (functions.size < size_with_apply) {
        throw misuse("functions", "its size is not set",
                     "set it to sizeof(tidemark_destination_functions) first");
    }
    required(functions.mark, "functions.mark");
    required(functions.load, "functions.load");
    required(functions.apply, "functions.apply");
    return std::make_shared<CallingDestination>(required(name, "name"), functions);
}

/// For functions that nobody takes.
void let_go(const tidemark_destination_functions& functions) noexcept {
    if (functions.size >= size_with_destroy && functions.destroy != nullptr) {
        functions.destroy(functions.context);
    }
}

SqliteDestinationOptions& file_of(DestinationSettings& settings) {
    if (settings.path) return settings.file;
    throw misuse("destination", "it is one of your own, and no SQLite file",
                 "set this for those of tidemark_destination_create_sqlite only");
}

/// The rule for a table; begins it when there is none.
TableRule& rule_for(DestinationSettings& settings, const char* table) {
    required(table, "table");
    for (TableRule& rule : settings.chosen.rules) {
        if (sqlite3_stricmp(rule.table.c_str(), table) == 0) return rule;
    }
    return settings.chosen.rules.emplace_back(TableRule{.table = table});
}

bool goes(int (*row)(void* context, tidemark_value* values, size_t count), void* context,
          std::span<Value> values) {
    std::vector<tidemark_value> shown;
    view(shown, values);
    const int answer = row(context, shown.data(), shown.size());
    if (answer < 0) {
        throw Error({.operation = "look at a row",
                     .reason = "the application's function returned " + std::to_string(answer),
                     .advice = "see what it says; it is tried again",
                     .retryable = true});
    }
    for (std::size_t i = 0; i < shown.size(); ++i) values[i] = value_of(shown[i]);
    return answer != 0;
}

}  // namespace

DestinationOptions destination_of(const tidemark_destination& destination) {
    const DestinationSettings& settings = accepted(destination);
    DestinationOptions result = settings.chosen;
    if (settings.path) result.destination = sqlite_destination(*settings.path, settings.file);
    return result;
}

std::function<void(sqlite3*)> preparing(int (*prepare)(void* context, sqlite3* disk),
                                        void* context) {
    if (prepare == nullptr) return nullptr;
    return [prepare, context](sqlite3* disk) {
        const int code = prepare(context, disk);
        if (code == SQLITE_OK) return;
        throw Error({.code = code,
                     .operation = "prepare the disk connection",
                     .reason = sqlite3_errstr(code),
                     .advice = "see what the application's prepare function says"});
    };
}

}  // namespace tidemark::c_api

using namespace tidemark;
using namespace tidemark::c_api;

tidemark_destination* tidemark_destination_create_sqlite(const char* name, const char* path) {
    auto* destination = new (std::nothrow) tidemark_destination;
    set(destination, [&](DestinationSettings& settings) {
        settings.chosen.name = required(name, "name");
        settings.path = required(path, "path");
    });
    return destination;
}

tidemark_destination* tidemark_destination_create(const char* name,
                                                  const tidemark_destination_functions* functions) {
    auto* destination = new (std::nothrow) tidemark_destination;
    bool is_taken = functions == nullptr;
    set(destination, [&](DestinationSettings& settings) {
        settings.chosen.destination = destination_for(name, *required(functions, "functions"));
        is_taken = true;
        settings.chosen.name = name;
    });
    if (!is_taken) let_go(*functions);
    return destination;
}

void tidemark_destination_destroy(tidemark_destination* destination) { delete destination; }

void tidemark_destination_set_synchronous(tidemark_destination* destination, int synchronous) {
    set(destination, [&](DestinationSettings& settings) {
        file_of(settings).synchronous = checked(synchronous, Synchronous::extra, "synchronous");
    });
}

void tidemark_destination_set_busy_timeout_ms(tidemark_destination* destination, int64_t timeout) {
    set(destination, [&](DestinationSettings& settings) {
        file_of(settings).busy_timeout = std::chrono::milliseconds{timeout};
    });
}

void tidemark_destination_set_prepare_connection(tidemark_destination* destination,
                                                 int (*prepare)(void* context, sqlite3* connection),
                                                 void* context) {
    set(destination, [&](DestinationSettings& settings) {
        file_of(settings).prepare_connection = preparing(prepare, context);
    });
}

void tidemark_destination_set_rule_when(tidemark_destination* destination, const char* table,
                                        const char* when) {
    set(destination, [&](DestinationSettings& settings) {
        rule_for(settings, table).when = required(when, "when");
    });
}

void tidemark_destination_add_rule_column(tidemark_destination* destination, const char* table,
                                          const char* column) {
    set(destination, [&](DestinationSettings& settings) {
        rule_for(settings, table).columns.emplace_back(required(column, "column"));
    });
}

void tidemark_destination_set_rule_rename(tidemark_destination* destination, const char* table,
                                          const char* name) {
    set(destination, [&](DestinationSettings& settings) {
        rule_for(settings, table).rename = required(name, "name");
    });
}

void tidemark_destination_set_rule_exclude(tidemark_destination* destination, const char* table,
                                           int exclude) {
    set(destination,
        [&](DestinationSettings& settings) { rule_for(settings, table).exclude = exclude != 0; });
}

void tidemark_destination_set_rule_row(tidemark_destination* destination, const char* table,
                                       int (*row)(void* context, tidemark_value* values,
                                                  size_t count),
                                       void* context) {
    set(destination, [&](DestinationSettings& settings) {
        TableRule& rule = rule_for(settings, table);
        rule.row = nullptr;
        if (row == nullptr) return;
        rule.row = [row, context](std::span<Value> values) { return goes(row, context, values); };
    });
}
