#include "logic/result.hpp"

#include "support/sql.hpp"

#include <openssl/evp.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace tidemark::tests::logic {

namespace {

using Values = std::vector<std::string>;

/// By SQLite's printf, which files were written with: it shows 16 digits and then zeros.
std::string real_text(double value) {
    std::array<char, 400> text{};
    sqlite3_snprintf(static_cast<int>(text.size()), text.data(), "%.3f", value);
    return text.data();
}

std::string printable(std::string text) {
    if (text.empty()) {
        return "(empty)";
    }
    std::replace_if(
        text.begin(), text.end(), [](char letter) { return letter < ' ' || letter > '~'; }, '@');
    return text;
}

std::string value_of(sqlite3_stmt* statement, int column, char type) {
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
        return "NULL";
    }
    if (type == 'I') {
        return std::to_string(sqlite3_column_int64(statement, column));
    }
    if (type == 'R') {
        return real_text(sqlite3_column_double(statement, column));
    }
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
    return printable(text != nullptr ? text : "");
}

std::vector<Values> read_rows(Statement& statement, const std::string& types) {
    std::vector<Values> rows;
    while (statement.step()) {
        Values& row = rows.emplace_back();
        for (std::size_t column = 0; column < types.size(); ++column) {
            row.push_back(value_of(statement.get(), static_cast<int>(column), types[column]));
        }
    }
    return rows;
}

std::string md5(const Values& values) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    bool done = context != nullptr && EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) == 1;
    for (const std::string& value : values) {
        const std::string line = value + '\n';
        done = done && EVP_DigestUpdate(context.get(), line.data(), line.size()) == 1;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (!done || EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) {
        throw std::runtime_error("OpenSSL does not make MD5 hashes here");
    }
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
        constexpr const char* digits = "0123456789abcdef";
        text += digits[digest.at(i) >> 4U];
        text += digits[digest.at(i) & 0xfU];
    }
    return text;
}

bool is_hashed(const Values& expected) {
    return expected.size() == 1 &&
           expected.front().find(" values hashing to ") != std::string::npos;
}

}  // namespace

Values run_query(sqlite3* db, const std::string& sql, const QueryRecord& query) {
    Statement statement(db, sql);
    const int columns = sqlite3_column_count(statement.get());
    if (static_cast<std::size_t>(columns) != query.types.size()) {
        throw SqlError(SQLITE_MISMATCH, "the query has " + std::to_string(columns) +
                                            " columns, the record has " +
                                            std::to_string(query.types.size()) + ": " + sql);
    }
    std::vector<Values> rows = read_rows(statement, query.types);
    if (query.sort == Sort::rows) {
        std::sort(rows.begin(), rows.end());
    }
    Values values;
    for (Values& row : rows) {
        std::move(row.begin(), row.end(), std::back_inserter(values));
    }
    if (query.sort == Sort::values) {
        std::sort(values.begin(), values.end());
    }
    return values;
}

std::string hashed(const Values& values) {
    return std::to_string(values.size()) + " values hashing to " + md5(values);
}

bool matches(const Values& values, const Values& expected) {
    return is_hashed(expected) ? hashed(values) == expected.front() : values == expected;
}

}  // namespace tidemark::tests::logic
