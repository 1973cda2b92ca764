#pragma once

#include "sqlite/api.hpp"

namespace tidemark::sqlite {

/// Sets a switch of a connection (sqlite3_db_config) while it lives, whatever the application has set.
/// To be held together with the connection's lock.
class Switched {
public:
    Switched(sqlite3* connection, int id, bool on) noexcept : connection_(connection), id_(id) {
        sqlite3_db_config(connection_, id_, -1, &before_);
        sqlite3_db_config(connection_, id_, on ? 1 : 0, nullptr);
    }
    Switched(const Switched&) = delete;
    Switched& operator=(const Switched&) = delete;
    ~Switched() { sqlite3_db_config(connection_, id_, before_, nullptr); }

private:
    sqlite3* connection_;
    int id_;
    int before_ = 0;
};

}  // namespace tidemark::sqlite
