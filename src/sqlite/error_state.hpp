#pragma once

#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"

#include <string>

namespace tidemark::sqlite {

/// Keeps what `sqlite3_errcode()` and `sqlite3_errmsg()` say of the application's last call while
/// somebody else uses its connection for a moment.
///
/// SQLite has no function that sets them (before 3.51), so they are raised again: by a statement
/// that fails with the same code and the same words. One object per connection; it registers the
/// SQL function that does it.
class ErrorState {
public:
    explicit ErrorState(sqlite3* connection);

    /// SQLite does not close a connection that has statements.
    void release_statements() noexcept { raise_.release(); }

    /// Saves now, restores when it goes. To be held together with the connection's lock.
    class Guard {
    public:
        explicit Guard(ErrorState& state);
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;
        ~Guard();

    private:
        ErrorState& state_;
        int code_;
        std::string message_;
    };

private:
    void raise(int code, const std::string& message) noexcept;

    sqlite3* connection_;
    KeptStatement raise_;
};

}  // namespace tidemark::sqlite
