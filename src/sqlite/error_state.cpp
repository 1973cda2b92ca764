#include "sqlite/error_state.hpp"

#include "sqlite/error.hpp"

namespace tidemark::sqlite {
namespace {

void raise_error(sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto* message = reinterpret_cast<const char*>(sqlite3_value_text(arguments[1]));
    sqlite3_result_error(context, message == nullptr ? "" : message, -1);
    sqlite3_result_error_code(context, sqlite3_value_int(arguments[0]));
}

bool is_error(int code) noexcept {
    const int primary = code & 0xff;
    // After SQLITE_NOMEM there is nothing to be gained by allocating more.
    return primary != SQLITE_OK && primary != SQLITE_ROW && primary != SQLITE_DONE &&
           primary != SQLITE_NOMEM;
}

}  // namespace

// No FROM clause: a statement that reads no database never rolls a transaction back when it fails,
// whatever code it fails with (sqlite3VdbeHalt).
ErrorState::ErrorState(sqlite3* connection)
    : connection_(connection), raise_(connection, "SELECT _tidemark_raise(?1, ?2)") {
    check(connection,
          sqlite3_create_function_v2(connection, "_tidemark_raise", 2,
                                     SQLITE_UTF8 | SQLITE_DIRECTONLY, nullptr, raise_error, nullptr,
                                     nullptr, nullptr),
          "register a function on the RAM connection");
    // Now, while there is memory.
    static_cast<void>(raise_.get());
}

void ErrorState::raise(int code, const std::string& message) noexcept {
    try {
        Statement& raise = raise_.get();
        raise.bind(1, std::int64_t{code});
        raise.bind(2, std::string_view(message));
        sqlite3_step(raise.get());
        raise.reset();
    } catch (const Error&) {
        // The application's error is forgotten, which is better than failing for it.
    }
}

ErrorState::Guard::Guard(ErrorState& state)
    : state_(state), code_(sqlite3_extended_errcode(state.connection_)) {
    if (is_error(code_)) message_ = sqlite3_errmsg(state.connection_);
}

ErrorState::Guard::~Guard() {
    if (is_error(code_)) state_.raise(code_, message_);
}

}  // namespace tidemark::sqlite
