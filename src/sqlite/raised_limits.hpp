#pragma once

#include "sqlite/api.hpp"

#include <array>
#include <cstddef>
#include <limits>

namespace tidemark::sqlite {

/// Lifts the limits that the application has put on its connection (sqlite3_limit), for statements
/// of ours, while it lives. To be held together with the connection's lock.
class RaisedLimits {
public:
    explicit RaisedLimits(sqlite3* connection) noexcept : connection_(connection) {
        for (std::size_t i = 0; i < ids.size(); ++i) {
            before_[i] = sqlite3_limit(connection_, ids[i], std::numeric_limits<int>::max());
        }
    }
    RaisedLimits(const RaisedLimits&) = delete;
    RaisedLimits& operator=(const RaisedLimits&) = delete;
    ~RaisedLimits() {
        for (std::size_t i = 0; i < ids.size(); ++i) {
            sqlite3_limit(connection_, ids[i], before_[i]);
        }
    }

private:
    static constexpr std::array ids = {
        SQLITE_LIMIT_LENGTH,  SQLITE_LIMIT_SQL_LENGTH,          SQLITE_LIMIT_COLUMN,
        SQLITE_LIMIT_VDBE_OP, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, SQLITE_LIMIT_VARIABLE_NUMBER};

    sqlite3* connection_;
    std::array<int, ids.size()> before_{};
};

}  // namespace tidemark::sqlite
