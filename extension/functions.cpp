// The SQL functions tidemark_open, tidemark_flush, tidemark_close, tidemark_status, tidemark_verify,
// tidemark_undo and tidemark_version.

#include "connection.hpp"
#include "options_json.hpp"
#include "status_json.hpp"

#include <tidemark/version.hpp>

#include <chrono>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace extension {
namespace {

using std::chrono::milliseconds;
using Arguments = sqlite3_value**;

Connection& connection_of(sqlite3_context* context) {
    return *static_cast<Connection*>(sqlite3_user_data(context));
}

void destroy(void* connection) { delete static_cast<Connection*>(connection); }

void fail(sqlite3_context* context, const tidemark::Error& error) noexcept {
    char* const message = sqlite3_mprintf("tidemark: %s", error.what());
    if (message == nullptr) return sqlite3_result_error_nomem(context);
    sqlite3_result_error(context, message, -1);
    sqlite3_free(message);
    if (error.code() != 0) sqlite3_result_error_code(context, error.code());
}

// Called by SQLite: no exception may leave.
template <typename Action>
void guarded(sqlite3_context* context, Action action) noexcept {
    try {
        action(connection_of(context));
    } catch (const tidemark::Error& error) {
        fail(context, error);
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(context);
    } catch (const std::exception& error) {
        sqlite3_result_error(context, error.what(), -1);
    }
}

void result(sqlite3_context* context, const std::string& text) {
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void result(sqlite3_context* context, std::uint64_t number) {
    sqlite3_result_int64(context, static_cast<sqlite3_int64>(number));
}

std::string text_of(sqlite3_value* value, const char* what) {
    if (sqlite3_value_type(value) != SQLITE_TEXT) {
        throw tidemark::Error(
            {.code = SQLITE_MISUSE,
             .operation = "read an argument",
             .object = what,
             .reason = "it is no text",
             .advice = "call tidemark_open(path) or tidemark_open(path, options)"});
    }
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    if (text == nullptr) throw std::bad_alloc();
    return {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

milliseconds deadline_of(int count, Arguments arguments, milliseconds usual) {
    if (count == 0 || sqlite3_value_type(arguments[0]) == SQLITE_NULL) return usual;
    if (sqlite3_value_type(arguments[0]) != SQLITE_INTEGER) {
        throw tidemark::Error({.code = SQLITE_MISUSE,
                               .operation = "read an argument",
                               .object = "milliseconds",
                               .reason = "it is no integer",
                               .advice = "pass a number of milliseconds, or nothing"});
    }
    return milliseconds{sqlite3_value_int64(arguments[0])};
}

void open_function(sqlite3_context* context, int count, Arguments arguments) {
    guarded(context, [&](Connection& kept) {
        const std::string path = text_of(arguments[0], "path");
        tidemark::Options options;
        options.strategy = tidemark::Strategy::trigger;
        if (count > 1 && sqlite3_value_type(arguments[1]) != SQLITE_NULL) {
            read_options(sqlite3_context_db_handle(context), text_of(arguments[1], "options"),
                         options);
        }
        // What the host's language has registered must not be called on a thread of ours.
        options.cutting = tidemark::Cutting::in_calls;
        kept.open(path, std::move(options));
        result(context, kept.database().status().path);
    });
}

void flush_function(sqlite3_context* context, int count, Arguments arguments) {
    guarded(context, [&](Connection& kept) {
        kept.database().flush(deadline_of(count, arguments, milliseconds{30'000}));
        result(context, kept.database().status().mark);
    });
}

void close_function(sqlite3_context* context, int count, Arguments arguments) {
    guarded(context, [&](Connection& kept) {
        kept.close(deadline_of(count, arguments, milliseconds{30'000}));
    });
}

void status_function(sqlite3_context* context, int, Arguments) {
    guarded(context, [&](Connection& kept) {
        result(context, status_json(kept.status()));
        sqlite3_result_subtype(context, 'J');
    });
}

void verify_function(sqlite3_context* context, int, Arguments) {
    guarded(context, [&](Connection& kept) {
        const tidemark::VerifyReport report = kept.database().verify();
        std::string text;
        for (const std::string& difference : report.differences) {
            text += (text.empty() ? "" : "\n") + difference;
        }
        result(context, report.equal() ? "ok" : text);
    });
}

// Whoever reads no result has to hear of conflicts, too.
tidemark::Error not_undone(const tidemark::UndoReport& report) {
    constexpr std::size_t shown_max = 5;
    std::string reason = "conflicts: " + std::to_string(report.conflict_count);
    for (std::size_t i = 0; i < report.conflicts.size() && i < shown_max; ++i) {
        reason += ", " + report.conflicts[i].to_json();
    }
    return tidemark::Error({.code = SQLITE_CONSTRAINT,
                            .operation = "undo batch",
                            .object = std::to_string(report.batch),
                            .reason = reason,
                            .advice = "nothing has changed"});
}

void undo_function(sqlite3_context* context, int, Arguments arguments) {
    guarded(context, [&](Connection& kept) {
        const sqlite3_int64 batch = sqlite3_value_int64(arguments[0]);
        if (sqlite3_value_type(arguments[0]) != SQLITE_INTEGER || batch < 0) {
            throw tidemark::Error({.code = SQLITE_MISUSE,
                                   .operation = "read an argument",
                                   .object = "batch",
                                   .reason = "it is no number of a batch",
                                   .advice = "pass one that `tidemark log` lists"});
        }
        const tidemark::UndoReport report = kept.database().undo(static_cast<std::uint64_t>(batch));
        if (!report.possible()) throw not_undone(report);
        result(context, report.to_json());
        sqlite3_result_subtype(context, 'J');
    });
}

void version_function(sqlite3_context* context, int, Arguments) {
    result(context, std::string(TIDEMARK_VERSION));
}

}  // namespace

int register_functions(sqlite3* connection, std::unique_ptr<Connection> kept) {
    Connection* const shared = kept.get();
    int rc = SQLITE_OK;
    // DIRECTONLY: what stands in the file, which a stranger may have written, cannot call them.
    const auto add = [&](const char* name, int arguments, auto* function) {
        if (rc != SQLITE_OK) return;
        rc =
            sqlite3_create_function_v2(connection, name, arguments, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                       shared, function, nullptr, nullptr, nullptr);
    };
    add("tidemark_open", 1, open_function);
    add("tidemark_flush", 0, flush_function);
    add("tidemark_flush", 1, flush_function);
    add("tidemark_close", 0, close_function);
    add("tidemark_close", 1, close_function);
    add("tidemark_status", 0, status_function);
    add("tidemark_verify", 0, verify_function);
    add("tidemark_undo", 1, undo_function);
    add("tidemark_version", 0, version_function);
    if (rc != SQLITE_OK) return rc;
    // Owns the state, also when this fails. There is one for all functions: when a connection is closed
    // nothing can be called any more.
    return sqlite3_create_function_v2(connection, "tidemark_open", 2,
                                      SQLITE_UTF8 | SQLITE_DIRECTONLY, kept.release(),
                                      open_function, nullptr, nullptr, destroy);
}

}  // namespace extension
