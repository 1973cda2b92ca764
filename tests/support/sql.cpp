#include "support/sql.hpp"

#include <sqlite3.h>

#include <array>
#include <bit>
#include <cstdio>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <utility>

namespace tidemark::tests {

namespace {

constexpr std::size_t shown_bytes_max = 60;

[[noreturn]] void fail(sqlite3* db, const std::string& sql) {
    throw SqlError(sqlite3_extended_errcode(db), std::string(sqlite3_errmsg(db)) + ": " + sql);
}

std::string hex(std::string_view bytes) {
    std::ostringstream out;
    for (const char byte : bytes) {
        out << std::hex << std::setw(2) << std::setfill('0') << +static_cast<unsigned char>(byte);
    }
    return out.str();
}

std::string printable(std::string_view text) {
    std::string out;
    for (const char byte : text) {
        const bool plain = byte >= ' ' && byte <= '~';
        out += plain ? std::string(1, byte) : "\\x" + hex({&byte, 1});
    }
    return out;
}

std::string cut(std::string_view bytes, std::string (*show)(std::string_view)) {
    if (bytes.size() <= shown_bytes_max) {
        return show(bytes);
    }
    return show(bytes.substr(0, shown_bytes_max)) + "...(" + std::to_string(bytes.size()) +
           " bytes)";
}

std::string real_text(double value) {
    std::array<char, 40> text{};
    (void)std::snprintf(text.data(), text.size(), "%.17g", value);
    std::string out = text.data();
    return out.find_first_of(".einf") == std::string::npos ? out + ".0" : out;
}

}  // namespace

void Cell::bind(sqlite3_stmt* statement, int position) const {
    if (const auto* integer = std::get_if<std::int64_t>(&value_)) {
        sqlite3_bind_int64(statement, position, *integer);
    } else if (const auto* real = std::get_if<double>(&value_)) {
        sqlite3_bind_double(statement, position, *real);
    } else if (const auto* text = std::get_if<std::string>(&value_)) {
        sqlite3_bind_text64(statement, position, text->data(), text->size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8);
    } else if (const auto* blob = std::get_if<Blob>(&value_)) {
        if (blob->bytes.empty()) {
            sqlite3_bind_zeroblob(statement, position, 0);
        } else {
            sqlite3_bind_blob64(statement, position, blob->bytes.data(), blob->bytes.size(),
                                SQLITE_TRANSIENT);
        }
    } else {
        sqlite3_bind_null(statement, position);
    }
}

Cell Cell::column(sqlite3_stmt* statement, int position) {
    const auto bytes = [&](const void* data) {
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, position));
        return size == 0 ? std::string() : std::string(static_cast<const char*>(data), size);
    };
    switch (sqlite3_column_type(statement, position)) {
        case SQLITE_INTEGER:
            return {std::int64_t{sqlite3_column_int64(statement, position)}};
        case SQLITE_FLOAT:
            return {sqlite3_column_double(statement, position)};
        case SQLITE_TEXT: {
            const void* text = sqlite3_column_text(statement, position);
            return {bytes(text)};
        }
        case SQLITE_BLOB: {
            const void* blob = sqlite3_column_blob(statement, position);
            return {Blob{bytes(blob)}};
        }
        default:
            return {};
    }
}

std::string Cell::to_string() const {
    if (const auto* integer = std::get_if<std::int64_t>(&value_)) {
        return std::to_string(*integer);
    }
    if (const auto* real = std::get_if<double>(&value_)) {
        return real_text(*real);
    }
    if (const auto* text = std::get_if<std::string>(&value_)) {
        return "'" + cut(*text, printable) + "'";
    }
    if (const auto* blob = std::get_if<Blob>(&value_)) {
        return "x'" + cut(blob->bytes, hex) + "'";
    }
    return "NULL";
}

bool operator==(const Cell& a, const Cell& b) {
    const auto* x = std::get_if<double>(&a.value_);
    const auto* y = std::get_if<double>(&b.value_);
    if (x != nullptr && y != nullptr) {
        return std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*y);
    }
    return a.value_ == b.value_;
}

std::ostream& operator<<(std::ostream& out, const Cell& cell) { return out << cell.to_string(); }

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    return out << outcome.rc << " (" << outcome.message << ")";
}

void exec(sqlite3* db, const std::string& sql) {
    const Outcome outcome = try_exec(db, sql);
    if (outcome.rc != SQLITE_OK) {
        throw SqlError(outcome.rc, outcome.message + ": " + sql);
    }
}

void exec(sqlite3* db, const std::string& sql, const Row& parameters) {
    (void)query(db, sql, parameters);
}

Rows query(sqlite3* db, const std::string& sql, const Row& parameters) {
    Statement statement(db, sql);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        parameters[i].bind(statement.get(), static_cast<int>(i) + 1);
    }
    Rows rows;
    while (statement.step()) {
        Row row;
        for (int i = 0; i < sqlite3_column_count(statement.get()); ++i) {
            row.push_back(Cell::column(statement.get(), i));
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

Cell query_one(sqlite3* db, const std::string& sql, const Row& parameters) {
    const Rows rows = query(db, sql, parameters);
    if (rows.size() != 1 || rows.front().empty()) {
        throw SqlError(SQLITE_MISUSE, std::to_string(rows.size()) + " rows instead of one: " + sql);
    }
    return rows.front().front();
}

Outcome try_exec(sqlite3* db, const std::string& sql) {
    char* message = nullptr;
    const int rc = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &message);
    Outcome outcome{rc, message != nullptr ? message : ""};
    sqlite3_free(message);
    return outcome;
}

bool in_transaction(sqlite3* db) {
    sqlite3_mutex* const mutex = sqlite3_db_mutex(db);
    sqlite3_mutex_enter(mutex);
    const bool open = sqlite3_get_autocommit(db) == 0;
    sqlite3_mutex_leave(mutex);
    return open;
}

std::string quote(std::string_view name) {
    std::string out = "\"";
    for (const char letter : name) {
        out += letter == '"' ? "\"\"" : std::string(1, letter);
    }
    return out + '"';
}

Statement::Statement(sqlite3* db, const std::string& sql) : db_(db) {
    if (sqlite3_prepare_v2(db, sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK) {
        fail(db, sql);
    }
}

Statement::~Statement() { sqlite3_finalize(statement_); }

bool Statement::step() {
    const int rc = sqlite3_step(statement_);
    if (rc == SQLITE_ROW) {
        return true;
    }
    if (rc != SQLITE_DONE) {
        fail(db_, sqlite3_sql(statement_));
    }
    return false;
}

void Statement::reset() { sqlite3_reset(statement_); }

Plain::Plain(const std::string& path) : Plain(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) {}

Plain::Plain(const std::string& path, int flags) {
    const int rc = sqlite3_open_v2(path.c_str(), &db_, flags, nullptr);
    if (rc != SQLITE_OK) {
        const std::string message = sqlite3_errmsg(db_);
        sqlite3_close(db_);
        throw SqlError(rc, message + ": " + path);
    }
    // Long enough for a sync that is under way, and for a slow machine.
    sqlite3_busy_timeout(db_, 20'000);
}

Plain::~Plain() { sqlite3_close(db_); }

}  // namespace tidemark::tests
