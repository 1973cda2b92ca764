#pragma once

#include "sqlite/api.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::sqlite {

/// A prepared statement. Parameters and columns are numbered as SQLite numbers them: parameters
/// from 1, columns from 0. Errors of `step` and of the constructor are thrown.
class Statement {
public:
    Statement() noexcept = default;
    /// Pass SQLITE_PREPARE_PERSISTENT for a statement that is kept.
    Statement(sqlite3* connection, std::string_view sql, unsigned prepare_flags = 0);
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement() { sqlite3_finalize(handle_); }

    [[nodiscard]] sqlite3_stmt* get() const noexcept { return handle_; }
    explicit operator bool() const noexcept { return handle_ != nullptr; }

    /// True when there is a row. At the end the statement is reset and can be run again.
    bool step();
    /// Runs a statement to its end and makes it ready to be run again.
    void run();
    void reset() noexcept { sqlite3_reset(handle_); }

    void bind(int parameter, std::int64_t value) noexcept {
        sqlite3_bind_int64(handle_, parameter, value);
    }
    /// The text is copied.
    void bind(int parameter, std::string_view value) noexcept;

    [[nodiscard]] int column_count() const noexcept { return sqlite3_column_count(handle_); }
    [[nodiscard]] std::int64_t integer(int column) const noexcept {
        return sqlite3_column_int64(handle_, column);
    }
    /// Valid until the next step or reset.
    [[nodiscard]] std::string_view text(int column) const noexcept;
    /// Valid until the next step or reset.
    [[nodiscard]] std::string_view blob(int column) const noexcept;
    [[nodiscard]] bool is_null(int column) const noexcept {
        return sqlite3_column_type(handle_, column) == SQLITE_NULL;
    }
    /// Valid until the next step or reset.
    [[nodiscard]] sqlite3_value* value(int column) const noexcept {
        return sqlite3_column_value(handle_, column);
    }

private:
    sqlite3_stmt* handle_ = nullptr;
};

/// A statement that is prepared when it is needed and kept until it is released.
class KeptStatement {
public:
    /// `sql` must outlive this object.
    KeptStatement(sqlite3* connection, const char* sql) noexcept
        : connection_(connection), sql_(sql) {}

    /// Throws Error.
    [[nodiscard]] Statement& get() {
        if (!statement_) statement_ = Statement(connection_, sql_, SQLITE_PREPARE_PERSISTENT);
        return statement_;
    }
    void release() noexcept { statement_ = Statement(); }

private:
    sqlite3* connection_;
    const char* sql_;
    Statement statement_;
};

}  // namespace tidemark::sqlite
