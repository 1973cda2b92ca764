#include "sqlite/statement.hpp"

#include "sqlite/error.hpp"

#include <utility>

namespace tidemark::sqlite {
namespace {

/// A statement of many rows would fill the message.
std::string shown(std::string_view sql) {
    constexpr std::size_t length_max = 200;
    if (sql.size() <= length_max) return std::string(sql);
    std::size_t length = length_max;
    while ((static_cast<unsigned char>(sql[length]) & 0xc0U) == 0x80U)
        --length;  // inside a character
    return std::string(sql.substr(0, length)) + " ...";
}

}  // namespace

Statement::Statement(sqlite3* connection, std::string_view sql, unsigned prepare_flags) {
    const int rc = sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()),
                                      prepare_flags, &handle_, nullptr);
    if (rc != SQLITE_OK) {
        throw make_error(connection, rc, "prepare the statement", shown(sql));
    }
}

Statement::Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    if (this != &other) {
        sqlite3_finalize(handle_);
        handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
}

bool Statement::step() {
    const int rc = sqlite3_step(handle_);
    if (rc == SQLITE_ROW) return true;
    sqlite3* connection = sqlite3_db_handle(handle_);
    if (rc != SQLITE_DONE) {
        // The error is read before the reset, which keeps the code but may lose the text.
        Error error = make_error(connection, rc, "run the statement", shown(sqlite3_sql(handle_)));
        sqlite3_reset(handle_);
        throw error;
    }
    sqlite3_reset(handle_);
    return false;
}

void Statement::run() {
    while (step()) {
    }
}

void Statement::bind(int parameter, std::string_view value) noexcept {
    sqlite3_bind_text64(handle_, parameter, value.data(), value.size(), SQLITE_TRANSIENT,
                        SQLITE_UTF8);
}

std::string_view Statement::text(int column) const noexcept {
    const auto* characters = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    if (characters == nullptr) return {};
    return {characters, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view Statement::blob(int column) const noexcept {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

}  // namespace tidemark::sqlite
