#include "options_json.hpp"

#include <tidemark/error.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace extension {
namespace {

using tidemark::Options;

/// One member of the object.
struct Member {
    std::string name;
    std::string type;  // as json_each() names it
    std::string text;
    std::int64_t number = 0;
};

tidemark::Error bad_option(const std::string& name, std::string reason, std::string advice) {
    return tidemark::Error({.code = SQLITE_MISUSE,
                            .operation = "read the option",
                            .object = name,
                            .reason = std::move(reason),
                            .advice = std::move(advice)});
}

std::uint64_t count_of(const Member& member) {
    if (member.type == "integer" && member.number >= 0) {
        return static_cast<std::uint64_t>(member.number);
    }
    throw bad_option(member.name, "it is no integer, or negative", "pass a number, 0 or more");
}

std::chrono::milliseconds time_of(const Member& member) {
    if (member.type == "integer" && member.number >= 0) {
        return std::chrono::milliseconds{member.number};
    }
    throw bad_option(member.name, "it is no integer, or negative",
                     "pass a number of milliseconds, 0 or more");
}

bool truth_of(const Member& member) {
    if (member.type == "true" || member.type == "false") return member.type == "true";
    throw bad_option(member.name, "it is neither true nor false", "pass true or false");
}

template <typename Value>
using Word = std::pair<std::string_view, Value>;

template <typename Value, std::size_t count>
Value choice_of(const Member& member, const std::array<Word<Value>, count>& words) {
    std::string known;
    for (const auto& [word, value] : words) {
        if (member.type == "text" && member.text == word) return value;
        known += (known.empty() ? "\"" : ", \"") + std::string(word) + "\"";
    }
    throw bad_option(member.name, "'" + member.text + "' is no choice", "pass one of " + known);
}

using Statement = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;

Statement prepare(sqlite3* connection, const char* sql, const std::string& json) {
    sqlite3_stmt* handle = nullptr;
    const int rc = sqlite3_prepare_v2(connection, sql, -1, &handle, nullptr);
    Statement statement(handle, [](sqlite3_stmt* it) { return sqlite3_finalize(it); });
    if (rc == SQLITE_OK) {
        sqlite3_bind_text64(handle, 1, json.data(), json.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
        return statement;
    }
    throw tidemark::Error({.code = rc,
                           .operation = "read the options",
                           .reason = sqlite3_errmsg(connection),
                           .advice = "use a SQLite with its JSON functions"});
}

bool step(sqlite3* connection, const Statement& statement) {
    const int rc = sqlite3_step(statement.get());
    if (rc == SQLITE_ROW || rc == SQLITE_DONE) return rc == SQLITE_ROW;
    throw tidemark::Error({.code = rc,
                           .operation = "read the options",
                           .reason = sqlite3_errmsg(connection),
                           .advice = "pass a JSON object, such as '{\"interval_ms\": 1000}'"});
}

std::string text(const Statement& statement, int column) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), column));
    return bytes == nullptr ? "" : bytes;
}

std::vector<std::string> names_of(sqlite3* connection, const Member& member) {
    std::vector<std::string> names;
    const char* const advice = "pass an array of names";
    if (member.type != "array") throw bad_option(member.name, "it is no array", advice);
    const Statement list =
        prepare(connection, "SELECT value, type FROM json_each(?1)", member.text);
    while (step(connection, list)) {
        if (text(list, 1) != "text") throw bad_option(member.name, "a name is no text", advice);
        names.push_back(text(list, 0));
    }
    return names;
}

void set_quantity(const Member& member, Options& options) {
    if (member.name == "interval_ms") {
        options.interval = time_of(member);
    } else if (member.name == "cut_changes") {
        options.cut_changes = count_of(member);
    } else if (member.name == "cut_bytes") {
        options.cut_bytes = count_of(member);
    } else if (member.name == "pending_bytes_max") {
        options.pending_bytes_max = count_of(member);
    } else if (member.name == "busy_timeout_ms") {
        options.busy_timeout = time_of(member);
    } else if (member.name == "retry_pause_first_ms") {
        options.retry_pause_first = time_of(member);
    } else if (member.name == "retry_pause_max_ms") {
        options.retry_pause_max = time_of(member);
    } else if (member.name == "close_deadline_ms") {
        options.close_deadline = time_of(member);
    } else {
        throw bad_option(member.name, "there is no such option", "see docs/extension.md");
    }
}

void set_option(sqlite3* connection, const Member& member, Options& options) {
    using namespace tidemark;
    if (member.name == "strategy") {
        options.strategy = choice_of<Strategy, 2>(
            member, {{{"trigger", Strategy::trigger}, {"session", Strategy::session}}});
    } else if (member.name == "pending_limit") {
        options.pending_limit = choice_of<PendingLimit, 2>(
            member, {{{"refuse", PendingLimit::refuse}, {"grow", PendingLimit::grow}}});
    } else if (member.name == "journal_mode") {
        options.journal_mode =
            choice_of<JournalMode, 4>(member, {{{"wal", JournalMode::wal},
                                                {"truncate", JournalMode::truncate},
                                                {"persist", JournalMode::persist},
                                                {"delete", JournalMode::remove}}});
    } else if (member.name == "synchronous") {
        options.synchronous = choice_of<Synchronous, 4>(member, {{{"full", Synchronous::full},
                                                                  {"extra", Synchronous::extra},
                                                                  {"normal", Synchronous::normal},
                                                                  {"off", Synchronous::off}}});
    } else if (member.name == "load_check") {
        options.load_check = choice_of<LoadCheck, 3>(
            member,
            {{{"quick", LoadCheck::quick}, {"none", LoadCheck::none}, {"full", LoadCheck::full}}});
    } else if (member.name == "foreign_writes") {
        options.foreign_writes = choice_of<ForeignWrites, 2>(
            member, {{{"stop", ForeignWrites::stop}, {"overwrite", ForeignWrites::overwrite}}});
    } else if (member.name == "include_tables") {
        options.include_tables = names_of(connection, member);
    } else if (member.name == "exclude_tables") {
        options.exclude_tables = names_of(connection, member);
    } else if (member.name == "watch_blob_writes") {
        options.watch_blob_writes = truth_of(member);
    } else if (member.name == "history") {
        options.history.enabled = truth_of(member);
    } else {
        set_quantity(member, options);
    }
}

}  // namespace

void read_options(sqlite3* connection, const std::string& json, Options& options) {
    const Statement kind = prepare(connection, "SELECT json_type(?1)", json);
    if (!step(connection, kind) || text(kind, 0) != "object") {
        throw bad_option("options", "it is no JSON object",
                         "pass a JSON object, such as '{\"interval_ms\": 1000}'");
    }
    const Statement list = prepare(connection, "SELECT key, type, value FROM json_each(?1)", json);
    while (step(connection, list)) {
        const Member member{.name = text(list, 0),
                            .type = text(list, 1),
                            .text = text(list, 2),
                            .number = sqlite3_column_int64(list.get(), 2)};
        set_option(connection, member, options);
    }
}

}  // namespace extension
